"""Filters, lists and layers as objects that keep state between calls."""

import numpy as np

from tests.programs.corpus import program


class RunningStatistics:
    count = 0

    def __init__(self):
        self.mean = 0.0
        self.m2 = 0.0

    def push(self, x):
        self.count += 1
        delta = x - self.mean
        self.mean += delta / self.count
        self.m2 += delta * (x - self.mean)

    @property
    def variance(self):
        return self.m2 / (self.count - 1) if self.count > 1 else 0.0

    @classmethod
    def of(cls, values):
        statistics = cls()
        for value in values:
            statistics.push(value)
        return statistics

    @staticmethod
    def ratio(a, b):
        return a / (1.0 + b)


def welford(x):
    s = RunningStatistics.of(x)
    return RunningStatistics.ratio(s.variance, s.mean ** 2)


program(welford, lambda r: (r.normal(size=5),), analytic=True,
        tags="class classmethod staticmethod class-attribute property")


class KalmanFilter:
    def __init__(self, q, r):
        self.Q = q * np.eye(2)
        self.R = r
        self.x = np.zeros(2)
        self.P = np.eye(2)
        self.F = np.array([[1.0, 0.1], [0.0, 1.0]])
        self.H = np.array([1.0, 0.0])
        self.log_likelihood = 0.0

    def predict(self):
        self.x = self.F @ self.x
        self.P = self.F @ self.P @ self.F.T + self.Q

    def update(self, z):
        innovation = z - self.H @ self.x
        S = self.H @ self.P @ self.H + self.R
        gain = self.P @ self.H / S
        self.x = self.x + gain * innovation
        self.P = self.P - np.outer(gain, self.H @ self.P)
        self.log_likelihood -= 0.5 * (np.log(2 * np.pi * S) + innovation ** 2 / S)


def kalman_likelihood(q, r, measurements):
    kf = KalmanFilter(q, r)
    for z in measurements:
        kf.predict()
        kf.update(z)
    return kf.log_likelihood


program(kalman_likelihood, lambda r: (0.3, 0.5, r.normal(size=5)), argnums=(0, 1, 2), analytic=True,
        tags="class method attribute-store matmul outer")


class LinkedList:
    def __init__(self, head, tail=None):
        self.head, self.tail = head, tail

    def push(self, value):
        return LinkedList(value, self)

    def fold(self, function, start):
        node = self
        while node is not None:
            start = function(start, node.head)
            node = node.tail
        return start


def folded_linked_list(x):
    items = LinkedList(x[0])
    for value in x[1:]:
        items = items.push(value * 2)
    return items.fold(lambda total, value: total * 0.5 + np.sin(value), 1.0)


program(folded_linked_list, lambda r: (r.normal(size=4),), analytic=True,
        tags="class linked-objects while is-none lambda")


class Layer:
    """Keeps what its backward needs: backpropagation written by hand, then differentiated."""

    def forward(self, x):
        self.x = x
        return self.compute(x)

    def compute(self, x):
        return x


class Scale(Layer):
    def __init__(self, w):
        self.w = w

    def compute(self, x):
        return self.w * x

    def backward(self, g):
        self.grad = np.sum(g * self.x)
        return g * self.w


class Softplus(Layer):
    def compute(self, x):
        return np.log1p(np.exp(x))

    def backward(self, g):
        return g / (1 + np.exp(-self.x))


def gradient_penalty(w, x):
    layers = [Scale(w[0]), Softplus(), Scale(w[1]), Softplus()]
    h = x
    for layer in layers:
        h = layer.forward(h)
    g = np.ones_like(h)
    for layer in layers[::-1]:
        g = layer.backward(g)
    return np.sum(h) + 0.5 * np.sum(g ** 2) + layers[0].grad


program(gradient_penalty, lambda r: (r.uniform(0.5, 1, size=2), r.normal(size=3)), argnums=(0, 1),
        analytic=True, tags="class inheritance method-override attribute-store list-reversed double-backward")


class Path:
    """Points that can be iterated, measured, indexed and joined."""

    def __init__(self, points=()):
        self._points = list(points)

    def __iter__(self):
        yield from self._points

    def __len__(self):
        return len(self._points)

    def __matmul__(self, other):
        return Path([p * q for p, q in zip(self, other)])

    def __neg__(self):
        return Path(-p for p in self)

    def __sub__(self, other):
        return Path(p - q for p, q in zip(self, other))

    @property
    def length(self):
        previous, total = None, 0.0
        for p in self:
            if previous is not None:
                total += np.hypot(*(p - previous))
            previous = p
        return total


def path_algebra(points):
    path = Path(points)
    return path.length * len(path) + (path @ path - -path).length


program(path_algebra, lambda r: (r.normal(size=(4, 2)),),
        tags="class __iter__ __len__ matmul-operator neg-operator property generator none-join starred-call")


class Constant:
    value = 2.0


class Ramp:
    def __init__(self, slope):
        self.slope = slope

    def at(self, t):
        return self.slope * t


def duck_typing(slope, times):
    sources = [Constant(), Ramp(slope), Ramp(slope ** 2)]
    setattr(sources[0], "value", slope * 3)
    result = 0.0
    for source in sources:
        for t in times:
            result += source.at(t) if hasattr(source, "at") else getattr(source, "value") * t
    return result * getattr(sources[0], "scale", 0.5)


program(duck_typing, lambda r: (0.7, [0.5, 1.0]), argnums=(0, 1), analytic=True,
        tags="class hasattr getattr setattr class-attribute list-argument")


class Timer:
    """A context that only counts."""

    def __init__(self):
        self.entered = 0

    def __enter__(self):
        self.entered += 1
        return self

    def __exit__(self, *exception):
        return False


def user_context(x):
    timer = Timer()
    total = 0.0
    for value in x:
        with timer as running:
            total += value ** 2 * running.entered
    return total / timer.entered


program(user_context, lambda r: (r.normal(size=3),), analytic=True, tags="class with context-manager")
