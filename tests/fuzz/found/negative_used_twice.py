# wrong gradient: `-g`, computed once for two contributions, had become the cotangent that they are added to
import numpy as np


def f(y):
    r = y - y - y
    r = r[1:]
    q = y[0] - y[1] - y[0] * y[1] - y[0]
    return np.sum(r) + np.sum(q[1:] * q[1:])


ARGS = (np.array([[-0.877, -0.584, 1.055, 0.779], [-0.815, 1.137, 1.029, 0.878], [-0.806, -0.411, 0.408, 0.726]]),)
