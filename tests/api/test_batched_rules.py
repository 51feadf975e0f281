"""Functions with a rule of the user's under `vmap`, in either order with the other transforms.

The rules are wrong on purpose, by factors: so a test sees whether the rule was used.
"""
from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler.errors import CompileError
from ad_compiler.interface.batched import LoopFallback

RNG = np.random.default_rng(0)
X, W = RNG.standard_normal((4, 3)), RNG.standard_normal(3)
E = {"on_unsupported": "error"}


@ad.custom_vjp
def weighed(x, w):
    return np.sum(np.sin(x) * w)


weighed.defvjp(lambda x, w: (weighed(x, w), (x, w, x.shape)),
               lambda kept, g: (3.0 * g * np.cos(kept[0]) * kept[1] * np.ones(kept[2]), 5.0 * g * np.sin(kept[0])))


@ad.custom_jvp
def weighed_too(x, w):
    return np.sum(np.sin(x) * w)


weighed_too.defjvp(lambda primals, dots: (weighed_too(*primals), np.sum(
    3.0 * np.cos(primals[0]) * primals[1] * dots[0] + 5.0 * np.sin(primals[0]) * dots[1])))
ALL = pytest.mark.parametrize("f", [weighed, weighed_too], ids=["custom_vjp", "custom_jvp"])


def by_x(x: np.ndarray) -> np.ndarray:
    return 3.0 * np.cos(x) * W


@ALL
def test_the_cotangent_of_what_all_examples_share_is_their_sum(f: Any) -> None:
    batched = ad.vmap(f, in_axes=(0, None), **E)
    values = np.array([np.sum(np.sin(x) * W) for x in X])
    np.testing.assert_allclose(batched(X, W), values)
    x_bar, w_bar = ad.grad(lambda xs, w: np.sum(batched(xs, w) ** 2), argnums=(0, 1), **E)(X, W)
    np.testing.assert_allclose(x_bar, 2.0 * values[:, None] * by_x(X))
    np.testing.assert_allclose(w_bar, np.sum(2.0 * values[:, None] * 5.0 * np.sin(X), axis=0))


@ALL
def test_in_either_order(f: Any) -> None:
    batched = ad.vmap(f, in_axes=(0, None))
    x_bars, w_bars = ad.vmap(ad.grad(f, argnums=(0, 1)), in_axes=(0, None), **E)(X, W)
    np.testing.assert_allclose(x_bars, by_x(X))
    np.testing.assert_allclose(w_bars, 5.0 * np.sin(X))
    along = np.sum(by_x(X) + 5.0 * np.sin(X), axis=1)
    np.testing.assert_allclose(ad.jvp(batched, (X, W), (np.ones_like(X), np.ones(3)), **E)[1], along)
    np.testing.assert_allclose(ad.vmap(lambda x: ad.jvp(f, (x, W), (np.ones(3), np.ones(3)))[1], **E)(X), along)
    blocks = np.einsum("ij,jk->ijk", np.eye(4), by_x(X))
    np.testing.assert_allclose(ad.jacrev(batched, **E)(X, W), blocks)
    np.testing.assert_allclose(ad.jacfwd(batched, **E)(X, W), blocks)


@ALL
def test_second_derivatives(f: Any) -> None:
    def total(xs):
        return np.sum(ad.vmap(f, in_axes=(0, None))(xs, W))

    np.testing.assert_allclose(ad.hvp(total, **E)(X, np.ones_like(X)), -3.0 * np.sin(X) * W)
    found = ad.vmap(ad.hessian(lambda x: f(x, W)), **E)(X)
    np.testing.assert_allclose(found, np.stack([np.diag(-3.0 * np.sin(x) * W) for x in X]))


@ALL
def test_vmap_of_vmap(f: Any) -> None:
    many = np.stack([X, 2.0 * X])
    twice = ad.vmap(ad.vmap(f, in_axes=(0, None)), in_axes=(0, None), **E)
    np.testing.assert_allclose(twice(many, W), np.sum(np.sin(many) * W, axis=-1))
    np.testing.assert_allclose(ad.grad(lambda z: np.sum(twice(z, W)), **E)(many), by_x(many))


def test_structures_and_fixed_arguments() -> None:
    @functools.partial(ad.custom_vjp, nondiff_argnums=(0,))
    def scaled(shape, p, k):
        return {"a": shape(p["x"]) * p["y"], "b": (np.sum(p["x"]), k)}

    scaled.defvjp(lambda shape, p, k: (scaled(shape, p, k), p), lambda shape, p, g: (
        {"x": 2.0 * g["a"] * p["y"] + g["b"][0], "y": np.sum(7.0 * g["a"] * p["x"])}, None))
    each = {"x": X, "y": np.arange(1.0, 5.0)}

    def total(p):
        return np.sum(ad.vmap(lambda one: scaled(np.positive, one, 3)["a"])(p))

    def shared(p):
        return np.sum(ad.vmap(lambda one: scaled(np.positive, one, 3)["a"], in_axes=({"x": 0, "y": None},))(p))

    found = ad.grad(total, **E)(each)
    np.testing.assert_allclose(found["x"], 2.0 * np.broadcast_to(each["y"][:, None], X.shape))
    np.testing.assert_allclose(found["y"], 7.0 * np.sum(X, axis=1))
    found = ad.grad(shared, **E)({"x": X, "y": 2.0})
    np.testing.assert_allclose(found["x"], np.full_like(X, 4.0))
    np.testing.assert_allclose(found["y"], 7.0 * np.sum(X))


