"""The kernels as a JAX user writes them: scans in place of loops, bounded and masked scans in place of `while`.

Imported by the child process only; the name of a function is that of its kernel.
"""
from __future__ import annotations

from typing import Any

import jax  # pyright: ignore[reportMissingImports]
import jax.numpy as np  # pyright: ignore[reportMissingImports]
from jax import lax  # pyright: ignore[reportMissingImports]

from . import models

STATIC = {"heat_rod": (2,), "burgers": (2,), "jacobi_2d": (1,), "seidel_2d": (1,), "heat_3d": (1,), "fdtd_2d": (3,),
          "lorenz": (2,), "n_body": (3,), "binomial_option": (3,), "escape": (2,)}


def recurrence(x, y0):
    def step(y, at):
        new = np.sin(y) * at[0] + at[1]
        return new, new
    _, y = lax.scan(step, y0[0], (x[1:], y0[1:]))
    return np.sum(y) + y0[0]


def second_order_filter(x, a, b):
    drive = b[0] * x[2:] + b[1] * x[1:-1] + b[2] * x[:-2]

    def step(last, f):
        new = f - a[0] * last[0] - a[1] * last[1]
        return (new, last[0]), new
    _, y = lax.scan(step, (0.0, 0.0), drive)
    return np.sum(y * y)


def garch(returns, omega, alpha, beta):
    def step(h, r):
        new = omega + alpha * r ** 2 + beta * h
        return new, new
    _, h = lax.scan(step, 1.0, returns[:-1])
    h = np.concatenate([np.ones(1), h])
    return 0.5 * np.sum(np.log(h) + returns ** 2 / h)


def tridiagonal(a, b, c, d):
    def forward(last, at):
        w = at[1] - at[0] * last[0]
        new = at[2] / w, (at[3] - at[0] * last[1]) / w
        return new, new
    first = c[0] / b[0], d[0] / b[0]
    last, (cs, ds) = lax.scan(forward, first, (a[1:], b[1:], c[1:], d[1:]))
    cs, ds = np.concatenate([first[0][None], cs]), np.concatenate([first[1][None], ds])

    def backward(x, at):
        new = at[1] - at[0] * x
        return new, new
    _, x = lax.scan(backward, last[1], (cs[:-1], ds[:-1]), reverse=True)
    return np.sum(x * x) + last[1] ** 2


def _bounded(going: Any, change: Any, state: Any, limit: int) -> Any:
    """A `while` of at most `limit` steps, which JAX can differentiate backwards."""
    def step(s, _):
        return lax.cond(going(s), change, lambda t: t, s), None
    return lax.scan(step, state, None, length=limit)[0]


def newton_roots(a, guess):
    def root(k):
        x = _bounded(lambda x: np.abs(x ** 3 - k) > 1e-9, lambda x: x - (x ** 3 - k) / (3.0 * x * x), guess, 12)
        return x * x
    return np.sum(jax.vmap(root)(a))


def kepler(mean, eccentricity):
    def one(m):
        def change(s):
            step = (s[0] - eccentricity * np.sin(s[0]) - m) / (1.0 - eccentricity * np.cos(s[0]))
            return s[0] - step, step
        return np.cos(_bounded(lambda s: np.abs(s[1]) > 1e-10, change, (m, 1.0), 10)[0])
    return np.sum(jax.vmap(one)(mean))


def soft_alignment(a, b, gap):
    first = np.arange(len(b) + 1) * gap

    def row(above, at):
        def cell(left, x):
            d, diagonal, up = x
            new = -np.log(np.exp(-(diagonal + d)) + np.exp(-(up + gap)) + np.exp(-(left + gap)))
            return new, new
        start = at[1] * gap
        _, new = lax.scan(cell, start, ((at[0] - b) ** 2, above[:-1], above[1:]))
        return np.concatenate([start[None], new]), None
    return lax.scan(row, first, (a, np.arange(1, len(a) + 1) * 1.0))[0][-1]


def hidden_markov(transition, emission, start, seen):
    def step(state, s):
        alpha, total = state
        scale = np.sum(alpha)
        return ((alpha / scale) @ transition * emission[:, s], total + np.log(scale)), None
    (alpha, total), _ = lax.scan(step, (start * emission[:, seen[0]], 0.0), seen[1:])
    return total + np.log(np.sum(alpha))


def running_log_sum(x):
    def step(t, v):
        new = np.logaddexp(t, v)
        return new, new
    _, out = lax.scan(step, x[0], x[1:])
    return np.sum(out * out) + x[0] ** 2


