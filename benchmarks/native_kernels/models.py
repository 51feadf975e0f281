"""Simulations, estimation problems and networks."""
from __future__ import annotations

import math

import numpy as np

from .kernel import Kernel


def lorenz_rate(u, force):
    rate = np.empty(3)
    rate[0] = 10.0 * (u[1] - u[0])
    rate[1] = u[0] * (force - u[2]) - u[1]
    rate[2] = u[0] * u[1] - 8.0 / 3.0 * u[2]
    return rate


def lorenz(u0, force, steps):
    u, dt = u0.copy(), 0.01
    for _ in range(steps):
        k1 = lorenz_rate(u, force)
        k2 = lorenz_rate(u + 0.5 * dt * k1, force)
        k3 = lorenz_rate(u + 0.5 * dt * k2, force)
        k4 = lorenz_rate(u + dt * k3, force)
        u = u + dt / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
    return np.sum(u * u)


def n_body(position, velocity, mass, steps):
    x, v, n = position.copy(), velocity.copy(), len(mass)
    for _ in range(steps):
        for i in range(n):
            for j in range(n):
                if i != j:
                    d = x[j] - x[i]
                    r2 = d[0] * d[0] + d[1] * d[1] + d[2] * d[2] + 0.01
                    v[i] += 0.01 * mass[j] * d / (r2 * np.sqrt(r2))
        x += 0.01 * v
    return np.sum(v * v)


def n_body_adjoint(position, velocity, mass, steps):
    x, v, n = position.copy(), velocity.copy(), len(mass)
    kept = np.empty((steps, n, 3))
    for s in range(steps):
        kept[s] = x
        for i in range(n):
            for j in range(n):
                if i != j:
                    a, b, c = x[j, 0] - x[i, 0], x[j, 1] - x[i, 1], x[j, 2] - x[i, 2]
                    r2 = a * a + b * b + c * c + 0.01
                    f = 0.01 * mass[j] / (r2 * math.sqrt(r2))
                    v[i, 0] += f * a
                    v[i, 1] += f * b
                    v[i, 2] += f * c
        for i in range(n):
            for k in range(3):
                x[i, k] += 0.01 * v[i, k]
    total = 0.0
    for i in range(n):
        for k in range(3):
            total += v[i, k] * v[i, k]
    v_bar, x_bar, m_bar = 2.0 * v, np.zeros((n, 3)), np.zeros(n)
    for s in range(steps - 1, -1, -1):
        for i in range(n):
            for k in range(3):
                v_bar[i, k] += 0.01 * x_bar[i, k]
        for i in range(n):
            for j in range(n):
                if i != j:
                    a, b, c = (kept[s, j, 0] - kept[s, i, 0], kept[s, j, 1] - kept[s, i, 1],
                               kept[s, j, 2] - kept[s, i, 2])
                    r2 = a * a + b * b + c * c + 0.01
                    w = 0.01 / (r2 * math.sqrt(r2))
                    along = v_bar[i, 0] * a + v_bar[i, 1] * b + v_bar[i, 2] * c
                    m_bar[j] += w * along
                    f, g = w * mass[j], -3.0 * w * mass[j] * along / r2
                    p, q, r = f * v_bar[i, 0] + g * a, f * v_bar[i, 1] + g * b, f * v_bar[i, 2] + g * c
                    x_bar[j, 0] += p
                    x_bar[j, 1] += q
                    x_bar[j, 2] += r
                    x_bar[i, 0] -= p
                    x_bar[i, 1] -= q
                    x_bar[i, 2] -= r
    return total, (x_bar, v_bar, m_bar)


def sparse_product(data, x, indices, starts):
    total = 0.0
    for row in range(len(starts) - 1):
        s = 0.0
        for k in range(starts[row], starts[row + 1]):
            s += data[k] * x[indices[k]]
        total += s * s
    return total


def sparse_product_adjoint(data, x, indices, starts):
    d_bar, x_bar, total = np.zeros(len(data)), np.zeros(len(x)), 0.0
    for row in range(len(starts) - 1):
        s = 0.0
        for k in range(starts[row], starts[row + 1]):
            s += data[k] * x[indices[k]]
        total += s * s
        g = 2.0 * s
        for k in range(starts[row], starts[row + 1]):
            d_bar[k] = g * x[indices[k]]
            x_bar[indices[k]] += g * data[k]
    return total, (d_bar, x_bar)


def binned(x, weights, places):
    sums = np.zeros(len(weights))
    for i in range(len(x)):
        sums[places[i]] += np.exp(-x[i] * x[i]) * weights[places[i]]
    return np.sum(sums ** 2)


