"""The signature of a call as text: what `signing.sign` makes of arguments, without the types of the compiler.

Two calls have equal texts only if they have equal signatures: kinds, ranks, dtypes and contiguity, which sizes are
one and which are equal, the values of flags and strings, the structure of containers. None where that cannot be
said in text, or where the general way is to say what is wrong.
"""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .structure import children

_PLAIN = (bool, str, bytes, type(None), type(Ellipsis))
_KEYS = (str, int, bool, float, type(None))


class _NoText(Exception):
    """Something that is compared by identity."""


def signature_text(values: Mapping[str, Any], integers: bool = False) -> tuple[str, tuple[type, ...]] | None:
    """The text of a signature and the classes of its structures; `integers`: their values are part of it.

    >>> signature_text({"x": np.zeros(3), "n": 3, "flag": True})
    ('x:<f8[@0]C n:i@0 flag:True', ())
    """
    sizes: dict[int, int] = {}
    classes: list[type] = []
    try:
        text = " ".join([f"{name}:{_text(value, sizes, classes, integers, ())}" for name, value in values.items()])
    except _NoText:
        return None
    return text, tuple(classes)


def _text(value: Any, sizes: dict[int, int], classes: list[type], integers: bool, around: tuple[int, ...]) -> str:
    kind = type(value)
    if kind is np.ndarray:
        if value.dtype.kind not in "biufc":
            raise _NoText
        dims = ",".join(["1" if n == 1 else f"@{sizes.setdefault(n, len(sizes))}" for n in value.shape])
        return f"{value.dtype.str}[{dims}]{'C' if value.flags.c_contiguous else 'A'}"
    if kind is float or kind is complex:
        return kind.__name__
    if kind in _PLAIN:
        return repr(value)
    if kind is int:
        if integers:
            return f"i={value}"
        return f"i@{sizes[value]}" if value > 1 and value in sizes else "i"
    if kind is np.bool_:
        return repr(bool(value))
    if isinstance(value, np.generic) and value.dtype.kind in "iufc":
        return value.dtype.str
    if isinstance(value, (np.ndarray, np.generic, int, float, complex)) or id(value) in around:
        raise _NoText
    parts = children(value)
    if parts is None:
        raise _NoText
    if kind not in (dict, list, tuple):
        classes.append(kind)
    around = (*around, id(value))
    texts = []
    for key, part in parts:
        if type(key) not in _KEYS:
            raise _NoText
        texts.append(f"{key!r}:{_text(part, sizes, classes, integers, around)}")
    return f"{kind.__module__}.{kind.__qualname__}({' '.join(texts)})"
