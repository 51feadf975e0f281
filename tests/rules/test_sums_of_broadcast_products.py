"""Adjoints of products of arrays of fewer dimensions than their product, summed over some of its axes."""
from __future__ import annotations

import numpy as np
import pytest

import ad_compiler as ad
from tests.differences import central_differences

RNG = np.random.default_rng(0)
W = RNG.standard_normal((2, 4))


def weighted(c, f):
    return np.sum(np.sum(c * f, axis=1) * W)


def squared(c, f):
    return np.sum(np.sum(c * f, axis=1) ** 2)


def averaged(c, f):
    return np.sum((c * f).mean(axis=1) * W) + np.sum(W[:, None] * c * f)


def of_a_function(c, f):
    return np.sum(W * np.sum(np.sin(f) * c, axis=1))


def with_axes_kept(c, f):
    return np.sum(np.sum(f / c, axis=1, keepdims=True) * W[:, None])


def column_by_row(c, f):
    return np.sum(np.sum(c[:, :, 0] * f[0], axis=1) * W[:, 0])


def _difference(f, args, k):
    found = np.zeros_like(args[k])
    for place in np.ndindex(found.shape):
        sides = []
        for step in (1e-6, -1e-6):
            moved = [a.copy() for a in args]
            moved[k][place] += step
            sides.append(f(*moved))
        found[place] = (sides[0] - sides[1]) / 2e-6
    return found


@pytest.mark.parametrize("f", [weighted, squared, averaged, of_a_function, with_axes_kept, column_by_row])
@pytest.mark.parametrize("rows", [1, 3, 4])
def test_against_differences(f, rows):
    args = [RNG.uniform(0.5, 1.5, (2, 1, 4)), RNG.uniform(0.5, 1.5, (rows, 4))]
    for k, bar in enumerate(ad.grad(f, argnums=(0, 1), on_unsupported="error")(*args)):
        np.testing.assert_allclose(bar, _difference(f, args, k), rtol=1e-6, atol=1e-7)


def test_sum_over_an_axis_of_length_one():
    a, c = RNG.uniform(0.5, 1.5, 4), RNG.uniform(0.5, 1.5, (1, 1))

    def f(a, c):
        y = a * c
        y = y - y.mean()
        return np.sum(np.sum(y, axis=0) * 1.3 + np.sum(y, axis=0))

    def constant(a, c):
        y = a * c
        y = y - y.mean()
        return np.sum(np.sum(y, axis=0) * 1.3)

    for g in (f, constant):
        for k, bar in enumerate(ad.grad(g, argnums=(0, 1), on_unsupported="error")(a, c)):
            np.testing.assert_allclose(bar, _difference(g, [a, c], k), rtol=1e-6, atol=1e-7)


def scaled_sum(a, c):
    return np.sum((c + a) * 1.3)


def with_mean_added(a, c):
    y = c + a
    y = y + y.mean()
    return np.sum(y * 1.3)


def with_mean_taken(a, c):
    y = c - a * a
    y = y - y.mean()
    return np.sum(y * 1.3) + np.sum(c - a)


@pytest.mark.parametrize("f", [scaled_sum, with_mean_added, with_mean_taken])
@pytest.mark.parametrize("shapes", [((3, 1), (1, 3, 4)), ((3, 1), (2, 3, 4)), ((1, 4), (2, 3, 4)), ((1, 1), (2, 3, 4)),
                                    ((1,), (3, 4)), ((1, 3, 1), (2, 2, 3, 4))])
def test_constant_cotangents(f, shapes):
    args = [RNG.uniform(0.5, 1.5, shape) for shape in shapes]
    for k, bar in enumerate(ad.grad(f, argnums=(0, 1), on_unsupported="error")(*args)):
        assert bar.shape == args[k].shape
        np.testing.assert_allclose(bar, _difference(f, args, k), rtol=1e-6, atol=1e-7)


def test_cotangents_that_are_the_same_along_an_axis_of_unknown_length():
    """Second derivatives of sums over an axis of an array whose sizes the run decides."""
    weights = np.array([[0.3, -0.5, 0.2], [0.7, 0.1, -0.4], [0.2, 0.6, 0.5]])

    def step(y):
        return np.tanh(weights @ y)

    def summed(x, c):
        y, n = x, 0
        while n < 2:
            y = ad.checkpoint(step)(y)
            n += 1
        return np.sum(y[:, None] * y * c, 0)

    def pulled(x, c):
        _, pullback = ad.vjp(summed, x, c)
        x_bar, c_bar = pullback(np.cos(x))
        return np.sum((x_bar + c_bar) * np.array([0.3, -1.0, 0.6]))

    x = np.array([0.4, 0.9, -0.6])
    expected = central_differences(lambda z: pulled(z, 1.3), x)
    np.testing.assert_allclose(ad.grad(pulled, on_unsupported="error")(x, 1.3), expected, rtol=1e-6)
