"""Transforms called inside the function that is differentiated, against differences of the function as it runs."""
from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from tests.oracle import reference_gradient

X = np.array([0.5, 1.0, -0.7])


class Spring:
    """Holds what its energy depends on."""

    def __init__(self, k: Any = 2.0) -> None:
        self.k, self.w = k, np.array([1.0, 2.0, 3.0])

    def energy(self, q):
        return np.sum(self.k * q**3 * self.w)

    def __call__(self, q):
        return self.energy(q) * 2.0


spring = Spring()
weighted = functools.partial(lambda a, q: np.sum(a * q**3), np.array([1.0, 2.0, 3.0]))


def wave(x):
    return np.sin(x) * x[0]


def cube(x):
    return np.sum(x**3)


def chain(x, n=3):
    y = x.copy()
    for _ in range(n):
        y[1:] = y[1:] * y[:-1] + np.sin(y[1:])
    return y


def until(z):
    s = np.sum(z)
    while s < 10.0:
        s = s * 1.7 + 0.3 * z[0]
    return s


CASES: list[Callable[..., Any]] = []


def case(f: Callable[..., Any]) -> Callable[..., Any]:
    CASES.append(f)
    return f


@case
def pullback_of_its_argument(x):
    return np.sum(ad.vjp(wave, x)[1](x)[0])


@case
def tangent_along_its_argument(x):
    return np.sum(ad.jvp(wave, (x,), (x,))[1])


@case
def products_with_the_hessian(x):
    return np.sum(ad.hvp(cube)(x, x)) + np.sum(ad.hvp(cube, (x,), (x * x,))) + np.sum(ad.vhp(cube)(x, x))


@case
def hvp_by_two_arguments(x):
    first, second = ad.hvp(lambda a, b: np.sum(a**3 * b), argnums=(0, 1))(x, x * 2.0, (x, x + 1.0))
    return np.sum(first * second)


@case
def higher_derivatives_by_a_number(x):
    return ad.derivative(lambda t: t**4 * x[0], n=2)(x[1]) + ad.derivative(np.tanh)(x[2])


@case
def elementwise(x):
    return np.sum(ad.elementwise_grad(lambda t: t**4)(x) * x)


@case
def through_a_loop_that_writes(x):
    return np.sum(ad.vjp(chain, x, 4)[1](x)[0] * x) + np.sum(ad.jvp(chain, (x,), (x,))[1] ** 2)


@case
def through_a_while_loop(x):
    value, pullback = ad.vjp(until, x)
    return value * np.sum(pullback(x[1])[0] * x)


@case
def pullbacks_stored_and_called_twice(x):
    pullbacks = []
    h = x
    for k in range(3):
        h, pullback = ad.vjp(lambda z, k: np.tanh(z * (k + 1.0)), h, float(k), argnums=(0,))
        pullbacks.append(pullback)
    g = np.ones(3) * x[0]
    for pullback in reversed(pullbacks):
        g, = pullback(g)
    again = np.ones(3)
    for pullback in reversed(pullbacks):
        again, = pullback(again * g)
    return np.sum(g * again)


@case
def pullbacks_in_a_list_of_a_given_length(x, n=3):
    pullbacks = []
    h = x
    for k in range(n):
        h, pullback = ad.vjp(lambda z, k=k: np.tanh(z * (k + 1.0)), h)
        pullbacks.append(pullback)
    g = np.ones(3) * x[0]
    for k in reversed(range(n)):
        g, = pullbacks[k](g)
    return np.sum(g * g)


@case
def pullbacks_called_out_of_order(x):
    def step(z, t):
        return np.sin(z) * t

    values, pullbacks = [], []
    for t in [1.0, 2.0]:
        value, pullback = ad.vjp(step, x, t, argnums=(0, 1))
        values.append(value)
        pullbacks.append(pullback)
    a, b = pullbacks[0](values[1])
    c, d = pullbacks[1](a)
    return np.sum(c) * d * b


@case
def memory_changes_between_the_sweeps(x):
    y = x.copy()
    out, pullback = ad.vjp(lambda z: z**3, y)
    y[0] = 100.0
    out[1] = 5.0
    return np.sum(pullback(x)[0]) + y[1] * out[0]


@case
def linear_functions(x):
    out, linear = ad.linearize(lambda a, b: a * np.sin(b), x, x * 2.0)
    return np.sum(out * linear(x, x)) + np.sum(linear(x * x, np.ones(3)))


@case
def structures(x):
    out, pullback = ad.vjp(lambda p, s: {"a": p["w"] * s, "b": (np.sum(p["w"] ** 2), 3)}, {"w": x, "n": "q"}, x[1])
    c, d = pullback({"a": x, "b": (x[2], None)})
    value, dot = ad.jvp(lambda p: (p["w"] ** 2, p["k"]), ({"w": x, "k": 2.0},), ({"w": x**2, "k": 1.0},))
    return np.sum(c["w"] * x) * d + np.sum(dot[0] * value[0]) + dot[1] + out["b"][0]