def binned_adjoint(x, weights, places):
    n = len(x)
    sums, e = np.zeros(len(weights)), np.empty(n)
    for i in range(n):
        e[i] = math.exp(-x[i] * x[i])
        sums[places[i]] += e[i] * weights[places[i]]
    total = 0.0
    for k in range(len(weights)):
        total += sums[k] ** 2
    x_bar, w_bar = np.empty(n), np.zeros(len(weights))
    for i in range(n):
        p = places[i]
        g = 2.0 * sums[p] * e[i]
        w_bar[p] += g
        x_bar[i] = -2.0 * g * weights[p] * x[i]
    return total, (x_bar, w_bar)


def convolution(image, kernel):
    h, w = kernel.shape
    n, m = image.shape[0] - h + 1, image.shape[1] - w + 1
    total = 0.0
    for i in range(n):
        for j in range(m):
            s = 0.0
            for a in range(h):
                for b in range(w):
                    s += image[i + a, j + b] * kernel[a, b]
            total += np.maximum(s, 0.0) ** 2
    return total


def convolution_adjoint(image, kernel):
    h, w = kernel.shape
    n, m = image.shape[0] - h + 1, image.shape[1] - w + 1
    i_bar, k_bar, total = np.zeros(image.shape), np.zeros((h, w)), 0.0
    for i in range(n):
        for j in range(m):
            s = 0.0
            for a in range(h):
                for b in range(w):
                    s += image[i + a, j + b] * kernel[a, b]
            if s > 0.0:
                total += s * s
                g = 2.0 * s
                for a in range(h):
                    for b in range(w):
                        i_bar[i + a, j + b] += g * kernel[a, b]
                        k_bar[a, b] += g * image[i + a, j + b]
    return total, (i_bar, k_bar)


def bundle(cameras, points, which, where, seen):
    """Reprojection error: each observation turns and shifts a point, and divides by its depth."""
    error = 0.0
    for k in range(len(which)):
        c, p = cameras[which[k]], points[where[k]]
        angle = np.sqrt(c[0] * c[0] + c[1] * c[1] + c[2] * c[2])
        cos, sin = np.cos(angle), np.sin(angle) / angle
        dot = (c[0] * p[0] + c[1] * p[1] + c[2] * p[2]) * (1.0 - cos) / (angle * angle)
        x = p[0] * cos + (c[1] * p[2] - c[2] * p[1]) * sin + c[0] * dot + c[3]
        y = p[1] * cos + (c[2] * p[0] - c[0] * p[2]) * sin + c[1] * dot + c[4]
        z = p[2] * cos + (c[0] * p[1] - c[1] * p[0]) * sin + c[2] * dot + c[5]
        u, v = x / z, y / z
        r2 = u * u + v * v
        scale = c[6] * (1.0 + c[7] * r2)
        error += (scale * u - seen[k, 0]) ** 2 + (scale * v - seen[k, 1]) ** 2
    return error


def gaussian_mixture(logits, means, scales, x):
    total = 0.0
    for i in range(len(x)):
        terms = np.empty(len(logits))
        for k in range(len(logits)):
            z = (x[i] - means[k]) * np.exp(-scales[k])
            terms[k] = logits[k] - np.sum(scales[k]) - 0.5 * np.sum(z * z)
        top = np.max(terms)
        total += top + np.log(np.sum(np.exp(terms - top)))
    return total - len(x) * np.log(np.sum(np.exp(logits)))


def escape(c_real, c_imag, limit):
    """Smoothed escape of z*z + c, as far as it goes."""
    total = 0.0
    for k in range(len(c_real)):
        x = y = 0.0
        n = 0
        while x * x + y * y < 4.0 and n < limit:
            x, y = x * x - y * y + c_real[k], 2.0 * x * y + c_imag[k]
            n += 1
        total += np.log(1.0 + x * x + y * y)
    return total


def lstm(w, u, b, x):
    """One layer over a sequence; gates side by side."""
    n = u.shape[0]
    h, c = np.zeros(n), np.zeros(n)
    for t in range(len(x)):
        z = x[t] @ w + h @ u + b
        i, f = 1.0 / (1.0 + np.exp(-z[:n])), 1.0 / (1.0 + np.exp(-z[n:2 * n]))
        o, g = 1.0 / (1.0 + np.exp(-z[2 * n:3 * n])), np.tanh(z[3 * n:])
        c = f * c + i * g
        h = o * np.tanh(c)
    return np.sum(h * h)


