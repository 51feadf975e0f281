# wrong gradient: np.einsum of one array without a sum is a view of it
import numpy as np


def f(y):
    turned = np.einsum('ij->ji', y)
    turned[0] *= y[1, 1]
    diagonal = np.einsum('ii->i', y)
    y[1, 1] *= 3.0
    stacked = np.stack([y, y * y], axis=1)
    each = np.einsum('iki->ki', stacked)
    stacked[:, 1] *= 2.0
    return np.sum(diagonal * diagonal) * y[0, 1] + np.sum(each ** 3)


ARGS = (np.array([[-0.944, -0.616, 0.412], [-0.536, 0.412, -0.98], [0.473, -1.008, -0.338]]),)
