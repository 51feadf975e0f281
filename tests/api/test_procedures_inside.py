"""Derivatives of procedures, and pullbacks beside auxiliary arrays, taken inside a function that is differentiated."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler.errors import CompileError
from tests.differences import central_differences

U = np.array([0.3, -0.4, 0.5])
E = {"on_unsupported": "error"}


def chain(x):
    x[1:] *= x[:-1]


def grow(x, y, rate):
    x *= rate
    y += x**2


def of_a_pullback(x):
    y = x.copy()
    _, pullback = ad.vjp(chain, y)
    return np.sum(pullback(x)[0] ** 2) + np.sum(y**3)


def of_a_tangent(x):
    y = x.copy()
    _, y_dot = ad.jvp(chain, (y,), (x**2,))
    return np.sum(y_dot**2) + np.sum(y**3)


def of_two_arrays(x):
    a, b = x.copy(), np.sin(x)
    _, pullback = ad.vjp(grow, a, b, x[0])
    a_bar, b_bar, rate_bar = pullback((x, x**2))
    return np.sum(a_bar * b_bar) * rate_bar + np.sum(a * b)


def of_two_tangents(x):
    a, b = x.copy(), np.sin(x)
    _, (a_dot, b_dot) = ad.jvp(grow, (a, b, x[0]), (x, x**2, x[1]))
    return np.sum(a_dot * b_dot) + np.sum(a * b)


def with_an_auxiliary_array(x):
    y, pullback, aux = ad.vjp(lambda z: (np.array([z[0] * z[1], np.sin(z[2]) * z[0]]), z * 2.0), x, has_aux=True)
    return np.sum(pullback(y)[0] * aux)


@pytest.mark.parametrize("f", [of_a_pullback, of_a_tangent, of_two_arrays, of_two_tangents, with_an_auxiliary_array],
                         ids=lambda f: f.__name__)
def test_against_differences(f: Callable[..., Any]) -> None:
    slope = ad.grad(f, **E)(U)
    np.testing.assert_allclose(slope, central_differences(f, U), rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(ad.jvp(f, (U,), (U,), **E)[1], slope @ U)
    np.testing.assert_allclose(ad.vmap(ad.grad(f), **E)(np.stack([U, 2.0 * U])), [slope, ad.grad(f)(2.0 * U)])


def test_the_reverse_sweep_leaves_auxiliary_data_out() -> None:
    out, pullback, aux = ad.vjp(lambda z: (z * z, {"all": z + 1.0}), U, has_aux=True, **E)
    np.testing.assert_allclose(pullback(out)[0], 2.0 * U**3)
    np.testing.assert_allclose(aux["all"], U + 1.0)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("f", [of_a_pullback, of_a_tangent], ids=lambda f: f.__name__)
def test_on_the_tape_what_a_procedure_writes_is_not_followed(f: Callable[..., Any]) -> None:
    def strange(x):
        return eval("1.0") * f(x)

    with pytest.raises(CompileError, match="returns nothing, and is given tensors"):
        ad.grad(strange)(U)
