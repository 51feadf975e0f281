"""Small programs of the kind that runs on the tape; each takes one array of four numbers and returns one number."""
from __future__ import annotations

import cmath
import copy
import math
from collections import defaultdict, deque
from typing import Any

import numpy as np
from numpy.polynomial import polynomial as poly

STATE: dict[str, Any] = {"calls": 0, "last": None}
TABLE = {"sin": np.sin, "exp": np.exp}


def helper(v: Any, scale: float = 2.0) -> Any:
    return np.tanh(v) * scale


def flat_access(x: Any) -> Any:
    A = np.outer(x, x)
    A.flat[::5] = x[0]
    A.T.flat[1] = 3.0 * x[1]
    return sum(v * v for v in A.flat) + A.flat[[3, 3]].sum()


def repeated_stores(x: Any) -> Any:
    y = np.zeros(3)
    y[[0, 1, 0, 2]] = x
    y[[1, 1]] += x[2]
    return np.sum(y ** 2)


def put_family(x: Any) -> Any:
    y = x * 2
    np.put(y, [0, -1], [0.5, x[1]])
    np.place(y, x > 0.6, [x[0], 2.0])
    z = x * x
    np.putmask(z, [True, False, False, True], (x[3], 1.0))
    A = np.outer(x, x)
    np.put_along_axis(A, np.array([[1], [0], [3], [2]]), x[:, None] ** 3, axis=1)
    return np.sum(y * x) + np.sum(z * y) + np.sum(A * A)


def ufuncs_at(x: Any) -> Any:
    y = x * 2
    np.add.at(y, [0, 0, 1], x[1])
    np.subtract.at(y, [3, 3], x[:2])
    np.multiply.at(y, [2, 2, 1], x[:3])
    np.square.at(y, [3])
    return np.sum(y * x)


def decompositions(x: Any) -> Any:
    A = np.outer(x, x) + np.diag(x) + np.vander(x)
    _, s, Vt = np.linalg.svd(A)
    q, r = np.linalg.qr(A)
    w = np.linalg.eigvalsh(A @ A.T)
    solution, *_ = np.linalg.lstsq(A[:, :2], x, rcond=None)
    factors = np.abs(np.trace(r)) + (q * q)[0, 1] + Vt[1, 2] ** 2
    return np.sum(np.log(s)) + factors + w.max() + solution.sum() + np.linalg.svd(A, compute_uv=False)[0]


def pieces(x: Any) -> Any:
    a, b = np.split(x * 2, 2)
    a *= b
    c, d = np.array_split(np.outer(x, x), [1])
    e = getattr(np, "unstack", tuple)(np.outer(x, a))  # (NumPy 2.1)
    return np.sum(a ** 2) * d[2, 1] + c.sum() + e[1][0]


def gradient_spacing(x: Any) -> Any:
    return np.sum(np.gradient(x * x, x[0]) ** 2) + np.average(x, weights=x) + np.percentile(x, [25, 50]).sum()


def helpers_of_numpy(x: Any) -> Any:
    y = np.r_[x, 0.5, x[::-1]]
    z = np.c_[x, x * x]
    total = sum(v * (i + j) for (i, j), v in np.ndenumerate(z))
    return np.sum(y ** 2) * total + np.vectorize(lambda v, k: v ** 2 if v > k else k * v)(x, 0.5).sum()


def lists_of_numbers(x: Any) -> Any:
    pair = [x[0], x[1] * 2]
    grid = np.array([[x[0], 1.0], [x[1], x[2]]])
    return np.sin(pair).sum() * np.prod(pair) + np.linalg.det(grid) + np.linalg.norm(pair) + np.max([x[3], 0.1])


def along_axes(x: Any) -> Any:
    A = np.outer(x, x + 1)
    return np.sum(np.apply_along_axis(lambda row: row / row.sum(), 1, A) ** 2) + np.apply_along_axis(
        np.prod, 0, A).sum()


def polynomials(x: Any) -> Any:
    return poly.polyval(x[0], x[1:]) + np.polynomial.chebyshev.chebval(x[1], x[2:]) + np.polyval(x, 0.5)


def memory_layout(x: Any) -> Any:
    y = x * 2
    same = np.require(y, requirements=["C"])
    same[1] = x[0]
    np.ascontiguousarray(y)[2] *= 3
    np.asarray(y, dtype=float)[::-1][0] = x[1] ** 2
    return np.sum(y * x) + np.asfortranarray(np.outer(x, x))[1, 2]


