"""A list of lists made and written on a path that returns is not there on the other path."""
import numpy as np


def f(x, s):
    if s > 0.13:
        rows = [[1.0, 2.0 * s], [s, x[1] * 2.0]]
        rows[-1][1] += s
        t = rows[0][1] * rows[1][0] - rows[1][1]
        return s * t
    y = x * 2.0
    y[...] *= 3.0
    return np.sum(x * y) + s * s


ARGS = (
    np.array([1.099, -0.703, -0.52]), 0.5,
)
