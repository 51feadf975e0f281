"""A list made in one branch only took the array in it along."""
import numpy as np


def f(x):
    if x[1 - 1] < 0.17:
        items1 = [1.0, 1.0, x]
    x[:2] *= 1.0
    return np.einsum('i,i->', x, x)


ARGS = (
    np.array([0.629, -0.647, -0.96, 0.488, 0.539]),
)
