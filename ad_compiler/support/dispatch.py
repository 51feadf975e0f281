"""Let foreign array types take over a support function, by NumPy's own `__array_function__` protocol.

A rule's formula is read three ways (see `rules.row`). On compiler handles a support function must not run:
it must become a call in the emitted code. A handle class gets there by implementing `__array_function__`,
as it does for `np.*` functions. A type whose `__array_function__` returns NotImplemented for a support
function (the tape's tensors, where no row exists for it) runs the function's body, which is made of `np.*`
functions again.
"""
from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any, TypeVar, cast

import numpy as np

F = TypeVar("F", bound=Callable[..., Any])

_PLAIN = frozenset({np.ndarray, float, int, complex, bool, str, type(None), np.float64, np.float32, np.dtype})


def _foreign(arguments: Iterable[Any]) -> list[Any]:
    """Arguments (one level into sequences) whose type overrides NumPy's functions."""
    found = []
    for argument in arguments:
        kind = type(argument)
        if kind in _PLAIN:
            continue
        if kind is list or kind is tuple:
            found += _foreign(argument)
        elif hasattr(kind, "__array_function__") and not isinstance(argument, np.ndarray | np.generic):
            found.append(argument)
    return found


def overridable(function: F) -> F:
    """Decorator: the arguments' `__array_function__` is asked before the function runs."""
    @functools.wraps(function)
    def dispatch(*args: Any, **kwargs: Any) -> Any:
        for argument in _foreign((*args, *kwargs.values())):
            answer = type(argument).__array_function__(argument, dispatch, (type(argument),), args, kwargs)
            if answer is not NotImplemented:
                return answer
        return function(*args, **kwargs)
    return cast(F, dispatch)  # functools.wraps keeps what it wraps callable as it was
