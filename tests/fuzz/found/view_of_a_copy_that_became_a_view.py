# wrong gradient: zeros, for x
# The copy of a part of a cotangent became a view, since clearing the part could wait; then the copy that is returned
# became a name of that view, as if nothing were left to be done to it.
import numpy as np


def f(x):
    turned = np.zeros(4)
    turned[:] = np.flip(x)
    picked = np.take(turned, [1, 2, 1, 3])
    return np.sum(picked * picked)


ARGS = (np.array([-0.629, 0.587, 0.586, 1.054]),)
