"""Stencils in time loops, and matrices worked on element by element or row by row."""
from __future__ import annotations

import math

import numpy as np

from .kernel import Kernel


def heat_rod(u0, k, steps):
    u = u0.copy()
    for _ in range(steps):
        u[1:-1] += k * (u[2:] - 2.0 * u[1:-1] + u[:-2])
    return 0.5 * np.dot(u, u)


def heat_rod_adjoint(u0, k, steps):
    n = len(u0)
    u, laps = u0.copy(), np.empty((steps, n))
    for s in range(steps):
        for i in range(1, n - 1):
            laps[s, i] = u[i + 1] - 2.0 * u[i] + u[i - 1]
        for i in range(1, n - 1):
            u[i] += k * laps[s, i]
    total = 0.0
    for i in range(n):
        total += u[i] * u[i]
    bar, k_bar, flow = u, 0.0, np.zeros(n)
    for s in range(steps - 1, -1, -1):
        for i in range(1, n - 1):
            flow[i] = k * bar[i]
            k_bar += laps[s, i] * bar[i]
        for i in range(1, n - 1):
            bar[i] += flow[i - 1] - 2.0 * flow[i] + flow[i + 1]
        bar[0] += flow[1]
        bar[n - 1] += flow[n - 2]
    return 0.5 * total, (bar, k_bar)


def burgers(u0, nu, steps):
    u = u0.copy()
    for _ in range(steps):
        u[1:-1] = u[1:-1] - 0.1 * u[1:-1] * (u[1:-1] - u[:-2]) + nu * (u[2:] - 2.0 * u[1:-1] + u[:-2])
    return np.sum(u * u)


def jacobi_2d(a0, steps):
    a = a0.copy()
    for _ in range(steps):
        a[1:-1, 1:-1] = 0.2 * (a[1:-1, 1:-1] + a[1:-1, :-2] + a[1:-1, 2:] + a[2:, 1:-1] + a[:-2, 1:-1])
    return np.sum(a * a)


def jacobi_2d_adjoint(a0, steps):
    n, m = a0.shape
    a, b = a0.copy(), a0.copy()
    for _ in range(steps):
        for i in range(1, n - 1):
            for j in range(1, m - 1):
                b[i, j] = 0.2 * (a[i, j] + a[i, j - 1] + a[i, j + 1] + a[i + 1, j] + a[i - 1, j])
        a, b = b, a
    total = 0.0
    for i in range(n):
        for j in range(m):
            total += a[i, j] * a[i, j]
    bar = 2.0 * a
    new = np.zeros((n, m))
    for _ in range(steps):
        for i in range(n):
            for j in range(m):
                new[i, j] = bar[i, j] if i == 0 or j == 0 or i == n - 1 or j == m - 1 else 0.0
        for i in range(1, n - 1):
            for j in range(1, m - 1):
                g = 0.2 * bar[i, j]
                new[i, j] += g
                new[i, j - 1] += g
                new[i, j + 1] += g
                new[i + 1, j] += g
                new[i - 1, j] += g
        bar, new = new, bar
    return total, (bar,)


def seidel_2d(a0, steps):
    a = a0.copy()
    n = len(a)
    for _ in range(steps):
        for i in range(1, n - 1):
            for j in range(1, n - 1):
                a[i, j] = (a[i - 1, j] + a[i, j - 1] + a[i, j] + a[i, j + 1] + a[i + 1, j]) / 5.0
    return np.sum(a * a)


def seidel_2d_adjoint(a0, steps):
    a = a0.copy()
    n = len(a)
    for _ in range(steps):
        for i in range(1, n - 1):
            for j in range(1, n - 1):
                a[i, j] = (a[i - 1, j] + a[i, j - 1] + a[i, j] + a[i, j + 1] + a[i + 1, j]) / 5.0
    total = 0.0
    for i in range(n):
        for j in range(n):
            total += a[i, j] * a[i, j]
    bar = 2.0 * a
    for _ in range(steps):
        for i in range(n - 2, 0, -1):
            for j in range(n - 2, 0, -1):
                g = bar[i, j] / 5.0
                bar[i, j] = g
                bar[i - 1, j] += g
                bar[i, j - 1] += g
                bar[i, j + 1] += g
                bar[i + 1, j] += g
    return total, (bar,)


def heat_3d(a0, steps):
    a = a0.copy()
    for _ in range(steps):
        c = a[1:-1, 1:-1, 1:-1]
        a[1:-1, 1:-1, 1:-1] = c + 0.1 * (a[2:, 1:-1, 1:-1] + a[:-2, 1:-1, 1:-1] + a[1:-1, 2:, 1:-1] + a[1:-1, :-2, 1:-1]
                                         + a[1:-1, 1:-1, 2:] + a[1:-1, 1:-1, :-2] - 6.0 * c)
    return np.sum(a * a)


def fdtd_2d(ex0, ey0, hz0, steps):
    ex, ey, hz = ex0.copy(), ey0.copy(), hz0.copy()
    for t in range(steps):
        ey[0, :] = 0.1 * t
        ey[1:, :] -= 0.5 * (hz[1:, :] - hz[:-1, :])
        ex[:, 1:] -= 0.5 * (hz[:, 1:] - hz[:, :-1])
        hz[:-1, :-1] -= 0.7 * (ex[:-1, 1:] - ex[:-1, :-1] + ey[1:, :-1] - ey[:-1, :-1])
    return np.sum(hz * hz)


def cholesky(a0):
    a = a0.copy()
    n = len(a)
    for j in range(n):
        for k in range(j):
            for i in range(j, n):
                a[i, j] -= a[i, k] * a[j, k]
        a[j, j] = np.sqrt(a[j, j])
        for i in range(j + 1, n):
            a[i, j] /= a[j, j]
    total = 0.0
    for j in range(n):
        total += np.log(a[j, j])
    return total


