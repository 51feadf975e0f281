"""Arrays in run-time lists: their elements one after the other, and their sizes in a second list."""
from __future__ import annotations

from ..ir import nodes as ir
from ..ir.types import Array, symbol
from . import arithmetic, views
from .list_memory import push_number, reserve
from .lower import Lowering
from .values import Arr, Items, contiguous
from .writer import ZERO, CannotLower, Int, text


def push_array(lo: Lowering, items: Items, value: ir.Arg) -> None:
    """The elements are stored by the nest that computes them."""
    if not isinstance(value, ir.Var) or lo.aliases.array_written(value):
        raise CannotLower("a list of arrays that are written while they are in it")
    lo.copying = True
    nest, (element,) = lo.elements([value])
    lo.copying = False
    sizes = nest.sizes
    if items.alike is not None:
        for n, known in zip(sizes, items.alike, strict=True):
            lo.require_equal(n, known)
        sizes = items.alike
    count = lo.w.named(lo.w.at_least_zero(views.product(lo, tuple(lo.w.at_least_zero(n) for n in sizes))))
    if items.owner not in lo.roomy:
        reserve(lo, items, count)
    if items.shapes is not None:
        reserve(lo, items.shapes, str(len(sizes) + 1))
        push_number(lo, items.shapes, items.length)
        for n in sizes:
            push_number(lo, items.shapes, text(lo.w.at_least_zero(n)))
    place = lo.fresh("slot")
    lo.line(f"{place} = {items.place} + {items.length}")
    lo.line(f"{items.length} += {count}")
    if items.count is not None:
        lo.line(f"{items.count} += 1")
    assert items.owner is not None
    slot = Arr(items.base, items.dtype, symbol(place), sizes, contiguous(lo.w, sizes), ir.Var("slot", value.type))
    nest.store(slot, arithmetic.cast(element, items.dtype))


def sizes_at(lo: Lowering, items: Items, shapes: Items, entry: str) -> tuple[Int, ...]:
    """The sizes of an array in a list; the number before them says where its elements begin."""
    names = [lo.fresh("n") for _ in range(items.ndim)]
    for k, n in enumerate(names):
        lo.line(f"{n} = {shapes.base.pointer}[{entry} + {k + 1}]")
    lo.w.facts.low.update((n, ZERO) for n in names)
    return tuple(map(symbol, names))


def array_at(lo: Lowering, target: ir.Var, items: Items, index: ir.Arg) -> None:
    """An array in a list, as it lies there."""
    shapes, width = items.shapes, items.ndim + 1
    if items.alike is not None:
        return alike_at(lo, target, items, index)
    if shapes is None or not isinstance(index, (ir.Var, ir.Const)) or not isinstance(target.type, Array):
        raise CannotLower("a part of a list of arrays")
    lo.close()
    i = lo.w.named(lo.integer(index))
    number, entry, place = lo.fresh("i"), lo.fresh("entry"), lo.fresh("slot")
    lo.line(f"{number} = {i} + {shapes.length} // {width} if {i} < 0 else {i}")
    lo.fail_if(f"{number} < 0 or {number} >= {shapes.length} // {width}")
    lo.line(f"{entry} = {shapes.place} + {number} * {width}")
    lo.line(f"{place} = {items.place} + {shapes.base.pointer}[{entry}]")
    sizes = sizes_at(lo, items, shapes, entry)
    loose = target in lo.loose
    lo.env[target] = Arr(items.base, items.dtype, symbol(place), sizes, contiguous(lo.w, sizes), target, loose)


def alike_at(lo: Lowering, target: ir.Var, items: Items, index: ir.Arg) -> None:
    """An array in a list of arrays of the same sizes."""
    if items.alike is None or not isinstance(index, (ir.Var, ir.Const)) or not isinstance(target.type, Array):
        raise CannotLower("a part of a list of arrays")
    lo.close()
    number = lo.integer(index)
    if not lo.w.facts.never_negative(number):
        i = lo.w.named(number)
        number = symbol(lo.fresh("i"))
        lo.line(f"{text(number)} = {i} + {items.count} if {i} < 0 else {i}")
        lo.fail_if(f"{text(number)} < 0")
    lo.line(f"if {text(number)} >= {items.count}:")  # always, as the length changes
    lo.line("    return 1")
    place = lo.fresh("slot")
    lo.line(f"{place} = {items.place} + {text(lo.w.times(number, views.product(lo, items.alike)))}")
    lo.env[target] = Arr(items.base, items.dtype, symbol(place), items.alike, contiguous(lo.w, items.alike), target)
