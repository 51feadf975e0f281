"""A masked update whose value is a call that writes into the same array."""
import numpy as np


def split1(z, p):
    return (1.0, z)

def rejoin1(z, p):
    head, tail = split1(z, p)
    tail[0] = 1.0
    return 1.0

def f(y):
    y[y > 0.38] += rejoin1(y, 1.0)
    return np.sum(y)


ARGS = (
    np.array([0.458, 0.431, 0.268, -0.795]),
)
