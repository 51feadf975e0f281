"""The same, multiplied in place."""
import numpy as np


def f(x):
    b = 0.0
    k = 0
    while k < 3:
        b = np.sin(b) + x
        k += 1
    return np.sum(b) * np.size(b)


ARGS = (np.array([0.518, 0.862, -0.593]),)
