"""Classes defined inside the program, and what classes and the standard library say about themselves."""

import collections
import contextlib
import enum
import functools
import operator
from dataclasses import dataclass

import numpy as np

from tests.programs.corpus import program


def layers_of_a_class_inside(x):
    class Layer:
        gain = 2.0

        def __init__(self, w, *, shift=0.5):
            self.w, self.shift = w, shift

        def __call__(self, v):
            return np.tanh(self.gain * self.w * v) + self.bias(v)

        @staticmethod
        def scaled(v):
            return 0.1 * v

        @property
        def half(self):
            return self.w / 2

        @half.setter
        def half(self, value):
            self.w = 2 * value

        def bias(self, v):
            return self.shift * self.scaled(v) * x[2]

    layers = [Layer(x[0]), Layer(x[1], shift=1.5)]
    layers[0].half = layers[1].half * 3.0
    v = x[2]
    for layer in layers:
        v = layer(v)
    return v


program(layers_of_a_class_inside, lambda r: (r.normal(size=3),), analytic=True, tags="class-in-function property")


def dataclass_inside(x):
    @dataclass
    class State:
        position: float
        velocity: float = 0.5

        def step(self, dt):
            self.velocity -= dt * np.sin(self.position)
            self.position += dt * self.velocity

    state = State(x[0], x[1])
    for _ in range(5):
        state.step(0.1)
    return state.position * state.velocity + State(x[1]).velocity * x[0]


program(dataclass_inside, lambda r: (r.normal(size=2),), analytic=True, tags="class-in-function dataclass")


def named_tuples_inside(x):
    Point = collections.namedtuple("Point", ["a", "b"])
    Triple = collections.namedtuple("Triple", "u v w")
    p = Point(x[0], x[1])
    t = Triple(u=p.a, v=p.b ** 2, w=1.0)._replace(w=p.a * p.b)
    fields = t._asdict()
    return p.a * t.w + p.b * fields["u"] + sum(t) * Point._make([x[1], x[0]]).a


program(named_tuples_inside, lambda r: (r.normal(size=2),), analytic=True, tags="namedtuple _asdict _make")


class Kind(enum.Enum):
    TANH = 1
    RELU = 2
    LOGISTIC = "logistic"


def activate(x, kind):
    if kind is Kind.TANH:
        return np.tanh(x)
    if kind == Kind.RELU:
        return np.maximum(x, 0)
    return 1 / (1 + np.exp(-x))


def enumerations(x, kind):
    return np.sum(sum(activate(x, k) for k in Kind) * Kind.RELU.value) + np.sum(activate(x ** 2, kind) * len(Kind))


program(enumerations, lambda r: (r.normal(size=3), Kind.LOGISTIC), tags="enum argument")


@dataclass(order=True)
class Score:
    value: float
    weight: float = 1.0


class Money:
    def __init__(self, amount):
        self.amount = amount

    def __eq__(self, other):
        return self.amount == other.amount

    def __lt__(self, other):
        return self.amount < other.amount

    def __abs__(self):
        return abs(self.amount)

    def __float__(self):
        return float(self.amount)

    def __contains__(self, limit):
        return limit < self.amount


def comparisons_of_objects(x):
    a, b = Money(x[0]), Money(x[1])
    total = abs(a) + 2.0 * float(b)
    if a < b and not a == b and a != b:
        total += x[0] ** 2
    if b > a:
        total += x[1] ** 3
    if -100.0 in a:
        total *= 2.0
    best = max(Score(x[0]), Score(x[1]), Score(x[0], 2.0))
    return total + best.value * best.weight


program(comparisons_of_objects, lambda r: (np.array([0.4, 0.9]),), tags="operators dataclass-order")


@contextlib.contextmanager
def scaled(v, by=2.0):
    yield v * by


def contexts_by_generators(x):
    events = []

    @contextlib.contextmanager
    def recorded(value):
        events.append(value)
        try:
            yield value ** 2
        finally:
            events.append(2 * value)

    with scaled(x) as y, recorded(x[0]) as z:
        total = np.sum(y ** 2) * z
    with recorded(total):
        total = total + 1.0
    return total + sum(events)


program(contexts_by_generators, lambda r: (r.normal(size=2),), analytic=True, tags="contextmanager with")


@functools.singledispatch
def energy(part):
    return part ** 2


@energy.register
def _(part: list):
    return sum(energy(v) for v in part)


@energy.register(dict)
def _(part):
    return sum(energy(v) for v in part.values())


@energy.register
def _(part: Score):
    return 3.0 * part.value


def dispatched_on_classes(x):
    return energy([x[0], {"a": x[1], "b": x[0] * x[1]}, Score(x[1])])


program(dispatched_on_classes, lambda r: (r.normal(size=2),), analytic=True, tags="singledispatch recursion")


def operators_by_name(x):
    table = {"+": operator.add, "*": operator.mul, "-": operator.sub, "/": operator.truediv, "^": operator.pow}
    y = x[0]
    for symbol, v in [("+", 1.5), ("*", x[1]), ("-", x[2]), ("/", 2.0), ("^", 2)]:
        y = table[symbol](y, v)
    a, b = operator.itemgetter(0, 2)(x)
    y += operator.iadd(a, b) * operator.getitem(operator.attrgetter("T")(x), 1)
    y += operator.neg(operator.itemgetter(1)(x))
    total = operator.methodcaller("sum")(x) + functools.reduce(operator.mul, x)
    return y * total if operator.lt(a, 1e3) and operator.not_(False) else total


program(operators_by_name, lambda r: (r.normal(size=3),), tags="operator-module")


def sets_of_what_is_known(x):
    seen, total = set(), 0.0
    for k in [2, 0, 2, 1, 0]:
        if k not in seen:
            seen.add(k)
            total += x[k] * len(seen)
    both = {0, 1} | {1, 2}
    return total + sum(x[k] ** 2 for k in both - {1}) + len({k % 2 for k in range(3)}) * x[0]


program(sets_of_what_is_known, lambda r: (r.normal(size=3),), analytic=True, tags="set")


def another_shape(x):
    y = x.copy()
    same = y
    y.shape = (2, 3)
    same[0, 1] *= 2.0
    return np.sum(y[0] * y[1] ** 2) + np.sum(same[:, 1])


program(another_shape, lambda r: (r.normal(size=6),), analytic=True, tags="shape-assignment aliasing")


def shapes_and_axes_as_arguments(x, shape, axes):
    out = np.zeros(shape)
    for i in range(shape[0]):
        for j in range(shape[1]):
            out[i, j] = x[i] * np.sin(x[j])
    cube = np.transpose(x.reshape((*shape, 1)), axes)
    return np.sum(out) + np.sum(np.sum(cube, axis=axes[:2]) ** 2) + np.sum(x.reshape(shape)[0])


program(shapes_and_axes_as_arguments, lambda r: (r.normal(size=6), (2, 3), (2, 0, 1)), tags="tuple-of-integers")
