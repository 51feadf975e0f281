"""Small simulations and scripts: pendulums, finite volumes, splines, trees, a tape of its own, clustering."""

import bisect
import math
import operator
from collections import defaultdict, deque
from enum import Enum
from functools import reduce
from typing import NamedTuple, Optional

import numpy as np
from numpy import cos, sin, zeros

from tests.programs.corpus import program


def rk4(f, y0, t):
    y = zeros((len(t), len(y0)))
    y[0] = y0
    for i in range(len(t) - 1):
        h = t[i + 1] - t[i]
        k1 = f(y[i], t[i])
        k2 = f(y[i] + h * k1 / 2., t[i] + h / 2.)
        k3 = f(y[i] + h * k2 / 2., t[i] + h / 2.)
        k4 = f(y[i] + h * k3, t[i] + h)
        y[i + 1] = y[i] + h / 6. * (k1 + 2 * k2 + 2 * k3 + k4)
    return y


def double_pendulum(state):
    G, L1, L2, M1, M2 = 9.8, 1.0, 1.0, 1.0, 1.0

    def derivs(t, state):
        dydx = np.zeros_like(state)
        dydx[0] = state[1]
        delta = state[2] - state[0]
        den1 = (M1 + M2) * L1 - M2 * L1 * cos(delta) * cos(delta)
        dydx[1] = ((M2 * L1 * state[1] * state[1] * sin(delta) * cos(delta)
                    + M2 * G * sin(state[2]) * cos(delta)
                    + M2 * L2 * state[3] * state[3] * sin(delta)
                    - (M1 + M2) * G * sin(state[0])) / den1)
        dydx[2] = state[3]
        den2 = (L2 / L1) * den1
        dydx[3] = ((-M2 * L2 * state[3] * state[3] * sin(delta) * cos(delta)
                    + (M1 + M2) * G * sin(state[0]) * cos(delta)
                    - (M1 + M2) * L1 * state[1] * state[1] * sin(delta)
                    - (M1 + M2) * G * sin(state[2])) / den2)
        return dydx
    dt = 0.01
    t = np.arange(0, 0.05, dt)
    y = np.empty((len(t), 4))
    y[0] = state
    for i in range(1, len(t)):
        y[i] = y[i - 1] + derivs(t[i - 1], y[i - 1]) * dt
    x1 = L1 * sin(y[:, 0])
    y1 = -L1 * cos(y[:, 0])
    x2 = L2 * sin(y[:, 2]) + x1
    y2 = -L2 * cos(y[:, 2]) + y1
    return (x2 ** 2 + y2 * x1).sum()


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


def tridiag(a, b, c, d):
    """Numerical recipes"""
    n = len(b)
    u = [0] * n
    gam = [0] * n
    bet = b[0]
    u[0] = d[0] / bet
    for j in range(1, n):
        gam[j] = c[j - 1] / bet
        bet = b[j] - a[j] * gam[j]
        if bet == 0.0:
            raise ZeroDivisionError("tridiag failed")
        u[j] = (d[j] - a[j] * u[j - 1]) / bet
    for j in range(n - 2, -1, -1):
        u[j] -= gam[j + 1] * u[j + 1]
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
        u = tridiag(a, b, c, rhs)
    return sum(v * v for v in u)


program(crank_nicolson, lambda r: (r.normal(size=7), 1.2), argnums=(0, 1), analytic=False)


def natural_spline(x, y, xq):
    n = len(x) - 1
    h = [x[i + 1] - x[i] for i in range(n)]
    alpha = [0] * n
    for i in range(1, n):
        alpha[i] = 3 / h[i] * (y[i + 1] - y[i]) - 3 / h[i - 1] * (y[i] - y[i - 1])
    l, mu, z = [1] + [0] * n, [0] * (n + 1), [0] * (n + 1)
    for i in range(1, n):
        l[i] = 2 * (x[i + 1] - x[i - 1]) - h[i - 1] * mu[i - 1]
        mu[i] = h[i] / l[i]
        z[i] = (alpha[i] - h[i - 1] * z[i - 1]) / l[i]
    b, c, d = [None] * n, [0] * (n + 1), [None] * n
    for j in reversed(range(n)):
        c[j] = z[j] - mu[j] * c[j + 1]
        b[j] = (y[j + 1] - y[j]) / h[j] - h[j] * (c[j + 1] + 2 * c[j]) / 3
        d[j] = (c[j + 1] - c[j]) / (3 * h[j])
    k = min(max(bisect.bisect_right(list(x), xq) - 1, 0), n - 1)
    dx = xq - x[k]
    return y[k] + b[k] * dx + c[k] * dx ** 2 + d[k] * dx ** 3


