"""The cotangent of what is added to memory with several names is a copy: the memory's own is written meanwhile."""
import numpy as np


def f(x):
    rows = x.T
    rows += rows / rows ** 2
    for row in rows:
        row.reshape(1, 2)[...] = row
    return np.sum(x)


ARGS = (
    np.array([[0.588, -0.822, -0.892, 0.759, -0.295], [0.384, 0.617, -0.937, 1.048, 0.689]]),
)
