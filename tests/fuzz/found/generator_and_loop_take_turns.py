# wrong value: the items of a generator were computed before the loop that changes what they are computed from
import numpy as np


def squares(z):
    for k in range(3):
        yield z[k] * z[k]


def halving(z):
    for k in range(3):
        yield z[k]
        z[0] *= 0.5


class Rows:
    def __init__(self, w):
        self.w = w

    def items(self, x):
        for v in x:
            yield v * self.w


def f(x):
    total = 0.0
    for e in squares(x):
        x[1] = e * 2.0
        total += e
    for e in halving(x):
        total += e * x[0]
    for e in halving(x):
        total += e
        if total > -100.0:
            break
    rows = Rows(x[0])
    for e in rows.items(x):
        rows.w = rows.w * 0.5
        total += e
    for e, v in zip(halving(x), x):
        total += e * v
    for k, e in enumerate(v * x[0] for v in x):
        x[0] *= 0.5
        total += e * k
    return total


ARGS = (np.array([1.3, 0.4, -0.6]),)
