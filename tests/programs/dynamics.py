"""Ordinary differential equations and mechanics."""

import math

import numpy as np

from tests.programs.corpus import program


def lotka_volterra_euler(p, x0, y0, dt, steps):
    x, y = x0, y0
    for _ in range(steps):
        x, y = x + dt * (p[0] * x - p[1] * x * y), y + dt * (p[2] * x * y - p[3] * y)
    return x + 2 * y


program(lotka_volterra_euler, lambda r: (np.array([1.1, 0.4, 0.1, 0.4]), 10.0, 5.0, 0.01, 10),
        argnums=(0, 1, 2, 3),
        analytic=True, tags="ode tuple-assignment scalar loops")


def rk4(f, y, t, h):
    k1 = f(t, y)
    k2 = f(t + h / 2, y + h / 2 * k1)
    k3 = f(t + h / 2, y + h / 2 * k2)
    k4 = f(t + h, y + h * k3)
    return y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


def lorenz(y0, sigma, rho, beta):
    def rhs(t, y):
        return np.array([sigma * (y[1] - y[0]), y[0] * (rho - y[2]) - y[1], y[0] * y[1] - beta * y[2]])
    y = y0
    for n in range(5):
        y = rk4(rhs, y, n * 0.02, 0.02)
    return np.sum(y ** 2) / 100


program(lorenz, lambda r: (np.array([1.0, 2.0, 20.0]), 10.0, 28.0, 8 / 3), argnums=(0, 1, 2, 3),
        analytic=True,
        tags="ode closure function-argument array-of-scalars")


def pendulum_leapfrog(theta, omega, length):
    g = 9.81
    dt = 0.05
    omega -= 0.5 * dt * g / length * math.sin(theta)
    for _ in range(6):
        theta += dt * omega
        omega -= dt * g / length * math.sin(theta)
    omega += 0.5 * dt * g / length * math.sin(theta)
    return 0.5 * (length * omega) ** 2 - g * length * math.cos(theta)


program(pendulum_leapfrog, lambda r: (0.7, 0.1, 1.4), argnums=(0, 1, 2), tags="ode math scalar in-place")


def adaptive_heun(y, decay, t_end):
    """The step follows the error estimate; accepted and rejected steps."""
    t, h = 0.0, 0.5
    accepted = 0
    while t < t_end:
        if t + h > t_end:
            h = t_end - t
        k1 = -decay * y + np.sin(t)
        k2 = -decay * (y + h * k1) + np.sin(t + h)
        error = abs(h / 2 * (k2 - k1))
        if error < 1e-2:
            y = y + h / 2 * (k1 + k2)
            t = t + h
            accepted += 1
        h = h * min(2.0, max(0.3, 0.9 * (1e-2 / (error + 1e-12)) ** 0.5))
        if accepted > 100:
            raise RuntimeError("too many steps")
    return y


program(adaptive_heun, lambda r: (1.5, 1.2, 2.0), argnums=(0, 1, 2),
        tags="ode while adaptive branch min max raise")


def implicit_euler_newton(y, stiffness, steps):
    h = 0.1
    for _ in range(steps):
        z = y
        for _ in range(20):
            residual = z - y + h * stiffness * (z ** 3 - 1)
            dz = residual / (1 + 3 * h * stiffness * z ** 2)
            z = z - dz
            if abs(dz) < 1e-14:
                break
        y = z
    return y


program(implicit_euler_newton, lambda r: (2.0, 5.0, 4), argnums=(0, 1), analytic=True,
        tags="ode newton nested-loops break scalar")


def nbody_energy(pos, vel, mass, steps):
    """All pairs with broadcasting, kick-drift-kick."""
    def acceleration(pos):
        dx = pos[None, :, :] - pos[:, None, :]
        inv = (np.sum(dx ** 2, axis=-1) + 0.1) ** -1.5
        return np.sum(dx * (inv * mass)[:, :, None], axis=1)
    acc = acceleration(pos)
    for _ in range(steps):
        vel = vel + 0.05 * acc
        pos = pos + 0.1 * vel
        acc = acceleration(pos)
        vel = vel + 0.05 * acc
    return 0.5 * np.sum(mass[:, None] * vel ** 2)


program(nbody_energy, lambda r: (r.normal(size=(3, 3)), r.normal(size=(3, 3)), r.uniform(1, 2, size=3), 3),
        argnums=(0, 1, 2), analytic=True, tags="newaxis broadcasting closure sum-axes")


def nbody_loops(bodies, steps):
    """Bodies as lists [position, velocity, mass], changed in place pair by pair."""
    for _ in range(steps):
        for i in range(len(bodies)):
            for j in range(i + 1, len(bodies)):
                a, b = bodies[i], bodies[j]
                d = a[0] - b[0]
                magnitude = 0.05 / (d @ d) ** 1.5
                a[1] -= d * b[2] * magnitude
                b[1] += d * a[2] * magnitude
        for body in bodies:
            body[0] = body[0] + 0.05 * body[1]
    return sum(body[2] * np.sum(body[1] ** 2) for body in bodies)


program(nbody_loops, lambda r: ([[r.normal(size=2), r.normal(size=2), r.uniform(1, 2)] for _ in range(3)], 2),
        analytic=True, mutates=(0,), tags="nested-lists arrays-in-list list-store in-place loops")


def lennard_jones(positions, epsilon, sigma):
    n = len(positions)
    energy = 0.0
    for i in range(n - 1):
        for j in range(i + 1, n):
            r2 = 0.0
            for d in range(3):
                r2 += (positions[i, d] - positions[j, d]) ** 2
            if r2 < 9.0:
                s6 = (sigma * sigma / r2) ** 3
                energy += 4 * epsilon * (s6 * s6 - s6)
    return energy


