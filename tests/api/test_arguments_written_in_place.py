"""Functions that write into their arguments, under every transform: runs do not see what others wrote, the caller's
array changes once, as by a call, and so it is inside differentiated functions, compiled and on the tape."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
import runtime as torch

pytestmark = pytest.mark.filterwarnings("ignore::ad_compiler.errors.TapeFallback")
X = np.arange(6.0).reshape(2, 3) / 3.0 + 1.0
UNITS = np.eye(6).reshape(6, 2, 3)


# --- functions that write ---------------------------------------------------------------------------------------------
def row_doubled(x: Any) -> Any:
    x[0] *= 2.0
    return np.sum(np.sin(x) * x)


def through_a_helper(x: Any) -> Any:
    def doubled(v: Any) -> Any:
        v[0] *= 2.0
        return np.sum(v * x)
    return doubled(x[0]) + np.sum(np.sin(x))


def through_a_view(x: Any) -> Any:
    z = x.T.reshape(3, 2)
    z[0] *= 3.0
    return np.sum(x**3)


def until_it_is_small(x: Any) -> Any:
    n = 0
    while True:
        x[0] *= 0.8
        n += 1
        if np.sum(x) < 7.0 or n > 3:
            break
    return np.sum(x**3)


def not_compiled(x: Any) -> Any:
    x[0] *= x[1]
    return np.sum(x**3) * eval("1.0")


WRITERS = (row_doubled, through_a_helper, through_a_view, until_it_is_small, not_compiled)


def differences(f: Callable[[Any], Any], x: np.ndarray) -> np.ndarray:
    slopes = []
    for unit in UNITS:
        slopes.append((f(x + 1e-6 * unit) - f(x - 1e-6 * unit)) / 2e-6)
    return np.moveaxis(np.array(slopes).reshape(2, 3, *np.shape(slopes[0])), (0, 1), (-2, -1))


def by_linearize(f: Callable[[Any], Any], x: Any) -> Any:
    linear = ad.linearize(f, x)[1]
    return np.array([linear(unit) for unit in UNITS]).reshape(2, 3)


WAYS: dict[str, Callable[[Any, Any], Any]] = {
    "grad": lambda f, x: ad.grad(f)(x), "jacfwd": lambda f, x: ad.jacfwd(f)(x), "linearize": by_linearize,
    "jacrev": lambda f, x: ad.jacrev(f)(x), "vjp": lambda f, x: ad.vjp(f, x)[1](1.0)[0],
    "vmap of jacfwd": lambda f, x: ad.vmap(ad.jacfwd(f))(np.stack([x, x]))[1],
    "hvp": lambda f, x: ad.hvp(f)(x, np.cos(X)), "hessian": lambda f, x: ad.hessian(f)(x),
}


@pytest.mark.filterwarnings("ignore::ad_compiler.interface.batched.LoopFallback")
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("f", WRITERS)
def test_each_run_finds_the_arguments_as_they_were(f: Callable[[Any], Any], way: str) -> None:
    found = WAYS[way](f, X.copy())
    if way in ("hvp", "hessian"):
        hessian = differences(lambda x: ad.grad(f)(x), X)
        expected = hessian if way == "hessian" else np.tensordot(hessian, np.cos(X), 2)
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)
    else:
        np.testing.assert_allclose(found, differences(lambda x: f(x.copy()), X), rtol=1e-6, atol=1e-7)


def test_a_sparse_jacobian_finds_them_too() -> None:
    def residual(x: Any) -> Any:
        x *= x
        y = x.copy()
        y[1:] += x[:-1] ** 2
        return y

    x = np.linspace(0.5, 1.5, 7)
    np.testing.assert_allclose(ad.sparse_jacobian(residual)(x.copy()).toarray(), ad.jacfwd(residual)(x.copy()))


# --- inside differentiated functions ----------------------------------------------------------------------------------
def pulled_twice(f: Callable[[Any], Any], z: Any) -> Any:
    y, pullback = ad.vjp(f, z)
    z[1] = 0.0
    return np.sum(pullback(1.0)[0] ** 2 * pullback(2.0)[0]) + y


def pushed_twice(f: Callable[[Any], Any], z: Any) -> Any:
    y, linear = ad.linearize(f, z)
    return linear(np.cos(X)) * linear(np.sin(X)) + y


INSIDE: dict[str, Callable[[Any, Any], Any]] = {
    "grad": lambda f, z: np.sum(ad.grad(f)(z) ** 2), "value_and_grad": lambda f, z: ad.value_and_grad(f)(z)[0],
    "jacfwd": lambda f, z: np.sum(ad.jacfwd(f)(z) ** 2), "jacrev": lambda f, z: np.sum(ad.jacrev(f)(z) ** 2),
    "jvp": lambda f, z: ad.jvp(f, (z,), (z * 2.0,))[1], "hvp": lambda f, z: np.sum(ad.hvp(f)(z, np.cos(X))),
    "vjp": pulled_twice, "linearize": pushed_twice,
    "two arguments": lambda f, z: np.sum(ad.jacfwd(lambda pair: f(pair[0]) * np.sum(pair[1]))((z, z[0] * 2.0))[1]),
}


@pytest.mark.parametrize("way", INSIDE)
@pytest.mark.parametrize("f", [row_doubled, through_a_helper])
def test_inside(f: Callable[[Any], Any], way: str) -> None:
    inner = INSIDE[way]

    def whole(x: Any) -> Any:
        z = x * 1.0
        found = inner(f, z)
        return found + np.sum(z**2)

    def on_the_tape(x: Any) -> Any:
        return whole(x * eval("1.0"))

    expected = differences(whole, X)
    for function, options in ((whole, {"on_unsupported": "error"}), (on_the_tape, {})):
        value, gradient = ad.value_and_grad(function, **options)(X)
        np.testing.assert_allclose(value, whole(X))
        np.testing.assert_allclose(gradient, expected, rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(ad.jacfwd(function, **options)(X), expected, rtol=1e-5, atol=1e-5)


def test_with_tensors_functions_see_copies() -> None:
    x = torch.tensor(X, requires_grad=True)
    expected = differences(lambda v: row_doubled(v.copy()), X)
    ad.compiled(row_doubled)(x).backward()
    np.testing.assert_allclose(x.grad.numpy(), expected, rtol=1e-6)
    np.testing.assert_allclose(ad.grad(row_doubled)(x).detach().numpy(), expected, rtol=1e-6)
    pullback = ad.vjp(row_doubled, x)[1]
    with torch.no_grad():
        x += 1.0
    np.testing.assert_allclose(pullback(torch.tensor(1.0))[0].detach().numpy(), expected, rtol=1e-6)
