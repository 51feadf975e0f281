"""`with` of contexts that leave numbers alone."""
from __future__ import annotations

import contextlib

import numpy as np
import pytest

import ad_compiler as ad


def without_a_context(x, c):
    with contextlib.nullcontext(x * c) as y, np.errstate(all="ignore"), contextlib.nullcontext():
        if c > 0.5:
            return np.sum(y ** 2)
        z = y * 2.0
    with contextlib.nullcontext(enter_result=(z, c)) as (a, b):
        total = np.sum(a * b)
    return total


@pytest.mark.parametrize("c", [0.3, 0.7])
def test_nullcontext_gives_its_value(c: float) -> None:
    x = np.array([1.0, 2.0, -0.5])
    value, (x_bar, c_bar) = ad.value_and_grad(without_a_context, argnums=(0, 1), on_unsupported="error")(x, c)
    assert value == without_a_context(x, c)
    np.testing.assert_allclose(x_bar, 2 * x * c * c if c > 0.5 else np.full(3, 2 * c * c))
    np.testing.assert_allclose(c_bar, 2 * c * np.sum(x * x) if c > 0.5 else 4 * c * np.sum(x))


class Guard:
    """Notes what happens, and lets ValueError end here."""

    def __init__(self, notes):
        self.notes = notes

    def __enter__(self):
        self.notes.append(1.0)
        return self.notes

    def __exit__(self, kind, error, where):
        self.notes.append(2.0)
        return kind is ValueError


class Timer(Guard):
    def __exit__(self, *error):
        self.notes.append(3.0)


def guarded(x):
    notes = [x[0]]
    with Guard(notes) as inner:
        inner.append(x[1])
        if x[1] < 0:
            raise ValueError
        inner.append(x[2])
    return sum(k * v for k, v in enumerate(notes))


def timed(x):
    notes = [x[0]]
    with Timer(notes) as inner:
        inner.append(x[1] * x[2])
    return sum(k * v for k, v in enumerate(notes))


def test_a_manager_that_swallows_an_error() -> None:
    x = np.array([1.0, -2.0, 0.5])
    value, gradient = ad.value_and_grad(guarded, on_unsupported="error")(x)
    assert value == guarded(x)
    np.testing.assert_allclose(gradient, [0.0, 2.0, 0.0])


def test_a_manager_that_swallows_nothing_is_compiled() -> None:
    x = np.array([1.0, -2.0, 0.5])
    value, gradient = ad.value_and_grad(timed, on_unsupported="error")(x)
    assert value == timed(x)
    np.testing.assert_allclose(gradient, [0.0, 1.0, -4.0])
