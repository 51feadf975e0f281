"""Assumptions on what a loop carries from one iteration to the next, and how they are weakened."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...analysis.infer import type_of
from ...ir import nodes as ir
from ...ir.types import BOOL, Array, Dim, Num, Passive, Type
from ..frames import MISSING, Frame
from ..values import FunctionV, HeapV, JoinError, OptionalV, TupleV, Unusable, Value, join_type, same
from .joining import default_of
from .optional import joins, parts
from .runtime_lists import joined_lists


def template(value: Value, hint: str) -> Value:
    """The value with a fresh variable for every number in it: what an iteration finds."""
    match value:
        case ir.Var():
            return ir.Var(hint, _carried_type(value.type))
        case ir.Const():
            t = type_of(value)
            if isinstance(t, Num):
                return ir.Var(hint, _carried_type(t))
            return value
        case OptionalV():
            return OptionalV(ir.Var(f"has_{hint}", BOOL), template(value.value, hint))
        case TupleV():
            return TupleV([template(v, f"{hint}_{i}") for i, v in enumerate(value.items)], value.cls)
        case HeapV():
            frame = Frame(None, value.frame.journal, {}, name=hint)
            frame.env.update({k: template(v, f"{hint}_{k}") for k, v in value.slots.items()})
            return HeapV(value.cls, frame, frozen=True, site=value.site)
        case _:
            return value


def _carried_type(t: Type) -> Type:
    return Num(t.dtype, t.weak) if isinstance(t, Num) and t.dim is not None else t


def weaken(assumed: Value, values: Sequence[Value], hint: str) -> Value:
    """`assumed` itself if it covers the values, else a weaker assumption."""
    present = [v for v in values if v is not MISSING]
    joined_lists(None, [assumed, *present])
    try:
        return _weaken(assumed, present, hint)
    except JoinError as error:
        return assumed if isinstance(assumed, Unusable) else Unusable(f"in this loop, {error}")


def _weaken(assumed: Value, values: Sequence[Value], hint: str) -> Value:
    if isinstance(assumed, Unusable):
        return assumed
    if joins([assumed, *values]):
        return _weaken_optional(assumed, values, hint)
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
    if isinstance(assumed, (TupleV, HeapV)):
        return _weaken_structure(assumed, values, hint)
    if all(same(assumed, v) for v in values):
        return assumed
    if isinstance(assumed, (ir.Const, FunctionV)):
        raise JoinError("it is not the same object in every iteration")
    return values[0] if len(values) == 1 else _differs()


def _weaken_optional(assumed: Value, values: Sequence[Value], hint: str) -> Value:
    some = [v for one in values if (v := parts(one)[1]) is not None]
    inner = parts(assumed)[1]
    value = _weaken(template(some[0], hint) if inner is None else inner, some, hint)
    if isinstance(assumed, OptionalV):
        return assumed if value is assumed.value else OptionalV(assumed.given, value)
    return OptionalV(ir.Var(f"has_{hint}", BOOL), value)


def _differs() -> Value:
    raise JoinError("it is of another kind in another iteration")


def _weaken_structure(assumed: Any, values: Sequence[Any], hint: str) -> Value:
    if any(type(v) is not type(assumed) for v in values):
        raise JoinError("its structure changes between iterations")
    if isinstance(assumed, TupleV):
        if any(len(v.items) != len(assumed.items) for v in values):
            raise JoinError("its length changes between iterations")
        items = [_weaken(a, [v.items[i] for v in values], f"{hint}_{i}") for i, a in enumerate(assumed.items)]
        return assumed if all(map(_is, items, assumed.items)) else TupleV(items, assumed.cls)
    old = assumed.slots
    if any(list(v.slots) != list(old) or v.cls is not assumed.cls for v in values):
        raise JoinError("its class, length or keys change between iterations")
    for v in values:
        v.frozen = True
    new = {k: _weaken(a, [v.slots[k] for v in values], f"{hint}_{k}") for k, a in old.items()}
    if all(new[k] is old[k] for k in old):
        return assumed
    frame = Frame(None, assumed.frame.journal, {}, name=hint)
    frame.env.update(new)
    return HeapV(assumed.cls, frame, frozen=True, site=assumed.site)


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


def operands_of(value: Value) -> list[ir.Operand]:
    """The number leaves of a structure, in order."""
    match value:
        case ir.Var():
            return [value]
        case ir.Const():
            return [value]
        case OptionalV(given, inner):
            return [given, *operands_of(inner)]
        case TupleV(items):
            return [x for v in items for x in operands_of(v)]
        case HeapV():
            return [x for v in value.slots.values() for x in operands_of(v)]
        case _:
            return []


def copies(pattern: Value, value: Value) -> tuple[tuple[ir.Var, ...], tuple[ir.Operand, ...]]:
    """Targets and sources of the copy that gives `pattern`'s variables the numbers of `value`."""
    pairs = [(p, v) for p, v in zip(operands_of(pattern), _fitted(pattern, value), strict=True)
             if isinstance(p, ir.Var) and p is not v]
    return tuple(p for p, _ in pairs), tuple(v for _, v in pairs)  # type: ignore[return-value]


def _fitted(pattern: Value, value: Value) -> list[ir.Operand]:
    """The numbers of `value`, one for each of `pattern`."""
    if isinstance(pattern, OptionalV):
        given, inner = parts(value)
        if inner is None:
            return [given, *(default_of(v) if isinstance(v, ir.Var) else v for v in operands_of(pattern.value))]
        return [given, *_fitted(pattern.value, inner)]
    if isinstance(pattern, TupleV) and isinstance(value, TupleV):
        return [x for p, v in zip(pattern.items, value.items, strict=True) for x in _fitted(p, v)]
    if isinstance(pattern, HeapV) and isinstance(value, HeapV):
        return [x for k, p in pattern.slots.items() for x in _fitted(p, value.slots[k])]
    return operands_of(value)