def durbin(r):
    n = len(r)

    def step(state, k):
        y, beta, alpha = state
        beta = beta * (1.0 - alpha * alpha)
        known = np.arange(n) < k
        back = np.where(known, y[(k - 1 - np.arange(n)) % n], 0.0)
        alpha = -(r[k] + np.sum(np.where(known, r[(k - 1 - np.arange(n)) % n] * y, 0.0))) / beta
        return ((y + alpha * back).at[k].set(alpha), beta, alpha), None
    start = np.zeros(n).at[0].set(-r[0]), np.ones(()), -r[0]
    return np.sum(lax.scan(step, start, np.arange(1, n))[0][0] ** 2)


def binomial_option(spot, strike, rate, steps):
    up = np.exp(0.3 / np.sqrt(steps))
    p = (np.exp(rate / steps) - 1.0 / up) / (up - 1.0 / up)
    value = np.maximum(strike - spot * up ** (2.0 * np.arange(steps + 1) - steps), 0.0)

    def step(v, _):
        return np.exp(-rate / steps) * (p * np.roll(v, -1) + (1.0 - p) * v), None
    return lax.scan(step, value, None, length=steps)[0][0]


def _steps(change: Any, state: Any, count: int) -> Any:
    return lax.scan(lambda s, t: (change(s, t), None), state, np.arange(count))[0]


def heat_rod(u0, k, steps):
    u = _steps(lambda u, _: u.at[1:-1].add(k * (u[2:] - 2.0 * u[1:-1] + u[:-2])), u0, steps)
    return 0.5 * np.dot(u, u)


def burgers(u0, nu, steps):
    u = _steps(lambda u, _: u.at[1:-1].set(u[1:-1] - 0.1 * u[1:-1] * (u[1:-1] - u[:-2]) + nu * (
        u[2:] - 2.0 * u[1:-1] + u[:-2])), u0, steps)
    return np.sum(u * u)


def jacobi_2d(a0, steps):
    a = _steps(lambda a, _: a.at[1:-1, 1:-1].set(0.2 * (
        a[1:-1, 1:-1] + a[1:-1, :-2] + a[1:-1, 2:] + a[2:, 1:-1] + a[:-2, 1:-1])), a0, steps)
    return np.sum(a * a)


def seidel_2d(a0, steps):
    def sweep(a, _):
        def row(above, at):
            own, below = at
            base = above[1:-1] + own[1:-1] + own[2:] + below[1:-1]

            def cell(left, b):
                new = (left + b) / 5.0
                return new, new
            _, new = lax.scan(cell, own[0], base)
            whole = np.concatenate([own[:1], new, own[-1:]])
            return whole, whole
        _, rows = lax.scan(row, a[0], (a[1:-1], a[2:]))
        return np.concatenate([a[:1], rows, a[-1:]])
    a = _steps(sweep, a0, steps)
    return np.sum(a * a)


def heat_3d(a0, steps):
    def change(a, _):
        c = a[1:-1, 1:-1, 1:-1]
        return a.at[1:-1, 1:-1, 1:-1].set(c + 0.1 * (
            a[2:, 1:-1, 1:-1] + a[:-2, 1:-1, 1:-1] + a[1:-1, 2:, 1:-1] + a[1:-1, :-2, 1:-1] + a[1:-1, 1:-1, 2:]
            + a[1:-1, 1:-1, :-2] - 6.0 * c))
    a = _steps(change, a0, steps)
    return np.sum(a * a)


def fdtd_2d(ex, ey, hz, steps):
    def change(s, t):
        ex, ey, hz = s
        ey = ey.at[0, :].set(0.1 * t).at[1:, :].add(-0.5 * (hz[1:, :] - hz[:-1, :]))
        ex = ex.at[:, 1:].add(-0.5 * (hz[:, 1:] - hz[:, :-1]))
        hz = hz.at[:-1, :-1].add(-0.7 * (ex[:-1, 1:] - ex[:-1, :-1] + ey[1:, :-1] - ey[:-1, :-1]))
        return ex, ey, hz
    return np.sum(_steps(change, (ex, ey, hz), steps)[2] ** 2)


def cholesky(a):
    lower = np.tril(a)  # the loops read no more
    return np.sum(np.log(np.diag(np.linalg.cholesky(lower + np.tril(a, -1).T, symmetrize_input=False))))


def lu(a, b):
    return np.sum(np.linalg.solve(a, b) ** 2)


