"""Assumptions on what a loop carries from one iteration to the next, and how they are weakened."""
from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from ...analysis.infer import type_of
from ...ir import nodes as ir
from ...ir.types import BOOL, INT, Array, Dim, Num, Passive, Type
from ..frames import MISSING, Frame, Key, Seen
from ..lowering import Lowering
from ..values import (
    FunctionV,
    HeapV,
    JoinError,
    OptionalV,
    RowsV,
    RowV,
    TupleV,
    Unusable,
    Value,
    join_type,
    same,
    where_it_is,
)
from .joining import alike, default_of
from .optional import is_word, joins, parts
from .pools import pool_instead
from .runtime_lists import joined_lists

State = Mapping[Key, Value]
EMPTY: State = MappingProxyType({})


def template(value: Value, hint: str, state: State = EMPTY) -> Value:
    """The value with a fresh variable for every number in it: what an iteration finds."""
    value = where_it_is(value)
    match value:
        case ir.Var():
            return ir.Var(hint, _carried_type(value.type))
        case ir.Const():
            t = type_of(value)
            if isinstance(t, Num):
                return ir.Var(hint, _carried_type(t))
            return value
        case OptionalV():
            return OptionalV(ir.Var(f"has_{hint}", BOOL), template(value.value, hint, state))
        case TupleV():
            return TupleV([template(v, f"{hint}_{i}", state) for i, v in enumerate(value.items)], value.cls)
        case RowsV():
            return RowsV({path: ir.Var(c.hint, c.type) for path, c in value.columns.items()}, value.row, value.site)
        case RowV():
            return RowV(value.rows, ir.Var(hint, INT), value.path)
        case HeapV():
            value.frozen = True  # or what is written to it under another name would not be seen under this one
            frame = Frame(None, value.frame.journal, {}, name=hint)
            frame.env.update({k: template(v, f"{hint}_{k}", state)
                              for k, v in Seen(None, value, state).slots().items()})
            return HeapV(value.cls, frame, frozen=True, site=value.site, rows=value.rows)
        case _:
            return value


def _carried_type(t: Type) -> Type:
    return Num(t.dtype, t.weak) if isinstance(t, Num) and t.dim is not None else t


def weaken(lo: Lowering, assumed: Value, values: Sequence[Seen], hint: str) -> Value:
    """`assumed` itself if it covers the values, else a weaker assumption."""
    present = [p for p in values if p.value is not MISSING]
    joined_lists(lo, [Seen(None, assumed), *present])
    try:
        found = _weaken(assumed, present, hint)
    except JoinError as error:
        pool_instead(lo, assumed, *(p.value for p in present))
        return assumed if isinstance(assumed, Unusable) else Unusable(f"in this loop, {error}")
    lo.mixed = lo.mixed or any(_mixed(found, p.value) for p in present)
    return found


def _mixed(found: Value, value: Value) -> bool:
    """Whether an array stands for a number; assumed of what has parts."""
    if isinstance(found, ir.Var):
        return isinstance(found.type, Array) and isinstance(value, (ir.Var, ir.Const)) and isinstance(
            type_of(value), Num)
    return isinstance(found, (TupleV, HeapV, OptionalV))


def _weaken(assumed: Value, paths: Sequence[Seen], hint: str) -> Value:
    values = [p.value for p in paths]
    if isinstance(assumed, Unusable):
        return assumed
    if joins([assumed, *values]):
        return _weaken_optional(assumed, paths, hint)
    if isinstance(assumed, ir.Var):
        t = assumed.type
        for v in values:
            if not isinstance(v, (ir.Var, ir.Const)):
                if isinstance(v, Unusable):
                    raise JoinError(v.why)
                raise JoinError("it is a number in one iteration and a structure in another")
            t = join_type(ir.Var("", t), v)
        t = _carried_type(t)
        return assumed if _covers(assumed.type, t) else ir.Var(hint, t)
    if isinstance(assumed, (RowsV, RowV)):
        return _weaken_rows(assumed, values)
    if isinstance(assumed, (TupleV, HeapV)):
        return _weaken_structure(assumed, paths, hint)
    if all(same(assumed, v) for v in values):
        return assumed
    if isinstance(assumed, ir.Const) and all(is_word(v) for v in (assumed, *values)):
        return ir.Var(hint, functools.reduce(lambda t, v: join_type(ir.Var("", t), v), values, type_of(assumed)))
    if isinstance(assumed, (ir.Const, FunctionV)):
        raise JoinError("it is not the same object in every iteration")
    return values[0] if len(values) == 1 else _differs()


def _weaken_optional(assumed: Value, paths: Sequence[Seen], hint: str) -> Value:
    some = [p.part(v) for p in paths if (v := parts(p.value)[1]) is not None]
    inner = parts(assumed)[1]
    value = _weaken(template(some[0].value, hint, some[0].state) if inner is None else inner, some, hint)
    if isinstance(assumed, OptionalV):
        return assumed if value is assumed.value else OptionalV(assumed.given, value)
    return OptionalV(ir.Var(f"has_{hint}", BOOL), value)


