"""Attributes and objects that a class manages: descriptors, `__setattr__`, `__getattr__`, `__new__`, `__dict__`."""
from __future__ import annotations

from collections import namedtuple
from dataclasses import InitVar, dataclass, field

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler.errors import CompileError, TapeFallback
from tests.differences import central_differences

X = np.array([0.3, 0.7, 1.2, 0.5])


# --- written and read by the class ----------------------------------------------------------------------------------
class Doubling:
    def __set_name__(self, owner, name):
        self.name = "_" + name

    def __get__(self, obj, cls=None):
        return self if obj is None else obj.__dict__[self.name]

    def __set__(self, obj, value):
        obj.__dict__[self.name] = 2 * value


class Pair:
    a = Doubling()
    b = Doubling()

    def __init__(self, a, b):
        self.a, self.b = a, b


def descriptors(x):
    pair = Pair(x[0], x[1])
    pair.a += x[2]
    return pair.a * pair.b


class Clamped:
    def __init__(self, v):
        self.v = v

    def __setattr__(self, name, value):
        object.__setattr__(self, name, value * 2)


def own_setattr(x):
    held = Clamped(x[0])
    held.v *= 3
    return held.v


class Registering:
    def __init__(self):
        object.__setattr__(self, "parameters", {})

    def __setattr__(self, name, value):
        if isinstance(value, np.ndarray):
            self.parameters[name] = value
        super().__setattr__(name, value)


class Net(Registering):
    def __init__(self, w):
        super().__init__()
        self.w, self.scale = w, 2.0


def registered(x):
    net = Net(x)
    return net.scale * sum(np.sum(p**2) for p in net.parameters.values())


class Counted:
    def __init__(self, v):
        self._v, self.writes = v, 0.0

    @property
    def v(self):
        return self._v

    @v.setter
    def v(self, new):
        self._v = new
        self.writes += 1.0


def properties_in_place(x):
    held, listed = Counted(x.copy()), Counted([x[0]])
    held.v += x
    held.v *= 2.0
    listed.v += [x[1]]
    return np.sum(held.v) * held.writes + sum(listed.v) * listed.writes


class Table:
    def __init__(self):
        self.values, self.writes = {}, 0.0

    def __getitem__(self, key):
        return self.values[key]

    def __setitem__(self, key, value):
        self.values[key] = value
        self.writes += 1.0


def items_in_place(x):
    table = Table()
    table["a"] = x.copy()
    table["a"] += x
    return np.sum(table["a"]) * table.writes


class Lazy:
    def __init__(self, x):
        self.x = x

    def __getattr__(self, name):
        return np.sin(self.x[int(name[1:])])


def missing_attributes(x):
    lazy = Lazy(x)
    return lazy.s0 * lazy.s2


# --- made by the class ----------------------------------------------------------------------------------------------
class Made:
    scale = 1.0

    def __new__(cls, v):
        made = super().__new__(cls)
        made.scale = 3.0
        return made

    def __init__(self, v):
        self.v = v


def own_new(x):
    made = Made(x[0])
    return made.v * made.scale


class Point(namedtuple("Point", "x y")):
    def __new__(cls, x, y=0.5):
        return super().__new__(cls, 2 * x, y)


def new_of_named_tuples(x):
    return Point(x[0]).x * Point(x[1], x[2]).y + Point(x[3]).y * x[0]


class Base:
    def __init__(self, v):
        self.v = v

    @classmethod
    def scaled(cls, v):
        return cls(2 * v)


class Derived(Base):
    @classmethod
    def scaled(cls, v):
        return super().scaled(3 * v)

    @staticmethod
    def half(v):
        return super(Derived, Derived).scaled(v).v / 4


def super_in_class_methods(x):
    first = Derived.scaled(x[0])
    return first.v * first.__class__(x[1]).v * Derived.half(x[2])


def super_in_local_classes(x):
    class Inner(Base):
        def __init__(self, v):
            super().__init__(3 * v)
            self.w = v

        def total(self):
            return self.v + self.w

    return Inner(x[0]).total()


def descriptors_of_local_classes(x):
    class Tripling:
        def __set__(self, obj, value):
            obj.__dict__["v"] = 3 * value

        def __get__(self, obj, cls):
            return obj.__dict__["v"]

    class Inner:
        v = Tripling()

        def __init__(self, v):
            self.v = v

    inner = Inner(x[0])
    inner.v *= x[1]
    return inner.v


@dataclass
class Scaled:
    a: float
    scale: InitVar[float] = 1.0
    seen: list = field(default_factory=list, init=False)
    weight: float = field(default=2.0, init=False)

    def __post_init__(self, scale):
        self.a = self.a * scale
        self.seen.append(scale)


