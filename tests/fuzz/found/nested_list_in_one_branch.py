"""A nested list made in one branch only took the float in it along."""
import numpy as np


def f(s):
    if s + s:
        s = s
    else:
        rows1 = [[s, np.sin(s)], 1.0]
        t2, t1, s = (s, 1.0, rows1[0][1])
    return s


ARGS = (
    0.897,
)
