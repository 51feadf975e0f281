"""A list made in one branch only took the array in it along."""
import numpy as np


def f(x, s):
    if x[-2] < s:
        pass
    else:
        items1 = [x, 1.0, 1.0]
    return x @ x


ARGS = (
    np.array([-0.995, 0.465, -1.095, 0.761, 0.531]),
    -0.906,
)
