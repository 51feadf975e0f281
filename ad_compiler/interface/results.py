"""Results of the primal: what a gradient needs of them, and where their numbers are in the emitted code."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import Diagnostic, UnsupportedError
from ..frontend.values import HeapV, ShapeV, TupleV
from ..ir import nodes as ir
from ..ir.types import Array, ListOf, Num, can_carry
from .scalars import require_scalar
from .specialize import Specialization
from .structure import as_leaf, children, floating_leaves, is_floating, rebuild


def require_scalar_type(special: Specialization) -> None:
    """Raise TypeError, before anything runs, if the result is known to be complex, an integer or a boolean."""
    value = main_result(special)
    if isinstance(value, ir.Var) and isinstance(value.type, (Num, Array)) and value.type.kind != "f":
        require_scalar(np.zeros((), value.type.dtype)[()], special.main.lowered.function.name)


def result_positions(special: Specialization) -> list[int | None]:
    """For each floating number of the result, in order, its place among the cotangents that the reverse sweep takes;
    None for a constant. Raises UnsupportedError for results whose structure is not known when compiling."""
    places = result_places(special)
    if any(isinstance(leaf, ir.Var) and isinstance(leaf.type, ListOf) for leaf, _ in places):
        raise _unknown_length(special.main.lowered.function.name)
    return [position for _, position in places]


def result_places(special: Specialization) -> list[tuple[Any, int | None]]:
    """The numbers, arrays and run-time lists of the result, each with its place among the cotangents that the reverse
    sweep takes."""
    if "places" not in special.extra:
        order = {var: i for i, var in enumerate(getattr(special.compiled, "out_leaves", ()))}
        special.extra["places"] = [
            (leaf, order.get(leaf) if isinstance(leaf, ir.Var) else None)
            for leaf in _result_leaves(main_result(special), special.main.lowered.function.name)]
    return special.extra["places"]


def main_result(special: Specialization) -> Any:
    """What has cotangents of a result: of a pair with auxiliary data the first part."""
    out = special.main.lowered.out
    return out.items[0] if special.request.aux and isinstance(out, TupleV) else out


def list_lengths(value: Any, out: Any) -> list[Any]:
    """The parts of a result that are run-time lists, in order."""
    match value:
        case ir.Var(type=ListOf()) if can_carry(value.type):
            return [out]
        case TupleV(items):
            inner = items
        case HeapV():
            inner = tuple(value.slots.values())
        case _:
            return []
    parts = [part for _, part in children(out) or ()]
    return [found for v, part in zip(inner, parts, strict=True) for found in list_lengths(v, part)]


def _result_leaves(value: Any, name: str) -> list[Any]:
    match value:
        case ir.Var(type=Num() | Array()):
            return [value] if value.type.kind in "fc" else []
        case ir.Const():
            return [value for _ in floating_leaves(value.value)]
        case TupleV(items):
            return [leaf for item in items for leaf in _result_leaves(item, name)]
        case HeapV():
            return [leaf for item in value.slots.values() for leaf in _result_leaves(item, name)]
        case ShapeV():
            return []
        case ir.Var() if not can_carry(value.type):
            return []
        case ir.Var(type=ListOf()):
            return [value]
    raise _unknown_length(name)


def _unknown_length(name: str) -> UnsupportedError:
    return UnsupportedError(Diagnostic(
        "AD141", None, f"`{name}` returns a container whose length is known only at run time",
        "stack it into an array, or return a tuple"))


def like_result(out: Any, tangent: Any, form: Callable[[Any, Any], Any] = as_leaf) -> Any:
    """The emitted tangent in the structure of the result, each number in the `form` of its leaf."""
    parts = children(out)
    if parts is None:
        return form(out, tangent) if is_floating(out) else None
    dots = dict(children(tangent) or ())  # (of an object: a dict, in the order of assignment)
    return rebuild(out, [like_result(part, dots.get(key, 0.0), form) for key, part in parts])
