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


def atax(a, x):
    """Half the square of `a.T @ (a @ x)`, row by row."""
    y = np.zeros(a.shape[1])
    for i in range(a.shape[0]):
        y += a[i] * np.dot(a[i], x)
    return 0.5 * np.dot(y, y)


def atax_arguments(size, rng):
    return rng.normal(size=(size, size)) / np.sqrt(size), rng.normal(size=size)


def lu(a):
    """An LU factorization in place, row by row; the logarithm of the determinant and the size of the factors."""
    b = a.copy()
    n = b.shape[0]
    for i in range(n):
        for j in range(i):
            b[i, j] = (b[i, j] - np.dot(b[i, :j], b[:j, j])) / b[j, j]
        b[i, i:] -= b[i, :i] @ b[:i, i:]
    return np.sum(np.log(np.abs(np.diag(b)))) + 0.01 * np.sum(b * b)


def lu_arguments(size, rng):
    return (rng.normal(size=(size, size)) + size * np.eye(size),)


def durbin(r):
    """The Levinson-Durbin recursion for a Yule-Walker system."""
    n = r.shape[0]
    y = np.zeros(n)
    y[0] = -r[0]
    beta = 1.0
    alpha = -r[0]
    for k in range(1, n):
        beta = beta * (1.0 - alpha * alpha)
        alpha = -(r[k] + np.dot(r[:k][::-1], y[:k])) / beta
        y[:k] = y[:k] + alpha * y[:k][::-1]
        y[k] = alpha
    return np.sum(y * y)


def durbin_arguments(size, rng):
    return (0.4 ** np.arange(1, size + 1) * (1.0 + 0.1 * rng.random(size)),)


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
    Program(atax, None, (0, 1), atax_arguments, (4, 20, 100, 400)),
    Program(lu, None, (0,), lu_arguments, (4, 10, 30, 90)),
    Program(durbin, None, (0,), durbin_arguments, (5, 20, 100, 400)),
    Program(seidel, None, (0,), seidel_arguments, (6, 20, 60, 200), True),
    Program(correlation, None, (0,), correlation_arguments, (4, 16, 64, 256), True),
)
