"""The memory of a run-time list of numbers: a piece that doubles when it is full."""
from __future__ import annotations

from typing import Any

import numpy as np

from ..ir import nodes as ir
from ..ir.types import symbol
from . import views
from .arithmetic import I8
from .lower import Lowering
from .nests import stored_line
from .values import Arr, Items
from .writer import CannotLower


def make(lo: Lowering, hint: str, dtype: np.dtype[Any], weak: bool, ndim: int, arrays: bool, owner: ir.Var) -> Items:
    base = lo.pointer("rec", dtype)
    length, room, place = (lo.fresh(f"{hint}_{part}") for part in ("n", "room", "at"))
    lo.line(f"{length} = 0")
    lo.line(f"{room} = 0")
    lo.line(f"{place} = 0")
    shapes = make(lo, f"{hint}_sizes", I8, True, 0, False, owner) if arrays and ndim else None
    return Items(base, dtype, length, room, place, weak, ndim if arrays else -1, shapes, owner)


def line_of(items: Items) -> Arr:
    assert items.owner is not None
    return Arr(items.base, items.dtype, symbol(items.place), (symbol(items.room),), (views.ONE,), items.owner)


def reserve(lo: Lowering, items: Items, more: str) -> None:
    """Make room for more numbers behind those that are there."""
    if items.given:
        raise CannotLower("a list of the caller's that grows")
    per = 64 // items.dtype.itemsize
    lo.line(f"if {items.length} + {more} > {items.room}:")
    lo.w.depth += 1
    grown, new, k = lo.fresh("grown"), lo.fresh("new_at"), lo.fresh("k")
    lo.line(f"{grown} = (max(2 * {items.room}, {items.length} + {more}) + {per - 1}) & {-per}")
    lo.line(f"{new} = {items.place}")
    lo.line(f"if {items.room} == 0 or {items.place} + {items.room} != rtop * {per}:")
    lo.line(f"    {new} = rtop * {per}")
    lo.line(f"rtop = ({new} + {grown}) >> {per.bit_length() - 1}")
    lo.line("if rtop > rroom:")
    lo.line("    oi[0] = rtop")
    lo.line("    return 3")
    lo.line(f"if {new} != {items.place}:")
    lo.line(f"    for {k} in range({items.length}):")
    lo.line(f"        {items.base.pointer}[{new} + {k}] = {items.base.pointer}[{items.place} + {k}]")
    lo.line(f"    {items.place} = {new}")
    lo.line(f"{items.room} = {grown}")
    lo.w.depth -= 1


def push_number(lo: Lowering, items: Items, value: str) -> None:
    lo.line(stored_line(line_of(items), f"{items.base.pointer}[{items.place} + {items.length}]", value))
    lo.line(f"{items.length} += 1")