def two_layers(w1, b1, w2, b2, x):
    hidden = np.tanh(x @ w1 + b1)
    out = hidden @ w2 + b2
    return np.mean(out * out)


def logistic(w, b, x, y):
    z = x @ w + b
    return np.mean(np.log1p(np.exp(-np.abs(z))) + np.maximum(z, 0.0) - y * z)


def softmax_loss(z, labels):
    top = np.max(z, axis=1, keepdims=True)
    e = np.exp(z - top)
    return -np.sum(labels * (z - top - np.log(np.sum(e, axis=1, keepdims=True))))


def option_prices(spot, strike, years, rate, volatility):
    root = volatility * np.sqrt(years)
    d1 = (np.log(spot / strike) + (rate + 0.5 * volatility ** 2) * years) / root
    d2 = d1 - root
    n1 = 0.5 * (1.0 + np.tanh(0.797884560802865 * (d1 + 0.044715 * d1 ** 3)))
    n2 = 0.5 * (1.0 + np.tanh(0.797884560802865 * (d2 + 0.044715 * d2 ** 3)))
    return np.sum(spot * n1 - strike * np.exp(-rate * years) * n2)


def _lstm(n, r):
    return 0.3 * r.normal(size=(8, 4 * n)), 0.3 * r.normal(size=(n, 4 * n)), np.zeros(4 * n), r.normal(size=(50, 8))


def _bundle(n, r):
    cameras = np.column_stack([0.1 * r.normal(size=(5, 5)), 6.0 + np.zeros(5), 1.0 + np.zeros(5), 0.01 + np.zeros(5)])
    return cameras, r.normal(size=(n, 3)), r.integers(0, 5, 4 * n), r.integers(0, n, 4 * n), r.normal(size=(4 * n, 2))


def _sparse(n, r):
    starts = np.concatenate([[0], np.cumsum(r.integers(1, 9, n))])
    return r.normal(size=starts[-1]), r.normal(size=n), r.integers(0, n, starts[-1]), starts


def _layers(n, r):
    return (0.3 * r.normal(size=(n, n)), np.zeros(n), 0.3 * r.normal(size=(n, 4)), np.zeros(4), r.normal(size=(256, n)))


def _prices(n, r):
    return r.uniform(80, 120, n), r.uniform(80, 120, n), r.uniform(0.2, 2, n), 0.03, 0.25


KERNELS = (
    Kernel(lorenz, (0, 1), lambda n, r: (r.normal(size=3), 28.0, n), (100, 1_000)),
    Kernel(n_body, (0, 1, 2), lambda n, r: (r.normal(size=(n, 3)), r.normal(size=(n, 3)), r.uniform(1, 2, n), 5),
           (5, 25), adjoint=n_body_adjoint),
    Kernel(sparse_product, (0, 1), _sparse, (100, 3_000), adjoint=sparse_product_adjoint),
    Kernel(binned, (0, 1), lambda n, r: (r.normal(size=n), r.uniform(1, 2, 20), r.integers(0, 20, n)), (500, 10_000),
           adjoint=binned_adjoint),
    Kernel(convolution, (0, 1), lambda n, r: (r.normal(size=(n, n)), r.normal(size=(5, 5))), (16, 80),
           adjoint=convolution_adjoint),
    Kernel(bundle, (0, 1), _bundle, (20, 500)),
    Kernel(gaussian_mixture, (0, 1, 2), lambda n, r: (r.normal(size=5), r.normal(size=(5, 3)), 0.1 * r.normal(
        size=(5, 3)), r.normal(size=(n, 3))), (50, 1_000)),
    Kernel(escape, (0, 1), lambda n, r: (r.uniform(-1, 1, n), r.uniform(-1, 1, n), 50), (100, 1_000)),
    Kernel(lstm, (0, 1, 2), _lstm, (4, 32)),
    Kernel(two_layers, (0, 1, 2, 3), _layers, (16, 128), "array"),
    Kernel(logistic, (0, 1), lambda n, r: (r.normal(size=n), 0.1, r.normal(size=(2_000, n)), r.integers(
        0, 2, 2_000) * 1.0), (10, 100), "array"),
    Kernel(softmax_loss, (0,), lambda n, r: (r.normal(size=(n, 10)), np.eye(10)[r.integers(0, 10, n)]), (100, 10_000),
           "array"),
    Kernel(option_prices, (0, 1, 2, 3, 4), _prices, (1_000, 100_000), "array"),
)
