# refused AD110 the type of the result of `written_cotangent` cannot be known when compiling (second order)
import numpy as np


def f(x, s):
    x[range(2), range(2)] *= s
    x[[0, 1, 0], [1, 1, 1]] = x[[1, 0, 1], 0] * s
    return np.sum(x * x)


ARGS = (np.array([[0.386, -1.055, 0.969], [-0.345, -0.671, 0.819]]), 0.576)
