"""A cotangent that shows one number in every place is read-only: copied before an item is added to it."""
import numpy as np


def f(x):
    return x[1] * np.sum(x.copy())


ARGS = (
    np.array([1.099, -0.703, -0.52]),
)
