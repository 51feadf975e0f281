"""When a list is a structure, and when it must be a run-time object.

A list display begins as a structure. When the program grows it under a condition or in a loop, or indexes it with a
number that is not constant, the function is read again with that list as a run-time object (`NeedList`), and again
when the type of its items is learned.
"""
from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Any

from ...analysis.infer import type_of
from ...errors import UnsupportedError
from ...ir import nodes as ir
from ...ir import visit
from ...ir.types import Array, Dim, ListOf, Num, Type, join, unknown_dim
from ..frames import Seen
from ..lowering import Lowering, NoResult
from ..problems import Consequence
from ..values import FunctionV, HeapV, MethodV, PartialV, Row, RowsV, Value


class NeedUnrolled(Exception):
    """The loop at `site` must be unrolled: its number indexes something that exists only while compiling."""

    def __init__(self, site: Any) -> None:
        self.site = site
        super().__init__(str(site))


class NeedList(Exception):
    """The list created at `site` must be a run-time list with items of type `item`."""

    def __init__(self, site: Any, item: Type | Row | None) -> None:
        self.site, self.item = site, item
        super().__init__(str(site))


class NeedSplit(Exception):
    """Calls of one function make lists of different kinds at `site`: each call has a site of its own there."""

    def __init__(self, site: Any) -> None:
        self.site = site
        super().__init__(str(site))


def site_of(lo: Lowering, node: ast.AST) -> Any:
    """The place in the text where a list, a loop or the like is; in some functions one for each call of it."""
    site = place_of(lo, node)
    return (*site, tuple(f.called_at for f in lo.stack)) if site in lo.split else site


def place_of(lo: Lowering, node: ast.AST) -> tuple[Any, ...]:
    """The place in the text."""
    return (lo.frame.source.file, lo.frame.source.first_line, getattr(node, "lineno", 0),
            getattr(node, "col_offset", 0), type(node).__name__, getattr(node, "place", None))


def splittable(lo: Lowering, site: Any) -> Any:
    """The place in the text of a list, where it is in a function that may be called several times; else None."""
    while isinstance(site, tuple) and len(site) == 2 and isinstance(site[0], tuple):
        site = site[0]  # of a column
    return site if isinstance(site, tuple) and len(site) == _PLACE and site not in lo.split else None


_PLACE = 6  # how many parts a place has


def created_list(lo: Lowering, items: Sequence[Value], node: ast.AST, hint: str | None) -> Value:
    from .sequences import new_list

    site = site_of(lo, node)
    if site in lo.list_sites:
        return runtime_list(lo, items, site, hint)
    heap = new_list(lo, items)
    heap.site, heap.depth = site, lo.depth
    heap.frame.name = hint or ""
    return heap


def runtime_list(lo: Lowering, items: Sequence[Value], site: Any, hint: str | None) -> Any:
    """The list as a run-time object, or as several of them where its items are structures."""
    from .row_parts import is_structured, kind_of
    from .rows import rows_list

    if any(map(is_structured, items)) or isinstance(lo.list_sites.get(site), Row):
        if isinstance(site, tuple) and site[0] == OUTSIDE:
            lo.fail("AD128", None, "a list of structures from outside changes its length at run time",
                    "copy it first: `list(x)`")
        if not isinstance(lo.list_sites.get(site), Row):
            raise NeedList(site, kind_of(lo, items))
        return rows_list(lo, items, site, hint)
    operands = [as_one(lo, v) for v in items]
    if len({from_outside(type_of(o)) for o in operands}) > 1:
        lo.fail("AD131", None, "a list of the caller's and a list of the program are put into one list",
                "copy the caller's list: `list(x)`")
    item = lo.list_sites.get(site)
    if operands and site in lo.assumed_empty:
        raise NeedList(site, widened(site, None, type_of(operands[0])))
    for o in operands:
        item = widened(site, item, type_of(o))
    return lo.call(list, (ir.Pack("list", tuple(operands)),), style="display", type_=ListOf(item, site),
                   hint=hint or "items")


def widened(site: Any, known: Type | None, new: Type) -> Type:
    """The item type that holds both; asks to read again where that is news."""
    if isinstance(new, Num) and new.dim is not None:
        new = Num(new.dtype, new.weak)
    t = new if known is None else join(known, new)
    if t is None:
        if isinstance(known, Num) and isinstance(new, Num):
            t = known
        else:
            raise NeedList(site, None)
    return known if known is not None and _fits(known, t) else t


def item_type(lo: Lowering, item: Type | None, node: ast.AST, site: Any = None) -> Type:
    """The type of the items of a list or dict that is read. Where the program as far as it was read has put nothing
    into it, an earlier iteration may have, or this path is not taken yet: what follows may tell with what; until then
    this statement is left out. A list (made at `site`) into which nothing is put is read as one of floats."""
    if item is None:
        again = bool(lo.loops) or lo.outer_loops > 0 or bool(lo.meetings)
        if again and lo.problems is not None:
            raise Consequence
        try:
            lo.fail("AD128", node, "the container is empty here: the type of its items is not known")
        except UnsupportedError as error:
            if not again:
                lo.empty_list = (site, error)
                raise
            if lo.postponed is None:
                lo.empty_list, lo.postponed = (site, error), error
            raise NoResult from None
    if isinstance(item, Array) and any(map(_unsettled, item.dims)):  # items that are read may differ in size
        return Array(item.dtype, tuple(unknown_dim() if _unsettled(d) else d for d in item.dims))
    return item


def _fits(known: Type, t: Type) -> bool:
    if isinstance(known, Array) and isinstance(t, Array):
        return known.dtype == t.dtype and known.ndim == t.ndim and all(
            a == b or _unsettled(a) for a, b in zip(known.dims, t.dims, strict=True))
    return known == t