def number_types(x: Any) -> Any:
    a, b = float(x[0]), np.float64(x[1])
    kind = 1.0 if isinstance(a, float) and isinstance(x, np.ndarray) else 3.0
    return kind * math.exp(a) * b + math.floor(x[2] * 10) * x[2] + round(x[3], 3) * a + divmod(x[0], 0.25)[1]


def complex_numbers(x: Any) -> Any:
    z = complex(x[0], x[1]) * cmath.exp(1j * x[2])
    w = np.array([z, z * z])
    w.real *= 2
    w.imag[0] = x[3]
    return abs(z) + (w * w.conj()).real.sum() + w.imag[1]


def collections_of_numbers(x: Any) -> Any:
    groups, recent = defaultdict(list), deque(maxlen=2)
    for value, key in zip(x, "abab", strict=True):
        groups[key].append(value)
        recent.append(value * value)
    return sum(np.prod(members) for members in groups.values()) * recent[0] + max(x) - min(groups["a"])


def sorting_and_choosing(x: Any) -> Any:
    ranked = sorted(x, reverse=True)
    index = int(10 * x[0]) % 4
    return ranked[0] * x[index] + (x[1] if x[0] > 0.2 else x[2]) + (x * x).tolist()[2] + sum(ranked, 1.0)


def copies(x: Any) -> Any:
    y = x * 2
    kept = copy.deepcopy({"y": y, "pair": [y, 1.0]})
    shallow = copy.copy(y)
    y[0] = 7.0
    return kept["y"].sum() * kept["pair"][0][0] + shallow[0] ** 2 + y.sum()


def imports_inside(x: Any) -> Any:
    from math import exp, hypot

    import numpy

    y = numpy.zeros(2)
    y[0], y[1] = exp(x[0]), hypot(x[1], x[2])
    return y @ y


def global_state(x: Any) -> Any:
    STATE["calls"] += 1
    STATE["last"] = x * 2
    return helper(STATE["last"]).sum() + TABLE["sin"](x[0])


def caught_exceptions(x: Any) -> Any:
    try:
        if x[0] > 0:
            raise ValueError(x[1])
    except ValueError as error:
        return error.args[0] * x[0]
    return x[2]


class Accumulator:
    """An object with state."""

    def __init__(self, start: Any) -> None:
        self.total = start

    def add(self, value: Any) -> None:
        self.total = self.total * value + np.cos(value)


def objects(x: Any) -> Any:
    box = Accumulator(x[0])
    for value in x[1:]:
        box.add(float(np.sum(value)) if isinstance(value, int) else value)
    return box.total


def generators(x: Any) -> Any:
    def running() -> Any:
        total = 0.0
        for value in x:
            total += value
            yield total ** 2
    return sum(running()) * next(running())


def windows(x: Any) -> Any:
    y = x * 1.0
    seen = np.lib.stride_tricks.sliding_window_view(y, 2)
    before = np.sum(seen[:, 0] * seen[:, 1])
    y[1] = x[0] ** 2
    return before + np.sum(seen ** 2)


def written_results(x: Any) -> Any:
    w, v = np.linalg.eigh(np.outer(x, x) + np.diag(np.arange(4.0)))
    first = np.sum(w ** 2)
    w[0] = 5.0
    return first + w.sum() + np.abs(v[0]).sum()


def filled(x: Any) -> Any:
    z = np.full(3, x[2])
    np.copyto(z, x[:3], where=np.array([True, False, True]))
    z += np.full_like(z, x[0])
    z.fill(x[3] * z[0])
    return np.sum(z ** 2)


def arrays_without_dimensions(x: Any) -> Any:
    a, n = np.zeros(()), x[3]
    b, m = a, n
    b += x[0]
    m += x[1]
    c = np.array(x[2])
    d = c
    d *= 2
    return a * x[1] + n * m + c


WEIGHTS = np.array([1.0, 2.0, 3.0, 4.0])


def arrays_from_outside(x: Any) -> Any:
    y = WEIGHTS * 1
    y[0] = x[0]
    z = WEIGHTS.copy()
    z += x
    STATE["weights"] = WEIGHTS
    return y @ x + z @ z


PROGRAMS = [arrays_from_outside, arrays_without_dimensions, flat_access, repeated_stores, put_family, ufuncs_at,
            decompositions, pieces, gradient_spacing,
            helpers_of_numpy, lists_of_numbers, along_axes, polynomials, memory_layout, number_types, complex_numbers,
            collections_of_numbers, sorting_and_choosing, copies, imports_inside, global_state, caught_exceptions,
            objects, generators, windows, written_results, filled]
