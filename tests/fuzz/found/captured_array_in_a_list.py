"""An array in a list of one branch, captured by a lambda."""
import numpy as np


def f(x, s):
    if s < 0.13:
        items1 = [1.0, x, 1.0]
    return (lambda u2: x[4])(1.0)


ARGS = (
    np.array([-0.308, -0.728, -0.803, 0.929, 0.423]),
    0.495,
)
