"""A branch of a `with` body that only raises."""
import numpy as np


def f(s):
    with np.errstate(invalid='ignore'):
        if s > 1000000000.0:
            raise ValueError('too large')
    return s


ARGS = (
    1.044,
)
