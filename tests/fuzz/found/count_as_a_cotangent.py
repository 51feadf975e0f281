"""The cotangent of a running value began as an array of integers, since it was a size: what was put into it was cut off."""
import numpy as np


def f(x):
    b = 0.0
    for _ in range(3):
        b = np.sin(b) + x
    b[1] *= 0.3
    return np.sum(b) * np.size(b)


ARGS = (np.array([0.518, 0.862, -0.593]),)
