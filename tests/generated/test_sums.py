"""Sums of products, equal contributions and numbers in adjoint code."""
from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tests.generated.judging import agree

X = np.linspace(0.3, 1.1, 6)
A = np.linspace(0.2, 1.4, 12).reshape(4, 3)
T = np.linspace(0.1, 1.9, 24).reshape(4, 2, 3)


def scale_of_a_vector(x, k):
    return np.sum(np.sin(x * k))


def rows_scaled(a, r):
    return np.sum(np.cos(a * r[:, None]))


def columns_divided(a, c):
    return np.sum(np.exp(a / c))


def middle_axis(t, m):
    return np.sum(np.tanh(t * m[:, None, :]))


def normalised(a):
    n = np.sum(a, axis=1, keepdims=True)
    return np.sum((a / n) ** 3)


def own_product(x):
    return 0.5 * np.dot(x, x) + np.sum(x * x) / x.size


def constant_array_inside(x):
    return np.sum(np.linspace(0.1, x[2], 4) ** 2)


def mask_inside(a):
    return np.sum(np.where(a > 0.7, a * a, 0.3 * a))


def number_for_an_array(a, b):
    return np.sum(a + b)


def float_and_int(a, w=np.arange(3)):
    return np.sum(a * w * a)


CASES = [(scale_of_a_vector, (X, 0.7), "np.dot("), (rows_scaled, (A, X[:4].copy()), "np.einsum("),
         (columns_divided, (A, X[:3].copy()), ""), (middle_axis, (T, A), "np.einsum("),
         (normalised, (A,), ""), (own_product, (X,), ""), (constant_array_inside, (X,), ""), (mask_inside, (A,), ""),
         (number_for_an_array, (A, X[:3].copy()), ""), (float_and_int, (A,), "")]


@pytest.mark.parametrize(("f", "args", "expected"), CASES, ids=lambda v: getattr(v, "__name__", ""))
def test_sums(f: Callable[..., object], args: tuple[object, ...], expected: str) -> None:
    assert expected in agree(f, *args)


def test_a_vector_with_itself_is_doubled_once() -> None:
    text = agree(lambda x: 0.01 * np.dot(x, x), X)
    assert "x_bar = 0.02 * x" in text
