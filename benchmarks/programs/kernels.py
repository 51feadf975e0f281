"""Linear algebra and dynamic programs of the PolyBench kind, over slices and rows."""
from __future__ import annotations

import numpy as np

from benchmarks.adjoints.program import Program


def gemver(a, u1, v1, u2, v2, y, z, alpha, beta):
    """Two rank-one updates, and two products with what they give."""
    b = a + np.outer(u1, v1) + np.outer(u2, v2)
    x = beta * (b.T @ y) + z
    w = alpha * (b @ x)
    return 0.5 * np.sum(w * w)


def gemver_arguments(size, rng):
    return rng.normal(size=(size, size)) / size, *rng.normal(size=(6, size)) / np.sqrt(size), 1.5, 1.2


def seidel(a0, sweeps):
    """Gauss-Seidel sweeps over a grid, row by row in place."""
    a = a0.copy()
    for sweep in range(sweeps):
        for i in range(1, a.shape[0] - 1):
            a[i, 1:-1] = 0.25 * (a[i - 1, 1:-1] + a[i + 1, 1:-1] + a[i, 2:] + a[i, 1:-1])
    return 0.5 * np.sum(a * a)


def seidel_arguments(size, rng):
    return rng.random((size, size)), 4


def correlation(x):
    """Sum of the squared correlations between columns."""
    centred = x - np.mean(x, axis=0)
    scaled = centred / np.sqrt(np.mean(centred**2, axis=0) + 1e-6)
    matrix = scaled.T @ scaled / x.shape[0]
    return 0.5 * np.sum(matrix**2)


def correlation_arguments(size, rng):
    return (rng.normal(size=(2 * size, size)) * (1.0 + rng.random(size)),)


PROGRAMS = (
    Program(gemver, None, tuple(range(9)), gemver_arguments, (4, 20, 100, 400), True),
    Program(seidel, None, (0,), seidel_arguments, (6, 20, 60, 200), True),
    Program(correlation, None, (0,), correlation_arguments, (4, 16, 64, 256), True),
)
