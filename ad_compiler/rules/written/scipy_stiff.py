"""Steps of the implicit method of Radau, of order 5 (Hairer and Wanner 1996, IV.8), for stiff problems (`scipy_ode`).

A step solves for the three stages at once; its derivative follows from these equations (`ad_compiler.custom_root`). How
large the step may be is found by the solver (`rules.solvers.radau_step`), and is a constant for the derivative unless
the step ends where the integration ends.
"""
from __future__ import annotations

import functools
from importlib import import_module
from typing import Any

import numpy as np

from ad_compiler.rules.solvers import RADAU_INSIDE, RADAU_NODES, RADAU_WEIGHTS, radau_step

ad: Any = import_module("ad_compiler")


def implicit(rate: Any, t: Any, y: Any, f: Any, h: Any, t1: Any, sign: Any, rtol: Any, atol: Any) -> Any:
    """One step of at most the size `h`: its size, its end and the solution there, the slope, the solution inside, and
    the size to try next."""
    n = np.size(y)
    left = abs(ad.stop_gradient(t1) - ad.stop_gradient(t))
    nodes, weights = RADAU_NODES, RADAU_WEIGHTS

    def system(u: Any) -> Any:
        z, step = np.reshape(u[:3 * n], (3, n)), u[-2]
        slopes = np.stack([rate(t + nodes[i] * step, y + z[i]) for i in (0, 1, 2)], axis=0)
        at_end = abs(abs(ad.stop_gradient(step)) - left) <= 1e-13 * left
        moved = (t1 - ad.stop_gradient(t1)) - (t - ad.stop_gradient(t)) if at_end else 0.0 * t
        sizes = np.array([step - ad.stop_gradient(step) - moved, u[-1] - ad.stop_gradient(u[-1])])
        return np.concatenate([np.ravel(z - step * (weights @ slopes)), u[3 * n:4 * n] - y, u[4 * n:5 * n] - f, sizes])

    size = sign * min(h, left)
    guess = np.concatenate([np.zeros(3 * n), y, f, np.array([size, size])])
    u = ad.custom_root(system, guess, functools.partial(radau_step, rtol, atol))
    z, step = np.reshape(u[:3 * n], (3, n)), u[-2]
    ends = abs(abs(ad.stop_gradient(step)) - left) <= 1e-13 * left
    t_new = t1 * 1.0 if ends else t + step
    y_new = y + z[2]
    return step, t_new, y_new, rate(t_new, y_new), RADAU_INSIDE.T @ z, abs(ad.stop_gradient(u[-1]))
