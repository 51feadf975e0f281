"""Lists that have several names, and lists of references: of arrays that are written, of lists, of tuples.

Such a list has a header in the memory for records (its length, its room, its place), and the number of the header is
what its names stand for: a list in a list is that number. A reference to an array is where it is, not what is in it:
the number of the memory, offset, sizes and strides. Everything lies in cells of eight bytes.
"""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ..analysis.alias import Aliases
from ..ir import nodes as ir
from ..ir import prims, visit
from ..ir.types import Array, ListOf, Num, Seq, Type, symbol
from . import arithmetic
from .arithmetic import F8, I8
from .values import Arr, Base, Items, Scalar, Value
from .writer import ZERO, CannotLower, text

HEADER = 8  # cells of a header: as many as the memory for records is handed out in


def shared_lists(fn: ir.Function) -> set[ir.Var]:
    """The variables of lists that may have another name: copied on a path, or held by another list."""
    found: set[ir.Var] = set()
    for s in visit.walk(fn.body):
        match s:
            case ir.Copy(targets, sources):
                found.update(v for v in (*targets, *sources) if isinstance(v, ir.Var))
            case ir.Push(_, value):
                found.update(visit.variables(value))
            case ir.Store(base, _, _, value) if isinstance(base.type, ListOf):
                found.update(visit.variables(value))
            case ir.Pop(target, _):
                found.add(target)
            case ir.Assign(target, ir.Call() as call) if call.function is prims.item:
                found.add(target)
            case ir.Assign(target, ir.Pack() as pack):
                found.update((target, *visit.variables(pack)))
            case ir.Assign(target, ir.Call() as call) if call.function is list:
                found.update(v for v in visit.variables(call) if not _is_name(call, v))
            case _:
                pass
    return {v for v in found if isinstance(v.type, ListOf)}


def _is_name(call: ir.Call, var: ir.Var) -> bool:
    return bool(call.args) and call.args[0] is var


def lists_of_references(fn: ir.Function, aliases: Aliases, shared: set[ir.Var]) -> set[ir.Var]:
    """The variables of lists that hold references; lists of numbers never do, and lists of arrays only where it can
    be told from holding the elements themselves."""
    names = {v for s in visit.walk(fn.body) for v in (*visit.defines(s), *visit.reads(s)) if isinstance(v.type, ListOf)}
    found = {v for v in names if not isinstance(_item(v), (Num, type(None)))
             and (v in shared or not isinstance(_item(v), Array))}
    for s in visit.walk(fn.body):
        match s:
            case ir.Store(base) if base in names:
                found.add(base)
            case ir.Push(stack, ir.Var() as value) if isinstance(value.type, Array) and aliases.array_written(value):
                found.add(stack)
            case ir.Assign(target, ir.Call() as call) if target in names and visit.variable_list(call):
                found.update((target, *(v for v in visit.variables(call) if v in names)))
            case ir.Assign(target, ir.Var() as source) if target in names:
                found.update((target, source))
            case _:
                pass
    return {v for v in found if isinstance(v.type, ListOf) and not isinstance(v.type.item, (Num, type(None)))}


def _item(var: ir.Var) -> Type | None:
    return var.type.item if isinstance(var.type, ListOf) else None


def at_header(lo: Any, header: str, t: ListOf, owner: ir.Var) -> Items:
    """The list whose header has this number."""
    cells = lo.pointer("rec", I8).pointer
    where = [f"{cells}[{header}]", f"{cells}[{header} + 1]", f"{cells}[{header} + 2]"]
    item = t.item if t.item is not None else Num(F8)
    if isinstance(item, Num):
        return Items(lo.pointer("rec", item.dtype), item.dtype, *where, item.weak, -1, None, owner, header)
    return Items(lo.pointer("rec", I8), I8, *where, True, -1, None, owner, header, item)


def new_header(lo: Any, t: ListOf, owner: ir.Var) -> Items:
    """A list of its own, still empty."""
    lo.close()
    header = lo.fresh(f"{owner.hint}_list")
    lo.line(f"{header} = rtop * 8")
    lo.line("rtop += 1")
    lo.line("if rtop > rroom:")
    lo.line("    oi[0] = rtop")
    lo.line("    return 3")
    made = at_header(lo, header, t, owner)
    for field in (made.length, made.room, made.place):
        lo.line(f"{field} = 0")
    return made


# --- cells --------------------------------------------------------------------------------------------------
def width(t: Type | None) -> int:
    """How many cells a reference takes."""
    match t:
        case Num():
            return 2 if t.kind == "c" else 1
        case Array():
            return 2 + 2 * t.ndim
        case ListOf():
            return 1
        case Seq(items):
            return sum(map(width, items))
        case _:
            raise CannotLower(f"a list of {t}")


