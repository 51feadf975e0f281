"""Two updates of an array by its own reversal: their adjoints were added to each other before either was done."""
import numpy as np


def f(x):
    for e1 in (1.12, 0.81):
        x -= x[::-1]
    return x[1]


ARGS = (np.array([0.327, -0.96, -0.31, -0.877, -0.605]),)
