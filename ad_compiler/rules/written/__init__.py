"""Library functions written out in Python: what no row of the table can say, because it takes functions
(`np.piecewise`), gives lists (`np.split`), or is several rows in a row (`np.cov` of two arrays with weights).

The compiler reads a definition in place, as it reads any helper of the user's; the tape runs it on recorded
arrays. So a definition is an ordinary program over functions that have rows: plain NumPy, no state, no tricks.
It has the parameters of the function that it stands for, `out=` excepted, and the same value.

    >>> import numpy as np
    >>> definition(np.piecewise, (), {}).__name__
    'piecewise'

A function may have a row and a definition: the row serves the calls that it covers, the definition the rest.
"""
from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from ad_compiler.rules.written.options import dropped, excluded, refusal

# Families of definitions that need NumPy only, and those about modules that may not be loaded.
FAMILIES = ("calling", "splitting", "padding", "statistics", "counting", "sampling", "segments", "polynomials",
            "polynomial_series", "products", "joining", "linalg", "kinds")
ON_DEMAND = {
    "scipy_fft": "scipy.fft", "scipy_linalg": "scipy.linalg", "scipy_kinds": "scipy.linalg",
    "scipy_special": "scipy.special", "scipy_signal": "scipy.signal", "scipy_waveforms": "scipy.signal",
    "scipy_stats": "scipy.stats", "scipy_multivariate": "scipy.stats", "scipy_samples": "scipy.stats",
    "scipy_interpolate": "scipy.interpolate", "scipy_bsplines": "scipy.interpolate", "scipy_grids": "scipy.interpolate",
    "scipy_optimize": "scipy.optimize", "scipy_minimizers": "scipy.optimize",
    "scipy_integrate": "scipy.integrate", "scipy_ode": "scipy.integrate", "scipy_sampled": "scipy.integrate",
    "scipy_sparse": "scipy.sparse", "scipy_distance": "scipy.spatial.distance",
}


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """A definition and when it is used.

    preferred   by the compiler, even where the function has a row that covers the call
    covered     what the row covers of a parameter's values: `{"mode": ("edge", "wrap")}`, or a test of the value
    unless      values of parameters with which the definition does not stand for the function, by a test of the value:
                the call is then one of a function without definition
    harmless    options that the body does not read, beside those of `options.HARMLESS`, and need not
    reason      why there is no derivative: the body then says so, and does nothing else
    """

    body: Callable[..., Any]
    preferred: bool = False
    covered: Mapping[str, Collection[Any] | Callable[[Any], bool]] = field(default_factory=dict)
    unless: Mapping[str, Callable[[Any], bool]] = field(default_factory=dict)
    harmless: Collection[str] = ()
    reason: str = ""


_definitions: dict[Any, Written] = {}
_joined: set[str] = set()


def _join(family: str) -> None:
    _joined.add(family)
    for function, written in import_module(f"{__name__}.{family}").DEFINITIONS.items():
        if function in _definitions:
            raise RuntimeError(f"{function!r} has a second definition, in family {family!r}")
        _definitions[function] = written


def find(function: Any) -> Written | None:
    """The definition of a library function, None without one."""
    for family in FAMILIES:
        if family not in _joined:
            _join(family)
    for family, module in ON_DEMAND.items():
        if module in sys.modules and family not in _joined:
            _join(family)
    try:
        return _definitions.get(function)
    except TypeError:  # unhashable, so nobody's
        return None


def _same(value: Any) -> Any:
    return value


def _never(value: Any) -> bool:
    return False


def _covers(known: Collection[Any] | Callable[[Any], bool], value: Any) -> bool:
    if callable(known):
        return known(value)
    return isinstance(value, str | int | float | bool | type(None)) and value in known


def rank(value: Any) -> int | None:
    """The number of axes of an argument, recorded, compiled or plain; None for what has none."""
    found = getattr(value, "ndim", None)
    return getattr(getattr(value, "type", None), "ndim", None) if found is None else found


def definition(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], *, constant: Callable[[Any], Any] = _same,
               active: Callable[[Any], bool] = _never, preferred: bool = False) -> Callable[..., Any] | None:
    """The definition to use for this call; None where there is none, or where the function's row serves.

    `constant(value)` is an argument's plain value where that is known, `active(value)` whether it may carry
    derivatives; a caller that gives `preferred` gets definitions that it may choose as well as those it must.
    """
    from ad_compiler import rules

    found = find(function)
    if found is None:
        return None
    row = rules.find(function)
    if row is not None and row.kind != "zero" and not (preferred and found.preferred):
        if _serves(row, found, args, kwargs, constant, active):
            return None
    if found.unless and excluded(found.body, found.unless, args, kwargs, constant):
        return None
    option = dropped(found.body, args, kwargs, constant, {*found.harmless, *found.covered, *found.unless})
    return refusal(function, option) if option else found.body


def _serves(row: Any, found: Written, args: tuple[Any, ...], kwargs: dict[str, Any], constant: Callable[[Any], Any],
            active: Callable[[Any], bool]) -> bool:
    """Whether the function's row covers this call."""
    try:
        bound = row.bind(args, {name: value for name, value in kwargs.items() if name != "out"})
    except TypeError:
        return False
    for name, value in bound.items():
        if name in found.covered and not _covers(found.covered[name], constant(value)):
            return False
        if name not in found.covered and name not in (*row.partials, *row.constants) and active(value):
            return False
    return True