def _unsettled(dim: Dim) -> bool:
    """Whether a size is that of one reading only: unknown, or the value of a variable of that reading."""
    return any(symbol.startswith("?") or "%" in symbol for symbol, _ in dim.terms)


def as_one(lo: Lowering, value: Value) -> ir.Operand:
    """A value as one run-time object. A list with an identity of its own must be one already."""
    if isinstance(value, HeapV) and value.cls is list and value.site is not None:
        raise NeedList(value.site, common_type(lo, value))
    if isinstance(value, (FunctionV, MethodV, PartialV)) or (isinstance(value, HeapV) and value.cls is not list):
        unroll_instead(lo)
    arg = lo.operand(value)
    if isinstance(arg, ir.Pack):
        return lo.call(tuple if arg.kind == "tuple" else list, (arg,), style="display", type_=type_of(arg))
    return arg


def runtime(lo: Lowering, heap: HeapV, node: ast.AST | None) -> ir.Var:
    """Ask for the list or dict to be a run-time object."""
    if lo.prefer_unrolled or heap.site is None or heap.cls is not list or not is_uniform(lo, heap):
        unroll_instead(lo)
    if heap.site is None or heap.cls is not list:
        lo.fail("AD128", node, "this structure is indexed with a value that is not known when compiling",
                "use an array, or loop over its items")
    raise NeedList(heap.site, common_type(lo, heap))


def unroll_instead(lo: Lowering) -> None:
    """Ask for the innermost loop of known, small extent around here to be unrolled, if there is one."""
    for loop in reversed(lo.loops):
        if loop.site is not None:
            raise NeedUnrolled(loop.site)


def common_type(lo: Lowering, heap: HeapV) -> Any:
    from .row_parts import is_structured, kind_of

    item: Any = None
    if any(map(is_structured, heap.slots.values())):
        return kind_of(lo, list(heap.slots.values()))
    for v in heap.slots.values():
        t = lo.type_of(v)
        if t is not None:
            t = Num(t.dtype, t.weak) if isinstance(t, Num) else t
            item = t if item is None else join(item, t)
    return item


def is_uniform(lo: Lowering, heap: HeapV) -> bool:
    """Whether the items are numbers, arrays or lists of one type, which is what run-time lists can hold."""
    values = list(heap.slots.values())
    if any(isinstance(v, HeapV) for v in values):
        return all(isinstance(v, HeapV) and v.cls is list and v.site is not None and is_uniform(lo, v) for v in values)
    types = [lo.type_of(v) for v in values]
    return all(isinstance(t, (Num, Array, ListOf)) for t in types) and (
        not types or common_type(lo, heap) is not None)


OUTSIDE = "<argument>"


def from_outside(t: Any) -> bool:
    return isinstance(t, ListOf) and isinstance(t.site, tuple) and t.site[0] == OUTSIDE


def joined_lists(lo: Lowering, paths: Sequence[Seen]) -> None:
    """Values of one name on several paths: lists that differ in length, or of which some are run-time lists, must
    all be run-time lists."""
    values = [p.value for p in paths]
    heaps = [p for p in paths if isinstance(v := p.value, HeapV) and v.cls is list and v.site is not None]
    others = [v for v in values if isinstance(v, RowsV) or (isinstance(v, ir.Var) and isinstance(v.type, ListOf))]
    if not heaps or len(heaps) + len(others) != len(values):
        return
    slots = [p.slots() for p in heaps]
    if others or len(set(map(len, slots))) > 1:
        from .row_parts import kind_of

        known = next((v.row for v in others if isinstance(v, RowsV)), None)
        first = next((list(s.values()) for s in slots if s), [])
        raise NeedList(heaps[0].value.site, known or kind_of(lo, first[:1]))


def learn_from_copies(lo: Lowering, fn: ir.Function) -> None:
    """A list that begins empty, and is filled only under a name that it shares with another (`group = []` in a loop
    that fills `group`), or as an item of another list, holds what those hold. Raises NeedList where that is news."""
    for stmt in visit.walk(fn.body):
        for value, known in _meetings(stmt):
            if isinstance(value, ir.Var):
                _learn_from(lo, value.type, known)


def _meetings(stmt: ir.Stmt) -> Iterator[tuple[ir.Arg, Type | None]]:
    """Values that a statement gives another name or makes items of lists, and the types of those."""
    match stmt:
        case ir.Copy(targets, sources):
            yield from ((s, t.type) for t, s in zip(targets, sources, strict=True))
        case ir.Assign(ir.Var(type=ListOf(item=item)), ir.Call(args=(ir.Pack("list", items),), style="display")):
            yield from ((value, item) for value in items)
        case ir.Push(ir.Var(type=ListOf(item=item)), value) | ir.Store(ir.Var(type=ListOf(item=item)), value=value):
            yield value, item


def _learn_from(lo: Lowering, empty: Type | None, known: Type | None) -> None:
    while isinstance(empty, ListOf) and isinstance(known, ListOf):
        unknown = empty.item is None and lo.list_sites.get(empty.site) is None
        if empty.site and known.item is not None and known.site not in lo.assumed_empty and (
                unknown or empty.site in lo.assumed_empty):
            raise NeedList(empty.site, known.item)
        empty, known = empty.item, known.item


def learn(lo: Lowering, base: ir.Var, new: Type) -> None:
    t = base.type
    assert isinstance(t, ListOf)
    if t.site in lo.assumed_empty:
        raise NeedList(t.site, widened(t.site, None, new))
    item = widened(t.site, t.item, new)
    if t.item is None or not _fits(t.item, item):
        raise NeedList(t.site, item)
