"""Functions differentiated inside others, whose captured functions mean other things by the names that they use."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from tests.oracle import reference_gradient

X = np.array([0.5, 1.0, 1.7])


def captures_a_name_that_is_assigned(x):
    def distance(q):
        return q**2 - x

    def loss(u):
        x = u * 2
        return np.sum(distance(x) ** 2 * x)
    return np.sum(ad.grad(loss)(x) ** 2)


def captures_a_name_of_a_parameter(x):
    def scaled(q):
        return q * x

    return np.sum(ad.grad(lambda x: np.sum(scaled(x) ** 2))(np.ones(3)) ** 2)


def captures_its_own_name(f):
    def distance(q):
        return q**2 - f

    def solved(f, start):
        return ad.custom_root(lambda q: f(q), start, newton)
    return np.sum(solved(distance, np.ones(3)))


def newton(f, start):
    q = start
    for _ in range(30):
        q = q - f(q) / (2 * q)
    return q


def captures_two_of_one_name(x):
    factor = x * 3

    def made():
        factor = np.sin(x)
        return lambda q: q * factor
    own, other = made(), lambda q: q * factor
    return np.sum(ad.grad(lambda q: np.sum(own(q) * other(q)))(x) ** 2)


def binds_it_in_a_part_of_itself(x):
    def loss(q):
        return np.sum(q**2 * x) * sum(x for x in range(3))
    return np.sum(ad.grad(loss)(x * 2) ** 2)


def calls_itself_and_captures(x):
    def powers(n, q):
        return q * x if n == 0 else powers(n - 1, q * x)

    def loss(x):
        return np.sum(powers(2, x) ** 2)
    return np.sum(ad.grad(loss)(x * 2) ** 2)


@pytest.mark.parametrize("f", [
    captures_a_name_that_is_assigned, captures_a_name_of_a_parameter, captures_its_own_name, captures_two_of_one_name,
    binds_it_in_a_part_of_itself, calls_itself_and_captures], ids=lambda f: f.__name__)
def test_captured_functions_keep_what_they_mean(f: Callable[..., Any]) -> None:
    value, gradient = ad.value_and_grad(f, on_unsupported="error")(X)
    assert value == pytest.approx(f(X))
    reference = reference_gradient(f, (X,), (0,), analytic=False)
    assert reference.error((gradient,)) < 1e-6 * max(1.0, reference.scale)
