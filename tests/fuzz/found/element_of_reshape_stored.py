"""Forward mode: a write through a temporary `reshape(-1)` was not seen."""
import numpy as np


def f(x):
    x.reshape(-1)[5] = 1.0
    return np.sum(x)


ARGS = (
    np.array([[0.326, 0.672, -0.297, -0.436], [0.407, 0.655, 0.605, 0.68]]),
)
