"""Structures of values as trees: their leaves, the same structure with other leaves, one structure held to another."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ...analysis.infer import type_of
from ...ir import nodes as ir
from ...ir import prims
from ...ir.types import Array, Num, Passive, Seq, Type, is_float_like
from ..lowering import Lowering
from ..values import ExternalV, HeapV, TupleV, Value
from .joining import new_heap_frame
from .names import external


def opened(lo: Lowering, value: Value) -> Value:
    """The value with containers from outside (tuples, lists and dicts) taken apart."""
    match value:
        case ExternalV(inner, path) if isinstance(inner, (tuple, list)):
            items = [opened(lo, external(lo, v, f"{path}[{i}]", f"{_last(path)}_{i}")) for i, v in enumerate(inner)]
            return TupleV(items, type(inner))
        case ExternalV(inner, path) if isinstance(inner, dict):
            return _heap(lo, dict, {k: opened(lo, external(lo, v, f"{path}[{k!r}]", f"{_last(path)}_{k}"))
                                    for k, v in inner.items()})
        case TupleV(items, cls):
            return TupleV([opened(lo, v) for v in items], cls, value.whole)
        case _:
            return value


def _last(path: str) -> str:
    name = path.replace("]", "").replace("[", "_").rsplit(".", 1)[-1].strip("<>'\"")
    return name if name.isidentifier() else "item"


def _heap(lo: Lowering, cls: type, slots: dict[Any, Value]) -> HeapV:
    new = HeapV(cls, new_heap_frame(lo, cls.__name__.lower()))
    new.slots.update(slots)
    return new


def new_structure(lo: Lowering, cls: type, parts: dict[Any, Value]) -> Value:
    """A tuple, list or dict of these parts."""
    return TupleV(list(parts.values()), cls) if issubclass(cls, tuple) else _heap(lo, cls, parts)


def leaves(value: Value) -> Iterator[Value]:
    """What a structure holds that is no structure itself, in order."""
    match value:
        case TupleV(items):
            for item in items:
                yield from leaves(item)
        case HeapV():
            for item in value.slots.values():
                yield from leaves(item)
        case _:
            yield value


def floating(value: Value) -> list[ir.Var]:
    """The variables in a structure that can carry a derivative, in order."""
    return [leaf for leaf in leaves(value) if isinstance(leaf, ir.Var) and is_float_like(leaf.type)]


def mapped(lo: Lowering, value: Value, change: Callable[[Value], Value]) -> Value:
    """The structure with other leaves."""
    match value:
        case TupleV(items, cls):
            return TupleV([mapped(lo, v, change) for v in items], cls)
        case HeapV(cls):
            return _heap(lo, cls, {k: mapped(lo, v, change) for k, v in value.slots.items()})
        case _:
            return change(value)


class Mismatch(Exception):
    """A structure that should be like another one is not."""


def held_to(value: Value, like: Value, where: str) -> Iterator[tuple[ir.Var, Value | None, str]]:
    """For every differentiable leaf of `like`: it, what `value` has in its place (None for zero), and where that is.

    None in place of a part of the structure is zero in all of it. Raises Mismatch."""
    if isinstance(value, ir.Const) and value.value is None:
        yield from ((leaf, None, where) for leaf in floating(like))
        return
    match like:
        case TupleV(items, cls):
            own = value.items if isinstance(value, TupleV) else (
                list(value.slots.values()) if isinstance(value, HeapV) and value.cls is list else None)
            if own is None or len(own) != len(items):
                raise Mismatch(f"{where} must be a {cls.__name__} of {len(items)}, not {described(value)}")
            for i, (part, item) in enumerate(zip(own, items, strict=True)):
                yield from held_to(part, item, f"{where}[{i}]")
        case HeapV(cls) if cls is list:
            yield from held_to(value, TupleV(list(like.slots.values()), list), where)
        case HeapV(cls):
            if not isinstance(value, HeapV) or set(value.slots) != set(like.slots):
                keys = ", ".join(map(repr, like.slots))
                raise Mismatch(f"{where} must be a {cls.__name__} with {keys}, not {described(value)}")
            for key, item in like.slots.items():
                step = f"[{key!r}]" if cls is dict else f".{key}"
                yield from held_to(value.slots[key], item, f"{where}{step}")
        case ir.Var() if is_float_like(like.type):
            yield like, value, where


def form(value: Value) -> Any:
    """The form of a structure, to compare: its kinds and keys, and how many axes its numbers have."""
    match value:
        case TupleV(items):
            return tuple(form(item) for item in items)
        case HeapV(cls) if cls is list:
            return tuple(form(item) for item in value.slots.values())
        case HeapV(cls):
            return cls, frozenset((key, form(item)) for key, item in value.slots.items())
        case ir.Var(type=Num() | Array()):
            return getattr(value.type, "ndim", 0)
        case ir.Const():
            number = isinstance(value.value, (int, float, complex, np.generic))
            return np.ndim(value.value) if number else type(value.value)
    return None


def described(value: Value) -> str:
    """A value in words, for messages."""
    match value:
        case ir.Const():
            return repr(value.value)
        case ir.Var(type=Array() as t):
            return f"an array of shape ({', '.join(str(d) for d in t.dims)}{',' if t.ndim == 1 else ''})"
        case ir.Var():
            return f"a {value.type}"
        case TupleV(items, cls):
            return f"a {cls.__name__} of {len(items)}"
        case HeapV(cls):
            return f"a {cls.__name__} of {len(value.slots)}" if cls in (list, dict) else f"a {cls.__name__}"
        case _:
            return "a value that is no number"


def type_like(value: Value) -> Type:
    """The type of a run-time value of this structure."""
    if isinstance(value, ir.Var):
        return Num(value.type.dtype, value.type.weak) if isinstance(value.type, Num) else value.type
    if isinstance(value, ir.Const):
        return type_of(value)
    if isinstance(value, TupleV):
        types = tuple(type_like(v) for v in value.items)
        if all(isinstance(t, (Num, Array, Seq)) for t in types):
            return Seq(types, value.cls)
    return Passive(value.cls if isinstance(value, (TupleV, HeapV)) else None)


def taken_apart(lo: Lowering, whole: ir.Var, like: Value, hint: str | None = None) -> Value:
    """A run-time value of the structure of `like` as its parts. What is constant in `like` is so here."""
    match like:
        case ir.Var():
            return whole
        case TupleV(items, cls):
            return TupleV([_part(lo, whole, i, v, "index") for i, v in enumerate(items)], cls)
        case HeapV(cls):
            access = "index" if cls in (list, dict) else "attribute"
            return _heap(lo, cls, {k: _part(lo, whole, k, v, access) for k, v in like.slots.items()})
        case _:
            return like


def _part(lo: Lowering, whole: ir.Var, key: Any, like: Value, access: str) -> Value:
    if not isinstance(like, (ir.Var, TupleV, HeapV)):
        return like
    function = prims.attribute if access == "attribute" else prims.item
    hint = like.hint if isinstance(like, ir.Var) else "t"
    var = lo.call(function, (whole, ir.Const(key)), style=access, type_=type_like(like), hint=hint)
    return taken_apart(lo, var, like)
