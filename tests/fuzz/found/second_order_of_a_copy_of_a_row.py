# wrong second order: the tangent of `x + 2.0` was the memory of x's own tangent, which is written later
import numpy as np


def f(x):
    x[1:] -= np.ascontiguousarray(x[:1:2])
    c = np.linalg.norm(x + 2.0)
    np.add(1.0, 1.0, out=x)
    return c


ARGS = (np.array([0.377, 1.03, -0.681]),)
