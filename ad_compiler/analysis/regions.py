"""Which part of an array a view or an index names, as an interval along each axis.

    low[j, :j]          rows j to j + 1, columns 0 to j         of low
    low[j + 1:, j]      rows j + 1 to the end, column j         of low

An interval may be larger than what is read or written: it is used to show that two parts have nothing in common.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..ir import nodes as ir
from ..ir import prims
from ..ir.types import Array, Dim, size
from .alias import Aliases
from .bounds import Bounds, Counters, replaced
from .indexing import index_items

ZERO = size(0)


@dataclass(frozen=True, slots=True)
class Interval:
    """Indices along one axis: none is below `low`, and each of `highs` is above all of them."""

    low: Dim
    highs: tuple[Dim, ...]


@dataclass(frozen=True, slots=True)
class Region:
    """A part of the memory of `root`; an axis of which nothing is known has None."""

    root: ir.Var
    axes: tuple[Interval | None, ...]

    def replaced(self, names: dict[str, Dim]) -> Region:
        """The region with symbols replaced by forms."""
        return Region(self.root, tuple(None if i is None else Interval(
            replaced(i.low, names), tuple(replaced(h, names) for h in i.highs)) for i in self.axes))

    def disjoint(self, other: Region, bounds: Bounds) -> bool:
        """Whether two parts of one array surely have no element in common."""
        return any(a is not None and b is not None and (_before(a, b, bounds) or _before(b, a, bounds))
                   for a, b in zip(self.axes, other.axes, strict=True))


def _before(a: Interval, b: Interval, bounds: Bounds) -> bool:
    return any(bounds.nonnegative(b.low - high) for high in a.highs)


class Regions:
    """Finds the regions of views. An index that may be negative counts from the end, so it says nothing."""

    def __init__(self, aliases: Aliases, counters: Counters) -> None:
        self.aliases, self.counters = aliases, counters
        self.bounds = Bounds(counters.sizes, counters.range)

    def of_view(self, var: ir.Var) -> Region | None:
        """The region of an array variable: of a view, the part of its root."""
        found = self._axes(var)
        return None if found is None else found[0]

    def of_index(self, base: ir.Var, index: ir.Arg | None) -> Region | None:
        """The region that `base[index]` names."""
        found = self._axes(base)
        if found is None or index is None:
            return None if found is None else found[0]
        return self._indexed(*found, index)[0]

    def _axes(self, var: ir.Var) -> tuple[Region, tuple[int | None, ...]] | None:
        """The region, and for each axis of the view the axis of the root that it runs along (None: a new one)."""
        call = self.aliases.derivation.get(var)
        if call is None:
            if not isinstance(var.type, Array):
                return None
            full = tuple(Interval(ZERO, (d,)) if self.counters.known(d) else Interval(ZERO, ()) for d in var.type.dims)
            return Region(var, full), tuple(range(len(full)))
        base = call.args[0]
        if call.function is not prims.item or not isinstance(base, ir.Var):
            return None
        found = self._axes(base)
        return None if found is None else self._indexed(*found, call.args[1])

    def _indexed(self, region: Region, along: tuple[int | None, ...], index: ir.Arg
                 ) -> tuple[Region, tuple[int | None, ...]]:
        axes: list[Interval | None] = list(region.axes)
        left, rest = list(along), []
        items = index_items(index)
        for n, item in enumerate(items):
            if isinstance(item, ir.Const) and item.value is Ellipsis:
                taken = len(left) - sum(not _is_new(i) for i in items[n + 1:])
                rest += left[:taken]
                left = left[taken:]
            elif _is_new(item):
                rest.append(None)
            elif _is_mask(item):
                # it takes several axes and says nothing of them
                return Region(region.root, (None,) * len(axes)), (None,) * len(along)
            else:
                axis = left.pop(0)
                if axis is not None:
                    axes[axis] = self._narrowed(axes[axis], item)
                if not _is_number(item):
                    rest.append(axis if _keeps_order(item) else None)
        return Region(region.root, tuple(axes)), (*rest, *left)

    def _narrowed(self, interval: Interval | None, item: ir.Arg) -> Interval | None:
        if interval is None:
            return None
        bounds = _slice_bounds(item)
        if bounds is None:
            start = self._place(interval, item) if _is_number(item) else None
            return interval if start is None else Interval(start, (start + 1,))
        start, stop = bounds
        low, high = self._place(interval, start), self._place(interval, stop)
        highs = interval.highs if high is None else (high, *interval.highs)
        return Interval(interval.low if low is None else low, highs)

    def _place(self, interval: Interval, bound: Any) -> Dim | None:
        """Where an index counts to."""
        if bound is None or (isinstance(bound, ir.Const) and bound.value is None):
            return None
        form = self.counters.form(bound)
        if form is None:
            return None
        if self.bounds.nonnegative(form):
            return interval.low + form
        if form.known and interval.highs:
            return interval.highs[-1] + form if len(interval.highs) == 1 else None
        return None


def _is_new(item: ir.Arg) -> bool:
    return isinstance(item, ir.Const) and item.value is None


def _is_number(item: ir.Arg) -> bool:
    return isinstance(item, (ir.Var, ir.Const)) and not isinstance(getattr(item, "type", None), Array) and not (
        isinstance(item, ir.Const) and isinstance(item.value, slice))


def _is_mask(item: ir.Arg) -> bool:
    t = getattr(item, "type", None)
    return (isinstance(item, ir.Pack) and item.kind != "slice") or (isinstance(t, Array) and t.kind == "b") or (
        t is not None and not isinstance(t, Array) and getattr(t, "kind", "") not in ("i", "u"))


def _parts(item: ir.Arg) -> tuple[Any, Any, Any] | None:
    if isinstance(item, ir.Pack) and item.kind == "slice":
        start, stop, step = item.items
        return start, stop, step
    if isinstance(item, ir.Const) and isinstance(item.value, slice):
        s = item.value
        return ir.Const(s.start), ir.Const(s.stop), ir.Const(s.step)
    return None


def _slice_bounds(item: ir.Arg) -> tuple[Any, Any] | None:
    """Start and stop of a slice that goes forward; for one that does not, bounds that say nothing."""
    parts = _parts(item)
    if parts is None:
        return None
    step = parts[2]
    forward = isinstance(step, ir.Const) and (step.value is None or step.value > 0)
    return (parts[0], parts[1]) if forward else (None, None)


def _keeps_order(item: ir.Arg) -> bool:
    """Whether places along the result count one by one from the start of the slice."""
    parts = _parts(item)
    return parts is not None and isinstance(parts[2], ir.Const) and parts[2].value in (None, 1)
