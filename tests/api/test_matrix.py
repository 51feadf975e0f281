"""Every transform of every transform, on several programs, against differences."""
from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler.interface.differences import as_vector, slope_along

X = np.array([0.5, 1.0, -0.7])
MATRIX = np.arange(12.0).reshape(4, 3) / 7.0
Function = Callable[[Any], Any]


def straight(x):
    return np.sin(x) * x[0]


def recurrence(x):
    y = x.copy()
    for i in range(1, x.shape[0]):
        y[i] = y[i] * y[i - 1] + np.tanh(x[i])
    return MATRIX @ y


def structured(x):
    return {"a": x**3, "b": (np.sum(x * x), x[:2])}


def repeated(x):
    s = np.sum(x)
    while s < 10.0:
        s = s * 1.5 + x[0] ** 2
    return s * x


def pulled(f: Function) -> Function:
    def cotangent(x):
        out, pullback = ad.vjp(f, x)
        return pullback(out)[0]

    return cotangent


TRANSFORMS: dict[str, Callable[[Function], Function]] = {
    "jacrev": ad.jacrev, "jacfwd": ad.jacfwd, "jacobian": ad.jacobian, "value_and_jacobian": ad.value_and_jacobian,
    "jvp": lambda f: lambda x: ad.jvp(f, (x,), (np.cos(x),))[1], "vjp": pulled,
    "linearize": lambda f: lambda x: ad.linearize(f, x)[1](np.cos(x)),
    "vmap": lambda f: lambda x: ad.vmap(f)(np.outer(np.ones(2), x) * np.array([[1.0], [2.0]])),
}
SCALAR: dict[str, Callable[[Function], Function]] = {
    "grad": ad.grad, "value_and_grad": ad.value_and_grad, "hessian": ad.hessian,
    "hvp": lambda f: lambda x: ad.hvp(f)(x, np.cos(x)), "vhp": lambda f: lambda x: ad.vhp(f)(x, np.cos(x)),
    "derivative": lambda f: lambda x: ad.derivative(lambda t: f(x * t), n=2)(x[0]),
    "elementwise_grad": lambda f: ad.elementwise_grad(lambda x: f(x) * x),
}


def total(f: Function) -> Function:
    """The sum of squares of a result with one array or number in each place, weighted."""
    def summed(x):
        return sum_of(f(x))

    return summed


def sum_of(tree):
    if isinstance(tree, dict):
        return sum_of(list(tree.values()))
    if isinstance(tree, (tuple, list)):
        s = 0.0
        for part in tree:
            s = s + sum_of(part)
        return s
    return np.sum(tree**2)


def agrees(f: Function) -> None:
    """The tangent and the value of a compiled function are those of the function as it runs."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        expected, error = slope_along(f, (X,), (np.ones(3),))
        out, dot = ad.jvp(f, (X,), (np.ones(3),), on_unsupported="error")
        np.testing.assert_allclose(as_vector(out), as_vector(f(X)), rtol=1e-12, atol=1e-12)
    scale = max(1.0, float(np.max(np.abs(expected))))
    np.testing.assert_allclose(as_vector(dot), expected, rtol=1e-6, atol=1e-7 * scale + 10.0 * error)


SHORT = ("jacrev", "jvp", "vjp", "vmap")
#: A loop whose length differs between examples: of these there is no batched form.
BY_EXAMPLE = {"vmap", "vjp", "jacrev"}


@pytest.mark.parametrize(("f", "outer", "inner"), [
    *itertools.product([straight], TRANSFORMS, TRANSFORMS),
    *itertools.product([recurrence, structured, repeated], SHORT, SHORT)], ids=lambda v: getattr(v, "__name__", v))
def test_of_vectors(f: Function, outer: str, inner: str) -> None:
    if f is repeated and outer == "vmap" and inner in BY_EXAMPLE:
        with pytest.warns(ad.LoopFallback, match="AD152"):
            TRANSFORMS[outer](TRANSFORMS[inner](f))(X)
        return
    agrees(TRANSFORMS[outer](TRANSFORMS[inner](f)))


@pytest.mark.parametrize(("f", "outer", "inner"), [
    *itertools.product([straight], SCALAR, [*TRANSFORMS, *SCALAR]),
    *itertools.product([recurrence, repeated], ["grad", "hvp"], ["jacrev", "vjp", "grad", "hvp", "vhp"])],
    ids=lambda v: getattr(v, "__name__", v))
def test_of_sums(f: Function, outer: str, inner: str) -> None:
    made = SCALAR[inner](total(f)) if inner in SCALAR else TRANSFORMS[inner](f)
    agrees(SCALAR[outer](total(made)))
