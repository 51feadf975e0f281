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
