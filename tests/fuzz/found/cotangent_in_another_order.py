# wrong gradient: a cotangent that is no C-ordered memory was cleared through a `reshape` of it, which was a copy
import numpy as np


def f(x):
    box = np.zeros((2, 2, 4)) + x
    box.reshape(2, -1)[1] = 1.0
    turned = x.T * 1.0
    flat = np.array(turned)
    flat.ravel()[1] = 2.0
    return np.sum(np.cumsum(box, axis=1)) + np.sum(np.cumsum(flat.T, axis=1) * x)


ARGS = (np.array([[0.72, -0.803, 0.977, -0.579], [0.823, 0.438, 0.955, -0.253]]),)
