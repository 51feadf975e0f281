"""Solutions of equations where the tape records: every mode and order, against compiled code and closed forms."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
import runtime as tape

P, V, W = np.array([1.3, 0.7]), np.array([0.3, -0.8]), np.array([0.5, 0.2])


def newton(f: Any, x: Any) -> Any:
    for _ in range(40):
        x = x - f(x) * 2e-6 / (f(x + 1e-6) - f(x - 1e-6))
    return x


def number(p):
    x = ad.custom_root(lambda x: x**3 + p[0] * x - p[1], 1.0, newton)
    return np.sin(x) * p[0]


def chain(p):
    """An equation about the solution of another, and about p as well."""
    x = ad.fixed_point(lambda x: 0.5 * np.cos(x * p[0]) * p[1], 0.3)
    y = ad.fixed_point(lambda y: 0.5 * np.cos(y * x) * p[1], 0.3)
    return x * y


def vector(p):
    def solve(f, x):
        for _ in range(40):
            r = f(x)
            x = x - np.linalg.solve(np.stack([(f(x + 1e-7 * e) - r) / 1e-7 for e in np.eye(2)], axis=1), r)
        return x

    x = ad.custom_root(lambda x: np.array([x[0] ** 3 * p[0] + x[0] + x[1] - p[1],
                                           x[1] ** 3 + x[1] + 0.3 * p[0] * x[0] - 2.0]), np.ones(2), solve)
    return np.sum(np.exp(x * p[1]))


def structure(p):
    """Unknowns in a dict."""
    def solve(f, x):
        for _ in range(200):
            r = f(x)
            x = {"a": x["a"] - 0.3 * r["a"], "b": x["b"] - 0.3 * r["b"]}
        return x

    x = ad.custom_root(lambda x: {"a": x["a"] ** 3 + x["a"] - p[0] * x["b"][0], "b": 2 * x["b"] - p * x["a"] - 1.0},
                       {"a": 0.5, "b": np.ones(2)}, solve)
    return x["a"] * p[1] + np.sum(x["b"] ** 2)


def linear(p):
    x = ad.custom_linear_solve(lambda v: np.array([3.0 * v[0] + p[0] * v[1], p[1] * v[0] + 2.0 * v[1]]), np.sin(p),
                               lambda g, b: np.linalg.solve(np.stack([g(e) for e in np.eye(2)], axis=1), b))
    return np.sum(x**3)


def rebound(p):
    """The names that the equation uses mean something else later."""
    a = p[0] * p[1]
    x = ad.custom_root(lambda x: x**3 + x - a, 0.5, newton)
    a = 100.0
    return x**2 * a


PROGRAMS = [number, chain, vector, linear, rebound]


def taped(f: Callable[..., Any]) -> Callable[..., Any]:
    """The same where nothing is compiled."""
    def g(p):
        eval("p")
        return f(p)
    return g


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("f", PROGRAMS)
def test_every_mode_to_the_second_order(f: Callable[..., Any]) -> None:
    g = taped(f)
    step = 1e-5
    differences = [(f(P + step * e) - f(P - step * e)) / (2 * step) for e in np.eye(2)]
    np.testing.assert_allclose(ad.grad(g)(P), differences, rtol=1e-6)
    np.testing.assert_allclose(ad.grad(g)(P), ad.grad(f, on_unsupported="error")(P), rtol=1e-8)
    np.testing.assert_allclose(ad.jvp(g, (P,), (V,))[1], ad.jvp(f, (P,), (V,))[1], rtol=1e-8)
    np.testing.assert_allclose(ad.hvp(g, (P,), (V,)), ad.hvp(f, (P,), (V,)), rtol=1e-7)
    np.testing.assert_allclose(ad.hessian(g)(P), ad.hessian(f)(P), rtol=1e-7)


@pytest.mark.filterwarnings("ignore")
def test_unknowns_in_a_structure() -> None:
    g = taped(structure)
    step = 1e-5
    differences = [(structure(P + step * e) - structure(P - step * e)) / (2 * step) for e in np.eye(2)]
    np.testing.assert_allclose(ad.grad(g)(P), differences, rtol=1e-6)
    bends = [(ad.grad(g)(P + step * e) - ad.grad(g)(P - step * e)) / (2 * step) for e in np.eye(2)]
    np.testing.assert_allclose(ad.hessian(g)(P), bends, rtol=1e-6)
    np.testing.assert_allclose(ad.jvp(g, (P,), (V,))[1], np.dot(differences, V), rtol=1e-6)


@pytest.mark.filterwarnings("ignore")
def test_the_third_order() -> None:
    """On tensors, where each backward can be recorded."""
    p = tape.tensor([1.3, 0.7], requires_grad=True, dtype=tape.float64)

    def derived(value: Any, along: Any) -> Any:
        return (tape.autograd.grad(value, p, create_graph=True)[0] * tape.tensor(along)).sum()

    found = derived(derived(derived(number(p), V), W), V)
    step = 1e-3

    def bent(q: Any) -> float:
        return float(np.dot(ad.hvp(number, (q,), (V,)), W))
    expected = (8 * (bent(P + step * V) - bent(P - step * V)) - bent(P + 2 * step * V) + bent(P - 2 * step * V)) / 12e-3
    np.testing.assert_allclose(float(found), expected, rtol=1e-7)


@pytest.mark.filterwarnings("ignore")
def test_what_watches_cotangents_sees_them_once() -> None:
    seen = []

    def f(p):
        eval("p")
        a = ad.probe(p * 1.0, lambda bar: seen.append(np.array(bar)) or 2.0 * bar)
        return ad.custom_root(lambda x: x**3 + a[0] * x - a[1], 1.0, newton)

    def plain(p):
        return ad.custom_root(lambda x: x**3 + p[0] * x - p[1], 1.0, newton)

    expected = ad.grad(plain)(P)
    np.testing.assert_allclose(ad.grad(f)(P), 2.0 * expected, rtol=1e-9)
    assert len(seen) == 1
    np.testing.assert_allclose(seen[0], expected, rtol=1e-9)


@pytest.mark.filterwarnings("ignore")
def test_a_singular_equation_raises() -> None:
    def f(p):
        eval("p")
        return ad.custom_root(lambda x: 0.0 * x * p[0], 1.0, lambda f, x: x)

    with pytest.raises(np.linalg.LinAlgError):
        ad.grad(f)(P)