@case
def auxiliary_results(x):
    value, pullback, aux = ad.vjp(lambda z: (np.sum(z**2), z * 2.0), x, has_aux=True)
    same, dot, more = ad.jvp(lambda z: (np.sum(z**2), z * 3.0), (x,), (x,), has_aux=True)
    return value * np.sum(pullback(x[0])[0] * aux) + same * dot * np.sum(more)


@case
def functions_that_capture_functions(x):
    k = x[0]

    def h(z):
        return np.sum(z**2) * k

    def g(z):
        return h(z) * h(2.0 * z) + np.sum(np.sin(z))

    return np.sum(ad.grad(g)(x) ** 2)


@case
def functions_that_capture_derivatives(x):
    k = x[0]
    slope = ad.grad(lambda z: np.sum(z**3) * k)

    def g(z):
        return np.sum(slope(z) * x)

    return np.sum(ad.grad(g)(x) ** 2)


@case
def functions_that_capture_pullbacks(x):
    _, pullback = ad.vjp(np.sin, x)
    return np.sum(ad.grad(lambda z: np.sum(pullback(z * x)[0] ** 2))(x))


@case
def objects_from_outside(x):
    e, f = ad.grad(spring.energy)(x), ad.grad(spring)(x)
    _, pullback = ad.vjp(weighted, x)
    return np.sum(e * f) * np.sum(pullback(x[0])[0])


@case
def objects_made_inside(x):
    made = Spring(x * 2.0)
    return np.sum(ad.grad(made.energy)(x)) + ad.vjp(functools.partial(lambda a, b: a * b, x), x)[1](x)[0][1]


@case
def masses_and_springs(x):
    q, p = x.copy(), np.zeros(3)
    for _ in range(4):
        p = p - 0.1 * ad.grad(lambda z: np.sum(z**4) / 4.0 + np.sum((z[1:] - z[:-1]) ** 2))(q)
        q = q + 0.1 * p
    return np.sum(q * q)


@case
def a_saddle_point(x):
    y = np.zeros(3)
    for _ in range(6):
        y = y + 0.1 * ad.grad(lambda t: np.sum(x * t) - 0.5 * np.sum(t**2) * (1.0 + x[0] ** 2))(y)
    return np.sum(x * y)


@case
def a_saddle_point_with_a_descent_inside(x):
    def loss(a, b):
        return np.sum(a * b) + 0.5 * np.sum(a**2) - 0.5 * np.sum(b**2) + 0.1 * np.sum(a**2 * b)

    def worst(a):
        b = np.zeros(3)
        for _ in range(5):
            b = b + 0.3 * ad.grad(loss, argnums=1)(a, b)
        return loss(a, b)

    a = x
    for _ in range(3):
        a = a - 0.2 * ad.grad(worst)(a)
    return worst(a)


@pytest.mark.filterwarnings("ignore:.*has been compiled for:RuntimeWarning")
@pytest.mark.parametrize("f", CASES, ids=lambda f: f.__name__)
def test_against_differences(f: Callable[..., Any]) -> None:
    reference = reference_gradient(f, (X,), (0,), analytic=False)
    for _ in range(2):
        found = ad.grad(f, on_unsupported="error")(X)
        assert reference.error((found,)) < 1e-7 * max(1.0, reference.scale)
    _, dot = ad.jvp(f, (X,), (X,), on_unsupported="error")
    assert dot == pytest.approx(np.sum(found * X), rel=1e-9)


def test_captured_values_of_a_derivative_are_those_of_its_own_function() -> None:
    def total(x, k):
        slope = ad.grad(lambda z: np.sum(z**3) * k)
        return np.sum(ad.grad(lambda z: np.sum(slope(z) * x))(x))

    for k in (1.0, 2.0, 5.0):
        assert total(X, k) == pytest.approx(6.0 * k * np.sum(X**2))


@pytest.mark.parametrize(("f", "message"), [
    (lambda x: np.sum(ad.vjp(wave, x)[1](1.0)[0]), "cotangent of `result` must have its shape"),
    (lambda x: np.sum(ad.jvp(wave, (x,), (x[0],))[1]), "tangent of `x` must have its shape"),
    (lambda x: np.sum(ad.jvp(wave, (x,), (x, x))[1]), "1 arguments and 2 tangents"),
    (lambda x: ad.grad(cube)(3) * x[0], "holds no floating-point number"),
])
def test_wrong_use_is_refused(f: Callable[..., Any], message: str) -> None:
    with pytest.raises(ad.errors.UnsupportedError, match=message):
        ad.grad(f, on_unsupported="error")(X)


_place = 1


def product(x, y):
    return np.sum(np.sin(x) * y)


def test_argnums_from_outside(monkeypatch):
    def f(x, y):
        return ad.grad(product, argnums=_place)(x, y)

    x, y = np.array([0.5, -1.0]), np.array([2.0, 3.0])
    _, dot = ad.jvp(f, (x, y), (np.ones(2), np.zeros(2)), on_unsupported="error")
    np.testing.assert_allclose(dot, np.cos(x))
    monkeypatch.setitem(globals(), "_place", 0)
    _, dot = ad.jvp(f, (x, y), (np.ones(2), np.zeros(2)), on_unsupported="error")
    np.testing.assert_allclose(dot, -np.sin(x) * y)
