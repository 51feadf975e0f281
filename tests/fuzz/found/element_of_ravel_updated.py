"""Forward mode: a write through a temporary `ravel()` was not seen."""
import numpy as np


def f(y, s):
    y.ravel()[3] += s
    return y.sum()


ARGS = (
    np.array([[1.053, -1.006, 0.749], [0.605, 0.627, 0.979], [0.995, -0.716, 1.001]]),
    1.112,
)
