"""Keyword arguments that are sugar around a call: `out=`, and a ufunc's `where=`.

The derivative table describes values. `np.add(a, b, out=c, where=m)` is read as two steps, a value and a
store:

    value = np.where(m, np.add(a, b), c)
    c[...] = value

Without `out`, what `where=` leaves out is uninitialised memory in NumPy: no derivative flows there.
"""
from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

# What a masked ufunc is called with where its result does not count, if 1 would give an infinite derivative.
_INNOCENT = {np.arcsin: 0.0, np.arccos: 0.0, np.arctanh: 0.0, np.arccosh: 2.0}


def innocent(function: Any) -> float:
    """A number at which a ufunc has a finite derivative: the operand of `ufunc(x, where=mask)` off the mask.

    >>> innocent(np.log), innocent(np.arctanh)
    (1.0, 0.0)
    """
    return _INNOCENT.get(function, 1.0)


class Sugar(NamedTuple):
    """A call freed from sugar: what to call, where the result counts, where it is stored (None: nowhere)."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    where: Any
    out: Any


def without_sugar(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Sugar:
    """Split `out=` (also a ufunc's positional one) and a ufunc's `where=` from the arguments the table knows.

    >>> without_sugar(np.add, (1.0, 2.0), {"where": True}).kwargs
    {}
    """
    kwargs = dict(kwargs)
    out = kwargs.pop("out", None)
    where: Any = True
    if isinstance(function, np.ufunc):
        where = kwargs.pop("where", True)
        if len(args) > function.nin:
            out = args[function.nin:]
            args = args[: function.nin]
        if isinstance(out, tuple) and len(out) == 1:
            out = out[0]
    return Sugar(args, kwargs, where, out)
