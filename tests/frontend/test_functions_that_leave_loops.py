# ruff: noqa: B023 - spelled in every way that Python has

"""Functions, partial functions and classes that a loop makes from values of an iteration, used after the loop."""
from __future__ import annotations

import functools
import warnings

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler.errors import TapeFallback
from tests.differences import central_differences

X = np.array([0.31, 0.72, 1.23, 0.54])


def partial_of_a_square(x):
    for v in x:
        scaled = functools.partial(lambda a, b: a * b, v * v)
    return scaled(x[1])


def partial_of_what_the_loop_carries(x):
    total = 0.0
    for v in x:
        scaled = functools.partial(lambda a, b: a * b, total)
        total = total + v
    return scaled(x[1]) + total


def default_of_what_the_loop_carries(x):
    total = 1.0
    for v in x:
        scaled = lambda y, total=total: y * total  # noqa: E731
        total = total + v
    return scaled(x[1])


def closure_of_a_call(x):
    for v in x:
        scaled = (lambda w: (lambda y: y * w))(v * 2)
    return scaled(x[1])


def class_of_an_iteration(x):
    for v in x:
        class Inner:
            k = v * 3

            def total(self):
                return self.k

    return Inner().total() * x[0]


def default_that_counts(x):
    total = 0.0
    for i in range(3):
        def scaled(v, i=i):
            return v * i

        total += scaled(x[i])
    return total + scaled(x[3]) + i


def read_late(x):
    for v in x:
        def scaled(y):
            return y * v

    return scaled(x[0])


@pytest.mark.parametrize("f", [
    partial_of_a_square, partial_of_what_the_loop_carries, default_of_what_the_loop_carries, closure_of_a_call,
    class_of_an_iteration, default_that_counts, read_late])
def test_derivatives(f):
    with warnings.catch_warnings():  # most of them run on the tape
        warnings.simplefilter("ignore", TapeFallback)
        value, gradient = ad.value_and_grad(f)(X)
        jacobian = ad.jacrev(lambda x: np.array([f(x), 2.0 * f(x)]))(X)
    expected = central_differences(f, X)
    assert value == pytest.approx(f(X), rel=1e-13)
    np.testing.assert_allclose(gradient, expected, atol=1e-8)
    np.testing.assert_allclose(jacobian, [expected, 2 * expected], atol=1e-8)
