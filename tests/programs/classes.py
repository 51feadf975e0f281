"""Objects: layers, dataclasses, state changed by methods, properties, inheritance, operators."""

from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from tests.programs.corpus import program


class Dense:
    def __init__(self, W, b):
        self.W = W
        self.b = b

    def __call__(self, x):
        return np.tanh(x @ self.W + self.b)


class Sequential:
    def __init__(self, *layers):
        self.layers = list(layers)

    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


def network_of_objects(W1, b1, W2, b2, x):
    model = Sequential(Dense(W1, b1), Dense(W2, b2))
    return np.sum(model(x) ** 2)


program(network_of_objects, lambda r: (r.normal(size=(2, 3)), r.normal(size=3), r.normal(size=(3, 2)),
                                       r.normal(size=2), r.normal(size=(4, 2))), argnums=(0, 1, 2, 3, 4),
        analytic=True, tags="class __call__ attributes varargs")


@dataclass
class Body:
    position: np.ndarray
    velocity: np.ndarray
    mass: float

    @property
    def kinetic(self):
        return 0.5 * self.mass * np.sum(self.velocity ** 2)

    def drift(self, dt):
        self.position = self.position + dt * self.velocity

    def kick(self, force, dt):
        self.velocity += dt * force / self.mass


def leapfrog_of_two_bodies(x, v, m):
    a = Body(x[:2].copy(), v[:2].copy(), m[0])
    b = Body(x[2:].copy(), v[2:].copy(), m[1])
    for _ in range(4):
        separation = b.position - a.position
        force = a.mass * b.mass * separation / np.sum(separation ** 2) ** 1.5
        a.kick(force, 0.1)
        b.kick(-force, 0.1)
        for body in (a, b):
            body.drift(0.1)
    return a.kinetic + b.kinetic


program(leapfrog_of_two_bodies, lambda r: (np.array([0.0, 0.0, 1.0, 0.5]), 0.3 * r.normal(size=4),
                                           r.uniform(1, 2, size=2)), argnums=(0, 1, 2), analytic=True,
        tags="dataclass property method in-place attribute-store")


class Shape:
    def __init__(self, size):
        self.size = size

    def area(self):
        raise NotImplementedError

    def cost(self, rate):
        return rate * self.area() + self.size


class Square(Shape):
    def area(self):
        return self.size ** 2


class Ring(Square):
    def __init__(self, size, hole):
        super().__init__(size)
        self.hole = hole

    def area(self):
        return np.pi * (super().area() - self.hole ** 2)


def shapes_by_inheritance(p, rate):
    return sum(shape.cost(rate) for shape in (Square(p[0]), Ring(p[1], p[2])))


program(shapes_by_inheritance, lambda r: (r.uniform(1, 2, size=3), 0.7), argnums=(0, 1), analytic=True,
        tags="class inheritance super generator")


class Dual:
    """Numbers with a forward derivative: an algebra written by the user."""

    def __init__(self, value, slope=0.0):
        self.value, self.slope = value, slope

    def __add__(self, other):
        other = other if isinstance(other, Dual) else Dual(other)
        return Dual(self.value + other.value, self.slope + other.slope)

    __radd__ = __add__

    def __mul__(self, other):
        other = other if isinstance(other, Dual) else Dual(other)
        return Dual(self.value * other.value, self.slope * other.value + self.value * other.slope)

    __rmul__ = __mul__

    def sin(self):
        return Dual(np.sin(self.value), np.cos(self.value) * self.slope)


def derivative_by_dual_numbers(x, c):
    d = Dual(x, 1.0)
    y = c * d * d + (2 * d).sin() * d + 1.5
    return y.slope + y.value * 0.1


program(derivative_by_dual_numbers, lambda r: (0.7, 1.3), argnums=(0, 1), analytic=True,
        tags="class operators isinstance radd scalar")


class Vector2(NamedTuple):
    x: float
    y: float

    def __add__(self, other):
        return Vector2(self.x + other.x, self.y + other.y)

    def scaled(self, s):
        return Vector2(s * self.x, s * self.y)

    @property
    def length(self):
        return (self.x ** 2 + self.y ** 2) ** 0.5


def named_tuple_walk(start, turn):
    here = start
    step = Vector2(1.0, 0.5)
    path = 0.0
    for _ in range(4):
        here = here + step
        step = Vector2(np.cos(turn) * step.x - np.sin(turn) * step.y,
                       np.sin(turn) * step.x + np.cos(turn) * step.y)
        step = step.scaled(0.9)
        path += here.length
    return path


program(named_tuple_walk, lambda r: (Vector2(0.3, -0.2), 0.4), argnums=(0, 1), analytic=True,
        tags="namedtuple operators property scalar")


@dataclass(frozen=True)
class Parameters:
    weights: np.ndarray
    bias: float = 0.0
    penalty: float = 0.1


def ridge_on_dataclass(p, X, y):
    residual = X @ p.weights + p.bias - y
    smaller = replace(p, penalty=p.penalty / 2)
    return np.mean(residual ** 2) + smaller.penalty * np.sum(p.weights ** 2)


program(ridge_on_dataclass, lambda r: (Parameters(r.normal(size=3), 0.5, 0.2), r.normal(size=(5, 3)),
                                       r.normal(size=5)), analytic=True,
        tags="dataclass frozen replace argument-object")


@dataclass
class Tank:
    level: float
    history: list = field(default_factory=list)

    def fill(self, inflow, dt=0.5):
        self.level += dt * (inflow - 0.3 * np.sqrt(self.level))
        self.history.append(self.level)
        return self


def tank_with_history(inflows, level):
    tank = Tank(level)
    for inflow in inflows:
        tank.fill(inflow).fill(inflow / 2, dt=0.25)
    return sum(tank.history) * tank.history[-1]


program(tank_with_history, lambda r: (r.uniform(0.5, 1, size=3), 1.2), argnums=(0, 1), analytic=True,
        tags="dataclass default-factory method-chaining list-append attribute-store")


class Grid:
    def __init__(self, values):
        self.values = values

    def __getitem__(self, key):
        return self.values[key]

    def __setitem__(self, key, value):
        self.values[key] = value

    def __len__(self):
        return len(self.values)

    def interior(self):
        return self.values[1:-1]


def grid_with_item_access(u):
    grid = Grid(u * 1.0)
    for i in range(1, len(grid) - 1):
        grid[i] = 0.5 * (grid[i - 1] + grid[i + 1]) - grid[i] ** 2
    grid[0] = grid[-1]
    grid.interior()[:] *= 2.0
    return np.sum(grid[:3]) * grid[-2]


program(grid_with_item_access, lambda r: (r.normal(size=6),), analytic=True,
        tags="class __getitem__ __setitem__ __len__ view-write")
