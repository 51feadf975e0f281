# crash: the adjoint of an arm of np.where met an array of numbers known when compiling
import numpy as np


def f(x, s):
    x[...] /= np.where(x[-2] > 0.38, 1.0, np.linspace(0.1, x[0, 1], 4))
    return np.sum(x[-2]) * s


ARGS = (np.array([[1.015, 0.922, -0.582, -0.661], [-0.757, 0.447, 1.022, -0.397], [-0.605, -0.611, 1.125, 0.619]]), -0.892)
