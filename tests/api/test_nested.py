"""Derivatives of derivatives, and derivatives inside the function that is differentiated."""
from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from tests.oracle import reference_gradient

X = np.array([0.5, 1.0, -0.7])
stiffness = 3.0


def potential(q, k=0.5):
    return k * np.sum(q**4) / 4.0 + stiffness * np.sum(np.cos(q))


force = ad.grad(potential)


def agrees(f: Any, *args: Any) -> None:
    """The gradient of `f` by all arguments is what differences give, three times."""
    argnums = tuple(range(len(args)))
    reference = reference_gradient(f, args, argnums, analytic=False)
    gradient = ad.grad(f, argnums=argnums, on_unsupported="error")
    for _ in range(3):
        assert reference.error(gradient(*args)) < 1e-8 * max(1.0, reference.scale)


def test_third_order() -> None:
    def quintic(t):
        y = t
        for _ in range(4):
            y = y * t
        return y

    third = ad.grad(ad.grad(ad.grad(quintic)))
    assert third(2.0) == pytest.approx(60.0 * 4.0)
    assert ad.grad(ad.grad(ad.grad(np.tanh)))(0.0) == pytest.approx(-2.0)
    value, slope = ad.value_and_grad(ad.grad(quintic))(2.0)
    assert (value, slope) == (80.0, 160.0)


def test_the_derivative_of_a_value_and_gradient() -> None:
    out, pullback = ad.vjp(ad.value_and_grad(potential, argnums=(0, "k")), X)
    assert out[0] == potential(X)
    (bar,) = pullback((1.0, (np.zeros(3), 0.0)))
    np.testing.assert_allclose(bar, force(X))


def test_structures_between_orders() -> None:
    def f(p):
        return np.sum(p["a"] ** 3 * p["b"])

    def norm(p):
        slope = ad.grad(f)(p)
        return np.sum(slope["a"] * slope["b"])

    agrees(norm, {"a": X, "b": X + 2.0})


def test_hessian_by_two_ways() -> None:
    hessian = ad.hessian(potential)(X)
    np.testing.assert_allclose(hessian, ad.jacrev(force)(X), atol=1e-12)
    np.testing.assert_allclose(hessian, np.diag(1.5 * X**2 - stiffness * np.cos(X)), atol=1e-12)


def test_a_simulation_whose_force_is_a_gradient() -> None:
    def final_energy(q, k):
        p = np.zeros(3)
        for _ in range(5):
            p = p - 0.1 * force(q, k)
            q = q + 0.1 * p
        return np.sum(p * p) + potential(q, k)

    agrees(final_energy, X, 0.5)


def test_an_inner_gradient_descent() -> None:
    def inner(y, x):
        return (y - np.sin(x)) ** 2 + 0.1 * y**4

    def outer(x):
        y = 0.0
        for _ in range(6):
            y = y - 0.2 * ad.grad(inner)(y, x)
        return y**2 + x

    agrees(outer, 0.8)


def test_lambdas_and_inner_functions() -> None:
    def f(x, k):
        def energy(z):
            return np.sum(z**3) * k

        scale = k * 2.0
        first = ad.grad(energy)(x)
        second = ad.grad(lambda z: np.sum(np.sin(z * scale)))(x)
        value, third = ad.value_and_grad(lambda z: z * k * z)(k)
        return np.sum(first * second) + value * third

    agrees(f, X, 1.3)


def test_second_order_inside() -> None:
    agrees(lambda x: ad.grad(ad.grad(lambda t: t**4 * x))(x), 1.5)


def test_captured_numbers_are_read_through_all_orders(monkeypatch: pytest.MonkeyPatch) -> None:
    second = ad.grad(lambda q: np.sum(force(q) * q))
    for value in (3.0, 4.0, 5.0):
        monkeypatch.setitem(globals(), "stiffness", value)
        expected = 2.0 * X**3 - value * (np.sin(X) + X * np.cos(X))
        np.testing.assert_allclose(second(X), expected)


def test_bound_methods_and_partials() -> None:
    class Spring:
        def __init__(self, k):
            self.k = k

        def energy(self, x):
            return self.k * x**4

    spring = Spring(2.0)
    assert ad.grad(ad.grad(spring.energy))(1.0) == 24.0
    spring.k = 3.0
    assert ad.grad(ad.grad(spring.energy))(1.0) == 36.0
