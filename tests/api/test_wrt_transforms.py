"""Every transform by what a function captures, against the same transform by an argument."""
from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import optree
import pytest

import ad_compiler as ad

X = np.array([0.5, 1.0, -0.7])
W = np.array([[0.3, -0.2, 0.1], [0.5, 0.4, -0.6]])
V = np.array([[1.0, 0.5, -0.3], [0.2, -0.4, 0.7]])
scale = 1.5


class Model:
    def __init__(self) -> None:
        self.W, self.b, self.rates = np.outer(X, X[::-1]), X.copy(), {"first": 2.0}

    def out(self, x):
        return np.tanh(self.W @ x + self.b) * self.rates["first"]


model = Model()


def out(x):
    return np.tanh(W @ x) * scale


def out_by(w, s, x):
    return np.tanh(w @ x) * s


def loss(x):
    return np.sum(out(x) ** 2)


def loss_by(w, s, x):
    return np.sum(out_by(w, s, x) ** 2)


def same(found: Any, expected: Any) -> None:
    leaves, structure = optree.tree_flatten(found)
    others, other = optree.tree_flatten(expected)
    assert structure == other
    for a, b in zip(leaves, others, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("transform", [ad.jacobian, ad.jacrev, ad.jacfwd, ad.value_and_jacobian, ad.elementwise_grad])
def test_transforms_of_many_results(transform: Any) -> None:
    same(transform(out, wrt="W")(X), transform(out_by)(W, scale, X))


@pytest.mark.parametrize("transform", [ad.hessian, ad.jacobian])
def test_several_paths_give_a_tuple(transform: Any) -> None:
    same(transform(loss, wrt=("W", "scale"))(X), transform(loss_by, argnums=(0, 1))(W, scale, X))


@pytest.mark.parametrize("transform", [ad.hvp, ad.vhp])
def test_products_take_the_direction_behind_the_arguments(transform: Any) -> None:
    same(transform(loss, wrt="W")(X, V), transform(loss_by)(W, scale, X, V))
    with pytest.raises(TypeError, match="behind them, a direction"):
        transform(loss, wrt="W")()


def test_transforms_that_compute_at_once() -> None:
    same(ad.jvp(out, (X,), V, wrt="W"), ad.jvp(out_by, (W, scale, X), (V, None, None)))
    same(ad.jvp(out, (X,), (V, 1.0), wrt=("W", "scale")), ad.jvp(out_by, (W, scale, X), (V, 1.0, None)))
    value, pullback = ad.vjp(out, X, wrt=("W", "scale"))
    by_hand = ad.vjp(out_by, W, scale, X, argnums=(0, 1))
    same((value, pullback(value)), (by_hand[0], by_hand[1](value)))
    value, linear = ad.linearize(out, X, wrt="W")
    same((value, linear(V)), ad.jvp(out_by, (W, scale, X), (V, None, None)))
    with pytest.raises(TypeError, match="takes 1 tangents"):
        linear(V, X)


def test_derivatives_by_a_captured_number() -> None:
    same(ad.derivative(lambda x: x * scale**4, n=3, wrt="scale")(2.0), 2.0 * 24 * scale)


@pytest.mark.parametrize(("found", "expected"), [
    (lambda: ad.jacobian(ad.grad(loss, wrt="W"))(X), lambda: ad.jacobian(ad.grad(loss_by), argnums=2)(W, scale, X)),
    (lambda: ad.jacobian(ad.grad(loss), wrt="W")(X), lambda: ad.jacobian(ad.grad(loss_by, argnums=2))(W, scale, X)),
    (lambda: ad.jacobian(ad.grad(loss, wrt="W"), wrt="W")(X), lambda: ad.hessian(loss_by)(W, scale, X)),
    (lambda: ad.grad(ad.derivative(lambda x: x * scale**3, wrt="scale"), wrt="scale")(2.0), lambda: 12 * scale),
    (lambda: ad.grad(lambda x: np.sum(ad.hvp(loss, wrt="W")(x, V)))(X),
     lambda: ad.grad(lambda x: np.sum(ad.hvp(loss_by)(W, scale, x, V)))(X)),
    (lambda: ad.grad(lambda x: np.sum(ad.vjp(out, x, wrt="W")[1](X[:2]) ** 2))(X),
     lambda: ad.grad(lambda x: np.sum(ad.vjp(out_by, W, scale, x)[1](X[:2])[0] ** 2))(X)),
    (lambda: ad.grad(lambda x: np.sum(ad.jvp(out, (x,), V, wrt="W")[1]))(X),
     lambda: ad.grad(lambda x: np.sum(ad.jvp(out_by, (W, scale, x), (V, None, None))[1]))(X)),
    (lambda: ad.grad(lambda x: np.sum(ad.linearize(out, x, wrt="W")[1](V)))(X),
     lambda: ad.grad(lambda x: np.sum(ad.jvp(out_by, (W, scale, x), (V, None, None))[1]))(X)),
    (lambda: ad.grad(lambda x: x * ad.grad(lambda z: x * z * z, wrt="x")(3.0))(2.0), lambda: 9.0),
])
def test_they_compose(found: Any, expected: Any) -> None:
    same(found(), expected())


def test_objects_and_methods() -> None:
    def by(w, b, x):
        return np.tanh(w @ x + b) * 2.0

    same(ad.jacobian(model.out, wrt=("self.W", "self.b"))(X), ad.jacobian(by, argnums=(0, 1))(model.W, model.b, X))
    same(ad.jacrev(lambda x: model.out(x), wrt="model.b")(X), ad.jacrev(by, argnums=1)(model.W, model.b, X))
    same(ad.hessian(lambda m, x: np.sum(m.out(x)), wrt="m.b")(model, X),
         ad.hessian(lambda b: np.sum(by(model.W, b, X)))(model.b))
    found = ad.jacrev(lambda p, x: p["a"][0] * x + p["b"], wrt="p['a'][0]")({"a": [1.0, 2.0], "b": 3.0}, X)
    same(found, X)


def test_numbers_are_read_anew_at_each_call() -> None:
    class Box:
        def __init__(self) -> None:
            self.w = X.copy()

    box = Box()
    second = ad.hessian(lambda x: np.sum(box.w**3 * x), wrt="box.w")
    same(second(X), np.diag(6 * X * X))
    box.w = np.ones(3)
    same(second(X), np.diag(6 * X))
    box.w = np.ones(2)
    same(second(X[:2]), np.diag(6 * X[:2]))


def test_one_array_under_two_names_is_one_variable() -> None:
    class Box:
        def __init__(self) -> None:
            self.one = X.copy()
            self.other = self.one

    box = Box()
    product = ad.hessian(lambda x: np.sum(box.one * box.other * x), wrt="box.one")
    same(product(X), np.diag(2 * X))
    box.other = X.copy()  # now it is another
    same(product(X), np.zeros((3, 3)))
    box.other = box.one[::-1]
    with pytest.raises(ValueError, match=r"also reads this memory as `.*other`"):
        product(X)


def test_wrong_paths_say_so() -> None:
    with pytest.raises(TypeError, match="give argnums or wrt"):
        ad.hessian(loss, argnums=1, wrt="W")
    with pytest.raises(TypeError, match="give argnums or wrt"):
        ad.vjp(loss, X, argnums=0, wrt="W")
    with pytest.raises(ValueError, match="knows no `U`"):
        ad.jacobian(loss, wrt="U")
    with pytest.raises(ValueError, match="is no path"):
        ad.jacobian(loss, wrt="W + 1")
    with pytest.raises(ValueError, match=r"`model` has no `\.Q`; there are `\.W`"):
        ad.jvp(lambda x: model.out(x), (X,), V, wrt="model.Q")
    with pytest.raises(ValueError, match="must have its shape"):
        ad.jvp(out, (X,), X, wrt="W")


def test_names_and_pickles() -> None:
    made = ad.hessian(loss, wrt="W")
    assert repr(made) == "<hessian of 'loss', wrt='W'>"
    assert made.__name__ == "loss"
    same(pickle.loads(pickle.dumps(made))(X), made(X))
    same(ad.jacobian(wrt="W")(out)(X), ad.jacobian(out, wrt="W")(X))
