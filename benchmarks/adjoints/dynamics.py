"""Things that move in time: integrators and explicit stencils, in place."""
from __future__ import annotations

import numpy as np

from benchmarks.adjoints.program import Program


def weather_rate(u, force):
    """Lorenz's 1996 model of a quantity on a circle of latitude."""
    return (np.roll(u, -1) - np.roll(u, 2)) * np.roll(u, 1) - u + force


def lorenz_runge_kutta(u0, force, dt, steps):
    """Energy after some classical Runge-Kutta steps."""
    u = u0
    for step in range(steps):
        k1 = weather_rate(u, force)
        k2 = weather_rate(u + 0.5 * dt * k1, force)
        k3 = weather_rate(u + 0.5 * dt * k2, force)
        k4 = weather_rate(u + dt * k3, force)
        u = u + dt / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
    return 0.5 * np.dot(u, u) / u.size


def weather_rate_kept(u, force, kept):
    """`weather_rate`, keeping the two factors of its product."""
    np.subtract(np.roll(u, -1), np.roll(u, 2), out=kept[0])
    kept[1] = np.roll(u, 1)
    return kept[0] * kept[1] - u + force


def weather_rate_pullback(kept, rate_bar):
    """Cotangent of `u` in `weather_rate`."""
    ahead_bar = rate_bar * kept[1]
    u_bar = np.roll(ahead_bar, 1)
    u_bar -= np.roll(ahead_bar, -2)
    u_bar += np.roll(rate_bar * kept[0], -1)
    u_bar -= rate_bar
    return u_bar


def lorenz_runge_kutta_adjoint(u0, force, dt, steps):
    kept = np.empty((steps, 4, 2, u0.size))
    u = u0
    for step in range(steps):
        k1 = weather_rate_kept(u, force, kept[step, 0])
        k2 = weather_rate_kept(u + 0.5 * dt * k1, force, kept[step, 1])
        k3 = weather_rate_kept(u + 0.5 * dt * k2, force, kept[step, 2])
        k4 = weather_rate_kept(u + dt * k3, force, kept[step, 3])
        u = u + dt / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
    value = 0.5 * np.dot(u, u) / u.size

    u_bar = u / u.size
    force_bar = np.zeros_like(force)
    for step in reversed(range(steps)):
        k4_bar = dt / 6.0 * u_bar
        v4_bar = weather_rate_pullback(kept[step, 3], k4_bar)
        k3_bar = dt / 3.0 * u_bar + dt * v4_bar
        v3_bar = weather_rate_pullback(kept[step, 2], k3_bar)
        k2_bar = dt / 3.0 * u_bar + 0.5 * dt * v3_bar
        v2_bar = weather_rate_pullback(kept[step, 1], k2_bar)
        k1_bar = dt / 6.0 * u_bar + 0.5 * dt * v2_bar
        u_bar += weather_rate_pullback(kept[step, 0], k1_bar)
        u_bar += v2_bar
        u_bar += v3_bar
        u_bar += v4_bar
        force_bar += k1_bar
        force_bar += k2_bar
        force_bar += k3_bar
        force_bar += k4_bar
    return value, (u_bar, force_bar)


def lorenz_arguments(size, rng):
    return rng.normal(size=size), 8.0 + rng.normal(size=size), 0.01, 20


def heat_rod(u0, k, steps):
    """Energy left in a rod after some explicit heat steps."""
    u = u0.copy()
    for step in range(steps):
        # interior only: the two ends are held
        lap = u[2:] - 2.0 * u[1:-1] + u[:-2]
        u[1:-1] += k * lap
    return 0.5 * np.dot(u, u)


def heat_rod_adjoint(u0, k, steps):
    laps = np.empty((steps, u0.size - 2))
    u = u0.copy()
    for step in range(steps):
        lap = laps[step]
        np.subtract(u[2:], 2.0 * u[1:-1], out=lap)
        lap += u[:-2]
        u[1:-1] += k * lap
    value = 0.5 * np.dot(u, u)

    u_bar = u
    k_bar = 0.0
    for step in reversed(range(steps)):
        inner_bar = u_bar[1:-1]
        k_bar += np.dot(laps[step], inner_bar)
        lap_bar = k * inner_bar
        u_bar[2:] += lap_bar
        inner_bar -= 2.0 * lap_bar
        u_bar[:-2] += lap_bar
    return value, (u_bar, k_bar)


def heat_arguments(size, rng):
    return rng.random(size), 0.2, 50


def jacobi_2d(a0, steps):
    """Repeated five-point averages between two buffers that swap."""
    a = a0.copy()
    b = a0.copy()
    for step in range(steps):
        b[1:-1, 1:-1] = 0.2 * (a[1:-1, 1:-1] + a[1:-1, :-2] + a[1:-1, 2:] + a[2:, 1:-1] + a[:-2, 1:-1])
        a, b = b, a
    return 0.5 * np.sum(a * a)


