"""Sparse Jacobians and Hessians: patterns against dense ones, numbers against the dense transforms."""
from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad

sparse = pytest.importorskip("scipy.sparse")

X = np.linspace(0.3, 2.0, 12)
stencil = sparse.diags([1.0, -2.0, 1.0], [-1, 0, 1], shape=(12, 12)).tocsr()
order = np.array([3, 1, 0, 2])


def tridiagonal(u):
    r = np.zeros_like(u)
    r[1:-1] = u[2:] - 2.0 * u[1:-1] + u[:-2] + 0.01 * np.exp(u[1:-1])
    r[0], r[-1] = u[0], u[-1] - 1.0
    return r


def by_loop(u):
    r = np.zeros_like(u)
    for i in range(1, u.shape[0] - 1):
        r[i] = u[i + 1] * u[i - 1] - u[i] ** 2
    return r


def steps(u):
    for _ in range(3):
        u = u + 0.1 * np.roll(u, 1) * u
    return u


def in_place(u):
    v = u.copy()
    w = v[::2]
    w *= u[1::2]
    v[3:6] += u[0]
    return v.reshape(3, 4)[:, ::-1]


def reductions(u):
    m = u.reshape(3, 4)
    return np.concatenate([np.sum(m, axis=1), np.max(m, axis=0), np.diff(u), np.cumsum(u[:4]), u[order], [u[5] * u[7]]])


def products(u):
    m = u[:4].reshape(2, 2)
    return np.concatenate([m @ u[4:6], np.outer(u[6:8], u[8:10]).ravel(), np.where(u[:3] > 1.0, u[3:6], u[6:9])])


def choice(u):
    if u[0] > 1.0:
        return u[:6] ** 2
    return u[6:] * u[:6]


def scattered(u):
    r = np.zeros(4)
    np.add.at(r, np.array([0, 0, 3]), u[:3] ** 2)
    return r


