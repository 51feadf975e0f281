"""A list argument that grows: the caller sees it, the gradient has the entry structure."""
import numpy as np


def f(items, x):
    items.append(1.0)
    return x[-4]


ARGS = (
    [0.627, 0.732, 0.834],
    np.array([0.534, 0.253, 0.935, 1.081]),
)
