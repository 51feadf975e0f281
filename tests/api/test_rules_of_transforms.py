"""Equations, fixed points and checkpointed calls of derivatives of functions that are made inside the program."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from tests.differences import central_differences

A = np.array([[0.3, -0.6, 1.1], [0.9, 0.4, -0.2], [-0.5, 1.2, 0.7], [0.8, -0.1, 0.6]])
Y = np.array([0.4, -0.3, 0.9, 0.1])
X = np.array([0.5, 1.2, -0.7])
E = {"on_unsupported": "error"}


def newton(f, w):
    for _ in range(40):
        slopes = np.array([(f(w + 1e-5 * e) - f(w - 1e-5 * e)) / 2e-5 for e in np.eye(w.size)]).T
        w = w - np.linalg.solve(slopes, f(w))
    return w


def newton_of_a_number(f, t):
    for _ in range(40):
        t = t - f(t) * 2e-6 / (f(t + 1e-6) - f(t - 1e-6))
    return t


def minimum(x):
    def loss(w):
        return np.sum((A @ w - Y) ** 4) + x[0] ** 2 * np.sum(w**2)
    return np.sum(ad.custom_root(ad.grad(loss), np.ones(3), newton) ** 2)


def inflection(x):
    return ad.custom_root(ad.grad(ad.grad(lambda t: (t - x[0]) ** 4 / 12.0 + t**3 / 6.0 - t**2)), 1.5,
                          newton_of_a_number)


def settled(x):
    return ad.fixed_point(ad.grad(lambda t: 0.25 * np.sin(x[0] * t) + 0.3 * t), 0.3)


def solved(x):
    found = ad.custom_linear_solve(ad.grad(lambda y: 0.5 * np.sum(y**2 * np.exp(x))), x**2,
                                   lambda product, b: b / np.exp(x), symmetric=True)
    return np.sum(found**3)


def gradient_again(x):
    force = ad.checkpoint(ad.grad(lambda y: np.sum(np.sin(y) * x) * x[0]))
    return np.sum(force(x) * force(x**2))


def jacobian_again(x):
    return np.sum(ad.checkpoint(ad.jacobian(lambda y: np.sin(y) * x[0]))(x) ** 2)


def hessian_again(x):
    return np.sum(ad.checkpoint(ad.hessian(lambda y, z: np.sum(np.sin(y) * x[0] * z)))(x, x**2) ** 2)


def batch_again(x):
    return np.sum(ad.checkpoint(ad.vmap(lambda y: np.sin(y) * x[0]))(x) ** 2)


PROGRAMS = [minimum, inflection, settled, solved, gradient_again, jacobian_again, hessian_again, batch_again]


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_against_differences(f: Callable[..., Any]) -> None:
    slope = ad.grad(f, **E)(X)
    np.testing.assert_allclose(slope, central_differences(f, X, 1e-5), rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(ad.jvp(f, (X,), (Y[:3],), **E)[1], slope @ Y[:3], rtol=1e-9)
    along = (ad.grad(f)(X + 1e-5 * Y[:3]) - ad.grad(f)(X - 1e-5 * Y[:3])) / 2e-5
    np.testing.assert_allclose(ad.hvp(f, **E)(X, Y[:3]), along, rtol=1e-4, atol=1e-6)
