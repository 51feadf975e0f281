"""Solvers behind `scipy.optimize.minimize` with constraints (`written/scipy_constrained.py`) and behind searches of a
region (`written/scipy_minimizers.py`)."""
from __future__ import annotations

from typing import Any

import numpy as np
import scipy.optimize as so

from ad_compiler.rules.solvers import slope_inside, stationary_inside


def by_multipliers(method: Any, tol: Any, options: Any, system: Any, u: Any) -> Any:
    """A constrained minimum and its multipliers. The unknowns are the place, the multipliers, the values of the
    constraints, their kinds (1 for equations), the number of unknowns, the value, and the switch for the gradient.

    Raises RuntimeError where the minimiser fails, or where the multipliers do not balance the gradient.
    """
    n = int(u[-3])
    m = (np.size(u) - 3 - n) // 3
    kinds = np.asarray(u[n + 2 * m:n + 3 * m], float)

    def parts(x: Any, multipliers: Any, switch: float) -> Any:
        given = np.concatenate([x, multipliers, np.zeros(m), kinds, [n, 0.0, switch]])
        return np.asarray(system(given), float)

    def value(x: Any) -> float:
        return -float(parts(x, np.zeros(m), 1.0)[-2])

    def slope(x: Any) -> Any:
        return parts(x, np.zeros(m), 0.0)[:n]

    def limits(x: Any) -> Any:
        return -parts(x, np.zeros(m), 1.0)[n + m:n + 2 * m]

    def normals(x: Any) -> Any:
        return np.stack([slope(x) - parts(x, unit, 0.0)[:n] for unit in np.eye(m)])

    kept = [(kind, np.flatnonzero(kinds == number)) for kind, number in (("eq", 1.0), ("ineq", 0.0))]
    listed = [{"type": kind, "fun": lambda x, own=own: limits(x)[own], "jac": lambda x, own=own: normals(x)[own]}
              for kind, own in kept if own.size]
    found = so.minimize(value, np.asarray(u[:n], float), jac=slope, method=method, constraints=listed, tol=tol,
                        options=options)
    if not found.success:
        raise RuntimeError(f"the minimiser did not converge: {found.message}")
    multipliers = np.zeros(m)
    holds = np.flatnonzero((kinds > 0.5) | (np.abs(limits(found.x)) < 1e-5))
    gradient, across = slope(found.x), normals(found.x)
    if holds.size:
        multipliers[holds] = np.linalg.lstsq(across[holds].T, gradient, rcond=None)[0]
    multipliers[(kinds < 0.5) & (multipliers < 1e-7)] = 0.0
    if not np.max(np.abs(gradient - multipliers @ across), initial=0.0) <= 1e-3 * (1.0 + abs(value(found.x))):
        raise RuntimeError("the minimiser did not end where the constraints balance the gradient")
    return np.concatenate([found.x, multipliers, limits(found.x), kinds, [n, value(found.x), 0.0]])


def by_search(name: str, options: dict[str, Any], system: Any, u: Any) -> Any:
    """A minimum in a region, by a function of SciPy that searches it. The unknowns are those of `solvers.in_box`.

    Raises RuntimeError where it does not end where the gradient is zero, or on a bound that holds it.
    """
    count = (len(u) - 2) // 3
    low, high = np.asarray(u[count:2 * count], float), np.asarray(u[2 * count:3 * count], float)

    def value(x: Any) -> float:
        return -float(system(np.concatenate([x, low, high, [0.0, 1.0]]))[-2])

    found = getattr(so, name)(value, list(zip(low, high, strict=True)), **options)
    slope = np.array([slope_inside(value, found.x, k, low[k], high[k]) for k in range(count)])
    stationary_inside(found.x, slope, low, high, value(found.x), found.message)
    return np.concatenate([found.x, low, high, [value(found.x), 0.0]])
