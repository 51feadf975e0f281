"""Recurrences, filters, dynamic programming, equations solved step by step. Loops over single elements."""
from __future__ import annotations

import math

import numpy as np

from .kernel import Kernel


def recurrence(x, y0):
    y = y0.copy()
    for i in range(1, len(y)):
        y[i] = np.sin(y[i - 1]) * x[i] + y[i]
    return np.sum(y)


def recurrence_adjoint(x, y0):
    n = len(x)
    y = y0.copy()
    sines = np.empty(n)
    total = y[0]
    for i in range(1, n):
        sines[i] = math.sin(y[i - 1])
        y[i] = sines[i] * x[i] + y[i]
        total += y[i]
    x_bar, y_bar = np.zeros(n), np.ones(n)
    for i in range(n - 1, 0, -1):
        x_bar[i] = y_bar[i] * sines[i]
        y_bar[i - 1] += y_bar[i] * x[i] * math.cos(y[i - 1])
    return total, (x_bar, y_bar)


def second_order_filter(x, a, b):
    y = np.zeros(len(x))
    for i in range(2, len(x)):
        y[i] = b[0] * x[i] + b[1] * x[i - 1] + b[2] * x[i - 2] - a[0] * y[i - 1] - a[1] * y[i - 2]
    return np.sum(y * y)


def second_order_filter_adjoint(x, a, b):
    n = len(x)
    y, total = np.zeros(n), 0.0
    for i in range(2, n):
        y[i] = b[0] * x[i] + b[1] * x[i - 1] + b[2] * x[i - 2] - a[0] * y[i - 1] - a[1] * y[i - 2]
        total += y[i] * y[i]
    x_bar, a_bar, b_bar = np.zeros(n), np.zeros(2), np.zeros(3)
    y_bar = 2.0 * y
    for i in range(n - 1, 1, -1):
        g = y_bar[i]
        b_bar[0] += g * x[i]
        b_bar[1] += g * x[i - 1]
        b_bar[2] += g * x[i - 2]
        x_bar[i] += g * b[0]
        x_bar[i - 1] += g * b[1]
        x_bar[i - 2] += g * b[2]
        a_bar[0] -= g * y[i - 1]
        a_bar[1] -= g * y[i - 2]
        y_bar[i - 1] -= g * a[0]
        y_bar[i - 2] -= g * a[1]
    return total, (x_bar, a_bar, b_bar)


def garch(returns, omega, alpha, beta):
    h = np.empty(len(returns))
    h[0] = 1.0
    for t in range(1, len(returns)):
        h[t] = omega + alpha * returns[t - 1] ** 2 + beta * h[t - 1]
    return 0.5 * np.sum(np.log(h) + returns ** 2 / h)


def garch_adjoint(returns, omega, alpha, beta):
    n = len(returns)
    h, total = np.empty(n), 0.0
    h[0] = 1.0
    for t in range(1, n):
        h[t] = omega + alpha * returns[t - 1] ** 2 + beta * h[t - 1]
    for t in range(n):
        total += math.log(h[t]) + returns[t] ** 2 / h[t]
    r_bar = np.zeros(n)
    omega_bar = alpha_bar = beta_bar = carried = 0.0
    for t in range(n - 1, 0, -1):
        r_bar[t] += returns[t] / h[t]
        g = carried + 0.5 * (1.0 / h[t] - (returns[t] / h[t]) ** 2)
        omega_bar += g
        alpha_bar += g * returns[t - 1] ** 2
        r_bar[t - 1] += 2.0 * g * alpha * returns[t - 1]
        beta_bar += g * h[t - 1]
        carried = g * beta
    r_bar[0] += returns[0] / h[0]
    return 0.5 * total, (r_bar, omega_bar, alpha_bar, beta_bar)


def tridiagonal(a, b, c, d):
    n = len(d)
    c, d = c.copy(), d.copy()
    c[0] = c[0] / b[0]
    d[0] = d[0] / b[0]
    for i in range(1, n):
        w = b[i] - a[i] * c[i - 1]
        c[i] = c[i] / w
        d[i] = (d[i] - a[i] * d[i - 1]) / w
    for i in range(n - 2, -1, -1):
        d[i] -= c[i] * d[i + 1]
    return np.sum(d * d)


