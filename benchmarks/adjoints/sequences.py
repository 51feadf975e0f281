"""Recurrences: each element needs the one before."""
from __future__ import annotations

import numpy as np

from benchmarks.adjoints.program import Program


def recurrence(x, y0):
    """A nonlinear recurrence, element by element, in place."""
    y = y0.copy()
    for i in range(1, len(y)):
        y[i] = np.sin(y[i - 1]) * x[i] + y[i]
    return np.sum(y)


def recurrence_adjoint(x, y0):
    y = y0.copy()
    for i in range(1, len(y)):
        y[i] = np.sin(y[i - 1]) * x[i] + y[i]
    value = np.sum(y)

    y_bar = np.ones_like(y)
    x_bar = np.zeros_like(x)
    for i in range(len(y) - 1, 0, -1):
        before = y[i - 1]
        g = y_bar[i]
        x_bar[i] = g * np.sin(before)
        y_bar[i - 1] += g * x[i] * np.cos(before)
    return value, (x_bar, y_bar)


def recurrence_arguments(size, rng):
    return 0.5 * rng.normal(size=size), rng.normal(size=size)


def leaky_filter(x, keep):
    """Mean square of a smoothed signal of many channels."""
    y = np.zeros_like(x)
    y[0] = x[0]
    for t in range(1, x.shape[0]):
        y[t] = keep * y[t - 1] + (1.0 - keep) * x[t]
    return 0.5 * np.mean(y * y)


def leaky_filter_adjoint(x, keep):
    y = np.empty_like(x)
    y[0] = x[0]
    for t in range(1, x.shape[0]):
        y[t] = keep * y[t - 1] + (1.0 - keep) * x[t]
    value = 0.5 * np.mean(y * y)

    y_bar = y / y.size
    x_bar = np.empty_like(x)
    keep_bar = np.zeros_like(keep)
    for t in range(x.shape[0] - 1, 0, -1):
        g = y_bar[t]
        keep_bar += g * (y[t - 1] - x[t])
        y_bar[t - 1] += keep * g
        np.multiply(1.0 - keep, g, out=x_bar[t])
    x_bar[0] = y_bar[0]
    return value, (x_bar, keep_bar)


def leaky_arguments(size, rng):
    return rng.normal(size=(100, size)), rng.random(size)


def hidden_markov(transition, emission, start, seen):
    """Negative log-likelihood of a sequence of symbols, by the scaled forward recursion."""
    alpha = start * emission[:, seen[0]]
    total = 0.0
    for t in range(1, len(seen)):
        scale = np.sum(alpha)
        total += np.log(scale)
        alpha = (alpha / scale) @ transition * emission[:, seen[t]]
    return -total - np.log(np.sum(alpha))


def hidden_markov_adjoint(transition, emission, start, seen):
    steps = len(seen)
    filtered = np.empty((steps, start.size))
    predicted = np.empty((steps, start.size))
    scales = np.empty(steps)
    alpha = start * emission[:, seen[0]]
    total = 0.0
    for t in range(1, steps):
        scales[t] = np.sum(alpha)
        total += np.log(scales[t])
        np.divide(alpha, scales[t], out=filtered[t])
        np.matmul(filtered[t], transition, out=predicted[t])
        alpha = predicted[t] * emission[:, seen[t]]
    last = np.sum(alpha)
    value = -total - np.log(last)

    alpha_bar = np.full(start.size, -1.0 / last)
    emission_bar = np.zeros_like(emission)
    for t in range(steps - 1, 0, -1):
        emission_bar[:, seen[t]] += alpha_bar * predicted[t]
        predicted_bar = np.multiply(alpha_bar, emission[:, seen[t]], out=predicted[t])
        filtered_bar = transition @ predicted_bar
        alpha_bar = (filtered_bar - np.dot(filtered_bar, filtered[t]) - 1.0) / scales[t]
    emission_bar[:, seen[0]] += alpha_bar * start
    # by now the rows of `predicted` hold their cotangents
    return value, (filtered[1:].T @ predicted[1:], emission_bar)


def markov_arguments(size, rng):
    symbols = 6
    return (rng.dirichlet(np.ones(size), size), rng.dirichlet(np.ones(symbols), size),
            np.full(size, 1.0 / size), rng.integers(0, symbols, 60))


PROGRAMS = (
    Program(recurrence, recurrence_adjoint, (0, 1), recurrence_arguments, (6, 100, 1000, 10000), True),
    Program(leaky_filter, leaky_filter_adjoint, (0, 1), leaky_arguments, (2, 10, 300, 3000), True),
    Program(hidden_markov, hidden_markov_adjoint, (0, 1), markov_arguments, (3, 8, 40, 160), True),
)