def jacobi_2d_adjoint(a0, steps):
    a = a0.copy()
    b = a0.copy()
    for step in range(steps):
        b[1:-1, 1:-1] = 0.2 * (a[1:-1, 1:-1] + a[1:-1, :-2] + a[1:-1, 2:] + a[2:, 1:-1] + a[:-2, 1:-1])
        a, b = b, a
    value = 0.5 * np.sum(a * a)

    a_bar = a
    b_bar = np.zeros_like(a)
    for step in range(steps):
        a_bar, b_bar = b_bar, a_bar
        flow = 0.2 * b_bar[1:-1, 1:-1]
        b_bar[1:-1, 1:-1] = 0.0
        a_bar[1:-1, 1:-1] += flow
        a_bar[1:-1, :-2] += flow
        a_bar[1:-1, 2:] += flow
        a_bar[2:, 1:-1] += flow
        a_bar[:-2, 1:-1] += flow
    a_bar += b_bar
    return value, (a_bar,)


def jacobi_arguments(size, rng):
    return rng.random((size, size)), 20


def burgers(u0, nu, steps):
    """A wave that steepens: nonlinear advection and diffusion, updated in place."""
    u = u0.copy()
    for step in range(steps):
        slope = 0.5 * (u[2:] - u[:-2])
        bend = u[2:] - 2.0 * u[1:-1] + u[:-2]
        u[1:-1] += nu * bend - 0.1 * u[1:-1] * slope
    return np.sum(u**2)


def burgers_adjoint(u0, nu, steps):
    states = np.empty((steps, u0.size))
    u = u0.copy()
    for step in range(steps):
        states[step] = u
        slope = 0.5 * (u[2:] - u[:-2])
        bend = u[2:] - 2.0 * u[1:-1] + u[:-2]
        u[1:-1] += nu * bend - 0.1 * u[1:-1] * slope
    value = np.sum(u**2)

    u_bar = 2.0 * u
    nu_bar = 0.0
    for step in reversed(range(steps)):
        v = states[step]
        inner_bar = u_bar[1:-1]
        nu_bar += np.dot(v[2:] - 2.0 * v[1:-1] + v[:-2], inner_bar)
        bend_bar = nu * inner_bar
        slope_bar = -0.05 * inner_bar * v[1:-1]
        inner_bar *= 1.0 - 0.05 * (v[2:] - v[:-2])
        inner_bar -= 2.0 * bend_bar
        u_bar[2:] += bend_bar + slope_bar
        u_bar[:-2] += bend_bar - slope_bar
    return value, (u_bar, nu_bar)


def burgers_arguments(size, rng):
    return np.sin(np.linspace(0.0, 6.0, size)) + 0.1 * rng.random(size), 0.1, 40


def n_body(position, velocity, mass, dt, steps):
    """Kinetic energy of bodies that attract each other, after some symplectic steps."""
    p = position
    v = velocity
    for step in range(steps):
        d = p[None, :, :] - p[:, None, :]
        r2 = np.sum(d * d, axis=2) + 0.01
        pull = mass * r2**-1.5
        v = v + dt * np.sum(d * pull[:, :, None], axis=1)
        p = p + dt * v
    return 0.5 * np.sum(mass[:, None] * v * v)


def n_body_adjoint(position, velocity, mass, dt, steps):
    positions = np.empty((steps, *position.shape))
    p = position
    v = velocity
    for step in range(steps):
        positions[step] = p
        d = p[None, :, :] - p[:, None, :]
        r2 = np.einsum("ijk,ijk->ij", d, d) + 0.01
        pull = mass * r2**-1.5
        v = v + dt * np.einsum("ijk,ij->ik", d, pull)
        p = p + dt * v
    value = 0.5 * np.sum(mass[:, None] * v * v)

    v_bar = mass[:, None] * v
    mass_bar = 0.5 * np.sum(v * v, axis=1)
    p_bar = np.zeros_like(position)
    for step in reversed(range(steps)):
        p = positions[step]
        d = p[None, :, :] - p[:, None, :]
        r2 = np.einsum("ijk,ijk->ij", d, d) + 0.01
        inverse_cube = r2**-1.5
        pull = mass * inverse_cube
        v_bar += dt * p_bar
        a_bar = dt * v_bar
        pull_bar = np.einsum("ijk,ik->ij", d, a_bar)
        mass_bar += np.einsum("ij,ij->j", pull_bar, inverse_cube)
        d_bar = a_bar[:, None, :] * pull[:, :, None]
        d_bar += d * (-3.0 * pull_bar * pull / r2)[:, :, None]
        p_bar += np.sum(d_bar, axis=0)
        p_bar -= np.sum(d_bar, axis=1)
    return value, (p_bar, v_bar, mass_bar)


def n_body_arguments(size, rng):
    return rng.normal(size=(size, 3)), 0.1 * rng.normal(size=(size, 3)), rng.random(size) + 0.5, 0.01, 10


PROGRAMS = (
    Program(lorenz_runge_kutta, lorenz_runge_kutta_adjoint, (0, 1), lorenz_arguments,
            (6, 100, 1000, 10000), True),
    Program(heat_rod, heat_rod_adjoint, (0, 1), heat_arguments, (9, 100, 1000, 10000), True),
    Program(jacobi_2d, jacobi_2d_adjoint, (0,), jacobi_arguments, (6, 30, 100, 400), True),
    Program(burgers, burgers_adjoint, (0, 1), burgers_arguments, (9, 100, 1000, 10000), True),
    Program(n_body, n_body_adjoint, (0, 1, 2), n_body_arguments, (4, 10, 40, 160), True),
)
