# wrong gradient: what the condition of a `while` writes was left out of the reverse sweep
import numpy as np


def halved(y):
    y[0] *= 0.5
    return y[0]


def f(s):
    y = np.array([s, s])
    n = s

    def fewer():
        nonlocal n
        n = n * 0.5
        return n

    while halved(y) > 0.1:
        y[1] *= y[0]
    while fewer() > 0.1:
        y[1] += n
    return y[0] + y[1] * n


ARGS = (1.3,)