PROGRAMS = [tridiagonal, by_loop, steps, in_place, reductions, products, choice, lambda u: np.sort(u)[:3] * u[0],
            lambda u: np.tanh(u) * u[::-1], lambda u: np.convolve(u, [1.0, 2.0])]


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_jacobians(f: Callable[..., Any]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dense = ad.jacrev(f)(X).reshape(-1, X.size)
    jacobian = ad.sparse_jacobian(f)
    for _ in range(2):
        found = jacobian(X)
        np.testing.assert_allclose(found.toarray(), dense, rtol=1e-12, atol=1e-13)
        assert found.nnz == jacobian.pattern.nnz >= np.count_nonzero(dense)


@pytest.mark.parametrize(("f", "sweeps"), [(tridiagonal, 3), (by_loop, 3), (steps, 4), (np.sin, 1)])
def test_few_sweeps_and_tight_patterns(f: Callable[..., Any], sweeps: int) -> None:
    jacobian = ad.sparse_jacobian(f)
    jacobian(X)
    assert jacobian.sweeps == sweeps


def test_a_hundred_thousand_unknowns() -> None:
    u = np.random.default_rng(0).uniform(size=100_000)
    jacobian = ad.sparse_jacobian(tridiagonal)
    found = jacobian(u)
    assert jacobian.sweeps == 3
    assert found.shape == (u.size, u.size)
    direction = np.cos(np.arange(u.size))
    np.testing.assert_allclose(found @ direction, ad.jvp(tridiagonal, (u,), (direction,))[1], rtol=1e-10, atol=1e-10)


def test_rows_are_swept_where_that_is_shorter() -> None:
    jacobian = ad.sparse_jacobian(lambda u: np.array([np.sum(u[:6]), np.sum(u[6:] ** 2)]))
    np.testing.assert_allclose(jacobian(X).toarray()[1, 6:], 2.0 * X[6:])
    assert jacobian.sweeps == 1


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def energy(x):
    total = 0.0
    for i in range(x.shape[0] - 1):
        total = total + (x[i + 1] - x[i]) ** 4 + np.cos(x[i])
    return total


@pytest.mark.parametrize("f", [rosenbrock, energy, lambda x: np.sum(np.exp(x)) + x[0] * x[-1]],
                         ids=["rosenbrock", "energy", "corner"])
def test_hessians(f: Callable[..., Any]) -> None:
    hessian = ad.sparse_hessian(f)
    np.testing.assert_allclose(hessian(X).toarray(), ad.hessian(f)(X), rtol=1e-12, atol=1e-12)
    assert hessian.sweeps <= 3


def test_a_pattern_that_depends_on_values_is_found_again() -> None:
    jacobian = ad.sparse_jacobian(choice)
    for u in (X, X + 1.0, X):
        np.testing.assert_allclose(jacobian(u).toarray(), ad.jacrev(choice)(u))


def test_a_pattern_is_kept_until_an_integer_changes() -> None:
    def picked(u, k):
        return u[k:k + 3] ** 2

    jacobian = ad.sparse_jacobian(picked)
    for k in (0, 4, 0):
        np.testing.assert_allclose(jacobian(X, k).toarray(), ad.jacrev(picked)(X, k))
    taken = ad.sparse_jacobian(lambda u: u[order] * 2.0)
    for _ in range(2):
        np.testing.assert_allclose(taken(X).toarray(), ad.jacrev(lambda u: u[order] * 2.0)(X))
        order[:] = order[::-1].copy()


def test_captured_values_and_a_given_pattern() -> None:
    scale = np.ones(12)
    jacobian = ad.sparse_jacobian(lambda u: u * scale)
    jacobian(X)
    scale[:] = 3.0
    np.testing.assert_allclose(jacobian(X).toarray(), 3.0 * np.eye(12))
    given = ad.sparse_jacobian(tridiagonal, pattern=stencil)
    np.testing.assert_allclose(given(X).toarray(), ad.jacrev(tridiagonal)(X))


@pytest.mark.parametrize(("call", "message"), [
    (lambda: ad.sparse_jacobian(np.sin)(3.0), "by one array of floats; argument 0 of `sin` is float"),
    (lambda: ad.sparse_jacobian(np.sin)(np.arange(3)), "is int64"),
    (lambda: ad.sparse_jacobian(lambda u: (u, u))(X), "returns a tuple, and a sparse derivative needs one array"),
])
def test_wrong_use(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        call()


class Weighted:
    """Weights that a residual reads from an object."""

    def __init__(self) -> None:
        self.w = np.arange(1.0, 7.0)

    def residual(self, u):
        return self.w * np.sin(u) + np.roll(self.w, 1) ** 2

    def energy(self, u):
        return np.sum((self.w[1:] * self.w[:-1]) ** 2 * u[1:])


MODEL = Weighted()
POINT = np.linspace(-1.0, 2.0, 6)


def test_by_what_a_function_captures() -> None:
    dense = ad.jacobian(MODEL.residual, wrt="self.w")(POINT)
    np.testing.assert_allclose(ad.sparse_jacobian(MODEL.residual, wrt="self.w")(POINT).toarray(), dense)
    np.testing.assert_allclose(ad.sparse_jacobian(lambda u: MODEL.residual(u), wrt="MODEL.w")(POINT).toarray(), dense)
    gradient = ad.grad(MODEL.energy, wrt="self.w")
    hessian = ad.sparse_hessian(MODEL.energy, wrt="self.w")(POINT)
    np.testing.assert_allclose(hessian @ POINT, _slope(gradient, POINT), rtol=1e-6)
    with pytest.raises(TypeError, match="neither argnums nor a pattern"):
        ad.sparse_jacobian(MODEL.residual, argnums=1, wrt="self.w")


def _slope(gradient, along):
    """The change of a gradient by weights, along a direction of these."""
    kept = MODEL.w
    try:
        MODEL.w = kept + 1e-5 * along
        up = gradient(POINT)
        MODEL.w = kept - 1e-5 * along
        return (up - gradient(POINT)) / 2e-5
    finally:
        MODEL.w = kept


def test_auxiliary_data() -> None:
    def both(u, scale=2.0):
        return scale * np.sin(u), {"sum": np.sum(u)}

    jacobian, aux = ad.sparse_jacobian(both, has_aux=True)(POINT)
    np.testing.assert_allclose(jacobian.toarray(), np.diag(2.0 * np.cos(POINT)))
    assert aux["sum"] == np.sum(POINT)
    hessian, same = ad.sparse_hessian(lambda u: (np.sum(u**3), u), has_aux=True)(POINT)
    np.testing.assert_allclose(hessian.toarray(), np.diag(6.0 * POINT))
    assert same is POINT
    with pytest.raises(TypeError, match="must return a pair"):
        ad.sparse_jacobian(np.sin, has_aux=True)(POINT)


def test_it_is_by_one_array() -> None:
    with pytest.raises(TypeError, match="by one array"):
        ad.sparse_jacobian(lambda a, b: a * b, argnums=(0, 1))


# --- the pattern is found anew when what it follows from is another ---------------------------------------------------
def squares(x):
    return x**2


def neighbours(x):
    return x**2 + np.roll(x, 2) * x


_helper, _settings, _limit = squares, {"shift": 1, "whole": False}, 1.0


def with_helper(x):
    return _helper(x)


def with_settings(x):
    y = np.roll(x, _settings["shift"]) * x
    if _settings["whole"]:
        y = y * x[0]
    return y


def with_limit(x, limit=None):
    return x**2 if (_limit if limit is None else limit) > 0.5 else x * np.roll(x, 1)


def _as_dense(derivative, f, x, *args):
    return derivative(x, *args).toarray(), ad.jacfwd(f)(x, *args)


def test_pattern_after_a_helper_was_replaced(monkeypatch):
    x = np.linspace(0.1, 1.0, 6)
    derivative = ad.sparse_jacobian(with_helper)
    for helper in (squares, neighbours, squares):
        monkeypatch.setattr(sys.modules[__name__], "_helper", helper)
        np.testing.assert_allclose(derivative(x).toarray(), ad.jacfwd(helper)(x), rtol=1e-12)


@pytest.mark.parametrize(("name", "value"), [("shift", 2), ("whole", True)])
def test_pattern_after_a_captured_setting_changed(monkeypatch, name, value):
    x = np.linspace(0.1, 1.0, 6)
    jacobian = ad.sparse_jacobian(with_settings)
    hessian = ad.sparse_hessian(lambda x: np.sum(with_settings(x) ** 2))
    jacobian(x), hessian(x)
    monkeypatch.setitem(_settings, name, value)
    np.testing.assert_allclose(*_as_dense(jacobian, with_settings, x), rtol=1e-12)
    np.testing.assert_allclose(
        hessian(x).toarray(), ad.hessian(lambda x: np.sum(with_settings(x) ** 2))(x), rtol=1e-12, atol=1e-12)


def test_pattern_where_another_number_decides(monkeypatch):
    x = np.linspace(0.1, 1.0, 6)
    derivative = ad.sparse_jacobian(with_limit)
    for limit in (1.0, 0.1, 1.0):
        np.testing.assert_allclose(*_as_dense(derivative, with_limit, x, limit), rtol=1e-12)
    for limit in (1.0, 0.1):
        monkeypatch.setattr(sys.modules[__name__], "_limit", limit)
        np.testing.assert_allclose(*_as_dense(derivative, with_limit, x), rtol=1e-12)


def test_arguments_by_name():
    def scaled(x, c=1.0, *, k=2.0):
        return x**2 * c + np.roll(x, 1) * k

    x = np.arange(1.0, 6.0)
    found = ad.sparse_jacobian(scaled)(x, c=3.0)
    np.testing.assert_allclose(found.toarray(), ad.jacobian(scaled)(x, c=3.0))
    with pytest.raises(TypeError, match="keyword-only argument `k`"):
        ad.sparse_jacobian(scaled)(x, k=3.0)
