"""Constants as Python text that evaluates to exactly the same value."""
from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..ir import nodes as ir
from .namespace import Namespace
from .operators import ATOM, UNARY


def constant(const: ir.Const, names: Namespace) -> tuple[str, int]:
    """The text of a constant and how tightly it binds."""
    value = const.value
    if const.text is not None and isinstance(value, (int, float)) and not isinstance(value, (bool, np.generic)):
        spelled = _as_spelled(const.text, value)
        if spelled is not None:
            return spelled, UNARY if spelled.startswith("-") else ATOM
    if isinstance(value, np.generic) and const.text is not None and const.text.startswith("np.finfo("):
        return const.text.replace("np.", names.numpy("")), ATOM
    return literal(value, names, const.text)


def literal(value: Any, names: Namespace, text: str | None = None) -> tuple[str, int]:
    kind = type(value)
    writer = _WRITERS.get(kind)
    if writer is not None:
        return writer(value, names)
    if value is Ellipsis:
        return "...", ATOM
    if isinstance(value, np.generic) and not isinstance(value, (np.longdouble, np.clongdouble)):
        inner = "True" if value is np.True_ else "False" if value is np.False_ else literal(value.item(), names)[0]
        return f"{names.numpy(kind.__name__ if kind is not np.bool_ else 'bool_')}({inner})", ATOM
    if isinstance(value, np.dtype) and value.isnative and getattr(np, value.type.__name__, None) is value.type:
        return names.numpy(value.type.__name__ if value.type is not np.bool_ else "bool_"), ATOM
    return names.reference(value, text), ATOM


def _as_spelled(text: str, value: float) -> str | None:
    """The user's spelling of a number, if it says the same."""
    try:
        said = float(text)
    except ValueError:
        return None
    same = said == value and math.copysign(1.0, said) == math.copysign(1.0, value)
    return text if same and isinstance(value, float) and text.lower().strip("-+") not in ("inf", "nan") else None


def _float(value: float, names: Namespace) -> tuple[str, int]:
    if value != value:
        return names.numpy("nan"), ATOM
    if math.isinf(value):
        return (names.numpy("inf"), ATOM) if value > 0 else (f"-{names.numpy('inf')}", UNARY)
    text = repr(value)
    return text, UNARY if text[0] == "-" else ATOM


def _int(value: int, names: Namespace) -> tuple[str, int]:
    return str(value), UNARY if value < 0 else ATOM


def _complex(value: complex, names: Namespace) -> tuple[str, int]:
    if math.isfinite(value.imag) and value.real == 0:
        if math.copysign(1, value.real) > 0 < math.copysign(1, value.imag):
            return f"{value.imag!r}j", ATOM
        if math.copysign(1, value.real) < 0 > math.copysign(1, value.imag):
            return f"-{-value.imag!r}j", UNARY
    return f"{names.builtin('complex')}({_float(value.real, names)[0]}, {_float(value.imag, names)[0]})", ATOM


def string(value: str, names: Namespace | None = None) -> tuple[str, int]:
    text = repr(value)
    if '"' not in text and "'" not in text[1:-1]:
        text = f'"{text[1:-1]}"'
    return text, ATOM


def _named(value: Any, names: Namespace) -> tuple[str, int]:
    return repr(value), ATOM


def _tuple(value: tuple[Any, ...], names: Namespace) -> tuple[str, int]:
    items = [literal(v, names)[0] for v in value]
    return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})", ATOM


def _list(value: list[Any], names: Namespace) -> tuple[str, int]:
    return f"[{', '.join(literal(v, names)[0] for v in value)}]", ATOM


def _dict(value: dict[Any, Any], names: Namespace) -> tuple[str, int]:
    items = (f"{literal(k, names)[0]}: {literal(v, names)[0]}" for k, v in value.items())
    return f"{{{', '.join(items)}}}", ATOM


def _slice(value: slice, names: Namespace) -> tuple[str, int]:
    parts = ", ".join(literal(v, names)[0] for v in (value.start, value.stop, value.step))
    return f"{names.builtin('slice')}({parts})", ATOM


_WRITERS: dict[type, Any] = {
    float: _float, int: _int, complex: _complex, str: string, bytes: _named, bool: _named, type(None): _named,
    tuple: _tuple, list: _list, dict: _dict, slice: _slice,
}
