"""Names that begin as a number and become an array in a loop, by assignments of both forms; their tangents."""
from __future__ import annotations

import warnings

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler.errors import CompileError, TapeFallback
from tests.differences import central_differences

A = np.array([0.3, 0.7, 1.2, 0.5])
T = np.linspace(0.0, 1.0, 5)


# --- updated in place ---------------------------------------------------------------------------------------------
def series(a):
    y = 0
    for k in range(len(a)):
        y += a[k] * np.cos(k * T)
    return np.sum(y**2)


def grows_with_itself(a):
    b = 1.0
    for _ in range(len(a)):
        b += a * b
    return np.sum(b)


def begins_anew(a):
    rows = []
    for i in range(3):
        row = 0
        for k in range(len(a)):
            row += a[k] * np.sin(i * T)
        rows.append(row)
    return sum(np.sum(r * r) for r in rows)


def while_loop(a):
    y, k = 1, 0
    while k < len(a):
        y *= np.cos(a[k] * T)
        y -= 0.1 * np.exp(y)
        k += 1
    return y.sum() + np.max(y) + y[2]


class Polynomial:
    def __init__(self, coefficients):
        self.coefficients = coefficients

    def __call__(self, x):
        out = 0
        for n, c in enumerate(self.coefficients):
            out += c * x**n
        return out


def of_an_object(a):
    return np.trapezoid(Polynomial(a)(T) ** 2, T)


def normal_equations(a):
    left, right = 0, 0
    for v in a:
        jacobian, residual = np.array([[v, 1.0], [2.0, v**2]]), np.array([v**2, 2.0])
        left += jacobian.T @ jacobian
        right += jacobian.T @ residual
    return np.sum(np.linalg.solve(left, right))


# --- begun with a number that has a derivative ------------------------------------------------------------------------
def summed_each_turn(a):
    y, total = a[0], 0.0
    for k in range(len(a)):
        z = y + T
        total += np.sum(z) * a[k] + z[2] * np.max(z) + z @ z
        y = y + a[k] * T
    return total


def added_to_what_is_constant(a):
    y = a[0]
    for _ in range(len(a)):
        y = y + T
    return np.sum(y)


def written_afterwards(a):
    y = a[0]
    for _ in range(len(a)):
        y = y + T
        w = y.copy()
        w[0] += a[1]
    return np.sum(w * y) + y[1]


def constant_terms(a):
    y = 0
    for k in range(3):
        y = y + T
        y += a[k] * np.ones(5)
    return np.sum(y * y)


@pytest.mark.parametrize("f", [
    series, grows_with_itself, begins_anew, while_loop, of_an_object, normal_equations, summed_each_turn,
    added_to_what_is_constant, written_afterwards, constant_terms])
def test_derivatives(f):
    value, gradient = ad.value_and_grad(f, on_unsupported="error")(A)
    assert value == pytest.approx(f(A), rel=1e-13)
    np.testing.assert_allclose(gradient, central_differences(f, A), rtol=1e-7, atol=1e-8)
    for direction in np.eye(4):
        assert ad.jvp(f, (A,), (direction,))[1] == pytest.approx(gradient @ direction, rel=1e-12, abs=1e-12)
    second = (ad.grad(f)(A + 1e-6) - ad.grad(f)(A - 1e-6)) / 2e-6
    with warnings.catch_warnings():  # a record that holds a number first and then arrays
        warnings.simplefilter("ignore", TapeFallback)
        np.testing.assert_allclose(ad.hvp(f)(A, np.ones(4)), second, rtol=1e-6, atol=1e-7)


# --- where something else holds the array ----------------------------------------------------------------------------
def kept_in_a_list(a):
    y, kept = 0, []
    for v in a:
        y += v * T
        kept.append(y)
    return sum(np.sum(h * h) for h in kept)


def kept_by_another_name(a):
    y = 0.0
    for v in a:
        y += v * T
        z = y
        y += v
    return np.sum(z * y)


def given_an_array_on_a_path(a):
    base, y = T * 1.0, 0
    for k in range(len(a)):
        if k == 0:
            y = base
        else:
            y += a[k] * T
    return np.sum(y**2) + np.sum(base * a[0])


def kept_by_a_closure(a):
    y = 0.0

    def now():
        return y

    for k in range(len(a)):
        y += a[k] * T
        if k == 2:
            kept = now()
    return np.sum(kept * y)


def kept_in_an_outer_loop(a):
    y = 0.0
    for i in range(2):
        for v in a:
            y += v * T * (i + 1)
        if i == 0:
            kept = y
    return np.sum(kept * y)


@pytest.mark.parametrize("f", [kept_in_a_list, kept_by_another_name, given_an_array_on_a_path, kept_by_a_closure,
                               kept_in_an_outer_loop])
def test_an_array_that_others_hold_is_changed_in_place(f):
    with pytest.raises(CompileError, match="AD1"):
        ad.grad(f, on_unsupported="error")(A)
    with pytest.warns(TapeFallback):
        value, gradient = ad.value_and_grad(f)(A)
    assert value == pytest.approx(f(A), rel=1e-13)
    np.testing.assert_allclose(gradient, central_differences(f, A), rtol=1e-7, atol=1e-7)


def test_the_precision_of_the_array_is_kept():
    def f(a):
        y = 0
        for v in a:
            y += T.astype(np.float32)
            y += v * T
        return np.sum(y)

    value, gradient = ad.value_and_grad(f, on_unsupported="error")(A)
    assert value == f(A) and value.dtype == np.float32
    np.testing.assert_allclose(gradient, np.full(4, np.sum(T)), rtol=1e-6)
