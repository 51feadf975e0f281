"""A dict made in one branch only took the array in it along."""
import numpy as np


def f(x, y):
    if x[1] > 0.54:
        d1 = {'p': y, 'q': 1.0}
    return np.sum(y * y)


ARGS = (
    np.array([0.713, -0.856, 0.652]),
    np.array([[0.597, 0.796, -0.291], [-1.012, -1.062, 0.785]]),
)
