"""Root finding, quadrature and acceleration of sequences."""

import math

import numpy as np

from tests.programs.corpus import program


def simpson_of_parameters(a, b, omega, n=10):
    h = (b - a) / n
    total = math.exp(-a) * math.sin(omega * a) + math.exp(-b) * math.sin(omega * b)
    for i in range(1, n):
        x = a + i * h
        weight = 4 if i % 2 else 2
        total += weight * math.exp(-x) * math.sin(omega * x)
    return total * h / 3


program(simpson_of_parameters, lambda r: (0.2, 1.9, 2.3), argnums=(0, 1, 2),
        tags="loops math default-argument conditional-expression modulo")


def romberg(a, b):
    """Triangular table of extrapolated trapezoidal rules in nested lists."""
    f = lambda x: math.sqrt(1.0 + x ** 3)
    R = [[0.5 * (b - a) * (f(a) + f(b))]]
    for i in range(1, 5):
        h = (b - a) / 2 ** i
        s = sum(f(a + (2 * k - 1) * h) for k in range(1, 2 ** (i - 1) + 1))
        row = [0.5 * R[i - 1][0] + h * s]
        for j in range(1, i + 1):
            row.append(row[j - 1] + (row[j - 1] - R[i - 1][j - 1]) / (4 ** j - 1))
        R.append(row)
    return R[-1][-1]


program(romberg, lambda r: (0.1, 1.7), argnums=(0, 1), tags="nested-lists list-append lambda generator-sum")


def secant(target):
    def g(x):
        return x * math.exp(x) - target
    x0, x1 = 0.5, 1.0
    f0, f1 = g(x0), g(x1)
    while abs(f1) > 1e-13:
        x0, x1 = x1, x1 - f1 * (x1 - x0) / (f1 - f0)
        f0, f1 = f1, g(x1)
    return x1 ** 2


program(secant, lambda r: (2.2,), tags="while swap closure scalar math")


def anderson_mixing(A, b):
    """Fixed-point iteration that keeps its two last iterates in lists."""
    xs, gs = [b * 0.5], []
    for k in range(6):
        gs.append(np.cos(A @ xs[-1]) + b)
        if len(gs) > 1:
            f0, f1 = gs[-2] - xs[-2], gs[-1] - xs[-1]
            theta = np.sum(f1 * (f1 - f0)) / np.sum((f1 - f0) ** 2)
            xs.append((1 - theta) * gs[-1] + theta * gs[-2])
            xs.pop(0)
            gs.pop(0)
        else:
            xs.append(gs[-1])
    return np.sum(xs[-1] ** 2)


program(anderson_mixing, lambda r: (0.2 * r.normal(size=(3, 3)), r.normal(size=3)), argnums=(0, 1),
analytic=True,
        tags="list-append list-pop negative-index branch")


def line_search_descent(theta):
    """Backtracking gradient descent on Rosenbrock's valley; the number of halvings depends on the data."""
    def cost(p):
        return 5 * (p[1] - p[0] ** 2) ** 2 + (1 - p[0]) ** 2
    p = theta
    for _ in range(4):
        g = np.array([-20 * p[0] * (p[1] - p[0] ** 2) - 2 * (1 - p[0]), 10 * (p[1] - p[0] ** 2)])
        t = 1.0
        while cost(p - t * g) > cost(p) - 0.1 * t * (g @ g):
            t *= 0.5
        p = p - t * g
    return cost(p)


program(line_search_descent, lambda r: (np.array([-0.6, 0.9]),), analytic=True,
        tags="while nested-loops closure inactive-loop")
