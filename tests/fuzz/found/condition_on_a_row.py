# refused AD150 the condition of this `while` computes values that carry derivatives
import numpy as np


def f(x, y):
    k = 0
    while k < 2 and np.sin(3.0 * y[k % 3][k % 3]) < y[k % 3, 1] + 2.0:
        k += 1
        y[k] *= x[k]
    return np.sum(y)


ARGS = (np.array([-0.578, 0.337, 0.789]), np.array([[-0.634, -0.805, 0.289], [-0.54, -0.339, 0.565], [-0.489, 0.288, -0.474]]))
