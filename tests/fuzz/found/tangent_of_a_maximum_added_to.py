# wrong forward mode: two names of the tangent of `np.maximum(s, 0.1)`, one of them added to in place
import numpy as np


def f(x, s):
    total = c = np.maximum(s, 0.1)
    for e in x:
        c += total
        if e > s:
            return c
    return c


ARGS = (np.array([-0.624, 1.051, 0.328, 0.494]), 0.551)
