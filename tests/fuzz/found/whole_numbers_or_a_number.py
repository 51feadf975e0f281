"""An array of integers on one path took cotangents in place, as if it held the floats of the other path."""
import numpy as np


def f(x, s):
    b = np.arange(3) if s > 0.1 else min(s, 0.5)
    total = np.sum(b * x)
    return total + x[1] * x[0] * s


ARGS = (np.array([0.991, 0.418, 0.753]), 0.748)
