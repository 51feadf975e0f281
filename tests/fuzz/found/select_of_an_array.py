"""`np.select` in a helper that writes into its argument."""
import numpy as np


def score1(z, p):
    z[::1] += np.select([1.0 > 0.3], [z], 0.2)
    return 1.0

def f(d, s):
    return np.sum(d['p']) + score1(d['p'], s)


ARGS = (
    {'p': np.array([1.055, 0.876, -0.27, 0.299]), 'q': np.array([0.974, 0.309, 0.645, 1.023])},
    1.12,
)
