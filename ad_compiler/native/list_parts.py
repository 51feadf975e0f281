"""Run-time lists made of other values: displays, slices, sums and repetitions."""
from __future__ import annotations

import numpy as np

from ..ir import nodes as ir
from ..ir.types import ListOf, Num
from . import crossing, heap
from .list_memory import make, reserve
from .lists import empty, fill
from .lower import Lowering
from .values import Items
from .writer import CannotLower, Int, text


def new(lo: Lowering, target: ir.Var, value: ir.Call) -> None:
    """`target = []`, a list of a few values, or the items of another list in a new one."""
    t = target.type
    if not isinstance(t, ListOf):
        raise CannotLower(f"a {t}")
    if t.item is None:  # nothing is ever put into it
        t = ListOf(Num(np.dtype(np.float64)))
    group = lo.groups.get(target)
    if group is not None:
        assert isinstance(t.item, Num)
        if group.items is None:
            lo.close()
            group.items = make(lo, target.hint, t.item.dtype, False, -1, False, target)
        lo.env[target] = group.items
        return
    given = value.args[0] if value.args else ir.Pack("list", ())
    found = lo.read(given) if isinstance(given, ir.Var) else None
    start = given.items if isinstance(given, ir.Pack) else given.value if isinstance(given, ir.Const) else found
    if isinstance(start, Items) and start.given and target not in lo.shared and target not in lo.references:
        lo.close()
        lo.env[target] = crossing.renamed(lo, start)
        return None
    if isinstance(start, Items):
        return parts(lo, target, [(start, None)])
    if not isinstance(start, (tuple, list)):
        raise CannotLower("a list made of something else")
    items = empty(lo, target, t)
    fill(lo, items, tuple(start))
    lo.env[target] = items
    return None


def parts(lo: Lowering, target: ir.Var, sources: list[tuple[Items, tuple[Int, Int, Int] | None]]) -> None:
    """A new list of the items of others: all of them, or those of a slice (start, count, step)."""
    t = target.type
    assert isinstance(t, ListOf)
    made = empty(lo, target, t)
    for items, chosen in sources:
        if items.ndim >= 0 or made.ndim >= 0 or items.refs != made.refs or items.dtype != made.dtype:
            raise CannotLower("lists of different kinds put together")
        w = heap.width(items.refs) if items.refs is not None else 1
        start, count, step = ("0", items.length, 1) if chosen is None else (
            text(chosen[0]), f"max(0, {text(chosen[1])}) * {w}", chosen[2].const)
        count_name, k = lo.fresh("count"), lo.fresh("k")
        lo.line(f"{count_name} = {count}")
        reserve(lo, made, count_name)
        if step == 1:
            place = f"({start}) * {w} + {k}" if chosen is not None else k
        else:
            place = f"(({start}) + {k} // {w} * ({step})) * {w} + {k} % {w}"
        lo.line(f"for {k} in range({count_name}):")
        lo.line(f"    {made.base.pointer}[{made.place} + {made.length} + {k}] = "
                f"{items.base.pointer}[{items.place} + {place}]")
        lo.line(f"{made.length} += {count_name}")
    lo.env[target] = made


def repeated(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`list * n`: the same items again and again."""
    a, b = call.args
    if not isinstance(getattr(a, "type", None), ListOf):
        a, b = b, a
    items, n = lo.read(a), lo.integer(b)
    t = target.type
    if not isinstance(items, Items) or not isinstance(t, ListOf):
        raise CannotLower("a list times something else")
    made = empty(lo, target, t)
    if items.ndim >= 0 or made.ndim >= 0 or items.dtype != made.dtype:
        raise CannotLower("a list of arrays that is repeated")
    count, total, k = lo.fresh("count"), lo.fresh("total"), lo.fresh("k")
    lo.line(f"{count} = {items.length}")
    lo.line(f"{total} = {count} * max(0, {text(n)})")
    reserve(lo, made, total)
    lo.line(f"for {k} in range({total}):")
    lo.line(f"    {made.base.pointer}[{made.place} + {k}] = {items.base.pointer}[{items.place} + {k} % {count}]")
    lo.line(f"{made.length} = {total}")
    lo.env[target] = made


def added(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`list + list`"""
    sources = [lo.read(a) for a in call.args]
    if not all(isinstance(s, Items) for s in sources):
        raise CannotLower("a list and something else put together")
    parts(lo, target, [(s, None) for s in sources])