def tridiagonal_adjoint(a, b, c, d):
    n = len(d)
    c, d, w = c.copy(), d.copy(), np.empty(n)
    w[0] = b[0]
    c[0] /= w[0]
    d[0] /= w[0]
    for i in range(1, n):
        w[i] = b[i] - a[i] * c[i - 1]
        c[i] /= w[i]
        d[i] = (d[i] - a[i] * d[i - 1]) / w[i]
    x, total = d.copy(), 0.0
    for i in range(n - 2, -1, -1):
        x[i] -= c[i] * x[i + 1]
    for i in range(n):
        total += x[i] * x[i]
    g, c_bar = 2.0 * x, np.zeros(n)
    for i in range(n - 1):
        c_bar[i] = -g[i] * x[i + 1]
        g[i + 1] -= c[i] * g[i]
    a_bar, b_bar = np.zeros(n), np.zeros(n)
    for i in range(n - 1, 0, -1):
        w_bar = -(g[i] * d[i] + c_bar[i] * c[i]) / w[i]
        d_bar = g[i] / w[i]
        a_bar[i] = -d_bar * d[i - 1] - w_bar * c[i - 1]
        g[i - 1] -= d_bar * a[i]
        b_bar[i] = w_bar
        c_bar[i - 1] -= w_bar * a[i]
        g[i] = d_bar
        c_bar[i] /= w[i]
    b_bar[0] = -(g[0] * d[0] + c_bar[0] * c[0]) / w[0]
    g[0] /= w[0]
    c_bar[0] /= w[0]
    return total, (a_bar, b_bar, c_bar, g)


def newton_roots(a, guess):
    """Cube roots, each by Newton's method until it stands still."""
    total = 0.0
    for k in range(len(a)):
        x = guess
        while abs(x * x * x - a[k]) > 1e-9:
            x = x - (x * x * x - a[k]) / (3.0 * x * x)
        total += x * x
    return total


def newton_roots_adjoint(a, guess):
    n = len(a)
    a_bar, total, guess_bar = np.zeros(n), 0.0, 0.0
    steps = np.empty(100)
    for k in range(n):
        x, count = guess, 0
        while abs(x * x * x - a[k]) > 1e-9:
            steps[count] = x
            count += 1
            x = x - (x * x * x - a[k]) / (3.0 * x * x)
        total += x * x
        g = 2.0 * x
        for step in range(count - 1, -1, -1):
            x = steps[step]
            a_bar[k] += g / (3.0 * x * x)
            g *= 2.0 * (x * x * x - a[k]) / (3.0 * x * x * x)
        guess_bar += g
    return total, (a_bar, guess_bar)


def kepler(mean, eccentricity):
    total = 0.0
    for k in range(len(mean)):
        e = mean[k]
        step = 1.0
        while abs(step) > 1e-10:
            step = (e - eccentricity * math.sin(e) - mean[k]) / (1.0 - eccentricity * math.cos(e))
            e = e - step
        total += math.cos(e)
    return total


def soft_alignment(a, b, gap):
    """A soft minimum over the alignments of two sequences, cell by cell."""
    n, m = len(a), len(b)
    cost = np.zeros((n + 1, m + 1))
    for i in range(1, n + 1):
        cost[i, 0] = i * gap
    for j in range(1, m + 1):
        cost[0, j] = j * gap
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            p = cost[i - 1, j - 1] + (a[i - 1] - b[j - 1]) ** 2
            q = cost[i - 1, j] + gap
            r = cost[i, j - 1] + gap
            cost[i, j] = -np.log(np.exp(-p) + np.exp(-q) + np.exp(-r))
    return cost[n, m]


def soft_alignment_adjoint(a, b, gap):
    n, m = len(a), len(b)
    cost = np.zeros((n + 1, m + 1))
    for i in range(1, n + 1):
        cost[i, 0] = i * gap
    for j in range(1, m + 1):
        cost[0, j] = j * gap
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            p = cost[i - 1, j - 1] + (a[i - 1] - b[j - 1]) ** 2
            q = cost[i - 1, j] + gap
            r = cost[i, j - 1] + gap
            cost[i, j] = -math.log(math.exp(-p) + math.exp(-q) + math.exp(-r))
    bar = np.zeros((n + 1, m + 1))
    a_bar, b_bar, gap_bar = np.zeros(n), np.zeros(m), 0.0
    bar[n, m] = 1.0
    for i in range(n, 0, -1):
        for j in range(m, 0, -1):
            g, c, d = bar[i, j], cost[i, j], a[i - 1] - b[j - 1]
            p = g * math.exp(c - cost[i - 1, j - 1] - d * d)
            q = g * math.exp(c - cost[i - 1, j] - gap)
            r = g * math.exp(c - cost[i, j - 1] - gap)
            bar[i - 1, j - 1] += p
            bar[i - 1, j] += q
            bar[i, j - 1] += r
            a_bar[i - 1] += 2.0 * p * d
            b_bar[j - 1] -= 2.0 * p * d
            gap_bar += q + r
    for i in range(1, n + 1):
        gap_bar += i * bar[i, 0]
    for j in range(1, m + 1):
        gap_bar += j * bar[0, j]
    return cost[n, m], (a_bar, b_bar, gap_bar)