def spline_textbook(y):
    x = [0.0, 1.0, 2.5, 3.0, 4.0]
    return natural_spline(x, y, 1.7) + natural_spline(x, y, 3.3) ** 2


program(spline_textbook, lambda r: (r.normal(size=5),))


class Node:
    def __init__(self, value, left=None, right=None):
        self.value = value
        self.left = left
        self.right = right

    def insert(self, v):
        if v < self.value:
            if self.left is None:
                self.left = Node(v)
            else:
                self.left.insert(v)
        else:
            if self.right is None:
                self.right = Node(v)
            else:
                self.right.insert(v)


def depth_weighted(node, depth=1):
    if node is None:
        return 0.0
    return node.value ** 2 * depth + depth_weighted(node.left, depth + 1) + depth_weighted(node.right, depth + 1)


def expression_tree(x):
    tree = Node(x[0], Node(x[1], Node(x[2]), None), Node(x[3] * x[0]))
    return depth_weighted(tree)


program(expression_tree, lambda r: (r.normal(size=4),), analytic=True)


def topological(x):
    ops = {'a': ('input', 0), 'b': ('input', 1), 'c': ('mul', 'a', 'b'), 'd': ('sin', 'c'), 'e': ('add', 'd', 'a')}
    values = {}
    for name, (op, *args) in ops.items():
        if op == 'input':
            values[name] = x[args[0]]
        elif op == 'mul':
            values[name] = reduce(operator.mul, (values[a] for a in args))
        elif op == 'add':
            values[name] = sum(values[a] for a in args)
        else:
            values[name] = getattr(math, op)(values[args[0]])
    return values['e'] ** 2


program(topological, lambda r: (r.normal(size=2),))


class Value:
    """micrograd"""
    def __init__(self, data, _children=(), _op=''):
        self.data = data
        self.grad = 0
        self._backward = lambda: None
        self._prev = set(_children)
        self._op = _op

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data + other.data, (self, other), '+')

        def _backward():
            self.grad += out.grad
            other.grad += out.grad
        out._backward = _backward
        return out

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data * other.data, (self, other), '*')

        def _backward():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad
        out._backward = _backward
        return out

    def relu(self):
        out = Value(0 if self.data < 0 else self.data, (self,), 'ReLU')

        def _backward():
            self.grad += (out.data > 0) * out.grad
        out._backward = _backward
        return out

    def backward(self):
        topo = []
        visited = set()

        def build_topo(v):
            if v not in visited:
                visited.add(v)
                for child in v._prev:
                    build_topo(child)
                topo.append(v)
        build_topo(self)
        self.grad = 1
        for v in reversed(topo):
            v._backward()


def micrograd_second(x):
    a = Value(x[0])
    b = Value(x[1])
    c = a * b + a
    d = (c * c + b).relu()
    d.backward()
    return a.grad * 2 + b.grad ** 2 + d.data


program(micrograd_second, lambda r: (r.uniform(1, 2, size=2),))


def dual_numbers(x):
    class Dual:
        def __init__(self, re, eps=0.0):
            self.re, self.eps = re, eps

        def __add__(self, o):
            o = o if isinstance(o, Dual) else Dual(o)
            return Dual(self.re + o.re, self.eps + o.eps)
        __radd__ = __add__

        def __mul__(self, o):
            o = o if isinstance(o, Dual) else Dual(o)
            return Dual(self.re * o.re, self.re * o.eps + self.eps * o.re)
        __rmul__ = __mul__

        def __pow__(self, n):
            out = 1
            for _ in range(n):
                out = out * self
            return out
    f = lambda t: 3 * t ** 3 + t * 2 + 1
    return f(Dual(x, 1.0)).eps * f(Dual(x, 1.0)).re


program(dual_numbers, lambda r: (0.7,))


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
