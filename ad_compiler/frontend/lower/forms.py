"""The arguments of a function that calls itself, as far as its own compilation depends on them.

    simpson(f, a, m, fa, eps / 2)         f as it is; numbers a, m, fa, eps

Numbers and arrays become parameters; structures are kept and taken apart; what else there is (functions, objects) is
kept as it is. Two calls of one form share one compiled function. A part that differs between a call and the calls
inside it is widened (`NeedRecursion`): a constant becomes a number, a size any size, an object any of its structure.
"""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...analysis.infer import type_of
from ...ir import nodes as ir
from ...ir.types import Array, Dim, Num, Passive, symbol, unknown_dim
from ..lowering import Lowering
from ..values import ExternalV, FunctionV, HeapV, MethodV, OptionalV, PartialV, RowV, TupleV, Value
from .joining import new_heap_frame

Path = tuple[Any, ...]
OBJECT = ("object",)


class NeedRecursion(Exception):
    """A function calls itself as far as values decide: it must be compiled on its own, with these parts of its
    arguments widened."""

    def __init__(self, identity: Any, widened: Mapping[Path, Any]) -> None:
        self.identity, self.widened = identity, widened
        super().__init__(str(identity))


class Form:
    """The form of the arguments of one call. `operands` are the numbers that it passes, `params` the parameters that
    stand for them, `values` the arguments over those, `places` what each part is."""

    def __init__(self, lo: Lowering, args: Mapping[str, Value], widened: Mapping[Path, Any]) -> None:
        self.lo, self.widened = lo, widened
        self.operands: list[ir.Operand] = []
        self.params: list[ir.Var] = []
        self.places: dict[Path, tuple[Any, ...]] = {}
        self.sizes: list[tuple[Dim, Dim]] = []
        self.news: dict[Path, Any] = {}
        self.kept: list[Any] = []  # what is told apart by its identity stays alive
        self.values = {name: self.visit(value, (name,), name) for name, value in args.items()}

    @property
    def key(self) -> tuple[Any, ...]:
        return tuple(self.places.items())

    def exactly(self, other: Form) -> bool:
        """Whether two calls are of one form and of the same sizes."""
        return self.key == other.key and [d for d, _ in self.sizes] == [d for d, _ in other.sizes] and [
            getattr(t, "dim", None) for t in map(type_of, self.operands)] == [
            getattr(t, "dim", None) for t in map(type_of, other.operands)]

    def visit(self, value: Value, path: Path, hint: str) -> Value:
        """The argument over parameters."""
        match value:
            case ir.Var(type=Num() | Array()) | ir.Const(value=bool() | int() | float() | complex() | np.generic()):
                return self._number(value, path, hint)
            case ir.Var(type=Passive()):
                self.places[path] = ("passive", value.type.cls)
                return self._parameter(value, ir.Var(hint, value.type))
            case TupleV(items, cls):
                self.places[path] = ("tuple", cls, len(items))
                return TupleV([self.visit(v, (*path, i), f"{hint}_{i}") for i, v in enumerate(items)], cls)
            case OptionalV(given, inner):
                self.places[path] = ("optional",)
                flag: Any = self.visit(given, (*path, "given"), f"has_{hint}")
                return OptionalV(flag, self.visit(inner, (*path, "value"), hint))
            case HeapV(cls) if path in self.widened:
                self.places[path] = ("heap", cls, tuple(value.slots))
                new = HeapV(cls, new_heap_frame(self.lo, hint), frozen=True)
                new.slots.update({k: self.visit(v, (*path, k), f"{hint}_{k}") for k, v in value.slots.items()})
                return new
            case RowV(rows, index, inner_path):
                self.places[path] = ("row", id(rows), inner_path)
                self.kept.append(rows)
                place: Any = self.visit(index, (*path, "place"), f"{hint}_place")
                return RowV(rows, place, inner_path)
        self.kept.append(value)
        self.places[path] = ("same", *_identity(value))
        return value

    def _parameter(self, operand: ir.Operand, param: ir.Var) -> ir.Var:
        self.operands.append(operand)
        self.params.append(param)
        return param

    def _number(self, value: Any, path: Path, hint: str) -> Value:
        t: Any = type_of(value)
        wide = self.widened.get(path)
        if wide is not None:
            joined = join_places(wide, number_place(t, None))
            if joined != wide:
                self.news[path] = joined
            self.places[path] = wide
            return self._parameter(value, ir.Var(hint, _type_of_place(wide, hint)))
        if isinstance(value, ir.Const):
            self.places[path] = ("constant", type(value.value), repr(value.value))
            return value
        self.places[path] = number_place(t, self._size)
        if isinstance(t, Array):
            t = Array(t.dtype, tuple(d if d.known else self._size_symbol(d) for d in t.dims))
        else:
            t = Num(t.dtype, t.weak, symbol(f"{unknown_dim().terms[0][0]}#") if t.kind in "iu" else None)
        return self._parameter(value, ir.Var(hint, t))

    def _size(self, dim: Dim) -> int:
        """The number of a size among those that differ."""
        for i, (known, _) in enumerate(self.sizes):
            if known == dim:
                return i
        self.sizes.append((dim, unknown_dim()))
        return len(self.sizes) - 1

    def _size_symbol(self, dim: Dim) -> Dim:
        return self.sizes[self._size(dim)][1]


