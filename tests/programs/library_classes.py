"""Habits of classes in libraries: private names, attributes by name, mappings of constants, state between calls."""

import collections.abc
import copy

import numpy as np

from tests.programs.corpus import program


class _Damper:
    """Attributes and methods with two leading underscores belong to the class that names them."""

    __offset = 0.25

    def __init__(self, rate):
        self.__rate = rate

    def __force(self, v):
        return self.__rate * v + _Damper.__offset * v ** 3

    def work(self, path):
        return sum(self.__force(v) * v for v in path)


class _Spring(_Damper):
    def __init__(self, rate, stiffness):
        super().__init__(rate)
        self.__rate = stiffness

    def energy(self, path):
        scale = lambda x: self.__rate * x ** 2  # noqa: E731
        return self.work(path) + sum(scale(x) for x in path)


def private_parts(rate, stiffness, path):
    return _Spring(rate, stiffness).energy(path)


program(private_parts, lambda r: (0.7, 1.3, r.normal(size=3)), argnums=(0, 1, 2), analytic=True,
        tags="private-names classes")


def private_parts_of_a_local_class(x):
    class __Model:
        def __init__(self, a):
            self.__a = a

        def value(self, __b):
            return self.__a * __b + __b ** 2

    return __Model(x[0]).value(x[1])


program(private_parts_of_a_local_class, lambda r: (r.normal(size=2),), analytic=True, tags="private-names classes")


class _Gains:
    def __init__(self, low, high, bias=None):
        self.low, self.high, self.bias = low, high, bias
        for name in ("low", "high", "bias"):
            if self.__getattribute__(name) is not None and not isinstance(self.__getattribute__(name), (int, float)):
                self.__setattr__(name, np.asarray(self.__getattribute__(name)))

    def apply(self, x):
        return np.sum(self.low * x) + self.high * np.sum(x ** 2)


def attributes_by_name(low, high, x):
    return _Gains(low, high).apply(x)


program(attributes_by_name, lambda r: (r.normal(size=3), 0.7, r.normal(size=3)), argnums=(0, 1, 2), analytic=True,
        tags="getattribute classes")


class _Filter:
    def __init__(self, x, start=None, noise=None):
        self.x = np.atleast_2d(x)
        self.x.shape = self.x.size, 1
        self.noise = np.atleast_2d(np.asarray(noise, dtype="float"))
        if start is None or np.isnan(self.noise[0, 0]):
            self.noise = np.eye(self.x.shape[0])

    def cost(self, weight):
        return (self.x.T @ weight @ self.noise @ self.x)[0, 0]


def columns_by_shape(x, weight):
    return _Filter(x).cost(weight) + _Filter(x * 2.0, 1.0, 0.5 * np.eye(3)).cost(weight)


program(columns_by_shape, lambda r: (r.normal(size=3), r.normal(size=(3, 3))), argnums=(0, 1), analytic=False,
        tags="shape-assignment classes none")


class _Constants(dict):
    """A dict whose keys are attributes as well."""

    def __init__(self, **values):
        super().__init__(values)
        self.__dict__ = self


_CURVE = _Constants(slope=1.7, offset=0.3, steps=(0.5, 2.0))


class _Scales(collections.abc.Mapping):
    """A table that finds its entries whatever their case."""

    def __init__(self, values):
        self._values = {name.lower(): value for name, value in values.items()}

    def __getitem__(self, name):
        return self._values[name.lower()]

    def __iter__(self):
        return iter(self._values)

    def __len__(self):
        return len(self._values)


_SCALES = _Scales({"Wide": 3.0, "NARROW": 0.25})


def constants_of_a_library(x):
    total = _CURVE.slope * np.sum(x ** 2) + _CURVE["offset"] * x[0]
    for name in tuple(_SCALES):
        total += _SCALES[name.upper()] * np.sum(np.sin(x * _SCALES["wide"]))
    return total * _CURVE.steps[1]


program(constants_of_a_library, lambda r: (r.normal(size=3),), analytic=True, tags="mapping constants")


class _Tracker:
    """Its last measurement has a place before there is one."""

    def __init__(self, x, gain):
        self.x, self.gain = x, gain
        self.z = np.array([[None] * 2]).T
        self.seen = copy.deepcopy(self.z)

    def update(self, z):
        self.z = z
        self.x = self.x + self.gain @ (z - self.x)
        self.seen = self.z.copy()


def tracked(x, gain, measurements):
    tracker = _Tracker(x, gain)
    total = 0.0
    for z in measurements:
        tracker.update(z)
        total += np.sum(tracker.x * tracker.seen)
    return total


program(tracked, lambda r: (r.normal(size=2), r.normal(size=(2, 2)), r.normal(size=(3, 2))), argnums=(0, 1, 2),
        analytic=True, tags="none-arrays classes")
