"""The form of a result that a function gave on stand-ins: its structure, the types of its numbers, where sizes come
from. Every later result is held to it."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .bridge_stand_ins import Sizes
from .frontend.lower.trees import new_structure
from .frontend.lowering import Lowering
from .frontend.values import Value
from .ir import nodes as ir
from .ir.types import Array, Dim, Num, size, unknown_dim

Place = tuple[tuple[Any, ...], int]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A number or array; `sizes` says of each axis which axis of an argument has its size, or how long it is."""

    type: Num | Array
    sizes: tuple[Place | int | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Structure:
    """A tuple, list or dict of such."""

    cls: type
    parts: tuple[tuple[Any, Any], ...]


Form = Leaf | Structure | None


def form_of(runs: list[tuple[Any, Sizes]], arguments: list[tuple[tuple[Any, ...], Value]]) -> Form:
    """The form of the results of two runs. Raises TypeError where they differ, or hold other things than numbers."""
    (first, _), (second, _) = runs
    places: list[tuple[Dim, Place]] = [
        (d, (path, axis)) for path, v in arguments if isinstance(v, ir.Var) and isinstance(v.type, Array)
        for axis, d in enumerate(v.type.dims)]
    return _form(first, second, places, [sizes for _, sizes in runs])


def _form(one: Any, other: Any, places: list[tuple[Dim, Place]], sizes: list[Sizes]) -> Form:
    if type(one) is not type(other):
        raise TypeError("the type of its result depends on the numbers that it is given")
    if isinstance(one, (tuple, list, dict)):
        keys, others = _keys(one), _keys(other)
        if keys != others or type(one) not in (tuple, list, dict):
            raise TypeError("the structure of its result depends on the numbers that it is given")
        return Structure(type(one), tuple((k, _form(one[k], other[k], places, sizes)) for k in keys))
    if isinstance(one, np.ndarray):
        if one.ndim != other.ndim or one.dtype != other.dtype or one.dtype.kind not in "biufc":
            raise TypeError("the type of its result depends on the numbers that it is given")
        found = [_dim(a, b, places, sizes) for a, b in zip(one.shape, other.shape, strict=True)]
        return Leaf(Array(one.dtype, tuple(d for d, _ in found)), tuple(place for _, place in found))
    if isinstance(one, np.generic) and one.dtype.kind in "iufc":
        return Leaf(Num(one.dtype, weak=False))
    if isinstance(one, (int, float, complex)) and not isinstance(one, bool):
        kind = np.int64 if isinstance(one, int) else np.complex128 if isinstance(one, complex) else np.float64
        return Leaf(Num(np.dtype(kind)))
    raise TypeError(f"it returns a {type(one).__name__}")


def _keys(value: Any) -> list[Any]:
    return list(value) if isinstance(value, dict) else list(range(len(value)))


def _dim(a: int, b: int, places: list[tuple[Dim, Place]], sizes: list[Sizes]) -> tuple[Dim, Place | int | None]:
    for dim, place in places:
        if not dim.known and (sizes[0].of(dim), sizes[1].of(dim)) == (a, b):
            return dim, place
    return (size(a), a) if a == b else (unknown_dim(), None)


def like_form(lo: Lowering, form: Form) -> Value:
    """The form as values of the front end."""
    if isinstance(form, Leaf):
        return ir.Var("t", form.type)
    assert form is not None
    return new_structure(lo, form.cls, {k: like_form(lo, part) for k, part in form.parts})


def held(value: Any, form: Form, given: Any, name: str) -> Any:
    """A result as its form says, in memory of its own. Raises TypeError where it is of another form."""
    if isinstance(form, Structure):
        if type(value) is not form.cls or _keys(value) != [k for k, _ in form.parts]:
            raise _other(name, f"a {type(value).__name__}")
        parts = {k: held(value[k], part, given, name) for k, part in form.parts}
        return parts if form.cls is dict else form.cls(parts.values())
    assert form is not None
    array = np.asarray(value)
    t = form.type
    rank = t.ndim if isinstance(t, Array) else 0
    if array.ndim != rank or array.dtype != t.dtype:
        raise _other(name, f"{array.dtype} of {array.ndim} dimensions")
    for n, place in zip(array.shape, form.sizes, strict=True):
        wanted = _size_at(given, place) if isinstance(place, tuple) else n if place is None else place
        if n != wanted:
            raise _other(name, f"an array of shape {array.shape}")
    if isinstance(t, Num):
        return array[()].item() if t.weak else array[()]
    return array if array is not value else array.copy()


def _size_at(given: Any, place: Place) -> int:
    path, axis = place
    for key in path:
        given = given[key]
    return given.shape[axis]


def _other(name: str, what: str) -> TypeError:
    return TypeError(f"`{name}` runs on the tape inside a compiled function, where its result must always be of one "
                     f"type: now it is {what}; return one type, or give the function a rule (ad_compiler.primitive)")


__all__ = ["Form", "Leaf", "Structure", "form_of", "held", "like_form"]
