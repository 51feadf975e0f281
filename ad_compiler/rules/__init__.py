"""The derivative table: one row per function, for the compiler and the tape alike.

    >>> import numpy as np
    >>> find(np.exp).signature
    'x'

`find(function)` gives the row or None. The table is joined once from the family modules named below, each
of which holds a tuple `RULES`; nothing registers itself, and a function with two rows is an error. A family
that belongs to an optional module joins when that module has been imported, so that looking something up
imports NumPy only.
"""
from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

from ad_compiler.rules.row import Row

# Families that need `import numpy` only, in the order of docs/coverage.md.
FAMILIES = (
    "arithmetic", "exponential", "trigonometric", "rounding", "complex_numbers", "reductions",
    "reductions_nan", "extrema", "indexing", "ordering", "cumulative", "selection", "shaping", "joining",
    "products", "linalg", "polynomials", "windows", "triangles", "creation", "ufunc_methods", "predicates",
    "statistics", "scalars", "helpers", "sets", "clock",
)

# Families about modules that may not be loaded: they join after the module has been imported.
ON_DEMAND = {
    "fft": "numpy.fft", "random_draws": "numpy.random", "python_draws": "random", "scalars_complex": "cmath",
    "scipy_fft": "scipy.fft", "scipy_integrate": "scipy.integrate", "scipy_interpolate": "scipy.interpolate",
    "scipy_linalg": "scipy.linalg", "scipy_signal": "scipy.signal", "scipy_sparse": "scipy.sparse",
    "scipy_special": "scipy.special", "scipy_stats": "scipy.stats",
}

_table: dict[Any, Row] = {}
_joined: set[str] = set()


def _join(family: str) -> None:
    rows = import_module(f"{__name__}.{family}").RULES
    _joined.add(family)
    for row in rows:
        if row.function in _table:
            raise RuntimeError(f"derivative table: {row.name} has a second row, in family {family!r}")
        _table[row.function] = row


def table() -> dict[Any, Row]:
    """Every row that can matter now, by function; joined at the first call."""
    for family in FAMILIES:
        if family not in _joined:
            _join(family)
    for family, module in ON_DEMAND.items():
        if module in sys.modules and family not in _joined:
            _join(family)
    return _table


def find(function: Any) -> Row | None:
    """The row of a function, ufunc method, unbound array method or generator draw; None without one."""
    try:
        row = _table.get(function)
    except TypeError:  # unhashable, so nobody's row
        return None
    if row is not None:
        return row
    row = table().get(function)
    if row is None and "numpy.random" in sys.modules:
        row = _of_generator(function)
    return row


def _of_generator(function: Any) -> Row | None:
    """The row of `rng.normal` for any generator object `rng`: that of `np.random.normal`."""
    import numpy.random as random

    owner = getattr(function, "__self__", None)
    if not isinstance(owner, random.Generator | random.RandomState):
        return None
    row = _table.get(getattr(random, function.__name__, None))
    return row or _table.get(getattr(type(owner), function.__name__, None))


def __getattr__(name: str) -> Any:
    if name == "TABLE":
        return table()
    if name in ("METHODS", "ATTRIBUTES", "Method", "WITHOUT_RULE"):
        return getattr(import_module(f"{__name__}.methods"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
