"""`vjp` and `jvp`: values, structures, repeated pullbacks, and errors that say what to do."""
from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import ad_compiler as ad

X = np.array([1.0, 2.0, 4.0])


def mixed(x, y, n):
    return {"product": x * y, "total": np.sum(x) ** n}


def test_vjp() -> None:
    out, pullback = ad.vjp(mixed, X, 3.0, 2)
    np.testing.assert_array_equal(out["product"], 3.0 * X)
    assert out["total"] == 49.0
    for _ in range(2):
        x_bar, y_bar, n_bar = pullback({"product": np.ones(3), "total": 1.0})
        np.testing.assert_allclose(x_bar, 3.0 + 14.0)
        assert y_bar == 7.0
        assert type(y_bar) is float
        assert n_bar is None
    x_bar, y_bar, _ = pullback({"product": np.zeros(3), "total": 0.5})
    np.testing.assert_allclose(x_bar, 7.0)
    assert y_bar == 0.0


def test_vjp_by_argnums() -> None:
    assert ad.vjp(lambda x, y: x * y, 2.0, 3.0, argnums=1)[1](1.0) == 2.0
    assert ad.vjp(lambda x, y: x * y, 2.0, 3.0, argnums=("y",))[1](1.0) == (2.0,)


def test_vjp_of_defaults_and_any_number_of_arguments() -> None:
    assert ad.vjp(lambda x, y=3.0: x * y, 2.0)[1](1.0) == (3.0,)
    assert ad.vjp(lambda *xs: xs[0] * xs[1], 2.0, 3.0)[1](1.0) == (3.0, 2.0)


def test_a_pullback_outlives_its_arguments() -> None:
    x = X.copy()
    out, pullback = ad.vjp(lambda x: np.sin(x) * x, x)
    expected = np.cos(X) * X + np.sin(X)
    first = pullback(np.ones(3))[0]
    x[:] = 100.0
    out[:] = 100.0
    first_again = pullback(np.ones(3))[0]
    np.testing.assert_allclose(first, expected)
    np.testing.assert_allclose(first_again, expected)
    first_again[:] = 0.0
    np.testing.assert_allclose(pullback(np.ones(3))[0], expected)


def test_the_cotangent_is_not_changed() -> None:
    def f(x):
        y = x.copy()
        y[1:] += y[:-1]
        return y

    _, pullback = ad.vjp(f, X)
    bar = np.array([1.0, 2.0, 3.0])
    np.testing.assert_allclose(pullback(bar)[0], [3.0, 5.0, 3.0])
    np.testing.assert_array_equal(bar, [1.0, 2.0, 3.0])


def test_jvp() -> None:
    out, dot = ad.jvp(mixed, (X, 3.0, 2), (np.ones(3), 0.0, None))
    np.testing.assert_allclose(dot["product"], 3.0 * np.ones(3))
    assert dot["total"] == pytest.approx(2 * 7.0 * 3.0)
    np.testing.assert_array_equal(out["product"], 3.0 * X)
    _, dot = ad.jvp(mixed, (X, 3.0, 2), (None, 1.0, None))
    np.testing.assert_allclose(dot["product"], X)
    assert dot["total"] == 0.0


def test_jvp_of_structures() -> None:
    params = {"w": X, "b": 0.5, "name": "layer"}
    tangent = {"w": np.ones(3), "b": 1.0, "name": None}
    _, dot = ad.jvp(lambda p, x: np.sum(p["w"] * x) + p["b"], (params, X), (tangent, None))
    assert dot == pytest.approx(8.0)


@pytest.mark.parametrize(("bar", "error", "message"), [
    (np.ones(3), TypeError, "the cotangent of `result` must be a dict like it, not a ndarray"),
    ({"product": np.ones(3)}, TypeError, r"must have the parts \['product', 'total'\], not \['product'\]"),
    ({"product": np.ones(2), "total": 1.0}, ValueError,
     r"the cotangent of `result\['product'\]` must have its shape \(3,\), not \(2,\)"),
    ({"product": 1.0, "total": 1.0}, ValueError, r"shape \(3,\), not \(\)"),
    ({"product": np.ones(3), "total": None}, TypeError, r"`result\['total'\]` must be a number .*, not None"),
    ({"product": np.ones(3) * 1j, "total": 1.0}, TypeError, "must be real as it is, not complex"),
    ({"product": "text", "total": 1.0}, TypeError, "not a str"),
])
def test_cotangents_that_do_not_fit(bar: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        ad.vjp(mixed, X, 3.0, 2)[1](bar)


@pytest.mark.parametrize(("args", "tangents", "error", "message"), [
    ((X, 3.0, 2), (X, 1.0), TypeError, "3 arguments and 2 tangents: one each"),
    (X, (X, 1.0, None), TypeError, "args must be a tuple with one item for every argument, not a ndarray"),
    ((X, 3.0, 2), X, TypeError, "tangents must be a tuple"),
    ((X, 3.0, 2), (X[:2], 1.0, None), ValueError, r"the tangent of `x` must have its shape \(3,\), not \(2,\)"),
    ((X, 3.0, 2), (X, "one", None), TypeError, "the tangent of `y` must be a number"),
    ((X, 3.0), (X, 1.0), TypeError, "missing 1 required positional argument: 'n'"),
])
def test_tangents_that_do_not_fit(args: Any, tangents: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        ad.jvp(mixed, args, tangents)


def test_lists_of_unknown_length_are_results() -> None:
    def f(x, n):
        out = []
        for k in range(n):
            out.append(x * k)
        return out

    out, pullback = ad.vjp(f, X, 4)
    np.testing.assert_allclose(pullback([X] * len(out))[0], 6.0 * X)
    _, tangents = ad.jvp(f, (X, 4), (X, None))
    np.testing.assert_allclose(tangents, out)


def test_pullbacks_say_what_they_are() -> None:
    assert repr(ad.vjp(mixed, X, 3.0, 2)[1]) == "<pullback of 'mixed'>"


def test_the_tangent_of_what_may_be_a_view_is_that_of_its_own_rule() -> None:
    def changes(x):
        steps = np.diff(x, prepend=0.5)
        x[0], x[1] = 1.0, 1.0
        return np.sum(steps)

    assert ad.jvp(changes, (np.array([0.7, 0.3, 0.6]),), (np.array([1.0, 2.0, 3.0]),))[1] == 3.0


def test_a_pullback_holds_captured_arrays_as_they_were() -> None:
    weights = np.array([[1.0, 2.0], [0.5, -1.0]])
    _, pullback = ad.vjp(lambda x: np.sum((weights @ x) ** 2), np.array([0.3, -0.4]))
    expected = 2.0 * weights.T @ (weights @ np.array([0.3, -0.4]))
    weights[:] = 0.0
    np.testing.assert_allclose(pullback(1.0)[0], expected)