def to_cells(lo: Any, arg: Any, t: Type | None) -> list[str]:
    """What is put into a list for a value, cell by cell."""
    if isinstance(t, Array):
        array = arg if isinstance(arg, Arr) else lo.memory(arg, loose=True)
        if array.dtype != t.dtype:
            raise CannotLower("a list of arrays of several types")
        return [array.base.tag, text(array.offset), *(text(lo.w.at_least_zero(n)) for n in array.sizes),
                *map(text, array.strides)]
    value = lo.read(arg, loose=True) if isinstance(arg, (ir.Var, ir.Const, ir.Pack)) else arg
    if isinstance(t, ListOf):
        return [header_of(lo, value, t)]
    if isinstance(t, Seq):
        parts: Sequence[Any] = arg.items if isinstance(arg, ir.Pack) else value
        if not isinstance(parts, tuple) or len(parts) != len(t.items):
            raise CannotLower(f"a list of {t}")
        return [cell for part, kind in zip(parts, t.items, strict=True) for cell in to_cells(lo, part, kind)]
    if not isinstance(t, Num) or not isinstance(value, Scalar):
        raise CannotLower(f"a list of {t}")
    plain = arithmetic.cast(value, t.dtype)
    if t.kind in "iub":
        return [plain if t.dtype == I8 else f"int({plain})"]
    lo.uses("bits")
    if t.kind == "f":
        return [f"bits({plain})"]
    name = lo.fresh("z")
    lo.line(f"{name} = {plain}")
    return [f"bits({name}.real)", f"bits({name}.imag)"]


def header_of(lo: Any, value: Any, t: ListOf) -> str:
    """The number of a list's header; a group of constants becomes a list."""
    if isinstance(value, Items) and value.header is not None:
        have = value.refs if value.refs is not None else Num(value.dtype)
        if not _stored_alike(have, t.item):
            raise CannotLower(f"a list whose items are kept as {have} under one name and as {t.item} under another")
        return value.header
    if isinstance(value, tuple):
        from .lists import fill

        made = new_header(lo, t, ir.Var("row", t))
        fill(lo, made, value)
        assert made.header is not None
        return made.header
    raise CannotLower("a list in a list that has no header")


def _stored_alike(a: Type | None, b: Type | None) -> bool:
    """Whether what was put into a list as items of the one type can be read as items of the other."""
    if a is None or b is None:  # of a list that is always empty
        return True
    if isinstance(a, Num) and isinstance(b, Num):
        return a.dtype == b.dtype
    if isinstance(a, Array) and isinstance(b, Array):
        return a.dtype == b.dtype and a.ndim == b.ndim
    if isinstance(a, ListOf) and isinstance(b, ListOf):
        return _stored_alike(a.item, b.item)
    if isinstance(a, Seq) and isinstance(b, Seq):
        return len(a.items) == len(b.items) and all(map(_stored_alike, a.items, b.items))
    return False


def from_cells(lo: Any, place: str, t: Type | None, owner: ir.Var) -> Value:
    """The value of which the cells begin at `place`."""
    cells = lo.pointer("rec", I8).pointer
    names: list[str] = []
    for k in range(width(t)):
        names.append(lo.fresh("cell"))
        lo.line(f"{names[-1]} = {cells}[{place}{f' + {k}' if k else ''}]")
    return _value(lo, iter(names), t, owner)


def _value(lo: Any, names: Any, t: Type | None, owner: ir.Var) -> Value:
    match t:
        case Array():
            tag, offset = next(names), next(names)
            sizes = tuple(symbol(next(names)) for _ in range(t.ndim))
            strides = tuple(symbol(next(names)) for _ in range(t.ndim))
            lo.w.facts.low.update((text(n), ZERO) for n in sizes)
            return Arr(Base(pointer_of(lo, tag, t.dtype, owner), tag), t.dtype, symbol(offset), sizes, strides, owner,
                       owner in lo.loose)
        case ListOf():
            return at_header(lo, next(names), t, owner)
        case Seq(items):
            return tuple(_value(lo, names, i, owner) for i in items)
        case Num():
            return _number(lo, names, t)
        case _:
            raise CannotLower(f"a list of {t}")


def _number(lo: Any, names: Any, t: Num) -> Scalar:
    name = lo.fresh("x")
    first = next(names)
    if t.kind in "iub":
        plain = Scalar(first, I8)
        if t.dtype == I8:
            return lo.number(first, t)
        lo.line(f"{name} = {arithmetic.cast(plain, t.dtype)}")
        return lo.number(name, t)
    lo.uses("from_bits")
    double = f"from_bits({first})" if t.kind == "f" else f"complex(from_bits({first}), from_bits({next(names)}))"
    whole = Scalar(double, np.dtype(np.complex128) if t.kind == "c" else F8)
    lo.line(f"{name} = {arithmetic.cast(whole, t.dtype)}")
    return lo.number(name, t)


def pointer_of(lo: Any, tag: str, dtype: np.dtype[Any], owner: ir.Var) -> str:
    """The pointer of the memory with this number: the kernel's own, or that of an argument the array may be in."""
    name = lo.fresh(f"{owner.hint}_p")
    lo.line(f"{name} = {lo.pointer('mem', dtype).pointer}")
    others = [lo.pointer("rec", dtype)]
    others += [array.base for param, array in lo.given.items()
               if array.dtype == dtype and lo.aliases.same_class(param, owner)]
    for base in others:
        lo.line(f"if {tag} == {base.tag}:")
        lo.line(f"    {name} = {base.pointer}")
    return name


def keeps_arrays(lo: Any, blocks: Iterable[ir.Block]) -> bool:
    """Whether a reference to an array may be put into a list by these statements."""
    for block in blocks:
        for s in visit.walk(block):
            match s:
                case ir.Push(stack) | ir.Store(stack) if stack in lo.references:
                    return True
                case ir.Assign(target) if target in lo.references:
                    return True
                case _:
                    pass
    return False


__all__ = ["HEADER"]
