"""Small simulations and scripts: pendulums, finite volumes, splines, clustering, descent."""

import bisect
import math
from collections import defaultdict, deque
from enum import Enum
from typing import NamedTuple, Optional

import numpy as np
from numpy import cos, sin

from tests.programs.corpus import program


def double_pendulum(state):
    """Two equal rods: the accelerations solve a two-by-two system, by Cramer's rule."""
    gravity, rate = 9.8, 0.01

    def slope(angles_and_rates):
        a, da, b, db = angles_and_rates
        out = np.zeros_like(angles_and_rates)
        coupling, lag = cos(a - b), sin(a - b)
        pull = -lag * db * db - 2 * gravity * sin(a), lag * da * da - gravity * sin(b)
        determinant = 2 - coupling ** 2
        out[0], out[2] = da, db
        out[1] = (pull[0] - coupling * pull[1]) / determinant
        out[3] = (2 * pull[1] - coupling * pull[0]) / determinant
        return out
    path = np.empty((5, 4))
    path[0] = state
    for step in range(1, len(path)):
        path[step] = path[step - 1] + rate * slope(path[step - 1])
    across = sin(path[:, 0]) + sin(path[:, 2])
    down = cos(path[:, 0]) + cos(path[:, 2])
    return (across ** 2 - down * sin(path[:, 0])).sum()


program(double_pendulum, lambda r: (r.normal(size=4),))


class Boundary(Enum):
    DIRICHLET = 0
    NEUMANN = 1
    PERIODIC = 2


class Grid1D:
    def __init__(self, n, bc=Boundary.DIRICHLET):
        self.n = n
        self.bc = bc
        self.u = np.zeros(n + 2)
        self.t = 0.0

    def fill_ghosts(self):
        if self.bc is Boundary.DIRICHLET:
            self.u[0] = -self.u[1]
            self.u[-1] = -self.u[-2]
        elif self.bc is Boundary.NEUMANN:
            self.u[0] = self.u[1]
            self.u[-1] = self.u[-2]
        else:
            self.u[0], self.u[-1] = self.u[-2], self.u[1]

    def advance(self, dt, nu):
        self.fill_ghosts()
        flux = self.u[:-1] ** 2 / 2 - nu * np.diff(self.u)
        self.u[1:-1] -= dt * np.diff(flux)
        self.t += dt


def finite_volume(u0, nu):
    total = 0.0
    for bc in Boundary:
        g = Grid1D(len(u0), bc=bc)
        g.u[1:-1] = u0
        while g.t < 0.35:
            g.advance(0.1, nu)
        total += np.sum(g.u[1:-1] ** 2) * (bc.value + 1)
    return total


program(finite_volume, lambda r: (r.normal(size=6), 0.3), argnums=(0, 1))


def swept(lower, diagonal, upper, right):
    """A tridiagonal system, solved by one sweep down and one sweep up."""
    ratios, u = [], []
    for i, (low, d, up, r) in enumerate(zip(lower, diagonal, upper, right)):
        pivot = d - low * ratios[-1] if i else d
        if pivot == 0.0:
            raise ZeroDivisionError(f"the pivot of row {i} is zero")
        u.append((r - low * u[-1]) / pivot if i else r / pivot)
        ratios.append(up / pivot)
    for i in range(len(u) - 2, -1, -1):
        u[i] -= ratios[i] * u[i + 1]
    return u


def crank_nicolson(u0, alpha):
    u = list(u0)
    n = len(u)
    r = alpha * 0.1 / 2
    for _ in range(3):
        rhs = [u[0]] + [r * u[i - 1] + (1 - 2 * r) * u[i] + r * u[i + 1] for i in range(1, n - 1)] + [u[-1]]
        a = [0.0] + [-r] * (n - 2) + [0.0]
        b = [1.0] + [1 + 2 * r] * (n - 2) + [1.0]
        c = [0.0] + [-r] * (n - 2) + [0.0]
        u = swept(a, b, c, rhs)
    return sum(v * v for v in u)


program(crank_nicolson, lambda r: (r.normal(size=7), 1.2), argnums=(0, 1), analytic=False)


