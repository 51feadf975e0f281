"""Steps of the explicit methods of `scipy.integrate`, and the solution between steps (`scipy_ode`).

The tables of coefficients are those of SciPy's classes. `K` holds the slopes at the stages, one a row, the last one at
the end of the step.
"""
from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
import scipy.integrate as si

ad: Any = import_module("ad_compiler")

METHODS = {"RK23": si.RK23, "RK45": si.RK45, "DOP853": si.DOP853}
NODES = {name: np.asarray(method.C) for name, method in METHODS.items()}
WEIGHTS = {name: np.asarray(method.A) for name, method in METHODS.items()}
LAST = {name: np.asarray(method.B) for name, method in METHODS.items()}
ERRORS = {"RK23": np.asarray(si.RK23.E), "RK45": np.asarray(si.RK45.E), "DOP853": np.asarray(si.DOP853.E5)}
THIRD = np.asarray(si.DOP853.E3)
INSIDE = {"RK23": np.asarray(si.RK23.P), "RK45": np.asarray(si.RK45.P), "DOP853": np.asarray(si.DOP853.D)}
MORE_NODES, MORE_WEIGHTS = np.asarray(si.DOP853.C_EXTRA), np.asarray(si.DOP853.A_EXTRA)


def stages(kind: str) -> int:
    """How many rows `K` has: the stages and the end of the step, for DOP853 three more that its interpolation needs."""
    return {"RK23": 4, "RK45": 7, "DOP853": 16}[kind]


def rms(x: Any) -> Any:
    """The root of the mean square."""
    return np.sqrt(np.sum(np.real(x) ** 2 + np.imag(x) ** 2) / np.size(x))


def first_size(fun: Any, t0: Any, y0: Any, f0: Any, span: Any, sign: Any, rtol: Any, atol: Any, kind: str) -> Any:
    """The size of the first step (Hairer et al., II.4)."""
    order = {"RK23": 2, "RK45": 4, "DOP853": 7, "Radau": 3}[kind]
    t0, y0, f0, span = (ad.stop_gradient(v) for v in (t0, y0, f0, span))
    scale = atol + np.abs(y0) * rtol
    d0, d1 = rms(y0 / scale), rms(f0 / scale)
    h0 = 1e-6 if d0 < 1e-5 or d1 < 1e-5 else 0.01 * d0 / d1
    h0 = min(h0, span)
    moved = ad.stop_gradient(fun(t0 + h0 * sign, y0 + h0 * sign * f0))
    d2 = rms((moved - f0) / scale) / h0
    h1 = max(1e-6, h0 * 1e-3) if d1 <= 1e-15 and d2 <= 1e-15 else (0.01 / max(d1, d2)) ** (1 / (order + 1))
    return min(100 * h0, h1, span)


def explicit(fun: Any, t: Any, y: Any, f: Any, step: Any, kind: str) -> Any:
    """The end of a step, the slope there, and the slopes at the stages."""
    c, a, b = NODES[kind], WEIGHTS[kind], LAST[kind]
    count = len(b)
    K = np.zeros((stages(kind), np.shape(y)[0])) + 0.0 * y
    K[0] = f
    for s in range(1, count):
        K[s] = fun(t + c[s] * step, y + step * (a[s, :s] @ K[:s]))
    y_new = y + step * (b @ K[:count])
    f_new = fun(t + step, y_new)
    K[count] = f_new
    if kind == "DOP853":
        for s in range(3):
            at = y + step * (MORE_WEIGHTS[s, :13 + s] @ K[:13 + s])
            K[13 + s] = fun(t + MORE_NODES[s] * step, at)
    return y_new, f_new, K


def scaled_error(kind: str, y: Any, y_new: Any, K: Any, step: Any, rtol: Any, atol: Any) -> Any:
    """The estimated error of a step, 1 where it is as large as allowed."""
    scale = atol + np.maximum(np.abs(y), np.abs(y_new)) * rtol
    weights = ERRORS[kind]
    fifth = (weights @ K[:len(weights)]) / scale
    if kind != "DOP853":
        return rms(step * fifth)
    third = (THIRD @ K[:13]) / scale
    squares, more = np.sum(np.abs(fifth) ** 2), 0.01 * np.sum(np.abs(third) ** 2)
    if squares == 0 and more == 0:
        return 0.0 * squares
    return np.abs(step) * squares / np.sqrt((squares + more) * np.size(scale))


class Dense:
    """The solution at any time: for each step the slopes `inside` and, in their last row, its size."""

    def __init__(self, kind: str, t: Any, y: Any, inside: Any, sign: Any) -> None:
        self.kind, self.t, self.y, self.inside, self.sign = kind, t, y, inside, sign

    def __call__(self, t: Any) -> Any:
        many = np.atleast_1d(np.asarray(t))
        place = np.searchsorted(self.sign * self.t, self.sign * many, side="left") - 1
        place = np.clip(place, 0, np.shape(self.inside)[0] - 1)
        parts = self.inside[place]
        found = between(self.kind, many - self.t[place], parts[:, -1, 0], self.y[place], self.y[place + 1],
                        parts[:, :-1]).T
        return found if np.ndim(t) > 0 else found[:, 0]


def between(kind: str, since: Any, step: Any, y: Any, y_new: Any, K: Any) -> Any:
    """Solutions inside steps, one a row: `since` the beginning of each, of this size, with these ends and slopes."""
    u = np.reshape(since / np.real(step), (-1, 1))
    h = np.reshape(step, (-1, 1))
    if kind == "Radau":
        parts = K[:, :3]
        return y + u * (parts[:, 0] + u * (parts[:, 1] + u * parts[:, 2]))
    if kind != "DOP853":
        weights = INSIDE[kind]
        powers = np.concatenate([u ** (j + 1) for j in tuple(range(weights.shape[1]))], axis=1)
        return y + h * np.einsum("tj,sj,tsn->tn", powers, weights, K[:, :weights.shape[0]])
    whole = h * np.einsum("s,tsn->tn", LAST["DOP853"], K[:, :12])
    rest = np.einsum("is,tsn->itn", INSIDE["DOP853"], K)
    parts = [whole, h * K[:, 0] - whole, 2 * whole - h * (K[:, 12] + K[:, 0]), *(h * rest[i] for i in (0, 1, 2, 3))]
    found = 0.0 * whole
    for i in tuple(range(7)):
        found = (found + parts[6 - i]) * (u if i % 2 == 0 else 1 - u)
    return y + found
