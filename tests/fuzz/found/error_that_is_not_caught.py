# wrong value: what stood before a `try` was dropped, where an error leaves it that no handler is for
import numpy as np


def scaled(x, s):
    x[0] *= s
    try:
        if s > 10:
            raise ValueError('too large')
        x[1] = x[0] * s
    except KeyError:
        x[1] = 1.0
    return x[1] * s


def f(x, s):
    out = 0.3
    for k in range(3):
        try:
            out = out * 0.5 + scaled(x, s)
            if s > 10:
                raise ValueError('large')
        except ZeroDivisionError:
            out += 1.0
        x[k % 2] += out
    try:
        if s > 10:
            raise ValueError('too large')
    except ZeroDivisionError:
        pass
    return out * x[0]


ARGS = (np.array([1.3, 0.4]), 0.7)
