"""From the arguments of a call to the signature that code is compiled for."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ..frontend.signature import Leaf, Signer, Spec, Static, Tree, refuse_other_arrays
from ..ir.types import Array, Dim, Num, size
from .structure import Path, children


def sign(values: Mapping[str, Any]) -> dict[str, Spec]:
    """The specs of arguments by parameter name. Raises TypeError for arrays that are not plain numbers."""
    signer = Signer()
    return {name: _spec(signer, value, name, ()) for name, value in values.items()}


def _spec(signer: Signer, value: Any, name: str, around: tuple[int, ...]) -> Spec:
    if id(value) in around:  # an object that holds itself, by way of others
        return Static(value)
    around = (*around, id(value))
    parts = children(value)
    if parts is None:
        refuse_other_arrays(value, name)
        number = isinstance(value, (np.ndarray, np.generic, int, float, complex))
        return signer.spec(value, name) if number else Static(value)
    if not isinstance(value, (dict, list, tuple)):
        own = tuple((k, _spec(signer, v, f"{name}.{k}", around)) for k, v in parts)
        return Tree(type(value), own, "attribute")
    cls = dict if isinstance(value, dict) else type(value)
    return Tree(cls, tuple((k, _spec(signer, v, f"{name}[{k!r}]", around)) for k, v in parts))


def sizes_of(specs: Mapping[str, Spec], values: Mapping[str, Any]) -> dict[str, int]:
    """The numbers behind the symbols of a signature: sizes of arrays, values of integers."""
    found: dict[str, int] = {}

    def note(dim: Any, number: int) -> None:
        if dim is not None and len(dim.terms) == 1 and dim.const == 0:
            found[dim.terms[0][0]] = number

    def visit(spec: Spec, value: Any) -> None:
        if isinstance(spec, Tree):
            for (_, child), (_, part) in zip(spec.children, children(value) or (), strict=True):
                visit(child, part)
        elif isinstance(spec, Leaf) and isinstance(spec.type, Num):
            note(spec.type.dim, value)
        elif isinstance(spec, Leaf):
            for dim, number in zip(spec.type.dims, np.shape(value), strict=True):
                note(dim, number)

    for name, spec in specs.items():
        visit(spec, values[name])
    return found


def places_of(specs: Mapping[str, Spec]) -> dict[str, tuple[Path, int]]:
    """Where the number behind each symbol of a signature is found: an axis of an array, or -1 for an integer."""
    found: dict[str, tuple[Path, int]] = {}

    def visit(spec: Spec, path: Path) -> None:
        if isinstance(spec, Tree):
            for key, child in spec.children:
                visit(child, (*path, key))
        elif isinstance(spec, Leaf):
            dims = spec.type.dims if isinstance(spec.type, Array) else (spec.type.dim,)
            for axis, dim in enumerate(dims):
                if dim is not None and len(dim.terms) == 1 and dim.const == 0:
                    found.setdefault(dim.terms[0][0], (path, axis if isinstance(spec.type, Array) else -1))

    for name, spec in specs.items():
        visit(spec, (name,))
    return found


def with_integers(specs: Mapping[str, Spec], values: Mapping[str, Any]) -> dict[str, Spec]:
    """The signature with the values of all integers (not of arrays) in it."""
    def fixed(spec: Spec, value: Any) -> Spec:
        if isinstance(spec, Tree):
            parts = zip(spec.children, children(value) or (), strict=True)
            return Tree(spec.cls, tuple((key, fixed(child, part)) for (key, child), (_, part) in parts), spec.access)
        if isinstance(spec, Leaf) and isinstance(spec.type, Num) and spec.type.kind in "iu":
            return Static(int(value))
        return spec

    return {name: fixed(spec, values[name]) for name, spec in specs.items()}


def with_sizes(specs: Mapping[str, Spec], values: Mapping[str, Any]) -> dict[str, Spec]:
    """The signature with the values of all integers and the sizes of all arrays in it."""
    def fixed(spec: Spec, value: Any) -> Spec:
        if isinstance(spec, Tree):
            parts = zip(spec.children, children(value) or (), strict=True)
            return Tree(spec.cls, tuple((key, fixed(child, part)) for (key, child), (_, part) in parts), spec.access)
        if isinstance(spec, Leaf) and isinstance(spec.type, Array):
            return Leaf(Array(spec.type.dtype, tuple(map(size, np.shape(value)))), spec.contiguous)
        return spec

    return {name: fixed(spec, values[name]) for name, spec in with_integers(specs, values).items()}


def with_form(specs: Mapping[str, Spec], name: str, form: Dim) -> dict[str, Spec]:
    """The signature with a size written by others."""
    def written(spec: Spec) -> Spec:
        if isinstance(spec, Tree):
            return Tree(spec.cls, tuple((key, written(child)) for key, child in spec.children), spec.access)
        if isinstance(spec, Leaf) and isinstance(spec.type, Array):
            dims = tuple(d.with_form(name, form) for d in spec.type.dims)
            return Leaf(Array(spec.type.dtype, dims), spec.contiguous)
        if isinstance(spec, Leaf) and spec.type.dim is not None:
            return replace(spec, type=replace(spec.type, dim=spec.type.dim.with_form(name, form)))
        return spec

    return {key: written(spec) for key, spec in specs.items()}


def describe(spec: Spec) -> str:
    """A spec in words, for messages: `float64[n, 3]`, `dict(W=..., b=...)`, `'relu'`."""
    match spec:
        case Static(value):
            return repr(value) if isinstance(value, (bool, str, int, float, type(None))) else _name(value)
        case Leaf(type_):
            dims = getattr(type_, "dims", None)
            return str(type_) if dims is None else f"{type_.dtype}[{', '.join(_dim(d) for d in dims)}]"
        case Tree(cls, children):
            parts = [f"{key}: {describe(child)}" for key, child in children]
            shown = parts if len(parts) <= 4 else [*parts[:3], f"... {len(parts)} parts"]
            return f"{cls.__name__}({', '.join(shown)})"


def _dim(dim: Any) -> str:
    return str(dim.const) if dim.known else str(dim)


def _name(value: Any) -> str:
    return getattr(value, "__name__", type(value).__name__)


def varying(signatures: list[Mapping[str, Spec]]) -> str:
    """Which arguments differ between signatures, and a few of their forms."""
    parts = []
    for name in signatures[0]:
        forms = list(dict.fromkeys(describe(s[name]) for s in signatures if name in s))
        if len(forms) > 1:
            more = f", and {len(forms) - 3} more" if len(forms) > 3 else ""
            parts.append(f"`{name}` ({', '.join(forms[:3])}{more})")
    return "; ".join(parts) or "captured values"
