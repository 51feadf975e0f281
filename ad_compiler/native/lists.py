"""Run-time lists of numbers or of arrays: what the forward sweep records, and lists of the program.

A list of numbers is a piece of the memory for records that doubles when it is full. A list of arrays keeps their
elements one after the other in such a piece, and their sizes in a second one.
"""
from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..ir import nodes as ir
from ..ir.types import Array, ListOf, Num, symbol
from . import arithmetic, heap, indices, views
from .arithmetic import I8
from .list_arrays import array_at, push_array, sizes_at
from .list_memory import line_of, make, push_number, reserve
from .lower import Lowering
from .nests import stored_line
from .records import Group
from .values import Arr, Items, Scalar, contiguous
from .writer import ZERO, CannotLower, Int, text


def empty(lo: Lowering, target: ir.Var, t: ListOf) -> Items:
    """A list without items, in the form that the variable has."""
    if target in lo.shared:
        return heap.new_header(lo, t, target)
    if target in lo.references:
        lo.close()
        made = make(lo, target.hint, I8, True, 0, False, target)
        return replace(made, refs=t.item)
    if not isinstance(t.item, (Num, Array)):
        raise CannotLower(f"a {t}")
    arrays = isinstance(t.item, Array)
    lo.close()
    alike = lo.sizes_from(t.item, numbers=True) if isinstance(t.item, Array) and target in lo.records and (
        target not in lo.loose) else None
    made = make(lo, target.hint, t.item.dtype, isinstance(t.item, Num) and t.item.weak,
                t.item.ndim if isinstance(t.item, Array) else 0, arrays and alike is None, target)
    if alike is None:
        return made
    alike = tuple(map(lo.w.at_least_zero, alike))
    count = lo.fresh(f"{target.hint}_count")
    lo.line(f"{count} = 0")
    made = replace(made, ndim=len(alike), alike=alike, count=count)
    lo.record_items[target] = made
    return made


def fill(lo: Lowering, items: Items, start: tuple[Any, ...]) -> None:
    """Append operands, or values that are known."""
    if start and items.ndim >= 0:
        raise CannotLower("a list display of arrays")
    cells: list[str] = []
    for v in start:
        if items.refs is not None:
            operand = v if isinstance(v, (ir.Var, ir.Const, ir.Pack)) else ir.Const(v)
            cells += heap.to_cells(lo, operand, items.refs)
            continue
        found = lo.scalar(v) if isinstance(v, (ir.Var, ir.Const)) else v if isinstance(v, Scalar) else lo.constant(v)
        if not isinstance(found, Scalar):
            raise CannotLower("a list of several kinds of values")
        cells.append(arithmetic.cast(found, items.dtype))
    lo.close()
    if not cells:
        return
    reserve(lo, items, str(len(cells)))
    for k, v in enumerate(cells):
        lo.line(stored_line(line_of(items), f"{items.base.pointer}[{items.place} + {items.length} + {k}]", v))
    lo.line(f"{items.length} += {len(cells)}")


def push(lo: Lowering, s: ir.Push) -> None:
    items = lo.read(s.stack)
    if not isinstance(items, Items):
        raise CannotLower("an append to something else")
    if items.refs is not None:
        fill(lo, items, (s.value,))
        return
    if items.ndim < 0:
        value: Any = lo.read(s.value)
        if not isinstance(value, Scalar):
            raise CannotLower("a list of something else than numbers")
        lo.close()
        group = lo.groups.get(s.stack)
        if group is not None:
            push_column(lo, items, group, s, arithmetic.cast(value, items.dtype))
            return
        reserve(lo, items, "1")
        push_number(lo, items, arithmetic.cast(value, items.dtype))
        return
    push_array(lo, items, s.value)


def push_column(lo: Lowering, items: Items, group: Group, s: ir.Push, value: str) -> None:
    """One of the numbers that an iteration pushes together."""
    column, width = group.pushes.index(s), len(group.columns)
    if column == 0 and not group.push_checked:
        reserve(lo, items, str(width))
    place = f"{items.base.pointer}[{items.place} + {items.length}{f' + {column}' if column else ''}]"
    lo.line(stored_line(line_of(items), place, value))
    if column == width - 1:
        lo.line(f"{items.length} += {width}")


def pop_column(lo: Lowering, items: Items, group: Group, s: ir.Pop) -> None:
    column, width = group.columns.index(s.stack), len(group.columns)
    if s is group.pops[0]:
        if not group.pop_checked:
            lo.fail_if(f"{items.length} < {width}")
        lo.line(f"{items.length} -= {width}")
    name = lo.fresh(s.target.hint)
    place = f"{items.base.pointer}[{items.place} + {items.length}{f' + {column}' if column else ''}]"
    lo.line(f"{name} = {place}" + (" != 0" if items.dtype.kind == "b" else ""))
    assert isinstance(s.target.type, Num)
    lo.env[s.target] = lo.number(name, s.target.type)