def test_checkpointed_calls() -> None:
    layer = ad.checkpoint(lambda x, w: np.tanh(x * w) * x)

    def total(xs, w):
        return np.sum(ad.vmap(layer, in_axes=(0, None))(xs, w))

    def plain(xs, w):
        return np.sum(np.tanh(xs * w) * xs)

    for found, expected in zip(ad.grad(total, argnums=(0, 1), **E)(X, W), ad.grad(plain, argnums=(0, 1))(X, W),
                               strict=True):
        np.testing.assert_allclose(found, expected)
    np.testing.assert_allclose(ad.hvp(total, **E)(X, W, X), ad.hvp(plain)(X, W, X))
    inside = ad.grad(lambda xs: np.sum(ad.vmap(ad.checkpoint(lambda x: np.sin(x) * x))(xs)), **E)
    np.testing.assert_allclose(inside(X), np.cos(X) * X + np.sin(X))


def test_a_rule_behind_a_branch_and_in_a_loop() -> None:
    @ad.custom_vjp
    def leaky(x):
        return x if x > 0 else 0.1 * x

    leaky.defvjp(lambda x: (leaky(x), x), lambda x, g: (np.where(x > 0, 2.0 * g, 3.0 * g),))

    def program(x):
        s = 0.0
        for i in range(3):
            s = s + leaky(x[i]) ** 2
        return s

    expected = np.where(X > 0, 4.0 * X, 0.6 * X)
    np.testing.assert_allclose(ad.grad(lambda xs: np.sum(ad.vmap(program)(xs)), **E)(X), expected)
    np.testing.assert_allclose(ad.vmap(ad.grad(program), **E)(X), expected)


def test_a_function_that_is_not_read_is_called_for_each_example_with_its_rule() -> None:
    squared = ad.primitive(lambda x: float(np.sum(x)) ** 2, like=lambda x: np.sum(x),
                           vjp=lambda g, out, x: 7.0 * g * np.sum(x) * np.ones(3))
    batched = ad.vmap(squared, **E)
    np.testing.assert_allclose(batched(X), np.sum(X, axis=1) ** 2)
    assert any("one example after the other" in note for note in batched.report().fallbacks)
    expected = 7.0 * np.sum(X, axis=1)[:, None] * np.ones((4, 3))
    np.testing.assert_allclose(ad.grad(lambda xs: np.sum(batched(xs)), **E)(X), expected)


def test_pullbacks_and_linear_functions_made_outside_are_batched() -> None:
    def f(x):
        return np.tanh(x) * x[::-1]

    jacobian = ad.jacfwd(f)(W)
    pullback, linear = ad.vjp(f, W)[1], ad.linearize(f, W)[1]
    np.testing.assert_allclose(ad.vmap(pullback, **E)(np.eye(3))[0], jacobian)
    np.testing.assert_allclose(ad.vmap(linear, out_axes=1, **E)(np.eye(3)), jacobian)
    np.testing.assert_allclose(ad.vmap(lambda v: ad.jvp(f, (W,), (v,))[1], out_axes=1, **E)(np.eye(3)), jacobian)


def test_a_probe_under_vmap_is_seen_by_each_example_or_refused() -> None:
    def watched(x):
        return np.sum(ad.probe(x, lambda g: 2.0 * g) ** 2)

    np.testing.assert_allclose(ad.vmap(ad.grad(watched), **E)(X), 4.0 * X)
    with pytest.warns(LoopFallback, match=r"AD152.*looks at a cotangent with `probe`"):
        np.testing.assert_allclose(ad.grad(lambda xs: np.sum(ad.vmap(watched)(xs)), **E)(X), 4.0 * X)
    with pytest.raises(CompileError, match=r"AD152.*looks at a cotangent with `probe`"):
        ad.grad(lambda xs: np.sum(ad.vmap(watched, **E)(xs)), **E)(X)


def test_a_rule_of_the_name_of_the_function_that_is_emitted() -> None:
    def rule(x):
        return x * x

    for name, transform in (("loss_vjp", ad.grad), ("loss_vmap", ad.vmap)):
        rule.__name__ = name
        squared = ad.custom_vjp(rule)
        squared.defvjp(lambda x: (x * x, x), lambda x, g: (3.0 * g * x,))

        def loss(x, squared=squared):
            return np.sum(squared(x)) + 1.0

        found = transform(loss, **E)(np.array([2.0]))
        assert float(found[0]) == (6.0 if transform is ad.grad else 5.0)