def _differs() -> Value:
    raise JoinError("it is of another kind in another iteration")


def _weaken_rows(assumed: RowsV | RowV, values: Sequence[Value]) -> Value:
    """Lists of structures, or objects of one such list."""
    for v in values:
        if isinstance(assumed, RowsV) and not (isinstance(v, RowsV) and v.row == assumed.row):
            raise JoinError("its structure changes between iterations")
        if isinstance(assumed, RowV) and not (isinstance(v, RowV) and v.path == assumed.path and same(
                v.rows, assumed.rows)):
            raise JoinError("it is an object of another list in another iteration")
    return assumed


def _weaken_structure(assumed: Any, paths: Sequence[Seen], hint: str) -> Value:
    values: list[Any] = [p.value for p in paths]
    if any(type(v) is not type(assumed) for v in values):
        raise JoinError("its structure changes between iterations")
    if isinstance(assumed, TupleV):
        if any(len(v.items) != len(assumed.items) for v in values):
            raise JoinError("its length changes between iterations")
        items = [_weaken(a, [p.part(p.value.items[i]) for p in paths], f"{hint}_{i}")
                 for i, a in enumerate(assumed.items)]
        return assumed if all(map(_is, items, assumed.items)) else TupleV(items, assumed.cls)
    old, slots = assumed.slots, [p.slots() for p in paths]
    if any(v.cls is not assumed.cls for v in values) or not all(alike(assumed.cls, s, old) for s in slots):
        raise JoinError("its class, length or keys change between iterations")
    for v in values:
        v.frozen = True
    new = {k: _weaken(a, [p.part(s[k]) for p, s in zip(paths, slots, strict=True)], f"{hint}_{k}")
           for k, a in old.items()}
    if all(new[k] is old[k] for k in old):
        return assumed
    frame = Frame(None, assumed.frame.journal, {}, name=hint)
    frame.env.update(new)
    return HeapV(assumed.cls, frame, frozen=True, site=assumed.site, rows=assumed.rows)


def _is(a: Any, b: Any) -> bool:
    return a is b


def _covers(assumed: Type, t: Type) -> bool:
    """Whether values of type `t` fit the assumption: sizes that are unknown already stay unknown."""
    if assumed == t:
        return True
    if isinstance(assumed, Array) and isinstance(t, Array) and assumed.dtype == t.dtype and assumed.ndim == t.ndim:
        return all(a == b or _unknown(a) for a, b in zip(assumed.dims, t.dims, strict=True))
    return isinstance(assumed, Passive) and isinstance(t, Passive)


def _unknown(dim: Dim) -> bool:
    return bool(dim.terms) and dim.terms[0][0].startswith("?")


def operands_of(path: Seen) -> list[ir.Operand]:
    """The number leaves of a structure, in order."""
    match path.value:
        case ir.Var() | ir.Const():
            return [path.value]
        case OptionalV(given, inner):
            return [given, *operands_of(path.part(inner))]
        case RowsV(columns):
            return list(columns.values())
        case RowV():
            return [path.value.index]
        case TupleV(items):
            return [x for v in items for x in operands_of(path.part(v))]
        case HeapV():
            return [x for v in path.slots().values() for x in operands_of(path.part(v))]
        case _:
            return []


def copies(pattern: Value, path: Seen) -> tuple[tuple[ir.Var, ...], tuple[ir.Operand, ...]]:
    """Targets and sources of the copy that gives `pattern`'s variables the numbers of a path's value."""
    pairs = [(p, v) for p, v in zip(operands_of(Seen(None, pattern)), _fitted(pattern, path), strict=True)
             if isinstance(p, ir.Var) and p is not v]
    return tuple(p for p, _ in pairs), tuple(v for _, v in pairs)


def _fitted(pattern: Value, path: Seen) -> list[ir.Operand]:
    """The numbers of a path's value, one for each of `pattern`."""
    value = path.value
    if isinstance(pattern, OptionalV):
        given, inner = parts(value)
        if inner is None:
            defaults = operands_of(Seen(None, pattern.value))
            return [given, *(default_of(v) if isinstance(v, ir.Var) else v for v in defaults)]
        return [given, *_fitted(pattern.value, path.part(inner))]
    if isinstance(pattern, TupleV) and isinstance(value, TupleV):
        return [x for p, v in zip(pattern.items, value.items, strict=True) for x in _fitted(p, path.part(v))]
    if isinstance(pattern, HeapV) and isinstance(value, HeapV):
        slots = path.slots()
        return [x for k, p in pattern.slots.items() for x in _fitted(p, path.part(slots[k]))]
    return operands_of(path)