def number_place(t: Num | Array, size: Any) -> tuple[Any, ...]:
    """What a number or array is; sizes that are not known are told apart by `size`."""
    if isinstance(t, Num):
        return "number", t.dtype, t.weak
    return "array", t.dtype, tuple(d.const if d.known else (None if size is None else ("size", size(d)))
                                   for d in t.dims)


def join_places(a: tuple[Any, ...], b: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """What holds both numbers, or both arrays; None where nothing does."""
    a, b = _of_constant(a), _of_constant(b)
    if a[0] == b[0] == "number":
        if "b" in (a[1].kind, b[1].kind) and a[1] != b[1]:
            return None
        return "number", np.promote_types(a[1], b[1]), a[2] and b[2]
    if a[0] == b[0] == "array" and a[1] == b[1] and len(a[2]) == len(b[2]):
        sizes = zip(a[2], b[2], strict=True)
        return "array", a[1], tuple(x if x == y and isinstance(x, int) else None for x, y in sizes)
    return None


def _of_constant(place: tuple[Any, ...]) -> tuple[Any, ...]:
    if place[0] != "constant":
        return place
    kind = place[1]
    if issubclass(kind, np.generic):
        return "number", np.dtype(kind), False
    dtype = np.bool_ if kind is bool else np.int64 if kind is int else np.float64 if kind is float else np.complex128
    return "number", np.dtype(dtype), True


def _type_of_place(place: tuple[Any, ...], hint: str) -> Num | Array:
    if place[0] == "number":
        return Num(place[1], place[2], unknown_dim() if place[1].kind in "iu" else None)
    return Array(place[1], tuple(Dim((), d) if isinstance(d, int) else unknown_dim() for d in place[2]))


def differences(one: Form, other: Form) -> dict[Path, Any] | None:
    """What to widen so that two calls are of one form; None where that cannot be."""
    found: dict[Path, Any] = {}
    for path in dict.fromkeys((*one.places, *other.places)):
        a, b = one.places.get(path), other.places.get(path)
        if a == b:
            continue
        if a is None or b is None:
            if any(path[:n] in found for n in range(len(path))):
                continue
            return None
        if a[0] == b[0] == "same" and a[1] is HeapV and b[1] is HeapV:
            found[path] = OBJECT
            continue
        joined = join_places(a, b) if {a[0], b[0]} <= {"constant", "number", "array"} else None
        if joined is None:
            return None
        found[path] = joined
    return found


def _identity(value: Any) -> tuple[Any, ...]:
    match value:
        case ir.Const():
            inner = value.value
            plain = isinstance(inner, (str, bytes, type(None), slice, tuple))
            return ir.Const, (type(inner), repr(inner)) if plain else id(inner)
        case ExternalV():
            return ExternalV, id(value.value)
        case FunctionV():
            return FunctionV, id(value.node), id(value.frame)
        case MethodV():
            return MethodV, value.name, *_identity(value.receiver)
        case PartialV():
            return PartialV, *_identity(value.function), *(x for v in value.args for x in _identity(v)), *(
                x for k, v in value.kwargs.items() for x in (k, *_identity(v)))
        case _:
            return type(value), id(value)


__all__ = ["OBJECT", "Form", "NeedRecursion", "differences"]
