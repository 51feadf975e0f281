"""Rules of the user's that are programs: for forward mode with branches and loops, and transposed ones that take
derivatives themselves."""
from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler.errors import CompileError

X = np.array([0.3, 0.4, 0.5])
Y = X + 1.0
E = {"on_unsupported": "error"}


# --- rules for forward mode that branch and loop over values and tangents at once -------------------------------------
def _branching(primals: Any, tangents: Any) -> Any:
    (x,), (dot,) = primals, tangents
    if x > 0:
        out = x**4
        out_dot = 4.0 * x**3 * dot
        if out > 100.0:
            out_dot = out_dot * 1.0
    else:
        out, out_dot = x**4, 4.0 * x**3 * dot
    return out, out_dot


def _counting(primals: Any, tangents: Any) -> Any:
    (x,), (dot,) = primals, tangents
    out, out_dot = x, dot
    for _ in range(3):
        out_dot = out_dot * x + out * dot
        out = out * x
    return out, out_dot


def _waiting(primals: Any, tangents: Any) -> Any:
    (x,), (dot,) = primals, tangents
    out, out_dot, power = x, dot, 1
    while power < 4:
        out_dot = out_dot * x + out * dot
        out = out * x
        power += 1
    return out, out_dot


def _storing(primals: Any, tangents: Any) -> Any:
    (x,), (dot,) = primals, tangents
    powers, dots = np.ones(5), np.zeros(5)
    for i in range(1, 5):
        dots[i] = dots[i - 1] * x + powers[i - 1] * dot
        powers[i] = powers[i - 1] * x
    return powers[4], dots[4]


def _passing(primals: Any, tangents: Any) -> Any:
    (x,), (dot,) = primals, tangents
    with np.errstate(all="ignore"):
        out = x**4
        out_dot = 4.0 * x**3 * dot
    return out, out_dot


def _in_place(primals: Any, tangents: Any) -> Any:
    (x,), (dot,) = primals, tangents
    y = np.array([x, x])
    out_dot = dot * y * 2.0
    y *= x
    out_dot = out_dot * y + y * 2.0 * y[::-1] / x * dot
    y *= y
    return y[0], out_dot[0]


def _in_place_on_a_branch(primals: Any, tangents: Any) -> Any:
    (x,), (dot,) = primals, tangents
    y = np.array([x, 2.0])
    if x > 0.0:
        out_dot = dot * y * 4.0
        y[0] = x**3
        out_dot = out_dot * y[0] / y[0]
        out_dot = out_dot * x**2
    else:
        out_dot = dot * y * 4.0 * x**2
    y[0] = x**4
    return y[0], out_dot[0]


def _in_place_after_a_loop(primals: Any, tangents: Any) -> Any:
    (x,), (dot,) = primals, tangents
    y, out_dot, steps = np.full(3, x), 0.0, []
    for i in range(3):
        steps.append(y[i])
        out_dot = out_dot + y[i] ** 3 * dot
    out_dot = out_dot + steps[0] ** 3 * dot
    y[:] = 7.0
    steps[0] = y[0]
    return x**4, out_dot


@pytest.mark.parametrize("rule", [_branching, _counting, _waiting, _storing, _passing, _in_place,
                                  _in_place_on_a_branch, _in_place_after_a_loop])
@pytest.mark.parametrize("x", [1.5, -2.0])
def test_values_and_tangents_in_one_statement_are_taken_apart(rule: Any, x: float) -> None:
    @ad.custom_jvp
    def fourth(x):
        return x**4

    fourth.defjvp(rule)
    out, dot = ad.jvp(fourth, (x,), (2.0,), **E)
    np.testing.assert_allclose([out, dot], [x**4, 8.0 * x**3])
    np.testing.assert_allclose(ad.grad(fourth, **E)(x), 4.0 * x**3)
    np.testing.assert_allclose(ad.hvp(fourth, **E)(x, 1.0), 12.0 * x**2)
    np.testing.assert_allclose(ad.grad(ad.grad(fourth), **E)(x), 12.0 * x**2)
    _, pullback = ad.vjp(fourth, x, **E)
    assert pullback(1.0) == pullback(1.0)


def test_values_that_cannot_be_taken_apart_from_tangents() -> None:
    @ad.custom_jvp
    def f(x):
        return x * x

    @f.defjvp
    def rule(primals: Any, tangents: Any) -> Any:
        (x,), (dot,) = primals, tangents
        return x * x + 0.0 * dot, 2.0 * x * dot

    with pytest.raises(CompileError, match=r"AD170.*computes its result from tangents"):
        ad.jvp(f, (1.0,), (1.0,), **E)


# --- transposed rules that take derivatives themselves ----------------------------------------------------------------
def _windowed(x: Any) -> Any:
    rows = np.stack([x, 0.5 * x])
    return np.where(rows[:, 0][:, None] > 0.0, rows**2, -rows)[1]


def _indexed(x: Any) -> Any:
    return ad.grad(lambda z: np.sum(np.sin(z) * z[0]))(x)


def _recurrent(x: Any) -> Any:
    y = x.copy()
    for i in range(1, x.shape[0]):
        y[i] = y[i] * y[i - 1] + np.tanh(x[i])
    return y


@pytest.mark.parametrize("f", [_windowed, _indexed, _recurrent])
def test_a_vjp_rule_made_of_a_pullback_serves_forward_mode(f: Any) -> None:
    """Its result may be a part of memory that it writes, and its transpose may read shapes of the cotangent."""
    ruled = ad.custom_vjp(lambda x: f(x))
    ruled.defvjp(lambda x: (f(x), x), lambda x, g: (ad.vjp(f, x)[1](g)[0],))
    again = ad.custom_vjp(lambda x: ruled(x))
    again.defvjp(lambda x: (ruled(x), x), lambda x, g: (ad.vjp(ruled, x)[1](g)[0],))
    expected = ad.jacfwd(f)(X)
    assert np.any(expected)
    np.testing.assert_allclose(ad.jacfwd(ruled, **E)(X), expected)
    np.testing.assert_allclose(ad.jacrev(again, **E)(X), expected)
    np.testing.assert_allclose(ad.jacfwd(again, **E)(X), expected)


def test_what_is_added_to_a_cotangent_makes_a_rule_no_linear_one() -> None:
    """Also where it is added in a loop, or to a part of an array."""
    def looping(x: Any, g: Any) -> Any:
        bar, one = np.zeros_like(x), np.zeros_like(x)
        one[0] = 1.0
        for i in range(x.shape[0]):
            bar[i] += 2.0 * x[i] * g + one[i]
        return (bar,)

    f = ad.custom_vjp(lambda x: np.sum(x * x))
    f.defvjp(lambda x: (np.sum(x * x), x), looping)
    with pytest.raises(CompileError, match="AD171"):
        ad.jvp(f, (X,), (X,), **E)
