"""Differences for functions of one number and of a vector; `oracle` has those for whole programs."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def five_point_slope(f: Callable[[float], float], x: float, step: float = 1e-5) -> float:
    """Fourth-order central difference of a function of one number."""
    return (f(x - 2 * step) - 8 * f(x - step) + 8 * f(x + step) - f(x + 2 * step)) / (12 * step)


def central_differences(f: Callable[[Any], Any], x: np.ndarray, step: float = 1e-6) -> np.ndarray:
    """Second-order central differences of a scalar function of a vector, element by element."""
    out = np.zeros_like(x)
    for i in range(x.size):
        up, down = x.copy(), x.copy()
        up[i] += step
        down[i] -= step
        out[i] = (f(up) - f(down)) / (2 * step)
    return out
