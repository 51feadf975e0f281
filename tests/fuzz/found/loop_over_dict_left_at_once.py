"""A loop over the values of a dict that is left at once, with an `else`."""
import numpy as np


def score1(z, p):
    items1 = z

def f(d):
    for e1 in d.values():
        break
    else:
        score1(d, 1.0)
    return np.sum(d['p'] * 1.0)


ARGS = (
    {'p': np.array([1.126, 0.839, -0.535]), 'q': np.array([-0.984, -1.044, 0.335])},
)
