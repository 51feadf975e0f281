"""Waves, transport and flow on grids in time loops."""

import numpy as np

from tests.programs.corpus import program


def heat_with_source(u0, kappa, source):
    u = u0.copy()
    dx = 1.0 / (len(u) - 1)
    dt = 0.2 * dx ** 2
    for step in range(10):
        lap = (np.roll(u, 1) - 2 * u + np.roll(u, -1)) / dx ** 2
        u = u + dt * (kappa * lap + source * u * (1 - u))
        u[0] = u[-1] = 0.0
    return np.trapezoid(u ** 2, dx=dx)


program(heat_with_source, lambda r: (r.uniform(size=8), r.uniform(0.5, 1, size=8), 2.0), argnums=(0, 1, 2),
        analytic=True, tags="stencil roll constant-store chained-assignment trapezoid")


def wave_leapfrog(u0, c, steps):
    n = u0.size
    previous, current, following = u0.copy(), u0.copy(), np.zeros(n)
    for step in range(steps):
        following[1:-1] = (2 * current[1:-1] - previous[1:-1]
                           + c[1:-1] ** 2 * (current[2:] - 2 * current[1:-1] + current[:-2]))
        previous, current, following = current, following, previous
    return np.sum(current ** 2)


program(wave_leapfrog, lambda r: (r.normal(size=8), r.uniform(0.3, 0.7, size=8), 6), argnums=(0, 1),
        tags="stencil swap rotation-of-buffers slices")


def burgers_upwind(u, nu, dt, dx):
    for _ in range(6):
        un = u.copy()
        for i in range(1, len(u) - 1):
            if un[i] > 0:
                advection = un[i] * (un[i] - un[i - 1]) / dx
            else:
                advection = un[i] * (un[i + 1] - un[i]) / dx
            u[i] = un[i] - dt * advection + nu * dt / dx ** 2 * (un[i + 1] - 2 * un[i] + un[i - 1])
        u[0] = u[-2]
        u[-1] = u[1]
    return np.sum(u ** 2) * dx


program(burgers_upwind, lambda r: (np.sin(np.linspace(0.3, 6, 8)), 0.05, 0.02, 0.2), argnums=(0, 1, 2, 3),
        mutates=(0,), analytic=True, tags="stencil loops branch copy negative-index")


def shallow_water(h, u, g, dt, dx):
    """Lax-Friedrichs on a periodic channel; the conserved variables are stacked in one array."""
    q = np.stack([h, h * u])
    for _ in range(4):
        f = np.array([q[1], q[1] ** 2 / q[0] + 0.5 * g * q[0] ** 2])
        q_left, q_right = np.roll(q, 1, axis=1), np.roll(q, -1, axis=1)
        f_left, f_right = np.roll(f, 1, axis=1), np.roll(f, -1, axis=1)
        q = 0.5 * (q_left + q_right) - dt / (2 * dx) * (f_right - f_left)
    return np.sum(q[0] ** 2) + np.sum(q[1] ** 2 / q[0])


program(shallow_water, lambda r: (r.uniform(1, 2, size=6), 0.3 * r.normal(size=6), 9.81, 0.01, 0.2),
        argnums=(0, 1, 2, 3, 4), analytic=True, tags="stencil stack roll array-of-arrays")


def conv_stencil_by_offsets(image, kernel):
    """Sum of shifted copies: one slice for each kernel entry."""
    kh, kw = kernel.shape
    H, W = image.shape
    out = np.zeros((H - kh + 1, W - kw + 1))
    for di in range(kh):
        for dj in range(kw):
            out += kernel[di, dj] * image[di:H - kh + 1 + di, dj:W - kw + 1 + dj]
    return np.sum(np.maximum(out, 0) ** 2)


program(conv_stencil_by_offsets, lambda r: (r.normal(size=(5, 6)), r.normal(size=(2, 3))), argnums=(0, 1),
        tags="stencil slices in-place maximum")


def game_of_heat(grid, laps):
    """Padded neighbours through np.pad."""
    for _ in range(laps):
        padded = np.pad(grid, 1, mode="edge")
        grid = (padded[:-2, 1:-1] + padded[2:, 1:-1] + padded[1:-1, :-2] + padded[1:-1, 2:]) / 4
        grid += grid ** 2 / 10
    return grid.max() + grid.var()


program(game_of_heat, lambda r: (r.normal(size=(3, 4)), 3), tags="stencil pad max var")


def cavity_pressure(p, b, dx, dy):
    """Relaxation of a pressure equation, Neumann on three sides and zero on the fourth."""
    before = np.empty_like(p)
    weight = 0.5 / (dx * dx + dy * dy)
    for sweep in range(3):
        np.copyto(before, p)
        horizontal = before[1:-1, 2:] + before[1:-1, :-2]
        vertical = before[2:, 1:-1] + before[:-2, 1:-1]
        p[1:-1, 1:-1] = weight * (dy * dy * horizontal + dx * dx * vertical - (dx * dy) ** 2 * b[1:-1, 1:-1])
        p[:, -1], p[:, 0] = p[:, -2], p[:, 1]
        p[0] = p[1]
        p[-1] = 0
    return np.sum(p ** 2)


program(cavity_pressure, lambda r: (r.normal(size=(4, 5)), r.normal(size=(4, 5)), 0.5, 0.4),
        argnums=(0, 1, 2, 3),
        analytic=True, mutates=(0,), tags="stencil copyto constant-store boundary-copies")
