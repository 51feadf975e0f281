"""The size of what is an array on one path only was answered when compiling, from the array."""
import numpy as np


def f(x, s):
    b = x if s <= 0.2 else np.min(1.0)
    y = np.full(3, 1.0) + x
    return x @ y + np.size(b)


ARGS = (np.array([1.092, 0.835, 0.512]), 0.322)
