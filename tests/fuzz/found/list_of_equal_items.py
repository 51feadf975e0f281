"""A pullback called again on a list made by a comprehension."""
import numpy as np


def f(x, y):
    return sum([y[1][-3] for i3 in x])


ARGS = (
    np.array([1.124, 0.663, 0.492, -1.126]),
    np.array([[0.717, -0.507, -0.648, -0.967], [0.619, -0.886, -0.641, -0.841], [1.111, -0.489, 0.868, 0.941]]),
)
