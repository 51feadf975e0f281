"""Keyword arguments that are sugar around a call: `out=`, and a ufunc's `where=`.

The derivative table describes values. `np.add(a, b, out=c, where=m)` is read as two steps, a value and a
store:

    value = np.where(m, np.add(a, b), c)
    c[...] = value

Without `out`, what `where=` leaves out is uninitialised memory in NumPy: no derivative flows there.
"""
from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
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


def _itself(value: Any) -> Any:
    return value


class Sugar(NamedTuple):
    """A call freed from sugar: what to call, where the result counts, where its results are stored (None: nowhere)."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    where: Any
    outs: tuple[Any, ...]


def without_sugar(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], value: Callable[[Any], Any] = _itself
                  ) -> Sugar:
    """Split `out=`, also by its place, and a ufunc's `where=` from the arguments the table knows. `value(argument)` is
    the plain value of an argument, where that is known.

    >>> without_sugar(np.add, (1.0, 2.0), {"where": True}).kwargs
    {}
    >>> without_sugar(np.cumsum, ([1.0], 0, None, "there"), {}).outs
    ('there',)
    """
    kwargs = dict(kwargs)
    at = place_of_out(function)
    outs, later = args[at:at + 1], args[at + 1:]
    if isinstance(function, np.ufunc):
        outs, later = args[at:], ()
    kwargs = {**dict(zip(_names(function)[at + 1:], later, strict=False)), **kwargs} if later else kwargs
    args = args[:at]
    out = kwargs.pop("out", None)
    if out is not None:
        outs = tuple(out) if isinstance(out, tuple) else (out,)
    if function is np.nan_to_num:
        bound = dict(zip(_names(function), args, strict=False)) | kwargs
        if not value(bound.pop("copy", True)):
            args, kwargs, outs = (bound.pop("x"),), bound, (args or (kwargs["x"],))[:1]
    where = kwargs.pop("where", True) if isinstance(function, np.ufunc) else True
    return Sugar(args, kwargs, where, outs if any(value(out) is not None for out in outs) else ())


@functools.lru_cache(maxsize=1024)
def place_of_out(function: Any) -> int:
    """How many arguments come before `out` where it is given by its place."""
    if isinstance(function, np.ufunc):
        return function.nin
    names = _names(function) if _of_a_library(function) else ()
    return names.index("out") if "out" in names else 1000


def _of_a_library(function: Any) -> bool:
    """Whether `out` means an array for the result: in formulas it is the result itself."""
    owner = getattr(function, "__self__", None)
    module = getattr(function, "__module__", None) or ""
    return isinstance(owner, np.ufunc) or module.split(".")[0] in ("numpy", "scipy")


@functools.lru_cache(maxsize=1024)
def _names(function: Any) -> tuple[str, ...]:
    """The names of the parameters that may be given by their places."""
    if isinstance(getattr(function, "__self__", None), np.ufunc):
        return _OF_UFUNCS.get(function.__name__, ())
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return ()
    return tuple(p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD))


_OF_UFUNCS = {"reduce": ("array", "axis", "dtype", "out", "keepdims", "initial", "where"),
              "accumulate": ("array", "axis", "dtype", "out"), "reduceat": ("array", "indices", "axis", "dtype", "out")}
