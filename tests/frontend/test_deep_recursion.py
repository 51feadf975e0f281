"""Recursions with a constant that counts down, and linked structures."""
from __future__ import annotations

import numpy as np

import ad_compiler as ad
from tests.differences import central_differences

X = np.array([0.3, 0.7, 1.2, 0.5])


def refined(f, a, b, tolerance, whole, depth):
    c = (a + b) / 2
    left = (c - a) / 6 * (f(a) + 4 * f((a + c) / 2) + f(c))
    right = (b - c) / 6 * (f(c) + 4 * f((c + b) / 2) + f(b))
    if depth <= 0 or abs(left + right - whole) <= 15 * tolerance:
        return left + right + (left + right - whole) / 15
    return refined(f, a, c, tolerance / 2, left, depth - 1) + refined(f, c, b, tolerance / 2, right, depth - 1)


def area(x):
    def f(t):
        return np.exp(-x[0] * t) * np.sin(x[1] * t * 5)

    a, b = 0.0, x[2]
    return refined(f, a, b, 1e-5, (b - a) / 6 * (f(a) + 4 * f((a + b) / 2) + f(b)), 12)


def test_a_recursion_with_two_calls_and_a_count_is_a_call() -> None:
    """Read in place for each of its 4095 possible calls it had no end."""
    g = ad.value_and_grad(area, on_unsupported="error")
    value, gradient = g(X)
    assert value == area(X)
    np.testing.assert_allclose(gradient, central_differences(area, X), rtol=1e-6, atol=1e-8)
    assert len(g.source.splitlines()) < 300


class Cell:
    def __init__(self, value, rest):
        self.value, self.rest = value, rest


class Stack:
    def __init__(self):
        self.top, self.size = None, 0

    def push(self, value):
        self.top = Cell(value, self.top)
        self.size += 1
        return self

    def __iter__(self):
        cell = self.top
        while cell is not None:
            yield cell.value
            cell = cell.rest


def pushed(x):
    stack = Stack()
    for v in x:
        stack.push(v * 2.0).push(v)
    return sum(k * v for k, v in enumerate(stack)) * stack.size


def test_linked_cells_over_a_short_array() -> None:
    for n in (3, 4):
        value, gradient = ad.value_and_grad(pushed, on_unsupported="error")(X[:n])
        assert value == pushed(X[:n])
        np.testing.assert_allclose(gradient, central_differences(pushed, X[:n]), rtol=1e-6)


class Rows:
    def __init__(self, rows):
        self.rows = [list(row) for row in rows]

    @property
    def shape(self):
        return len(self.rows), len(self.rows[0])

    def determinant(self):
        if self.shape == (1, 1):
            return self.rows[0][0]
        return sum((-1) ** j * self.rows[0][j] * self.minor(j).determinant() for j in range(self.shape[1]))

    def minor(self, j):
        return Rows([row[:j] + row[j + 1:] for row in self.rows[1:]])


def determinant(x):
    return Rows([[x[0], x[1], 1.0], [x[2], x[3], x[0]], [2.0, x[1] * x[2], 0.5]]).determinant()


def test_tuples_of_known_numbers_decide_when_compiling() -> None:
    g = ad.value_and_grad(determinant, on_unsupported="error")
    value, gradient = g(X)
    np.testing.assert_allclose(value, determinant(X))
    np.testing.assert_allclose(gradient, central_differences(determinant, X), rtol=1e-6)
    assert "==" not in g.source
