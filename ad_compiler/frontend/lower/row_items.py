"""Items of run-time lists from their parts, and what of an item goes into which list."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn, cast

import numpy as np

from ...ir import nodes as ir
from ...ir import prims
from ...ir.types import INT, Array, ListOf, Num, Passive, Type
from ..lowering import Lowering
from ..values import Fixed, HeapV, MethodV, OptionalV, PartialV, PickedV, Row, RowsV, RowV, TupleV, Unusable, Value
from .closed_over import remade
from .optional import is_none, parts
from .pools import pool_instead
from .row_parts import (
    GIVEN,
    VALUE,
    WHICH,
    Kind,
    Maybe,
    OneOf,
    Part,
    alike,
    alternatives,
    is_object,
    leaf_paths,
    opened,
    structure,
)

NOTHING = Unusable("there is nothing in this place")  # where an item has no such part


def built(lo: Lowering, part: Part, leaf: Callable[[tuple[Any, ...]], Value], rows: Any,
          path: tuple[Any, ...] = (), link: Callable[[tuple[Any, ...]], Value] | None = None) -> Value:
    """An item made of its parts. An object is `rows`'s: to change it is to change what the list holds. Where objects
    are held by their numbers, `link` gives them."""
    if not isinstance(part, Row):
        return part.value if isinstance(part, Fixed) else leaf(path)
    if link is not None and is_object(part):
        return link(path)
    found = {key: built(lo, p, leaf, rows, (*path, key), link if part.cls is not OneOf else None)
             for key, p in part.parts}
    if part.cls is Maybe:
        if is_none(found[VALUE]) or _is_nothing(found[VALUE]):
            return ir.Const(None)  # as far as the program was read, nothing but None was put there
        return OptionalV(cast(ir.Operand, found[GIVEN]), found[VALUE])
    if part.cls is OneOf:
        which, *items = found.values()
        return PickedV(cast(ir.Operand, which), items) if len(items) > 1 else items[0]
    if isinstance(part.cls, Kind):
        return _REMADE[part.cls.name](lo, part.cls, found)
    if issubclass(part.cls, tuple):
        return TupleV(list(found.values()), part.cls)
    from .joining import new_heap_frame

    heap = HeapV(part.cls, new_heap_frame(lo, part.cls.__name__.lower()), frozen=rows is not None, rows=rows)
    heap.slots.update(found)
    return heap


def _is_nothing(value: Value) -> bool:
    return value is NOTHING or (isinstance(value, TupleV) and any(map(_is_nothing, value.items)))


def _object(lo: Lowering, kind: Kind, found: dict[Any, Value]) -> Value:
    site, path = kind.key
    rows = lo.row_lists.get(site)
    if rows is None:
        pool_instead(lo, kind.example)
        lo.fail("AD134", None, "an object of a list that is made more than once is put into another list, and changed",
                "put a new object into the list")
    return RowV(rows, cast(ir.Operand, found["index"]), path)


def _function(lo: Lowering, kind: Kind, found: dict[Any, Value]) -> Value:
    _, place, names = kind.key
    defaults = {k[1]: v for k, v in found.items() if isinstance(k, tuple)}
    return remade(lo, kind.example, place, {k: found[k] for k in names}, defaults)


def _partial(lo: Lowering, kind: Kind, found: dict[Any, Value]) -> Value:
    count, names = kind.key
    return PartialV(found["function"], [found[k] for k in range(count)], {k: found[k] for k in names})


_REMADE: dict[str, Callable[[Lowering, Kind, dict[Any, Value]], Value]] = {
    "function": _function, "partial": _partial, "object": _object,
    "method": lambda lo, kind, found: MethodV(found["receiver"], *kind.key),
    "list": lambda lo, kind, found: RowsV(cast(Any, found), kind.key[0], kind.example),
}


def leaves(lo: Lowering, part: Part, value: Value, path: tuple[Any, ...] = ()) -> dict[tuple[Any, ...], Value]:
    """What of an item goes into the run-time lists of a structure that covers it, by the ways to them."""
    if not isinstance(part, Row):
        return {} if isinstance(part, Fixed) else {path: value}
    if value is NOTHING:
        return {(*path, *own): NOTHING for own in leaf_paths(part)}
    if part.cls is Maybe:
        given, inner = parts(value)
        found: dict[Any, Value] = {GIVEN: given, VALUE: NOTHING if inner is None else inner}
    elif part.cls is OneOf:
        found = _placed(lo, part, value)
    elif isinstance(value, RowV) and is_object(part):
        from .row_objects import load

        found = {key: load(lo, value, (key,)) for key, _ in part.parts}
    else:
        if isinstance(value, PickedV):
            pool_instead(lo, value)
            _refuse_choice(lo)
        apart = opened(lo, value)
        assert apart is not None, "what fits a structure has its parts"
        found = apart[1]
        if isinstance(part.cls, Kind) and part.cls.name == "object" and "index" not in found:
            pool_instead(lo, value)
            lo.fail("AD134", None, "a list has objects of another list and new ones, and they are changed",
                    "put the new ones into the other list first")
    return {at: v for key, p in part.parts for at, v in leaves(lo, p, found[key], (*path, key)).items()}


def _refuse_choice(lo: Lowering) -> NoReturn:
    lo.fail("AD128", None, "which of several functions or objects of one kind is put into a list is known at run "
            "time only", "put it into the list where it is chosen")


def _placed(lo: Lowering, row: Row, value: Value) -> dict[Any, Value]:
    """The parts of an item of a list of several kinds: nothing as those that it is not of."""
    kinds = alternatives(row)
    items = value.items if isinstance(value, PickedV) else [value]
    places = [next(k for k, p in enumerate(kinds) if p == own or alike(p, own))
              for own in (structure(lo, v) for v in items)]
    if len(set(places)) < len(items):
        _refuse_choice(lo)
    which: Value = ir.Const(places[0])
    if isinstance(value, PickedV):
        which = lo.call(prims.item, (ir.Pack("tuple", tuple(map(ir.Const, places))), value.index), style="index",
                        type_=INT)
    return {WHICH: which, **dict.fromkeys(range(len(kinds)), NOTHING), **dict(zip(places, items, strict=True))}


def placeholder(lo: Lowering, t: Type | None) -> ir.Operand:
    """What stands in a run-time list where an item has no such part: nothing reads it. Its cotangent is that of
    the item that is put in its place, so it has that one's size where the size is one number."""
    match t:
        case Array():
            sizes = tuple(d.const for d in t.dims) if all(d.known for d in t.dims) else (0,) * t.ndim
            return lo.call(np.zeros, (ir.Const(sizes), ir.Const(t.dtype)), text="np.zeros")
        case ListOf():
            return lo.call(list, (ir.Pack("list", ()),), style="display", type_=t)
        case Passive():
            return ir.Const("" if t.cls is str else None)
        case Num():
            return ir.Const({"b": False, "i": 0, "u": 0, "c": 0j}.get(t.kind, 0.0))
        case _:
            return ir.Const(0.0)


__all__ = ["NOTHING", "built", "leaves", "placeholder"]