program(lennard_jones, lambda r: (1.5 * np.array([[i, j, 0.3 * i * j] for i in range(2) for j in range(2)])
                                  + 0.1 * r.normal(size=(4, 3)), 0.9, 1.1), argnums=(0, 1, 2), analytic=True,
        tags="loops branch scalar-indexing")


def spring_network(x, stiffness, edges, rest):
    forces = np.zeros_like(x)
    energy = 0.0
    for (i, j), k in zip(edges, stiffness):
        d = x[j] - x[i]
        length = np.linalg.norm(d)
        f = k * (length - rest) * d / length
        forces[i] += f
        forces[j] -= f
        energy += 0.5 * k * (length - rest) ** 2
    return energy + 0.1 * np.sum(forces ** 2)


program(spring_network, lambda r: (r.normal(size=(4, 2)), r.uniform(1, 2, size=4), [(0, 1), (1, 2), (2, 3),
                (3, 0)], 0.8),
        argnums=(0, 1), tags="scatter zip norm nested-unpacking list-of-tuples")


def ising_mean_field(J, h, beta):
    m = np.full(h.shape, 0.1)
    for _ in range(30):
        m = np.tanh(beta * (J @ m + h))
    return -0.5 * m @ J @ m - h @ m


program(ising_mean_field, lambda r: (0.2 * r.normal(size=(4, 4)), r.normal(size=4), 0.8), argnums=(0, 1, 2),
        analytic=True, tags="fixed-point full matmul")


def cloth_in_place(p, q, k):
    """Symplectic Euler on a chain, with temporaries written by out=."""
    stretch = np.zeros(len(p) - 1)
    force = np.zeros_like(p)
    for _ in range(5):
        np.subtract(p[1:], p[:-1], out=stretch)
        stretch -= 1.0
        force[:] = 0.0
        force[:-1] += k * stretch
        force[1:] -= k * stretch
        q += 0.1 * force
        p += 0.1 * q
        p[0] = 0.0
    return np.sum(p ** 2) + 0.5 * np.sum(q ** 2)


program(cloth_in_place, lambda r: (np.arange(5) + 0.1 * r.normal(size=5), r.normal(size=5), 1.3),
        argnums=(0, 1, 2),
        mutates=(0, 1), tags="out-argument in-place constant-store buffer-reuse")


def projectile_until_ground(angle, speed, drag):
    x, y = 0.0, 1.0
    vx, vy = speed * np.cos(angle), speed * np.sin(angle)
    dt = 0.05
    while y > 0:
        x_old, y_old = x, y
        v = np.sqrt(vx * vx + vy * vy)
        vx -= dt * drag * v * vx
        vy -= dt * (9.81 + drag * v * vy)
        x += dt * vx
        y += dt * vy
    fraction = y_old / (y_old - y)
    return x_old + fraction * (x - x_old)


program(projectile_until_ground, lambda r: (0.8, 6.0, 0.05), argnums=(0, 1, 2), analytic=True,
        tags="ode while event scalar defined-in-loop")


def double_pendulum(state):
    t1, t2, w1, w2 = state
    for _ in range(4):
        d = t1 - t2
        den = 2 - math.cos(d) ** 2
        pull = math.sin(d) * (w2 ** 2 + math.cos(d) * w1 ** 2)
        a1 = (-2 * math.sin(t1) + math.sin(t2) * math.cos(d) - pull) / den
        a2 = (-2 * math.sin(t2) + 2 * math.cos(d) * math.sin(t1) + 2 * math.sin(d) * w1 ** 2) / den
        w1, w2 = w1 + 0.05 * a1, w2 + 0.05 * a2
        t1, t2 = t1 + 0.05 * w1, t2 + 0.05 * w2
    return t1 * w2 + t2 * w1


program(double_pendulum, lambda r: (r.normal(size=4),), tags="ode tuple-unpacking-of-array math scalar")


def reaction_diffusion(u, v, feed, kill):
    for _ in range(4):
        lap_u = -u.copy()
        lap_v = -v.copy()
        for axis in (0, 1):
            for shift in (-1, 1):
                lap_u += 0.25 * np.roll(u, shift, axis=axis)
                lap_v += 0.25 * np.roll(v, shift, axis)
        reaction = u * v ** 2
        u = u + 0.8 * lap_u - reaction + feed * (1 - u)
        v += 0.4 * lap_v + reaction - (feed + kill) * v
    return np.sum(v) + np.mean(u * u)


program(reaction_diffusion, lambda r: (r.uniform(size=(3, 4)), r.uniform(size=(3, 4)), 0.05, 0.06),
        argnums=(0, 1, 2, 3), analytic=True, mutates=(1,), tags="roll in-place tuple-iteration axis-variable")


def rigid_rotation(quaternion, omega):
    """Quaternion integration and the rotation of a vector, cross products by hand and by np.cross."""
    def hamilton(p, q):
        return np.concatenate(([p[0] * q[0] - p[1:] @ q[1:]],
                               p[0] * q[1:] + q[0] * p[1:] + np.cross(p[1:], q[1:])))
    q = quaternion / np.linalg.norm(quaternion)
    for _ in range(3):
        q = q + 0.1 * hamilton(q, np.concatenate([[0.0], omega])) / 2
        q /= np.sqrt(np.dot(q, q))
    v = np.array([1.0, 2.0, 3.0])
    t = 2 * np.cross(q[1:], v)
    return (v + q[0] * t + np.cross(q[1:], t)) @ np.array([1.0, -1.0, 0.5])


program(rigid_rotation, lambda r: (r.normal(size=4), r.normal(size=3)), argnums=(0, 1),
        tags="cross concatenate closure norm in-place")
