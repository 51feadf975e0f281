"""Forward mode: `[...]` of a temporary reshape was not seen."""
import numpy as np


def f(y, s):
    y.reshape(-1)[...] -= s
    return np.sum(y)


ARGS = (
    np.array([[0.879, 0.929, -0.514], [0.765, 0.921, -0.394]]),
    1.081,
)
