# wrong second order: the tangent of a `np.diff` in written memory had the constant in front of it
import numpy as np


def f(x):
    x[x < 0.47] = np.einsum('i,i->', np.diff(x, prepend=0.5), x)
    return x[-2]


ARGS = (np.array([1.036, 0.296, -0.515, -0.895]),)
