"""Functions that other processes and pickles can import."""
from __future__ import annotations

import numpy as np

import ad_compiler as ad


def cubic(x):
    """The sum of cubes."""
    return np.sum(x**3)


@ad.grad
def decorated(x):
    """Decorated without arguments."""
    return np.sum(x**2)


@ad.value_and_grad(argnums="y")
def decorated_with_arguments(x, y=2.0):
    return x * y**2


class Model:
    """Holds weights that its method reads."""

    def __init__(self, weight):
        self.weight = weight

    def energy(self, x):
        return np.sum(self.weight * x**2)

    @ad.grad(argnums=1)
    def force(self, x):
        """The derivative by x."""
        return np.sum(self.weight * x**2)

    def __call__(self, x):
        return np.sum(self.weight * x**3)
