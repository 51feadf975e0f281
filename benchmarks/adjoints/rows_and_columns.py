"""Linear algebra of the PolyBench kind, row by row: short operations on slices, with adjoints in the same loops."""
from __future__ import annotations

import numpy as np

from benchmarks.adjoints.program import Program


def atax(a, x):
    """Half the square of `a.T @ (a @ x)`, row by row."""
    y = np.zeros(a.shape[1])
    for i in range(a.shape[0]):
        y += a[i] * np.dot(a[i], x)
    return 0.5 * np.dot(y, y)


def atax_adjoint(a, x):
    y = np.zeros(a.shape[1])
    products = np.empty(a.shape[0])
    for i, row in enumerate(a):
        products[i] = np.dot(row, x)
        y += row * products[i]

    a_bar, x_bar = np.empty_like(a), np.zeros_like(x)
    for i, row in enumerate(a):
        product_bar = np.dot(y, row)
        np.multiply(y, products[i], out=a_bar[i])
        a_bar[i] += product_bar * x
        x_bar += product_bar * row
    return 0.5 * np.dot(y, y), (a_bar, x_bar)


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


def lu_adjoint(a):
    b = a.copy()
    n = b.shape[0]
    for i in range(n):
        for j in range(i):
            b[i, j] = (b[i, j] - np.dot(b[i, :j], b[:j, j])) / b[j, j]
        b[i, i:] -= b[i, :i] @ b[:i, i:]
    diagonal = np.diag(b)
    value = np.sum(np.log(np.abs(diagonal))) + 0.01 * np.sum(b * b)

    b_bar = 0.02 * b
    b_bar[np.arange(n), np.arange(n)] += 1.0 / diagonal
    for i in range(n - 1, -1, -1):
        row, row_bar = b[i], b_bar[i]
        row_bar[:i] -= b[:i, i:] @ row_bar[i:]
        b_bar[:i, i:] -= row[:i, None] * row_bar[i:]
        for j in range(i - 1, -1, -1):
            quotient = row_bar[j] / b[j, j]
            row_bar[j] = quotient
            b_bar[j, j] -= quotient * row[j]
            row_bar[:j] -= quotient * b[:j, j]
            b_bar[:j, j] -= quotient * row[:j]
    return value, (b_bar,)


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


def durbin_adjoint(r):
    n = r.shape[0]
    y = np.zeros(n)
    y[0] = -r[0]
    before, alphas, betas = [y[:0]], [-r[0]], [1.0]
    for k in range(1, n):
        betas.append(betas[-1] * (1.0 - alphas[-1] * alphas[-1]))
        old = y[:k].copy()
        before.append(old)
        alphas.append(-(r[k] + np.dot(r[:k][::-1], old)) / betas[k])
        y[:k] += alphas[k] * old[::-1]
        y[k] = alphas[k]

    y_bar, r_bar = 2.0 * y, np.zeros_like(r)
    alpha_bar = beta_bar = 0.0
    for k in range(n - 1, 0, -1):
        old, new_bar = before[k], y_bar[:k]
        alpha_bar += y_bar[k] + np.dot(new_bar, old[::-1])
        share = alpha_bar / betas[k]
        beta_bar -= share * alphas[k]
        r_bar[k] -= share
        r_bar[:k] -= share * old[::-1]
        y_bar[:k] = new_bar + (alphas[k] * new_bar - share * r[:k])[::-1]
        alpha_bar = -2.0 * beta_bar * betas[k - 1] * alphas[k - 1]
        beta_bar *= 1.0 - alphas[k - 1] * alphas[k - 1]
    r_bar[0] -= alpha_bar + y_bar[0]
    return np.sum(y * y), (r_bar,)


def durbin_arguments(size, rng):
    return (0.4 ** np.arange(1, size + 1) * (1.0 + 0.1 * rng.random(size)),)


PROGRAMS = (
    Program(atax, atax_adjoint, (0, 1), atax_arguments, (4, 20, 100, 400)),
    Program(lu, lu_adjoint, (0,), lu_arguments, (4, 10, 30, 90)),
    Program(durbin, durbin_adjoint, (0,), durbin_arguments, (5, 20, 100, 400)),
)
