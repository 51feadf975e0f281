"""Derivatives that hold objects (of bound methods, of classes made inside a function), used inside compiled code."""
from __future__ import annotations

import numpy as np

import ad_compiler as ad

X = np.array([1.0, 2.0])


class Spring:
    def __init__(self) -> None:
        self.stiffness, self.rest = np.array([1.0, 3.0]), 0.5

    def energy(self, x):
        return np.sum(self.stiffness * (x - self.rest) ** 2)


def by_hand(stiffness, rest, x):
    return 2 * stiffness * (x - rest)


def test_the_gradient_of_a_bound_method_is_called_inside() -> None:
    spring = Spring()
    force = ad.grad(spring.energy)

    def power(x):
        return np.sum(force(x) ** 2)

    slope = ad.grad(power)
    np.testing.assert_allclose(slope(X), 2 * by_hand(spring.stiffness, 0.5, X) * 2 * spring.stiffness)
    spring.stiffness, spring.rest = np.array([2.0, 1.0]), 0.25  # read anew
    np.testing.assert_allclose(slope(X), 2 * by_hand(spring.stiffness, 0.25, X) * 2 * spring.stiffness)
    spring.stiffness = 2.0  # of another type: compiled anew
    np.testing.assert_allclose(slope(X), 2 * by_hand(2.0, 0.25, X) * 4.0)


def test_by_what_the_bound_object_holds() -> None:
    spring = Spring()
    force = ad.grad(spring.energy)
    np.testing.assert_allclose(ad.jacobian(force, wrt="self.stiffness")(X), np.diag(2 * (X - 0.5)))
    np.testing.assert_allclose(ad.jacobian(force, wrt="self.rest")(X), -2 * spring.stiffness)


def test_one_number_of_an_object_under_several_names() -> None:
    spring = Spring()
    force = ad.grad(spring.energy)
    other = {"spring": spring}

    def power(x):
        return np.sum(force(x) ** 2) + spring.rest + other["spring"].rest

    expected = np.sum(-8 * spring.stiffness**2 * (X - 0.5)) + 2.0
    np.testing.assert_allclose(ad.grad(power, wrt="spring.rest")(X), expected)
    np.testing.assert_allclose(ad.jacobian(power, wrt="spring.rest")(X), expected)


def test_defaults_of_a_function_whose_gradient_is_called_inside() -> None:
    def energy(x, k=np.array([1.0, 2.0])):
        return np.sum(k * x**3)

    slope = ad.grad(energy)
    np.testing.assert_allclose(ad.grad(lambda x: np.sum(slope(x)))(X), 6 * np.array([1.0, 2.0]) * X)


def test_numbers_of_classes_that_a_function_defines() -> None:
    class Model:
        rate, weights = 3.0, np.array([1.0, 2.0])

        def loss(self, x):
            return np.sum(self.rate * self.weights * x**2)

    model = Model()
    slope = ad.grad(lambda x: model.loss(x))
    np.testing.assert_allclose(slope(X), 6 * Model.weights * X)
    np.testing.assert_allclose(ad.grad(lambda m, x: m.loss(x), argnums=1)(model, X), 6 * Model.weights * X)
    np.testing.assert_allclose(ad.grad(lambda x: Model().loss(x) + Model.rate)(X), 6 * Model.weights * X)
    Model.rate = 1.0
    np.testing.assert_allclose(slope(X), 2 * Model.weights * X)
    Model.weights = 5.0
    np.testing.assert_allclose(slope(X), 10 * X)
