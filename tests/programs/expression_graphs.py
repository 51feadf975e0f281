"""Trees and graphs of expressions, walked by recursion or in order; derivatives by a tape and by dual numbers."""

import math
import operator
from functools import reduce

from tests.programs.corpus import program


class Node:
    def __init__(self, value, left=None, right=None):
        self.value = value
        self.left = left
        self.right = right

    def insert(self, v):
        if v < self.value:
            if self.left is None:
                self.left = Node(v)
            else:
                self.left.insert(v)
        else:
            if self.right is None:
                self.right = Node(v)
            else:
                self.right.insert(v)


def depth_weighted(node, depth=1):
    if node is None:
        return 0.0
    return node.value ** 2 * depth + depth_weighted(node.left, depth + 1) + depth_weighted(node.right, depth + 1)


def expression_tree(x):
    tree = Node(x[0], Node(x[1], Node(x[2]), None), Node(x[3] * x[0]))
    return depth_weighted(tree)


program(expression_tree, lambda r: (r.normal(size=4),), analytic=True)


class Branch:
    def __init__(self, value, *parts):
        self.value = value
        self.parts = list(parts)


def level_by_level(x):
    waiting = [Branch(x[0], Branch(x[1], Branch(x[0] * x[1])), Branch(x[2]))]
    total, place = 0.0, 0
    while len(waiting) > 0:
        branch = waiting.pop(0)
        total += branch.value ** (1 + place) * (1 + len(branch.parts))
        waiting.extend(branch.parts)
        place += 1
    else:
        total *= place
    return total


program(level_by_level, lambda r: (r.uniform(1, 2, size=3),), analytic=True)


def topological(x):
    ops = {'a': ('input', 0), 'b': ('input', 1), 'c': ('mul', 'a', 'b'), 'd': ('sin', 'c'), 'e': ('add', 'd', 'a')}
    values = {}
    for name, (op, *args) in ops.items():
        if op == 'input':
            values[name] = x[args[0]]
        elif op == 'mul':
            values[name] = reduce(operator.mul, (values[a] for a in args))
        elif op == 'add':
            values[name] = sum(values[a] for a in args)
        else:
            values[name] = getattr(math, op)(values[args[0]])
    return values['e'] ** 2


program(topological, lambda r: (r.normal(size=2),))


class Tracked:
    """A number that remembers how it was made, and hands a cotangent back to what it was made of."""

    def __init__(self, number, made_of=()):
        self.number = number
        self.cotangent = 0
        self.made_of = frozenset(made_of)
        self.hand_back = lambda: None

    @staticmethod
    def of(thing):
        return thing if isinstance(thing, Tracked) else Tracked(thing)

    def __mul__(self, other):
        other = Tracked.of(other)
        result = Tracked(self.number * other.number, (self, other))

        def hand_back():
            other.cotangent += self.number * result.cotangent
            self.cotangent += other.number * result.cotangent
        result.hand_back = hand_back
        return result

    def __add__(self, other):
        other = Tracked.of(other)
        result = Tracked(self.number + other.number, (self, other))

        def hand_back():
            for part in (self, other):
                part.cotangent += result.cotangent
        result.hand_back = hand_back
        return result

    def rectified(self):
        result = Tracked(self.number if self.number > 0 else 0, (self,))

        def hand_back():
            self.cotangent += result.cotangent if self.number > 0 else 0
        result.hand_back = hand_back
        return result

    def sweep(self):
        met, order = set(), []

        def visit(node):
            if node in met:
                return
            met.add(node)
            for part in node.made_of:
                visit(part)
            order.append(node)
        visit(self)
        self.cotangent = 1
        while order:
            order.pop().hand_back()


def gradients_by_a_tape(x):
    a, b = Tracked(x[0]), Tracked(x[1])
    c = a * b + a
    d = (c * c + b).rectified()
    d.sweep()
    return a.cotangent * 2 + b.cotangent ** 2 + d.number


program(gradients_by_a_tape, lambda r: (r.uniform(1, 2, size=2),))


def dual_numbers(x):
    class Dual:
        def __init__(self, re, eps=0.0):
            self.re, self.eps = re, eps

        def __add__(self, o):
            o = o if isinstance(o, Dual) else Dual(o)
            return Dual(self.re + o.re, self.eps + o.eps)
        __radd__ = __add__

        def __mul__(self, o):
            o = o if isinstance(o, Dual) else Dual(o)
            return Dual(self.re * o.re, self.re * o.eps + self.eps * o.re)
        __rmul__ = __mul__

        def __pow__(self, n):
            out = 1
            for _ in range(n):
                out = out * self
            return out
    f = lambda t: 3 * t ** 3 + t * 2 + 1
    return f(Dual(x, 1.0)).eps * f(Dual(x, 1.0)).re


program(dual_numbers, lambda r: (0.7,))


class Series:
    """A number with its Taylor coefficients; its list grows from whole numbers."""

    def __init__(self, number, coefficients):
        self.number = number
        self.coefficients = [1] * coefficients if isinstance(coefficients, int) else coefficients

    def __mul__(self, other):
        out = [0] * (len(self.coefficients) + len(other.coefficients) + 1)
        for i, a in enumerate(self.coefficients):
            for j, b in enumerate(other.coefficients):
                out[i + j + 1] += a * b
        for i in range(len(self.coefficients)):
            out[i] += self.coefficients[i] * other.number
        for j in range(len(other.coefficients)):
            out[j] += other.coefficients[j] * self.number
        return Series(self.number * other.number, out)

    def __pow__(self, n):
        out = self
        for _ in range(n - 1):
            out *= self
        return out


def taylor_series(x):
    third = Series(x[0], 1) ** 4
    return third.coefficients[1] * x[1] + third.coefficients[2] * third.number


program(taylor_series, lambda r: (r.uniform(1, 2, size=2),))
