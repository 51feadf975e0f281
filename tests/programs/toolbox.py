"""Helpers that the programs of `modules` call: another module, with its own imports, names and constants."""

import math as m

import numpy
from numpy import exp, linalg

SOFTNESS = 0.5
_calls = {"scale": 2.0}


def softplus(x, softness=SOFTNESS):
    return softness * numpy.log1p(exp(x / softness))


def smooth(values, weight):
    """Exponential smoothing in place; returns nothing."""
    for i in range(1, len(values)):
        values[i] = weight * values[i - 1] + (1 - weight) * values[i]


def normalised(v):
    return v / linalg.norm(v)


def gaussian(x, mean=0.0, width=1.0):
    return m.exp(-((x - mean) / width) ** 2 / 2) / (width * m.sqrt(2 * m.pi))


def scaled(x):
    return _calls["scale"] * x


def statistics(x):
    """Mean and spread together."""
    mean = x.mean()
    return mean, numpy.sqrt(((x - mean) ** 2).mean())


class Polynomial:
    """Coefficients from the constant upwards."""

    def __init__(self, *coefficients):
        self.coefficients = coefficients

    def __call__(self, x):
        return sum(c * x ** k for k, c in enumerate(self.coefficients))

    def derivative(self):
        return Polynomial(*(k * c for k, c in enumerate(self.coefficients) if k))