def hidden_markov(transition, emission, start, seen):
    alpha = start * emission[:, seen[0]]
    total = 0.0
    for t in range(1, len(seen)):
        scale = np.sum(alpha)
        total += np.log(scale)
        alpha = (alpha / scale) @ transition * emission[:, seen[t]]
    return total + np.log(np.sum(alpha))


def running_log_sum(x):
    out = np.empty(len(x))
    total = x[0]
    out[0] = total
    for i in range(1, len(x)):
        total = max(total, x[i]) + np.log1p(np.exp(-abs(total - x[i])))
        out[i] = total
    return np.sum(out * out)


def durbin(r):
    n = len(r)
    y = np.zeros(n)
    y[0] = -r[0]
    beta, alpha = 1.0, -r[0]
    for k in range(1, n):
        beta *= 1.0 - alpha * alpha
        alpha = -(r[k] + np.dot(np.flip(r[:k]), y[:k])) / beta
        y[:k] += alpha * np.flip(y[:k])
        y[k] = alpha
    return np.sum(y * y)


def binomial_option(spot, strike, rate, steps):
    up = np.exp(0.3 / np.sqrt(steps))
    p = (np.exp(rate / steps) - 1.0 / up) / (up - 1.0 / up)
    prices = spot * up ** (2.0 * np.arange(steps + 1) - steps)
    value = np.maximum(strike - prices, 0.0)
    for k in range(steps, 0, -1):
        value[:k] = np.exp(-rate / steps) * (p * value[1:k + 1] + (1.0 - p) * value[:k])
    return value[0]


def _pair(n, rng):
    return rng.normal(size=n), rng.normal(size=n)


def _markov(n, rng):
    return (rng.dirichlet(np.ones(8), size=8), rng.dirichlet(np.ones(5), size=8), np.full(8, 0.125),
            rng.integers(0, 5, size=n))


KERNELS = (
    Kernel(recurrence, (0, 1), _pair, (1_000, 10_000), adjoint=recurrence_adjoint),
    Kernel(second_order_filter, (0, 1, 2), lambda n, r: (r.normal(size=n), np.array([-0.9, 0.5]), np.array(
        [0.3, 0.2, 0.1])), (1_000, 10_000), adjoint=second_order_filter_adjoint),
    Kernel(garch, (0, 1, 2, 3), lambda n, r: (r.normal(size=n), 0.1, 0.2, 0.7), (1_000, 10_000),
           adjoint=garch_adjoint),
    Kernel(tridiagonal, (0, 1, 2, 3), lambda n, r: (r.uniform(-1, 1, n), r.uniform(3, 4, n), r.uniform(-1, 1, n),
           r.normal(size=n)), (1_000, 10_000), adjoint=tridiagonal_adjoint),
    Kernel(newton_roots, (0, 1), lambda n, r: (r.uniform(1, 9, n), 1.5), (100, 1_000), adjoint=newton_roots_adjoint),
    Kernel(kepler, (0, 1), lambda n, r: (r.uniform(0.5, 2.5, n), 0.3), (100, 1_000)),
    Kernel(soft_alignment, (0, 1, 2), lambda n, r: (*_pair(n, r), 0.7), (20, 100), adjoint=soft_alignment_adjoint),
    Kernel(hidden_markov, (0, 1), _markov, (100, 1_000)),
    Kernel(running_log_sum, (0,), lambda n, r: (r.normal(size=n),), (1_000, 10_000)),
    Kernel(durbin, (0,), lambda n, r: (r.uniform(0, 0.5 / n, n),), (50, 200)),
    Kernel(binomial_option, (0, 1, 2), lambda n, r: (100.0, 105.0, 0.03, n), (50, 400)),
)
