"""Tuples as indices, of known and unknown length; arrays of objects."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from tests.differences import central_differences

X = np.array([0.31, 0.72, 1.23, 0.54])


def picked(x):
    a = np.outer(x, x)
    places = np.argwhere(a > 0.2)
    return a[tuple(places.T)].sum() + a[tuple(places[0])] * 3.0


def written(x):
    a = np.outer(x, x)
    places = np.argwhere(a > 0.2)
    a[tuple(places.T)] *= x[0]
    a[tuple(places[-1])] = x[1]
    return np.sum(a * np.arange(4.0))


def item_by_item(x):
    a, s = np.outer(x, x), 0.0
    for place in np.argwhere(a > 0.2):
        s += a[tuple(place)] * x[0]
    return s


def open_mesh_of_a_mask(x):
    a, free = np.outer(x, x), x > 0.4
    a[np.ix_(free, [0, 1])] *= x[0]
    return np.linalg.det(a[np.ix_(free, free)] + np.eye(3)) + a.sum()


def of_a_list(x):
    a, place = np.outer(x, x), []
    for v in x:
        if v > 0.7:
            place.append(int(v))
    return a[tuple(place)].sum() + a[place].sum()


def written_by_a_list(x):
    a, place = np.outer(x, x), []
    for v in x:
        if v > 0.7:
            place.append(int(v))
    a[tuple(place)] *= 2.0
    return a.sum()


@pytest.mark.parametrize("program", [picked, written, item_by_item, open_mesh_of_a_mask], ids=lambda f: f.__name__)
def test_tuples_of_known_length(program: Callable[[Any], Any]) -> None:
    value, gradient = ad.value_and_grad(program, on_unsupported="error")(X)
    assert value == program(X)
    np.testing.assert_allclose(gradient, central_differences(program, X), rtol=1e-6)


@pytest.mark.parametrize("program", [of_a_list, written_by_a_list], ids=lambda f: f.__name__)
def test_tuples_of_unknown_length(program: Callable[[Any], Any]) -> None:
    """They were taken for lists, which are places on the first axis."""
    with pytest.raises(ad.errors.CompileError, match="AD133: this index is a tuple"):
        ad.grad(program, on_unsupported="error")(X)
    with pytest.warns(ad.errors.TapeFallback):
        value, gradient = ad.value_and_grad(program)(X)
    assert value == program(X)
    np.testing.assert_allclose(gradient, central_differences(program, X), rtol=1e-6)


OBJECTS = np.array([1.5, 2.5], dtype=object)


def held_as_objects(x):
    a = np.zeros(2, dtype=object)
    a[0] = x[0]
    return a[0] * x[1] + x.sum()


def scaled_by_objects(x):
    return (OBJECTS * x[:2]).sum()


def test_arrays_of_objects() -> None:
    with pytest.warns(ad.errors.TapeFallback):
        value, gradient = ad.value_and_grad(held_as_objects)(X)
    assert value == held_as_objects(X)
    np.testing.assert_allclose(gradient, central_differences(held_as_objects, X), rtol=1e-6)
    with pytest.warns(ad.errors.TapeFallback), pytest.raises(  # (its gradient was 0)
            ad.errors.UnsupportedError, match="array of objects"):
        ad.grad(scaled_by_objects)(X)
