"""Indices that are arrays of truth values, and the cotangent of what was written at repeated places."""
from __future__ import annotations

from typing import Any

from ..ir import nodes as ir
from ..ir.types import Array, symbol
from . import arithmetic, indices
from .arithmetic import I8
from .lower import Lowering
from .nests import stored_line
from .values import Arr, Scalar, contiguous
from .writer import ZERO, CannotLower, Int, text


def mask_of(lo: Lowering, array: Arr, index: ir.Arg) -> Arr | None:
    """The mask that is the whole index of an array, over its first axes; None for any other index."""
    item = index.items[0] if isinstance(index, ir.Pack) and index.kind == "tuple" and len(index.items) == 1 else index
    if not isinstance(item, ir.Var) or not isinstance(item.type, Array) or item.type.kind != "b":
        return None
    mask = lo.memory(item)
    if len(mask.sizes) > len(array.sizes) or not mask.sizes:
        raise CannotLower("a mask with too many axes")
    for have, want in zip(mask.sizes, array.sizes, strict=False):
        lo.require_equal(have, want)
    return mask


class Chosen:
    """Loops over the elements of an array that a mask selects: `number` counts what was selected before."""

    def __init__(self, lo: Lowering, array: Arr, mask: Arr) -> None:
        self.lo, self.array, self.mask = lo, array, mask
        self.rest: tuple[Int, ...] = array.sizes[len(mask.sizes):]

    def begin(self) -> tuple[tuple[str, ...], str]:
        """Open the loops; the indices over the array, and the number of what is selected."""
        lo, w = self.lo, self.lo.w
        lo.close()
        number = lo.fresh("chosen")
        lo.line(f"{number} = -1")
        names = self._over(self.mask.sizes)
        w.open(f"if {self.mask.element(names)} != 0:")
        lo.line(f"{number} += 1")
        inner = self._over(self.rest)
        return (*names, *inner), number

    def _over(self, sizes: tuple[Int, ...]) -> tuple[str, ...]:
        """Open loops over these sizes; their indices."""
        names = tuple(self.lo.fresh("k") for _ in sizes)
        for name, n in zip(names, sizes, strict=True):
            self.lo.w.open(f"for {name} in range({text(n)}):")
        return names

    def end(self) -> None:
        for _ in range(len(self.array.sizes) + 1):
            self.lo.w.close()

    def count(self) -> Int:
        """How many places of the mask are true."""
        lo, w = self.lo, self.lo.w
        lo.close()
        total = lo.fresh("count")
        lo.line(f"{total} = 0")
        names = self._over(self.mask.sizes)
        lo.line(f"{total} += {self.mask.element(names)} != 0")
        for _ in names:
            w.close()
        w.facts.low[total] = ZERO
        return symbol(total)


def read(lo: Lowering, target: ir.Var, array: Arr, mask: Arr) -> None:
    """`target = array[mask]`"""
    chosen = Chosen(lo, array, mask)
    out = lo.allocate(array.dtype, (chosen.count(), *chosen.rest), target)
    index, number = chosen.begin()
    lo.line(f"{out.element((number, *index[len(mask.sizes):]))} = {array.element(index)}")
    chosen.end()
    lo.env[target] = out


def write(lo: Lowering, s: ir.Store, array: Arr, mask: Arr) -> None:
    """`array[mask] op= value`"""
    from .stores import updated

    chosen = Chosen(lo, array, mask)
    value: Any = lo.read(s.value)
    if not isinstance(value, Scalar):
        value = lo.memory(s.value)
        if lo.aliases.same_class(value.owner, array.owner) or lo.aliases.same_class(mask.owner, array.owner):
            raise CannotLower("a mask with a value that shares memory with what is written")
        value = lo.fit(value, (chosen.count(), *chosen.rest))
    index, number = chosen.begin()
    element = value
    if isinstance(value, Arr):
        name = lo.fresh("value")
        plain = value.element((number, *index[len(mask.sizes):]))
        lo.line(f"{name} = {plain}" + (" != 0" if value.dtype.kind == "b" else ""))
        element = Scalar(name, value.dtype, False)
    place = array.element(index)
    lo.line(stored_line(array, place, updated(lo, array, place, s.op, element)))
    chosen.end()


def written_cotangent(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`cotangent[index]`, but 0 for writes that a later write to the same element replaced."""
    from .gather import Places

    array, index = lo.memory(call.args[0]), lo.spelled_out(call.args[1])
    if mask_of(lo, array, index) is not None:
        return read(lo, target, array, lo.memory(indices.index_items(index, 1)[0]))
    if not indices.is_fancy(index, len(array.sizes)):
        lo.env[target] = indices.select(lo, array, index)
        return None
    places = Places(lo, array, index)
    last = lo.allocate(I8, array.sizes, ir.Var("last", target.type))
    where = Arr(last.base, I8, last.offset, array.sizes, last.strides, last.owner)
    marked = Places.__new__(Places)
    marked.__dict__.update(vars(places))
    marked.array = where
    order = contiguous(lo.w, places.sizes)
    lo.close()
    nest = lo.open(places.sizes)
    nest.line(f"{marked.place(nest)} = {_number(nest.index, order)}")
    nest.writes.append((last.owner, object()))
    lo.close()
    nest = lo.open(places.sizes)
    source, mine = places.place(nest), marked.place(nest)
    name = nest.fresh(target.hint)
    nest.reads.append((array.owner, object()))
    zero = arithmetic.literal(0, array.dtype)
    nest.line(f"{name} = {source} if {mine} == {_number(nest.index, order)} else {zero}")
    lo.inner(target, nest, Scalar(name, array.dtype, False))
    return None


def _number(index: tuple[str, ...], strides: tuple[Int, ...]) -> str:
    """The number of an index in C order."""
    return " + ".join(f"{i} * ({text(n)})" for i, n in zip(index, strides, strict=True)) or "0"