def pop(lo: Lowering, s: ir.Pop) -> None:
    items = lo.read(s.stack)
    if not isinstance(items, Items):
        raise CannotLower("a pop from something else")
    lo.close()
    group = lo.groups.get(s.stack)
    if group is not None:
        pop_column(lo, items, group, s)
        return
    if items.refs is not None:
        w = heap.width(items.refs)
        lo.fail_if(f"{items.length} < {w}")
        lo.line(f"{items.length} -= {w}")
        lo.env[s.target] = heap.from_cells(lo, f"{items.place} + {items.length}", items.refs, s.target)
        return
    if items.ndim < 0:
        t = s.target.type
        if not isinstance(t, Num):
            raise CannotLower("a pop of something else")
        lo.fail_if(f"{items.length} <= 0")
        lo.line(f"{items.length} -= 1")
        name = lo.fresh(s.target.hint)
        place = f"{items.base.pointer}[{items.place} + {items.length}]"
        lo.line(f"{name} = {place}" + (" != 0" if items.dtype.kind == "b" else ""))
        lo.env[s.target] = lo.number(name, t)
        return
    sizes: tuple[Int, ...] = ()
    if items.shapes is not None:
        shapes = items.shapes
        lo.fail_if(f"{shapes.length} < {items.ndim + 1}")
        lo.line(f"{shapes.length} -= {items.ndim + 1}")
        sizes = sizes_at(lo, items, shapes, f"{shapes.place} + {shapes.length}")
    elif items.alike is not None:
        sizes = items.alike
        lo.line(f"if {items.count} <= 0:")
        lo.line("    return 1")
        lo.line(f"{items.count} -= 1")
    lo.line(f"{items.length} -= {text(views.product(lo, sizes))}")
    place = lo.fresh("slot")
    lo.line(f"{place} = {items.place} + {items.length}")
    loose = s.target in lo.loose
    lo.env[s.target] = Arr(items.base, items.dtype, symbol(place), sizes, contiguous(lo.w, sizes), s.target, loose)


def length(lo: Lowering, items: Items) -> Scalar:
    """How many items a list has."""
    if items.count is not None:
        name = lo.fresh("n")
        lo.line(f"{name} = {items.count}")
        lo.w.facts.low[name] = ZERO
        return lo.number(name, Num(I8))
    if items.ndim >= 0 and items.shapes is None:
        raise CannotLower("the length of a list of arrays without axes")
    w = heap.width(items.refs) if items.refs is not None else items.ndim + 1 if items.shapes is not None else 1
    cells = items.length if items.shapes is None else items.shapes.length
    name = lo.fresh("n")
    lo.line(f"{name} = {cells}" + (f" // {w}" if w != 1 else ""))
    lo.w.facts.low[name] = ZERO
    return lo.number(name, Num(I8))


def place_of(lo: Lowering, items: Items, index: ir.Arg) -> str:
    """Where the item at an index begins, checked."""
    if items.ndim >= 0:
        raise CannotLower("an item of a list of arrays")
    w = heap.width(items.refs) if items.refs is not None else 1
    form = lo.integer(index)
    i = lo.w.named(form)
    n = items.length if w == 1 else length(lo, items).text
    if lo.w.facts.never_negative(form):
        lo.line(f"if {i} >= {n}:")  # always, as the length changes
        lo.line("    return 1")
        return f"{items.place} + {i}" + (f" * {w}" if w != 1 else "")
    name = lo.fresh("i")
    lo.line(f"{name} = {i} + {n} if {i} < 0 else {i}")
    lo.fail_if(f"{name} < 0 or {name} >= {n}")
    return f"{items.place} + {name}" + (f" * {w}" if w != 1 else "")


def item(lo: Lowering, target: ir.Var, items: Items, index: ir.Arg) -> None:
    """`list[index]`"""
    t = target.type
    if items.ndim >= 0:
        return array_at(lo, target, items, index)
    if not isinstance(index, (ir.Var, ir.Const)):
        raise CannotLower("a part of a list")
    if items.refs is not None:
        lo.env[target] = heap.from_cells(lo, place_of(lo, items, index), items.refs, target)
        return None
    if not isinstance(t, Num):
        raise CannotLower("a part of a list")
    place = f"{items.base.pointer}[{place_of(lo, items, index)}]"
    name = lo.fresh(target.hint)
    lo.line(f"{name} = {place}" + (" != 0" if items.dtype.kind == "b" else ""))
    lo.env[target] = lo.number(name, t)
    return None


def store(lo: Lowering, s: ir.Store) -> None:
    """`list[index] = value`"""
    items = lo.read(s.base)
    if not isinstance(items, Items) or s.op or not isinstance(s.index, (ir.Var, ir.Const)):
        raise CannotLower("a store into a list")
    if isinstance(s.index, ir.Const) and indices.slice_parts(s.index) is not None:
        raise CannotLower("a store into a part of a list")
    if items.given:
        raise CannotLower("a list of the caller's that is written")
    if items.refs is not None:
        cells = heap.to_cells(lo, s.value, items.refs)
    else:
        cells = [arithmetic.cast(lo.scalar(s.value), items.dtype)]
    lo.close()
    place = place_of(lo, items, s.index)
    for k, cell in enumerate(cells):
        lo.line(stored_line(line_of(items), f"{items.base.pointer}[{place}{f' + {k}' if k else ''}]", cell))


def to_array(lo: Lowering, target: ir.Var, items: Items) -> None:
    """`np.array(list)` of numbers."""
    t = target.type
    if items.ndim >= 0 or not isinstance(t, Array):
        raise CannotLower("an array of a list of arrays")
    n = lo.fresh("n")
    lo.line(f"{n} = {items.length}")
    lo.w.facts.low[n] = ZERO
    start = lo.fresh("at")
    lo.line(f"{start} = {items.place}")
    assert items.owner is not None
    line = Arr(items.base, items.dtype, symbol(start), (symbol(n),), (views.ONE,), items.owner)
    nest = lo.open(line.sizes)
    element = nest.load(line)
    from .copying import in_type

    lo.inner(target, nest, in_type(nest, element, target))