def cholesky_adjoint(a0):
    n = len(a0)
    a, total = a0.copy(), 0.0
    for j in range(n):
        for k in range(j):
            for i in range(j, n):
                a[i, j] -= a[i, k] * a[j, k]
        a[j, j] = math.sqrt(a[j, j])
        for i in range(j + 1, n):
            a[i, j] /= a[j, j]
        total += math.log(a[j, j])
    bar = np.zeros((n, n))
    for j in range(n):
        bar[j, j] = 1.0 / a[j, j]
    for j in range(n - 1, -1, -1):
        for i in range(n - 1, j, -1):
            bar[i, j] /= a[j, j]
            bar[j, j] -= bar[i, j] * a[i, j]
        bar[j, j] /= 2.0 * a[j, j]
        for k in range(j - 1, -1, -1):
            own = 0.0
            for i in range(j, n):
                bar[i, k] -= bar[i, j] * a[j, k]
                own -= bar[i, j] * a[i, k]
            bar[j, k] += own
    return total, (bar,)


def lu(a0, b0):
    a, b = a0.copy(), b0.copy()
    n = len(a)
    for k in range(n - 1):
        for i in range(k + 1, n):
            f = a[i, k] / a[k, k]
            a[i, k + 1:] -= f * a[k, k + 1:]
            b[i] -= f * b[k]
    for i in range(n - 1, -1, -1):
        b[i] = (b[i] - np.dot(a[i, i + 1:], b[i + 1:])) / a[i, i]
    return np.sum(b * b)


def gram_schmidt(a):
    q = a.copy()
    for k in range(a.shape[1]):
        for j in range(k):
            q[:, k] -= np.dot(q[:, j], q[:, k]) * q[:, j]
        q[:, k] /= np.sqrt(np.dot(q[:, k], q[:, k]))
    return np.sum(q[0] * q[1])


def shortest_paths(d0):
    d = d0.copy()
    for k in range(len(d)):
        d = np.minimum(d, d[:, k:k + 1] + d[k])
    return np.sum(d * d)


def product_loops(a, b):
    n, m, p = a.shape[0], a.shape[1], b.shape[1]
    c = np.zeros((n, p))
    for i in range(n):
        for k in range(m):
            for j in range(p):
                c[i, j] += a[i, k] * b[k, j]
    return np.sum(c * c)


def product_loops_adjoint(a, b):
    n, m, p = a.shape[0], a.shape[1], b.shape[1]
    c = np.zeros((n, p))
    for i in range(n):
        for k in range(m):
            for j in range(p):
                c[i, j] += a[i, k] * b[k, j]
    total = 0.0
    for i in range(n):
        for j in range(p):
            total += c[i, j] * c[i, j]
    a_bar, b_bar = np.zeros((n, m)), np.zeros((m, p))
    for i in range(n):
        for k in range(m):
            own = 0.0
            for j in range(p):
                g = 2.0 * c[i, j]
                own += g * b[k, j]
                b_bar[k, j] += g * a[i, k]
            a_bar[i, k] = own
    return total, (a_bar, b_bar)


def symmetric_update(a, alpha):
    n, m = a.shape
    c = np.zeros((n, n))
    for i in range(n):
        for k in range(m):
            c[i, :i + 1] += alpha * a[i, k] * a[:i + 1, k]
    return np.sum(c * c)


def atax(a, x):
    y = np.zeros(a.shape[1])
    for i in range(a.shape[0]):
        y += a[i] * np.dot(a[i], x)
    return np.sum(y * y)


def _square(n, rng):
    return rng.normal(size=(n, n))


KERNELS = (
    Kernel(heat_rod, (0, 1), lambda n, r: (r.normal(size=n), 0.2, 50), (100, 2_000), adjoint=heat_rod_adjoint),
    Kernel(burgers, (0, 1), lambda n, r: (r.uniform(0.0, 1.0, n), 0.1, 50), (100, 2_000)),
    Kernel(jacobi_2d, (0,), lambda n, r: (_square(n, r), 20), (20, 120), adjoint=jacobi_2d_adjoint),
    Kernel(seidel_2d, (0,), lambda n, r: (_square(n, r), 3), (15, 60), adjoint=seidel_2d_adjoint),
    Kernel(heat_3d, (0,), lambda n, r: (r.normal(size=(n, n, n)), 10), (8, 24)),
    Kernel(fdtd_2d, (0, 1, 2), lambda n, r: (_square(n, r), _square(n, r), _square(n, r), 20), (20, 100)),
    Kernel(cholesky, (0,), lambda n, r: ((lambda m: m @ m.T + n * np.eye(n))(_square(n, r)),), (10, 50),
           adjoint=cholesky_adjoint),
    Kernel(lu, (0, 1), lambda n, r: (_square(n, r) + 2 * n * np.eye(n), r.normal(size=n)), (10, 60)),
    Kernel(gram_schmidt, (0,), lambda n, r: (r.normal(size=(n + 5, n)),), (10, 50)),
    Kernel(shortest_paths, (0,), lambda n, r: (r.uniform(1, 9, (n, n)),), (15, 60)),
    Kernel(product_loops, (0, 1), lambda n, r: (_square(n, r), _square(n, r)), (12, 80), adjoint=product_loops_adjoint),
    Kernel(symmetric_update, (0, 1), lambda n, r: (_square(n, r), 1.3), (12, 60)),
    Kernel(atax, (0, 1), lambda n, r: (_square(n, r), r.normal(size=n)), (20, 200)),
)
