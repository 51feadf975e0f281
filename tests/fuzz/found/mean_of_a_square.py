# crash: the cotangent of a matrix product, a number at every place, was given to a product as that number
import numpy as np


def f(y):
    return np.mean(y @ y) + np.sum(y.T @ y)


ARGS = (np.array([[-1.112, 0.368, -0.758], [0.548, 1.106, -1.118], [-0.287, 0.703, 0.798]]),)
