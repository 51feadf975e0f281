"""Forward mode: a constant stored through a temporary reshape was not seen."""
import numpy as np


def f(d, x):
    x.reshape(4, 2)[...] = 1.0
    return d['q'] + x.sum()


ARGS = (
    {'p': 1.058, 'q': -0.725},
    np.array([[0.274, 0.703, 0.775, 0.435], [0.575, 0.702, -0.831, -0.312]]),
)