def gram_schmidt(a):
    n = a.shape[1]

    def step(q, k):
        def take(v, j):
            column = q[:, j]
            return np.where(j < k, v - np.dot(column, v) * column, v), None
        v, _ = lax.scan(take, a[:, k], np.arange(n))
        return q.at[:, k].set(v / np.sqrt(np.dot(v, v))), None
    q, _ = lax.scan(step, np.zeros_like(a), np.arange(n))
    return np.sum(q[0] * q[1])


def shortest_paths(d0):
    d = _steps(lambda d, k: np.minimum(d, d[:, k][:, None] + d[k]), d0, len(d0))
    return np.sum(d * d)


def product_loops(a, b):
    return np.sum((a @ b) ** 2)


def symmetric_update(a, alpha):
    return np.sum(np.tril(alpha * a @ a.T) ** 2)


def atax(a, x):
    return np.sum((a.T @ (a @ x)) ** 2)


def _rate(u, force):
    return np.array([10.0 * (u[1] - u[0]), u[0] * (force - u[2]) - u[1], u[0] * u[1] - 8.0 / 3.0 * u[2]])


def lorenz(u0, force, steps):
    def change(u, _):
        dt = 0.01
        k1 = _rate(u, force)
        k2 = _rate(u + 0.5 * dt * k1, force)
        k3 = _rate(u + 0.5 * dt * k2, force)
        k4 = _rate(u + dt * k3, force)
        return u + dt / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
    return np.sum(_steps(change, u0, steps) ** 2)


def n_body(position, velocity, mass, steps):
    def change(s, _):
        x, v = s
        d = x[None] - x[:, None]
        r2 = np.sum(d * d, axis=2) + 0.01
        v = v + 0.01 * np.sum((mass[None] / (r2 * np.sqrt(r2)))[:, :, None] * d, axis=1)
        return x + 0.01 * v, v
    return np.sum(_steps(change, (position, velocity), steps)[1] ** 2)


def sparse_product(data, x, indices, starts):
    rows = np.searchsorted(starts, np.arange(len(data)), side="right") - 1
    return np.sum(jax.ops.segment_sum(data * x[indices], rows, len(starts) - 1) ** 2)


def binned(x, weights, places):
    return np.sum(np.zeros(len(weights)).at[places].add(np.exp(-x * x) * weights[places]) ** 2)


def convolution(image, kernel):
    s = lax.conv(image[None, None], kernel[None, None], (1, 1), "VALID")
    return np.sum(np.maximum(s, 0.0) ** 2)


def bundle(cameras, points, which, where, seen):
    def one(w, p, s):
        angle = np.sqrt(w[0] * w[0] + w[1] * w[1] + w[2] * w[2])
        cos, sin = np.cos(angle), np.sin(angle) / angle
        q = p * cos + np.cross(w[:3], p) * sin + w[:3] * np.dot(w[:3], p) * (1.0 - cos) / (angle * angle) + w[3:6]
        u = q[:2] / q[2]
        return np.sum((w[6] * (1.0 + w[7] * np.dot(u, u)) * u - s) ** 2)
    return np.sum(jax.vmap(one)(cameras[which], points[where], seen))


def gaussian_mixture(logits, means, scales, x):
    z = (x[:, None] - means) * np.exp(-scales)
    terms = logits - np.sum(scales, axis=1) - 0.5 * np.sum(z * z, axis=2)
    return np.sum(jax.scipy.special.logsumexp(terms, axis=1)) - len(x) * np.log(np.sum(np.exp(logits)))


def escape(c_real, c_imag, limit):
    def one(a, b):
        x, y = _bounded(lambda s: s[0] ** 2 + s[1] ** 2 < 4.0, lambda s: (
            s[0] * s[0] - s[1] * s[1] + a, 2.0 * s[0] * s[1] + b), (0.0, 0.0), limit)
        return np.log(1.0 + x * x + y * y)
    return np.sum(jax.vmap(one)(c_real, c_imag))


def lstm(w, u, b, x):
    n = u.shape[0]

    def step(s, row):
        z = row @ w + s[0] @ u + b
        c = jax.nn.sigmoid(z[n:2 * n]) * s[1] + jax.nn.sigmoid(z[:n]) * np.tanh(z[3 * n:])
        return (jax.nn.sigmoid(z[2 * n:3 * n]) * np.tanh(c), c), None
    return np.sum(lax.scan(step, (np.zeros(n), np.zeros(n)), x)[0][0] ** 2)


def _as_it_stands(function: Any) -> Any:
    """The same code on JAX's arrays."""
    import types

    return types.FunctionType(function.__code__, {**function.__globals__, "np": np}, function.__name__)


two_layers, logistic, softmax_loss, option_prices = map(
    _as_it_stands, (models.two_layers, models.logistic, models.softmax_loss, models.option_prices))
