"""A list argument that grows: the caller sees it."""
import numpy as np


def f(items, x):
    items.append(1.0)
    return x[1]


ARGS = (
    [0.463, 0.527, 0.668],
    np.array([0.609, -0.586, 0.545, -0.505, 0.757]),
)
