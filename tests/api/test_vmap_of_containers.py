"""`vmap` and Jacobians of programs with lists in lists, tables, constant rows and indices with several parts."""
from __future__ import annotations

import cmath
import math
from collections import defaultdict, deque
from dataclasses import dataclass

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler.interface.batched import LoopFallback

X = np.array([[0.31, 0.72, 1.23, 0.54], [0.9, 0.2, 0.6, 1.1], [0.5, 1.4, 0.3, 0.8]])


def lists_in_lists(x):
    table = [[0.0] * 5 for _ in range(4)]
    for i in range(4):
        for j in range(1, 5):
            table[i][j] = max(table[i - 1][j - 1] if i else 0.0, table[i][j - 1]) + x[i] * j
    return table[3][4] * table[1][2]


def lists_in_a_table(x):
    groups = defaultdict(list)
    for i, v in enumerate(x):
        groups[i % 2].append(v)
    return sum(groups[0]) * sum(groups[1]) + len(groups[5])


def binomial_tree(x):
    up = math.exp(0.1 * x[0] + 0.05)
    down = 1 / up
    p = (1.01 - down) / (up - down)
    values = [max(100 * up**j * down ** (6 - j) - 95, 0.0) for j in range(7)]
    for i in range(5, -1, -1):
        values = [max((p * values[j + 1] + (1 - p) * values[j]) / 1.01, 100 * up**j * down ** (i - j) - 95)
                  for j in range(i + 1)]
    return values[0]


def constant_rows(x):
    turn = np.array([[np.cos(x[0]), -np.sin(x[0]), 0.5], [np.sin(x[0]), np.cos(x[0]), 0.0], [0, 0, 1.0]])
    return (turn @ turn @ np.array([x[1], x[2], 1.0]))[0] + np.array([[1, 2.0], [x[1], 2]]).sum()


def functions_of_numbers(x):
    z = cmath.exp(complex(x[0], x[1]))
    return math.erf(x[2]) + z.real * z.imag + cmath.phase(z)


def several_indices(x):
    y = np.outer(x, x)
    y[np.triu_indices(4)] = 0
    y[np.diag_indices(4)] = x
    y.flat[1] = 5 * x[0]
    return y.sum() * y[1, 0]


def traces(x):
    return np.einsum("ii", np.outer(x, x)) + np.einsum("i,j,ij->", x, x, np.outer(x, x)) + np.polyval([1.0, x[0]], x[1])


def double_ended(x):
    queue = deque(x, maxlen=3)
    queue.appendleft(x[0] * 2)
    queue.rotate(1)
    return sum(v * i for i, v in enumerate(queue)) if queue else 0.0


@dataclass(order=True)
class Ranked:
    a: float
    b: float


def compared_objects(x):
    return (Ranked(x[0], 1.0) < Ranked(x[1], 5.0)) * x[2] + x[3] ** 2


@pytest.mark.filterwarnings("ignore::ad_compiler.interface.batched.LoopFallback")
@pytest.mark.parametrize("f", [lists_in_lists, lists_in_a_table, binomial_tree, constant_rows, functions_of_numbers,
                               several_indices, traces, double_ended, compared_objects])
def test_each_example_is_its_own(f):
    np.testing.assert_allclose(ad.vmap(f)(X), [f(x) for x in X], rtol=1e-12)
    gradient = ad.grad(f)
    np.testing.assert_allclose(ad.vmap(gradient)(X), [gradient(x) for x in X], rtol=1e-10, atol=1e-13)
    np.testing.assert_allclose(ad.jacrev(f)(X[0]), gradient(X[0]))


class Kept:
    def __init__(self, v):
        self.v = v


def test_an_index_into_a_list_that_differs_is_named():
    def ranked(x):
        cells = [Kept(v) for v in x]
        cells = sorted(cells, key=lambda c: -c.v)
        cells[0].v = 0.0
        return sum(c.v * (i + 1) for i, c in enumerate(cells))

    with pytest.warns(LoopFallback, match="differ"):
        np.testing.assert_allclose(ad.vmap(ranked)(X), [ranked(x) for x in X])
