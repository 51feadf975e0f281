"""The pullback took views of one shadow, in its record, for arrays of their own, and read one while it wrote another."""
import numpy as np


def f(s):
    A1 = np.sort(np.full((3, 3), s), axis=1)
    A1[1] += s
    A1.reshape(-1)[7] = 1.0
    A1.T[...] -= [*A1]
    return np.sum(A1 * A1)


ARGS = (0.729,)