def curve_through(knots, heights, at):
    """A natural cubic spline: curvatures from a tridiagonal system, then one cubic between two knots."""
    n = len(knots) - 1
    gaps = [after - before for before, after in zip(knots, knots[1:])]
    slopes = [None] * n
    for i in range(n):
        slopes[i] = (heights[i + 1] - heights[i]) / gaps[i]
    inner = range(1, n)
    bends = [0] + swept([gaps[i - 1] for i in inner], [2 * (gaps[i - 1] + gaps[i]) for i in inner],
                        [gaps[i] for i in inner], [6 * (slopes[i] - slopes[i - 1]) for i in inner]) + [0]
    k = min(max(bisect.bisect_right(knots, at) - 1, 0), n - 1)
    t, h = at - knots[k], gaps[k]
    tilt = slopes[k] - h * (2 * bends[k] + bends[k + 1]) / 6
    return heights[k] + t * (tilt + t * (bends[k] / 2 + t * (bends[k + 1] - bends[k]) / (6 * h)))


def spline_textbook(y):
    x = [0.0, 1.0, 2.5, 3.0, 4.0]
    return curve_through(x, y, 1.7) + curve_through(x, y, 3.3) ** 2


program(spline_textbook, lambda r: (r.normal(size=5),))


def kmeans(X):
    centers = X[:2].copy()
    for it in range(10):
        d = ((X[:, None, :] - centers[None]) ** 2).sum(-1)
        labels = d.argmin(axis=1)
        new = np.array([X[labels == k].mean(axis=0) if np.any(labels == k) else centers[k] for k in range(2)])
        if np.allclose(new, centers):
            break
        centers = new
    inertia = 0
    for k, c in enumerate(centers):
        inertia += ((X[labels == k] - c) ** 2).sum()
    return inertia


program(kmeans, lambda r: (np.concatenate([r.normal(size=(4, 2)), r.normal(size=(3, 2)) + 4]),))


def perceptron(X, w0):
    y = np.array([1, -1, 1, -1, 1])
    w = w0.copy()
    errors = []
    for epoch in range(3):
        count = 0
        for xi, target in zip(X, y):
            update = 0.1 * (target - np.tanh(np.dot(xi, w[1:]) + w[0]))
            w[1:] += update * xi
            w[0] += update
            count += int(update != 0.0)
        errors.append(count)
    return w @ w + errors[-1]


program(perceptron, lambda r: (r.normal(size=(5, 2)), r.normal(size=3)), argnums=(0, 1), analytic=False)


class Config(NamedTuple):
    lr: float = 0.1
    momentum: float = 0.9
    nesterov: bool = False
    schedule: Optional[str] = None


def optimiser(x0, cfg=Config()):
    state = dict(v=np.zeros_like(x0), t=0)
    x = x0

    def grad(p):
        return np.array([4 * p[0] ** 3, 2 * p[1]])

    for cfg in (cfg, cfg._replace(nesterov=True), Config(schedule='cos')):
        for _ in range(2):
            state['t'] += 1
            lr = cfg.lr
            if cfg.schedule == 'cos':
                lr *= 0.5 * (1 + math.cos(math.pi * state['t'] / 10))
            look = x + cfg.momentum * state['v'] if cfg.nesterov else x
            state['v'] = cfg.momentum * state['v'] - lr * grad(look)
            x = x + state['v']
    return float(x @ x)


program(optimiser, lambda r: (0.5 * r.normal(size=2),))


def moving_average(x):
    window = deque(maxlen=3)
    out = []
    for v in x:
        window.append(v)
        if len(window) == window.maxlen:
            out.append(sum(window) / len(window))
    return sum(o ** 2 for o in out)


program(moving_average, lambda r: (r.normal(size=6),), analytic=True)


def histogram_dict(x):
    groups = defaultdict(list)
    for v in x:
        groups[int(math.floor(v))].append(v)
    out = 0.0
    for key, vals in sorted(groups.items()):
        m = sum(vals) / len(vals)
        out += key * m + max(vals)
    return out


program(histogram_dict, lambda r: (r.normal(size=8) * 2,))


def string_formulas(x):
    lines = []
    total = 0
    for i, v in enumerate(x):
        lines.append(f"{i:3d} {v:8.3f}")
        total += v ** i
    text = "\n".join(lines)
    assert len(text.splitlines()) == len(x)
    return total


program(string_formulas, lambda r: (r.uniform(1, 2, size=4),))
