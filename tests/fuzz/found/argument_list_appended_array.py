"""An array appended to a list argument of floats."""
import numpy as np


def f(items, x):
    items.append(x)
    return items[1]


ARGS = (
    [0.515, 0.836, -1.149],
    np.array([0.378, 0.433, -0.464]),
)
