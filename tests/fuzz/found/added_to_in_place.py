# refused AD127, and other values: `+=` on objects, and on lists and objects that attributes and keys hold
import numpy as np


class Amount:
    def __init__(self, a):
        self.a = a

    def __add__(self, other):
        return Amount(self.a + other.a)

    def __iadd__(self, other):
        self.a = self.a + 2 * other.a
        return self


class Holder:
    def __init__(self, x):
        self.x, self.items, self.amount = x, [x[0]], Amount(x[1])


def f(x):
    first = Amount(x[0])
    second = first
    first += Amount(x[1])
    holder = Holder(x)
    alias, other = holder.items, holder.amount
    holder.items += [x[1] * 2]
    holder.x **= 2
    holder.amount += Amount(x[2])
    d = {'a': [x[0]], 'v': Amount(x[1])}
    kept = d['a']
    d['a'] += [x[2]]
    d |= {'b': x[1]}
    return second.a * sum(alias) + other.a * holder.x[0] + sum(kept) * d['b']


ARGS = (np.array([1.3, 0.4, -0.6]),)
