"""Rules that apply their own function to tangents or cotangents, as rules of linear functions do; rules behind other
decorators; rules whose result is not the function's."""
from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler.errors import CompileError

A = np.array([[1.0, 2.0], [0.0, 3.0]])
X = np.array([1.0, 2.0])


@ad.custom_jvp
def linear(x):
    return A @ x


linear.defjvp(lambda primals, tangents: (linear(primals[0]), linear(tangents[0])))


@ad.custom_vjp
def minus(x):
    return -x


minus.defvjp(lambda x: (minus(x), None), lambda _, g: (minus(g),))


@ad.custom_jvp
def in_a_loop(x):
    return 2.0 * x


@in_a_loop.defjvp
def _(primals, tangents):
    (x,), (d,) = primals, tangents
    out, total = in_a_loop(x), in_a_loop(d)
    for _step in range(3):
        total = total + in_a_loop(d) * 0.5
    return out, total  # five times d, so that nobody mistakes it for what the statements say


@pytest.mark.parametrize("transform", [ad.jacrev, ad.jacfwd])
@pytest.mark.parametrize(("f", "expected"), [(linear, A), (minus, -np.eye(2)), (in_a_loop, 5.0 * np.eye(2))])
def test_in_both_modes(transform: Any, f: Any, expected: np.ndarray) -> None:
    np.testing.assert_allclose(transform(f, on_unsupported="error")(X), expected)


@pytest.mark.parametrize(("f", "expected"), [(linear, 2 * A.T @ A), (minus, 2 * np.eye(2)),
                                            (in_a_loop, 50.0 * np.eye(2))])
def test_second_derivatives_use_the_rule_again(f: Any, expected: np.ndarray) -> None:
    np.testing.assert_allclose(ad.hessian(lambda x: np.sum(f(x) ** 2))(X), expected)
    np.testing.assert_allclose(ad.jacrev(ad.grad(lambda x: np.sum(f(x) ** 2)))(X), expected)


def test_what_is_only_called_has_no_transpose() -> None:
    called = ad.primitive(lambda x: 3 * x, jvp=lambda t, out, x: called(t[0]), like=lambda x: x)
    np.testing.assert_allclose(ad.jvp(called, (X,), (X,))[1], 3 * X)
    with pytest.raises(CompileError, match=r"AD171: reverse mode needs the transpose .* calls `\w+`, whose statements"):
        ad.grad(lambda x: np.sum(called(x)), on_unsupported="error")(X)


def test_behind_other_decorators_the_rule_counts() -> None:
    np.testing.assert_allclose(ad.jvp(ad.jit(in_a_loop), (X,), (X,))[1], 5.0 * X)
    np.testing.assert_allclose(ad.grad(lambda x: np.sum(ad.jit(in_a_loop)(x)))(X), [5.0, 5.0])
    np.testing.assert_allclose(ad.grad(ad.jit(lambda x: np.sum(ad.jit(in_a_loop)(x))))(X), [5.0, 5.0])
    jitted = ad.jit(in_a_loop)
    np.testing.assert_allclose(ad.vmap(ad.grad(lambda x: np.sum(jitted(x))))(np.stack([X, X])), np.full((2, 2), 5.0))


def test_a_function_among_the_arguments_of_a_rule_that_calls_itself() -> None:
    @partial(ad.custom_jvp, nondiff_argnums=(0,))
    def apply(f, x):
        return f(x)

    apply.defjvp(lambda f, primals, tangents: (apply(f, primals[0]), 3 * tangents[0]))
    value, slope = ad.jvp(lambda x: apply(lambda y: 2 * y, x), (1.0,), (1.0,), on_unsupported="error")
    assert (value, slope) == (2.0, 3.0)


@pytest.mark.parametrize(("rule", "message"), [
    (lambda p, t: ((p[0], p[0]), (t[0], t[0])), "gives a tuple of 2 as the result, and `square` returns a float"),
    (lambda p, t: (np.ones(3), t[0] * np.ones(3)), "gives an array of .* as the result, and `square` returns a"),
    (lambda p, t: (p[0] ** 2, np.reshape(t[0], (1,))), "must return a float as the tangent of the result"),
    (lambda p, t: t[0], "must return a pair"),
])
def test_a_rule_that_returns_the_wrong_thing_is_refused_at_once(rule: Any, message: str) -> None:
    @ad.custom_jvp
    def square(x):
        return x**2

    square.defjvp(rule)
    for transform in (ad.grad(square), ad.derivative(square)):
        with pytest.raises(CompileError, match=f"AD170.*{message}"):
            transform(2.0)  # not on the tape either, which can do no more


def test_of_what_like_returns_only_the_type_is_used() -> None:
    total = ad.primitive(lambda table, x: np.sum(table["w"] * x), like=lambda table, x: 1.0)
    total.defvjp(lambda g, out, table, x: ({"w": g * x}, g * table["w"]))
    count = ad.primitive(lambda x: int(np.sum(x > 1.0)), vjp=lambda g, out, x: None, like=lambda x: 7)
    table = {"w": np.array([2.0, 3.0])}
    value, slope = ad.value_and_grad(lambda x: total(table, x) * count(x))(X)
    assert value == 8.0
    np.testing.assert_allclose(slope, [2.0, 3.0])
    np.testing.assert_allclose(ad.grad(lambda x: total(table, x), wrt="table['w']")(X), X)
    np.testing.assert_allclose(ad.jacobian(lambda x: total(table, x), wrt="table['w']")(X), X)