def fields_of_every_kind(x):
    first, second = Scaled(x[0], x[1]), Scaled(x[2])
    return first.a * second.a * first.weight + sum(first.seen) * len(second.seen)


class Vector:
    def __init__(self, *items):
        self.items = items

    def __iter__(self):
        return iter(self.items)


class Produced:
    def __init__(self, x):
        self.x = x

    def __iter__(self):
        for k in range(3):
            yield self.x[k] * k


def unpacked_objects(x):
    a, b = Vector(x[0], x[1])
    first, *others = Vector(*x)
    p, q, r = Produced(x)
    return a * b + first * sum(others) * len(others) + sum([*Vector(x[2]), *Vector(x[3], a)]) + p + q * r


# --- by their names -------------------------------------------------------------------------------------------------
class Settings:
    def __init__(self, **named):
        self.__dict__.update(named)

    def copied(self):
        new = Settings.__new__(Settings)
        new.__dict__.update(self.__dict__)
        return new


def attributes_by_name(x):
    first = Settings(a=x[0], b=x[1])
    second = first.copied()
    second.a = second.a * 2
    vars(second)["b"] *= 3
    del second.__dict__["a"], first.b
    total = 0.0
    for _, value in sorted(vars(second).items()):
        total = 0.5 * total + value
    return total * first.a * len(vars(first)) * hasattr(first, "a")


class Remembering:
    def __init__(self, a, b=2.0):
        for name, value in locals().items():
            if name != "self":
                setattr(self, name, value)


def names_of_a_function(x):
    return Remembering(x[0]).a * Remembering(x[1]).b


def on_one_path(x):
    held = Settings(a=x[0])
    if x[1] > 0.5:
        held.__dict__["q"] = x[2]
    return held.q * held.a


# --- lists in place -------------------------------------------------------------------------------------------------
def lists_repeated_in_place(x):
    known, unknown, table = [x[0], x[1]], [], {"k": [x[2]]}
    for v in x:
        if v > 0.4:
            unknown.append(v**2)
    others = known, unknown, table["k"]
    known *= 2
    unknown *= 3
    table["k"] *= 2
    return sum(others[0]) * sum(others[1]) + sum(others[2]) * len(others[2])


class Cell:
    steps = 0.0

    def __init__(self, v):
        self.v = v

    def step(self):
        self.steps += self.v


def counters_of_objects_in_lists(x):
    cells = [Cell(v) for v in x if v > 0.4]
    for _ in range(2):
        for cell in cells:
            cell.step()
    return sum(cell.steps * cell.v for cell in cells)


@pytest.mark.parametrize("f", [
    descriptors, own_setattr, registered, properties_in_place, items_in_place, missing_attributes, own_new,
    new_of_named_tuples, super_in_class_methods, super_in_local_classes, descriptors_of_local_classes,
    fields_of_every_kind, unpacked_objects,
    attributes_by_name, names_of_a_function,
    on_one_path, lists_repeated_in_place, counters_of_objects_in_lists])
def test_what_a_class_manages(f):
    value, gradient = ad.value_and_grad(f, on_unsupported="error")(X)
    assert value == pytest.approx(f(X), rel=1e-13)
    np.testing.assert_allclose(gradient, central_differences(f, X), rtol=1e-7, atol=1e-8)
    _, tangent = ad.jvp(f, (X,), (np.cos(X),))
    assert tangent == pytest.approx(gradient @ np.cos(X), rel=1e-12)


class Meta(type):
    def __call__(cls, *args):
        made = super().__call__(*args)
        made.v = 2 * made.v
        return made


class OfMeta(metaclass=Meta):
    def __init__(self, v):
        self.v = v


class Watching:
    def __init__(self, v):
        self.v = v

    def __getattribute__(self, name):
        return object.__getattribute__(self, name) * 2


class Adopting:
    v = 1.0

    def __init__(self, table):
        self.__dict__ = table


@pytest.mark.parametrize(("f", "code"), [
    (lambda x: OfMeta(x[0]).v, "AD108"), (lambda x: Watching(x[0]).v, "AD129"),
    (lambda x: Adopting({"v": x[0]}).v, "AD131"),
    (lambda x: getattr(Lazy(x), "s1", 0.0), "AD123")])
def test_what_is_not_followed_runs_on_the_tape(f, code):
    with pytest.raises(CompileError, match=code):
        ad.grad(f, on_unsupported="error")(X)
    with pytest.warns(TapeFallback, match=code):
        gradient = ad.grad(f)(X)
    np.testing.assert_allclose(gradient, central_differences(f, X), rtol=1e-7, atol=1e-8)
