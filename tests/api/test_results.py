"""What the function returns: one real number, or a clear error; auxiliary data."""
from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import ad_compiler as ad

X = np.array([1.0, 2.0])


@pytest.mark.parametrize("shape", [(), (1,), (1, 1)])
def test_one_element_is_a_scalar(shape: tuple[int, ...]) -> None:
    def f(x):
        return np.reshape(np.sum(x * x), shape)

    value, gradient = ad.value_and_grad(f)(X)
    assert np.shape(value) == shape
    np.testing.assert_allclose(gradient, 2.0 * X)


def test_one_element_known_only_at_run_time() -> None:
    gradient = ad.grad(lambda x, n: x[:n] ** 2)
    np.testing.assert_allclose(gradient(X, 1), [2.0, 0.0])
    with pytest.raises(TypeError, match=r"shape \(n,\).*`vjp` or `jacobian`"):
        gradient(np.arange(3.0), 2)


@pytest.mark.parametrize("f", [
    lambda x: x * 2.0, lambda x: (np.sum(x), np.sum(x)), lambda x: [x], lambda x: {"a": np.sum(x)},
    lambda x: None, lambda x: "text", lambda x: np.sum(x) * 1j, lambda x: len(x), lambda x: np.sum(x) > 0.0,
])
def test_other_results_are_refused(f: Any) -> None:
    with pytest.raises(TypeError, match=r"vjp|jacobian|return a float"):
        ad.grad(f)(X)


def test_a_constant_has_a_zero_gradient() -> None:
    np.testing.assert_array_equal(ad.grad(lambda x: 3.0)(X), np.zeros(2))
    assert ad.value_and_grad(lambda x: 3.0)(1.5) == (3.0, 0.0)


def test_auxiliary_results() -> None:
    def f(x, y):
        residual = x - y
        return np.sum(residual**2), {"residual": residual, "note": "text"}

    for _ in range(3):
        (value, aux), gradient = ad.value_and_grad(f, has_aux=True)(X, 1.0)
        assert value == 1.0
        np.testing.assert_array_equal(aux["residual"], X - 1.0)
        np.testing.assert_allclose(gradient, 2.0 * (X - 1.0))
    gradient, aux = ad.grad(f, argnums=1, has_aux=True)(X, 1.0)
    assert (gradient, aux["note"]) == (-2.0, "text")
    out, pullback, aux = ad.vjp(f, X, 1.0, has_aux=True)
    assert (out, pullback(1.0)[1], aux["note"]) == (1.0, -2.0, "text")
    out, dot, aux = ad.jvp(f, (X, 1.0), (None, 1.0), has_aux=True)
    assert (out, dot, aux["note"]) == (1.0, -2.0, "text")
    with pytest.raises(TypeError, match="must return a pair"):
        ad.grad(lambda x: x * 2.0, has_aux=True)(1.0)


def test_arguments_are_left_as_the_function_leaves_them() -> None:
    def scale_in_place(x):
        x *= 2.0
        return np.sum(x**2)

    for _ in range(3):
        x = X.copy()
        np.testing.assert_allclose(ad.grad(scale_in_place)(x), 8.0 * X)
        np.testing.assert_allclose(x, 2.0 * X)


def test_overlapping_arguments_that_are_written() -> None:
    @ad.grad(argnums=(0, 1))
    def f(x, y):
        x[0] = y[0] * 2.0
        return np.sum(x * y)

    f(X.copy(), X.copy())
    f(X.copy(), X.copy())
    whole = np.arange(4.0)
    f(whole[:2], whole[2:])
    f(whole[::2], whole[1::2])
    for one, other in ((whole, whole), (whole[:2], whole[1:3])):
        with pytest.raises(ValueError, match=r"`x` and `y` share memory.*copy first"):
            f(one, other)
    np.testing.assert_allclose(whole, [2.0, 1.0, 2.0, 3.0])


def test_overlapping_arguments_that_are_only_read() -> None:
    for _ in range(3):
        x_bar, y_bar = ad.grad(lambda x, y: np.sum(x * y), argnums=(0, 1))(X, X)
        np.testing.assert_array_equal(x_bar, X)
        np.testing.assert_array_equal(y_bar, X)
        assert not np.shares_memory(x_bar, y_bar)
        assert not np.shares_memory(x_bar, X)


@pytest.mark.parametrize("program", [lambda x: x ** 0.4, lambda x: abs(x ** 0.4), lambda x: abs((x - 3.0) ** 1.5) * x],
                         ids=["complex value", "absolute value", "of a difference"])
def test_a_power_that_python_makes_complex_is_no_real_derivative(program: Any) -> None:
    """Python's power of a negative float is complex, though nothing in the text says so; the real part of what the
    formulas of real numbers give then is no derivative of anything."""
    assert isinstance((-0.7) ** 0.4, complex)
    for transform in (ad.grad(program), ad.value_and_grad(program)):
        with pytest.raises(TypeError, match="complex"):
            transform(-0.7)
