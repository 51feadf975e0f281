"""Calls of SciPy functions from formulas.

NumPy functions offer foreign arguments (compiler handles, the tape's tensors) the call by
`__array_function__`, and ufuncs, SciPy's included, by `__array_ufunc__`. SciPy's Python functions do
neither: `through(scipy.linalg.expm)` is `expm` with that manner added, so that a handle records a call of
`scipy.linalg.expm` itself.
"""
from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

import numpy as np

from ad_compiler.rules.row import Formula, Partial, Row, parse_signature, rule


def _foreign(arguments: Iterable[Any]) -> Any:
    """The first argument (looking into lists and tuples) that wants to take over calls; None without one."""
    for argument in arguments:
        if isinstance(argument, list | tuple):
            argument = _foreign(argument)
        if hasattr(type(argument), "__array_function__") and not isinstance(argument,
                                                                            np.ndarray | np.generic):
            return argument
    return None


def through(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, offered to the arguments' `__array_function__` first."""
    @wraps(function)
    def offered(*args: Any, **kwargs: Any) -> Any:
        taker = _foreign((*args, *kwargs.values()))
        if taker is None:
            return function(*args, **kwargs)
        return type(taker).__array_function__(taker, function, (type(taker),), args, kwargs)
    return offered


def linear_through(function: Callable[..., Any], signature: str, *, samples: Any, holomorphic: bool = True,
                   note: str = "", **vjps: Formula) -> Row:
    """`row.linear` of a SciPy function: forward mode offers the call with the tangent to handles as well."""
    offered = through(function)
    names = [parameter.name for parameter in parse_signature(signature)]

    def substituted(operand: str) -> Formula:
        reads = [name for name in names if name != operand]

        def jvp(d: Any, *values: Any) -> Any:
            args, kwargs = row.arguments({operand: d, **dict(zip(reads, values, strict=True))})
            return offered(*args, **kwargs)
        jvp.reads = ("d", *reads)
        return jvp
    partials: dict[str, Any] = {name: Partial(vjp=vjp, jvp=substituted(name)) for name, vjp in vjps.items()}
    row = rule(function, signature, samples=samples, holomorphic=holomorphic, note=note, **partials)
    return row
