"""A store through `[...]` of a stepped slice lost half of the cotangent."""
import numpy as np


def f(x):
    x[::-2][...] -= x[::-2] - x[::-2]
    return np.sum(x)


ARGS = (
    np.array([0.643, -0.654, 0.572, 0.918]),
)
