"""Gradients by what a function captures, against those of the same function with that as an argument."""
from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import ad_compiler as ad

X = np.array([0.5, 1.0, -0.7])


class Layer:
    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.W, self.b, self.rate, self.name = rng.normal(size=(3, 3)), rng.normal(size=3), 0.5, "dense"

    def __call__(self, x):
        return np.tanh(self.W @ x + self.b) * self.rate


class Model:
    def __init__(self) -> None:
        self.layers = [Layer(0), Layer(1)]
        self.table = {"scale": 2.0}
        self.shared = self.layers[0].W  # the same array under another name

    def loss(self, x):
        for layer in self.layers:
            x = layer(x)
        return np.sum(x**2) * self.table["scale"]


model = Model()
weights = np.array([1.0, 2.0, 3.0])
count = 3


def loss(x):
    return model.loss(x)


def helper(x):
    return np.sum(weights * x)


def through_a_helper(x):
    return helper(x) ** 2 + np.sum(weights)


def by_hand(path: str, f: Any, *args: Any) -> Any:
    """Central differences by the array at a path, written into in place."""
    array = eval(path, globals())
    found = np.zeros_like(array)
    for index in np.ndindex(array.shape):
        before = array[index]
        array[index] = before + 1e-6
        up = f(*args)
        array[index] = before - 1e-6
        found[index] = (up - f(*args)) / 2e-6
        array[index] = before
    return found


@pytest.mark.parametrize("path", ["model.layers[0].W", "model.layers[1].W", "model.layers[1].b"])
def test_weights_of_a_model(path: str) -> None:
    for _ in range(2):
        np.testing.assert_allclose(ad.grad(loss, wrt=path)(X), by_hand(path, loss, X), atol=1e-8)


def test_several_paths_numbers_and_structures() -> None:
    value, (w, scale, layer) = ad.value_and_grad(loss, wrt=("model.layers[0].W", "model.table['scale']",
                                                            "model.layers[1]"))(X)
    assert value == loss(X)
    np.testing.assert_allclose(w, by_hand("model.layers[0].W", loss, X), atol=1e-8)
    assert scale == pytest.approx(loss(X) / 2.0)
    assert isinstance(layer, Layer)
    np.testing.assert_allclose(layer.b, by_hand("model.layers[1].b", loss, X), atol=1e-8)
    assert layer.name is None


def test_of_a_bound_method_and_of_an_object() -> None:
    expected = ad.grad(loss, wrt="model.layers[0].W")(X)
    np.testing.assert_allclose(ad.grad(model.loss, wrt="self.layers[0].W")(X), expected)
    layer = model.layers[0]
    got = ad.grad(lambda x: np.sum(layer(x)), wrt=("layer.b", "x"))(X)
    np.testing.assert_allclose(got[0], ad.grad(lambda b: np.sum(np.tanh(layer.W @ X + b) * layer.rate))(layer.b))
    np.testing.assert_allclose(got[1], ad.grad(lambda x: np.sum(layer(x)))(X))


def test_a_global_is_found_in_helpers_too() -> None:
    np.testing.assert_allclose(ad.grad(through_a_helper, wrt="weights")(X), by_hand("weights", through_a_helper, X),
                               atol=1e-7)


def test_values_are_read_anew_and_steps_of_descent_work() -> None:
    mine = Layer(3)

    def cost(x):
        return np.sum((mine(x) - 0.1) ** 2)

    slope = ad.grad(cost, wrt=("mine.W", "mine.b"))
    before = cost(X)
    for _ in range(50):
        w, b = slope(X)
        mine.W = mine.W - 0.5 * w
        mine.b -= 0.5 * b
    assert cost(X) < 1e-3 * before


def test_one_array_under_two_names_counts_twice() -> None:
    class Tied:
        def __init__(self) -> None:
            self.a = np.array([1.0, 2.0, 3.0])
            self.b = self.a

    tied = Tied()
    np.testing.assert_allclose(ad.grad(lambda x: np.sum(tied.a * x) + np.sum(tied.b**2), wrt="tied.a")(X),
                               X + 2.0 * tied.a)
    slope = ad.grad(lambda x: np.sum(tied.a * x) + np.sum(tied.b**2), wrt="tied.a")
    np.testing.assert_allclose(slope(X), X + 2.0 * tied.a)
    tied.b = tied.a.copy()
    np.testing.assert_allclose(slope(X), X)
    tied.b = tied.a
    np.testing.assert_allclose(slope(X), X + 2.0 * tied.a)
    tied.b = tied.a[:]
    with pytest.raises(ValueError, match="the program also reads this memory as"):
        slope(X)


def test_what_is_not_read_has_gradient_zero() -> None:
    unused = np.ones(2)
    np.testing.assert_array_equal(ad.grad(lambda x: np.sum(x) + 0.0 * len(unused), wrt="unused")(X), np.zeros(2))


@pytest.mark.parametrize(("path", "message"), [
    ("modle.W", r"`loss` knows no `modle`; there are arguments `x`; globals `model`"),
    ("model.weights", r"`model` has no `.weights`; there are `.layers`, `.table`, `.shared`"),
    ("model.layers[7].W", r"`model.layers` has no `\[7\]`; there are `\[0\]`, `\[1\]`"),
    ("model.layers[0].W +", "is no path"),
])
def test_wrong_paths(path: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ad.grad(loss, wrt=path)(X)


def test_wrong_kinds() -> None:
    with pytest.raises(TypeError, match="holds no floating-point number to differentiate by: it is a int"):
        ad.grad(lambda x: np.sum(x) * count, wrt="count")(X)
    with pytest.raises(TypeError, match="give argnums or wrt"):
        ad.grad(loss, argnums=1, wrt="model.table")
