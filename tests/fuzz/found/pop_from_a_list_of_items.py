"""A pullback of a popped list."""
import numpy as np


def f(x):
    if (w1 := list(x).pop()):
        pass
    return w1


ARGS = (
    np.array([-0.425, -0.844, 0.877, 0.418]),
)
