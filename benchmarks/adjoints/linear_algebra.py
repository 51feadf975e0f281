"""Factorizations written as loops over columns, in place."""
from __future__ import annotations

import numpy as np

from benchmarks.adjoints.program import Program


def cholesky(a):
    """Logarithm of the determinant, and size, of the Cholesky factor; reads the lower triangle only."""
    low = np.tril(a)
    for j in range(a.shape[0]):
        low[j, j] = np.sqrt(low[j, j] - np.dot(low[j, :j], low[j, :j]))
        low[j + 1:, j] = (low[j + 1:, j] - low[j + 1:, :j] @ low[j, :j]) / low[j, j]
    return np.sum(np.log(np.diag(low))) + 0.01 * np.sum(low * low)


def cholesky_adjoint(a):
    low = np.tril(a)
    for j in range(a.shape[0]):
        low[j, j] = np.sqrt(low[j, j] - np.dot(low[j, :j], low[j, :j]))
        low[j + 1:, j] = (low[j + 1:, j] - low[j + 1:, :j] @ low[j, :j]) / low[j, j]
    diagonal = np.diag(low)
    value = np.sum(np.log(diagonal)) + 0.01 * np.sum(low * low)

    low_bar = 0.02 * low
    low_bar[np.diag_indices_from(low_bar)] += 1.0 / diagonal
    for j in reversed(range(a.shape[0])):
        row = low[j, :j]
        column_bar = low_bar[j + 1:, j]
        column_bar /= low[j, j]
        pivot_bar = low_bar[j, j] - np.dot(column_bar, low[j + 1:, j])
        low_bar[j + 1:, :j] -= np.outer(column_bar, row)
        low_bar[j, :j] -= column_bar @ low[j + 1:, :j] + pivot_bar / low[j, j] * row
        low_bar[j, j] = 0.5 * pivot_bar / low[j, j]
    return value, (low_bar,)


def cholesky_arguments(size, rng):
    root = rng.normal(size=(size, size))
    return (root @ root.T + size * np.eye(size),)


def elimination(a, b):
    """Half the square of the solution of `a x = b`, by Gaussian elimination in place."""
    lu = a.copy()
    x = b.copy()
    n = b.size
    for k in range(n - 1):
        lu[k + 1:, k] /= lu[k, k]
        lu[k + 1:, k + 1:] -= np.outer(lu[k + 1:, k], lu[k, k + 1:])
        x[k + 1:] -= lu[k + 1:, k] * x[k]
    for k in range(n - 1, -1, -1):
        x[k] = (x[k] - np.dot(lu[k, k + 1:], x[k + 1:])) / lu[k, k]
    return 0.5 * np.dot(x, x)


def elimination_adjoint(a, b):
    lu = a.copy()
    y = b.copy()
    n = b.size
    for k in range(n - 1):
        lu[k + 1:, k] /= lu[k, k]
        lu[k + 1:, k + 1:] -= np.outer(lu[k + 1:, k], lu[k, k + 1:])
        y[k + 1:] -= lu[k + 1:, k] * y[k]
    x = y.copy()
    for k in range(n - 1, -1, -1):
        x[k] = (x[k] - np.dot(lu[k, k + 1:], x[k + 1:])) / lu[k, k]
    value = 0.5 * np.dot(x, x)

    x_bar = x.copy()
    for k in range(n):
        x_bar[k] /= lu[k, k]
        x_bar[k + 1:] -= x_bar[k] * lu[k, k + 1:]
    lu_bar = np.triu(np.outer(-x_bar, x))
    for k in reversed(range(n - 1)):
        low = lu[k + 1:, k]
        row = lu[k, k + 1:]
        rest_bar = lu_bar[k + 1:, k + 1:]
        low_bar = lu_bar[k + 1:, k] - y[k] * x_bar[k + 1:]
        x_bar[k] -= np.dot(low, x_bar[k + 1:])
        low_bar -= rest_bar @ row
        lu_bar[k, k + 1:] -= low @ rest_bar
        low_bar /= lu[k, k]
        lu_bar[k, k] -= np.dot(low_bar, low)
        lu_bar[k + 1:, k] = low_bar
    return value, (lu_bar, x_bar)


def elimination_arguments(size, rng):
    return rng.normal(size=(size, size)) + 2.0 * np.sqrt(size) * np.eye(size), rng.normal(size=size)


def gram_schmidt(a, target):
    """Agreement of the orthogonal columns with a target, and size of the triangular factor."""
    q = a.copy()
    r = np.zeros((a.shape[1], a.shape[1]), a.dtype)
    for k in range(a.shape[1]):
        r[k, k] = np.sqrt(np.dot(q[:, k], q[:, k]))
        q[:, k] /= r[k, k]
        r[k, k + 1:] = q[:, k] @ q[:, k + 1:]
        q[:, k + 1:] -= np.outer(q[:, k], r[k, k + 1:])
    return np.sum(q * target) + 0.5 * np.sum(r * r)


def gram_schmidt_adjoint(a, target):
    q = a.copy()
    r = np.zeros((a.shape[1], a.shape[1]), a.dtype)
    for k in range(a.shape[1]):
        r[k, k] = np.sqrt(np.dot(q[:, k], q[:, k]))
        q[:, k] /= r[k, k]
        r[k, k + 1:] = q[:, k] @ q[:, k + 1:]
        q[:, k + 1:] -= np.outer(q[:, k], r[k, k + 1:])
    value = np.sum(q * target) + 0.5 * np.sum(r * r)

    q_bar = target.copy()
    for k in reversed(range(a.shape[1])):
        unit = q[:, k]
        rest = q[:, k + 1:]
        rest_bar = q_bar[:, k + 1:]
        row = r[k, k + 1:]
        row_bar = row - unit @ rest_bar
        unit_bar = q_bar[:, k] - rest_bar @ row
        # the columns as they were before their parts along `unit` were taken out
        rest += np.outer(unit, row)
        unit_bar += rest @ row_bar
        rest_bar += np.outer(unit, row_bar)
        q_bar[:, k] = (unit_bar - np.dot(unit, unit_bar) * unit) / r[k, k] + r[k, k] * unit
        unit *= r[k, k]
    return value, (q_bar,)


def gram_schmidt_arguments(size, rng):
    return rng.normal(size=(2 * size, size)), rng.normal(size=(2 * size, size))


PROGRAMS = (
    Program(cholesky, cholesky_adjoint, (0,), cholesky_arguments, (5, 16, 60, 240), True),
    Program(elimination, elimination_adjoint, (0, 1), elimination_arguments, (5, 16, 60, 240), True),
    Program(gram_schmidt, gram_schmidt_adjoint, (0,), gram_schmidt_arguments, (4, 12, 40, 120), True),
)
