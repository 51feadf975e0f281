"""Gradients by objects that a differentiated program takes: the class is not called to make them."""
from dataclasses import dataclass

import numpy as np
import pytest

import ad_compiler as ad

X = np.array([0.4, 0.9, -0.6])
V = np.array([0.3, -1.0, 0.6])
W = np.array([[0.3, -0.2, 0.5], [0.1, 0.4, -0.3], [-0.6, 0.2, 0.1]])


class Drawn:
    """A layer whose weights are not arguments of its class."""

    def __init__(self, seed=0):
        random = np.random.default_rng(seed)
        self.W, self.b = random.standard_normal((3, 3)), random.standard_normal(3)

    def __call__(self, x):
        return np.tanh(self.W @ x + self.b)


@dataclass
class Given:
    W: np.ndarray
    b: np.ndarray

    def __call__(self, x):
        return np.tanh(self.W @ x + self.b)


class Scaled(Drawn):
    def __init__(self, inner, scale, *, power):
        self.inner, self.W, self.b = inner, scale * W, np.ones(3)
        self.power = power

    def __call__(self, x):
        return np.tanh(self.W @ self.inner(x) + self.b) ** self.power


LAYERS = [Drawn(), Given(W, X), Scaled(Drawn(1), 0.7, power=2)]


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: type(layer).__name__)
@pytest.mark.parametrize("order", ["grad", "value_and_grad", "vjp"])
def test_derivatives_of_a_program_that_takes_gradients_by_an_object(layer, order):
    def loss(model, x):
        return np.sum(model(x) ** 2)

    def program(x):
        if order == "grad":
            bar = ad.grad(loss)(layer, x)
        elif order == "value_and_grad":
            bar = ad.value_and_grad(loss)(layer, x)[1]
        else:
            bar = ad.vjp(loss, layer, x)[1](1.0)[0]
        return bar.W @ x + bar.b
    step = 1e-5
    want = np.array([V @ (program(X + e) - program(X - e)) for e in step * np.eye(3)]) / (2 * step)
    np.testing.assert_allclose(ad.vjp(program, X, on_unsupported="error")[1](V)[0], want, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(ad.jvp(program, (X,), (V,), on_unsupported="error")[1] @ V, V @ want, rtol=1e-6)
