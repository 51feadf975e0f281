"""NumPy's functions that write into an array: their options, by position and by name."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from tests.differences import central_differences

X = np.array([0.3, -0.7, 1.2, 0.5, -0.2, 0.9])
W = np.arange(1.0, 7.0)
TALL = np.arange(10.0).reshape(5, 2)
WIDE = W.reshape(2, 3)


def diagonal_that_wraps(x):
    a = np.zeros((5, 2))
    np.fill_diagonal(a, x[0], wrap=True)
    return (a * TALL).sum() * x[1]


def diagonal_of_several_values(x):
    a = np.zeros((5, 2))
    np.fill_diagonal(a, val=x[:2])
    b = x.reshape(2, 3).copy()
    np.fill_diagonal(b, [x[1], x[0], 5.0])
    return (a * TALL).sum() * x[1] + (b * WIDE).sum()


def diagonal_of_several_values_that_wraps(x):
    a = np.zeros((5, 2))
    np.fill_diagonal(a, x[:3], True)
    return (a * TALL).sum() * x[1]


def diagonal_of_a_cube(x):
    a = np.zeros((3, 3, 3))
    np.fill_diagonal(a, x[0] * x[1])
    return (a * np.arange(27.0).reshape(3, 3, 3)).sum()


def by_name(x):
    a = x.copy()
    np.put(a, ind=[0, 3], v=x[1:3])
    np.place(a, mask=a > 1, vals=[x[0], x[1]])
    np.copyto(dst=a, src=x * 3, where=x < 0)
    np.putmask(a, a < 0, values=x**2)
    b = x.reshape(2, 3).copy()
    np.put_along_axis(b, np.array([[0], [1]]), values=x[:2].reshape(2, 1), axis=1)
    return a @ W + (b * WIDE).sum()


def put_with_modes(x):
    a = x.copy()
    a.put([0, 7], [x[1], x[2]], mode="wrap")
    np.put(a, [-3, 9], x[3] * x[0], mode="clip")
    return a @ W


PROGRAMS = [diagonal_that_wraps, diagonal_of_several_values, diagonal_of_several_values_that_wraps,
            diagonal_of_a_cube, by_name, put_with_modes]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda f: f.__name__)
def test_writes(program: Callable[[Any], Any]) -> None:
    value, gradient = ad.value_and_grad(program, on_unsupported="error")(X)
    assert value == pytest.approx(program(X), rel=1e-13)
    np.testing.assert_allclose(gradient, central_differences(program, X), atol=1e-7)


def weights_are_the_data(x):
    return np.histogram(x, bins=3, range=(-1, 1), weights=x)[0] @ [1, 2, 3]


def sizes_known_in_part(x):
    a = np.outer(x[:3], x[3:]) + 3 * np.eye(3)
    rows = x.reshape(2, 3)
    nearest = np.take_along_axis(rows, np.argsort(rows, 1), 1)[:, 0]
    return np.linalg.slogdet(a)[1] + np.bincount([0, 1, 1, 2, 2, 2], weights=x) @ [1, 2, 3] + nearest @ [1, 2]


@pytest.mark.parametrize("program", [weights_are_the_data, sizes_known_in_part], ids=lambda f: f.__name__)
def test_types_are_found(program: Callable[[Any], Any]) -> None:
    gradient = ad.grad(program, on_unsupported="error")(X)
    np.testing.assert_allclose(gradient, central_differences(program, X), atol=1e-7)
