"""Primitives of the IR that NumPy has no name for. Each is an ordinary function, so that it can also be run."""
from __future__ import annotations

import operator
from typing import Any


def and_(a: Any, b: Any) -> Any:
    """`a and b`, where evaluating `b` is harmless."""
    return a and b


def or_(a: Any, b: Any) -> Any:
    """`a or b`, where evaluating `b` is harmless."""
    return a or b


def is_(a: Any, b: Any) -> bool:
    return a is b


def is_not(a: Any, b: Any) -> bool:
    return a is not b


def in_(a: Any, b: Any) -> bool:
    return a in b


def not_in(a: Any, b: Any) -> bool:
    return a not in b


def not_(a: Any) -> bool:
    return not a


def dim(x: Any, axis: int) -> int:
    """`x.shape[axis]`"""
    return x.shape[axis]


def shape(x: Any) -> tuple[int, ...]:
    """`x.shape`"""
    return x.shape


def attribute(x: Any, name: str) -> Any:
    """`x.name` of a run-time object."""
    return getattr(x, name)


def fstring(*parts: Any) -> str:
    """An f-string; the parts are texts and values."""
    return "".join(map(str, parts))


item = operator.getitem
