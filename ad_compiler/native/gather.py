"""Indices with integer arrays in them: reading gathers, writing scatters."""
from __future__ import annotations

from typing import Any

from ..ir import nodes as ir
from ..ir.types import Array, ListOf, unknown_dim
from . import arithmetic, indices, masks, views
from .lower import Lowering
from .nests import Conflict, Nest, loaded_text, stored_line
from .values import Arr, Items, Scalar
from .writer import CannotLower, Int, text


class Places:
    """An index taken apart. `sizes` are those of what it selects; the arrays' axes begin at `first`."""

    def __init__(self, lo: Lowering, array: Arr, index: ir.Arg) -> None:
        self.lo, self.array = lo, array
        items = indices.index_items(index, len(array.sizes))
        if any(indices._is_const(i, None) for i in items):
            raise CannotLower("a new axis in an index with arrays")
        items = [listed(lo, i) for i in items]
        self.items = items
        fancy = [k for k, i in enumerate(items) if not _is_slice(i)]
        if fancy != list(range(fancy[0], fancy[-1] + 1)):
            raise CannotLower("index arrays with a slice between them")
        self.arrays: dict[int, ir.Var] = {}
        for k in fancy:
            i = items[k]
            if isinstance(i, ir.Var) and isinstance(i.type, Array):
                if i.type.kind != "i":
                    raise CannotLower("an index array of truth values")
                self.arrays[k] = i
            elif not isinstance(i, (ir.Var, ir.Const)):
                raise CannotLower("a list as an index")
        for var in self.arrays.values():
            lo.memory(var)
        self.common = lo.broadcast(lo.memory(v).sizes for v in self.arrays.values())
        self.first, self.last = fancy[0], fancy[-1]
        self.slices: dict[int, tuple[Int, Int]] = {}
        self.numbers: dict[int, Int] = {}
        for k, i in enumerate(items):
            if _is_slice(i):
                parts: Any = indices.slice_parts(i)
                start, count, step = indices.sliced(lo, parts, array.sizes[k])
                self.slices[k] = (start, step)
                self.numbers[k] = count
            elif k not in self.arrays:
                self.numbers[k] = indices.checked(lo, i, array.sizes[k])
        before = tuple(self.numbers[k] for k in range(self.first))
        after = tuple(self.numbers[k] for k in range(self.last + 1, len(items)))
        self.sizes = (*before, *self.common, *after)

    def place(self, nest: Nest) -> str:
        """The element selected at the nest's index."""
        lo, array, rank = self.lo, self.array, len(self.common)
        parts = [text(array.offset)]
        for k in range(len(self.items)):
            stride = array.strides[k]
            if k in self.slices:
                start, step = self.slices[k]
                counter = nest.index[k if k < self.first else k - (self.last - self.first + 1) + rank]
                parts.append(f"({text(start)} + {counter} * {text(step)}) * ({text(stride)})")
            elif k in self.arrays:
                own = lo.fit(lo.memory(self.arrays[k]), self.common)
                wide = own.with_axes(self.sizes, self._widened(own.strides))
                name = nest.fresh("at")
                n = text(array.sizes[k])
                nest.line(f"{name} = {arithmetic.cast(nest.load(wide), arithmetic.I8)}")
                nest.line(f"if {name} < 0:")
                nest.line(f"    {name} += {n}")
                nest.fail_if(f"{name} < 0 or {name} >= {n}")
                parts.append(f"{name} * ({text(stride)})")
            else:
                parts.append(f"({text(self.numbers[k])}) * ({text(stride)})")
        return f"{array.base.pointer}[{' + '.join(parts)}]"

    def _widened(self, strides: tuple[Int, ...]) -> tuple[Int, ...]:
        after = len(self.sizes) - self.first - len(self.common)
        return (*[views.ZERO] * self.first, *strides, *[views.ZERO] * after)


def listed(lo: Lowering, item: Any) -> Any:
    """An item of an index; a list of integers as an array."""
    group = isinstance(item, ir.Pack) and item.kind == "list"
    known = isinstance(item, ir.Const) and isinstance(item.value, list)
    if not group and not known and not (isinstance(item, ir.Var) and isinstance(item.type, ListOf)):
        return item
    var = ir.Var("places", Array(arithmetic.I8, (unknown_dim(),)))
    lo.left[var] = 1
    if isinstance(item, ir.Var):
        from .lists import to_array

        found = lo.read(item)
        if not isinstance(found, Items) or found.dtype != arithmetic.I8 or found.refs is not None:
            raise CannotLower("a list as an index")
        to_array(lo, var, found)
    else:
        from .copying import from_group

        group_value = lo.read(item)
        if not isinstance(group_value, tuple) or not all(isinstance(v, Scalar) and v.kind in "iu" for v in group_value):
            raise CannotLower("a list as an index")
        from_group(lo, var, group_value)
    return var


def _is_slice(item: Any) -> bool:
    return (isinstance(item, ir.Pack) and item.kind == "slice") or (
        isinstance(item, ir.Const) and isinstance(item.value, slice))


def read(lo: Lowering, target: ir.Var, array: Arr, index: ir.Arg) -> None:
    """`target = array[index]`"""
    mask = masks.mask_of(lo, array, index)
    if mask is not None:
        return masks.read(lo, target, array, mask)
    places = Places(lo, array, index)
    if not isinstance(target.type, Array):
        raise CannotLower("an index array that gives a number")
    for _ in range(2):
        nest = lo.open(places.sizes)
        if nest.writes_to(array.owner):
            lo.close()
            continue
        try:
            where = places.place(nest)
        except Conflict:
            lo.close()
            continue
        name = nest.fresh(target.hint)
        nest.reads.append((array.owner, object()))
        nest.line(f"{name} = {loaded_text(array, where)}")
        lo.inner(target, nest, Scalar(name, array.dtype, weak=False))
        return None
    raise CannotLower("an index array that is written at the same time")


def write(lo: Lowering, s: ir.Store, array: Arr) -> None:
    """`array[index] op= value`, in order; an update at repeated places counts once unless it is a scatter."""
    from .stores import updated

    lo.close()
    mask = masks.mask_of(lo, array, s.index)
    if mask is not None:
        return masks.write(lo, s, array, mask)
    places = Places(lo, array, s.index)
    if s.op and not s.scatter:
        return update_once(lo, s, array, places)
    nest, (element,) = lo.elements([s.value], places.sizes)
    if any(lo.aliases.same_class(owner, array.owner) for owner, _ in nest.reads):
        raise CannotLower("a scatter that reads what it writes")
    where = places.place(nest)
    new = updated(nest, array, where, s.op, element)
    nest.line(stored_line(array, where, new))
    nest.writes.append((array.owner, object()))
    lo.close()
    return None


def update_once(lo: Lowering, s: ir.Store, array: Arr, places: Places) -> None:
    """Read all, then write all."""
    from .stores import updated

    fresh = lo.allocate(array.dtype, places.sizes, ir.Var("new", s.base.type))
    nest, (element,) = lo.elements([s.value], places.sizes)
    where = places.place(nest)
    nest.reads.append((array.owner, object()))
    nest.store(fresh, updated(nest, array, where, s.op, element))
    lo.close()
    nest = lo.open(places.sizes)
    value = nest.load(fresh)
    where = places.place(nest)
    nest.line(stored_line(array, where, value.text))
    nest.writes.append((array.owner, object()))
    lo.close()
