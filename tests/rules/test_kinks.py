"""What the rows say about kinks, poles and degenerate input, as values.

The derivative at such a point is a convention, so it is written down here: a finite subgradient where there is one,
PyTorch's choice where it has one, NumPy's infinity at a pole.
"""
from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ad_compiler import rules
from ad_compiler.rules import apply

INF, NAN = np.inf, np.nan


def gradient(function: Any, *args: Any, operand: str | None = None, g: Any = None, **kwargs: Any) -> Any:
    """The cotangent of one operand (the first) for a cotangent of ones."""
    row = rules.find(function)
    assert row is not None
    bound = row.bind(args, kwargs)
    out = function(*args, **kwargs)
    name = operand or row.operands[0]
    return apply.vjp(row, name, np.ones_like(out) if g is None else g, apply.residuals(row, bound, out, [name]))


def arrays(*rows: list[float]) -> list[np.ndarray]:
    return [np.array(row, float) for row in rows]


@pytest.mark.parametrize(("function", "x", "expected"), [
    (np.abs, [0.0, -2.0, 3.0], [0.0, -1.0, 1.0]),
    (np.fabs, [0.0, -2.0], [0.0, -1.0]),
    (np.sinc, [0.0, 1e-9], [0.0, -np.pi**2 / 3 * 1e-9]),
    (np.nan_to_num, [NAN, INF, 1.0], [0.0, 0.0, 1.0]),
    (np.tanh, [40.0, -800.0], [0.0, 0.0]),
    (np.unwrap, [0.0, 6.0, 12.5], [1.0, 1.0, 1.0]),
])
def test_of_one_variable(function: Any, x: list[float], expected: list[float]) -> None:
    np.testing.assert_allclose(gradient(function, np.array(x)), expected, rtol=1e-12, atol=0)


@pytest.mark.parametrize("function", [np.sqrt, np.cbrt, np.log])
def test_poles_are_infinite(function: Any) -> None:
    with np.errstate(divide="ignore"):
        assert gradient(function, np.array([0.0]))[0] == INF


@pytest.mark.parametrize(("function", "x1", "x2", "by_x1", "by_x2"), [
    (np.maximum, [1.0, 2.0, 3.0], [1.0, 3.0, 2.0], [0.5, 0.0, 1.0], [0.5, 1.0, 0.0]),
    (np.minimum, [1.0, 2.0, 3.0], [1.0, 3.0, 2.0], [0.5, 1.0, 0.0], [0.5, 0.0, 1.0]),
    (np.fmax, [1.0, NAN, 3.0], [1.0, 3.0, NAN], [0.5, 0.0, 1.0], [0.5, 1.0, 0.0]),
    (np.fmin, [1.0, NAN, 3.0], [1.0, 3.0, NAN], [0.5, 0.0, 1.0], [0.5, 1.0, 0.0]),
    (np.maximum, [-INF, INF], [-INF, 0.0], [0.5, 1.0], [0.5, 0.0]),
    (np.hypot, [0.0, 3.0], [0.0, 4.0], [0.0, 0.6], [0.0, 0.8]),
    (np.power, [0.0, 0.0, 0.0, 2.0], [0.0, 1.0, 2.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, np.log(2)]),
])
def test_of_two_variables(function: Any, x1: list[float], x2: list[float], by_x1: list[float],
                          by_x2: list[float]) -> None:
    one, two = arrays(x1, x2)
    np.testing.assert_allclose(gradient(function, one, two, operand="x1"), by_x1, rtol=1e-12)
    np.testing.assert_allclose(gradient(function, one, two, operand="x2"), by_x2, rtol=1e-12)


def test_relu_has_slope_zero_at_zero() -> None:
    x = np.array([-1.0, 0.0, 2.0])
    np.testing.assert_array_equal(gradient(np.maximum, x, 0.0), [0.0, 0.0, 1.0])
    np.testing.assert_array_equal(gradient(np.maximum, 0.0, x, operand="x2"), [0.0, 0.0, 1.0])
    np.testing.assert_array_equal(gradient(np.minimum, x, 0), [1.0, 0.0, 0.0])


@pytest.mark.parametrize("exponent", [0, 1, 2, 3])
def test_plain_exponents_at_zero(exponent: int) -> None:
    assert gradient(np.power, np.array([0.0]), exponent)[0] == (1.0 if exponent == 1 else 0.0)


def test_clip_passes_on_its_bounds() -> None:
    x = np.array([-1.0, -0.5, 0.0, 0.5, 1.0])
    np.testing.assert_array_equal(gradient(np.clip, x, -0.5, 0.5), [0.0, 1.0, 1.0, 1.0, 0.0])
    np.testing.assert_array_equal(gradient(np.clip, x, -0.5, 0.5, operand="a_min"), 1.0)
    np.testing.assert_array_equal(gradient(np.clip, x, 0.5, -0.5, operand="a_max"), 5.0)


@pytest.mark.parametrize(("function", "expected"), [
    (np.max, [0.0, 0.5, 0.5]), (np.min, [1.0, 0.0, 0.0]), (np.ptp, [-1.0, 0.5, 0.5]),
    (np.nanmax, [0.0, 0.5, 0.5]), (np.maximum.reduce, [0.0, 0.5, 0.5])])
def test_ties_share_evenly(function: Any, expected: list[float]) -> None:
    np.testing.assert_array_equal(gradient(function, np.array([1.0, 2.0, 2.0])), expected)


def test_builtin_extremes_share_evenly() -> None:
    row = rules.find(max)
    assert row is not None
    bound = row.bind((2.0, 1.0, 2.0), {})
    assert apply.vjp(row, "args", 1.0, apply.residuals(row, bound, 2.0)) == [0.5, 0.0, 0.5]


@pytest.mark.parametrize("bad", [NAN, INF])
@pytest.mark.parametrize(("operand", "expected"), [("x", [1.0, 0.0]), ("y", [0.0, 1.0])])
def test_where_gives_exactly_zero_to_the_untaken_side(operand: str, expected: list[float], bad: float) -> None:
    """Also for a cotangent that is not finite where the other side was taken."""
    values = np.array([1.0, 1.0])
    taken = np.array([True, False])
    got = gradient(np.where, taken, values, values, operand=operand)
    np.testing.assert_array_equal(got, expected)
    g = np.where(np.array(expected) == 0.0, bad, 1.0)
    np.testing.assert_array_equal(gradient(np.where, taken, values, values, operand=operand, g=g), expected)


def test_standard_deviation_of_equal_values_has_slope_zero() -> None:
    np.testing.assert_array_equal(gradient(np.std, np.ones(3)), np.zeros(3))


def test_products_with_zeros() -> None:
    np.testing.assert_array_equal(gradient(np.prod, np.array([2.0, 0.0, 3.0])), [0.0, 6.0, 0.0])
    np.testing.assert_array_equal(gradient(np.prod, np.array([0.0, 0.0, 3.0])), np.zeros(3))
    np.testing.assert_array_equal(gradient(np.cumprod, np.array([2.0, 0.0, 3.0])), [1.0, 8.0, 0.0])


@pytest.mark.parametrize("function", [np.abs, np.angle, np.sign])
def test_complex_parts_at_zero(function: Any) -> None:
    assert gradient(function, np.array([0j]))[0] == 0


@pytest.mark.parametrize(("function", "z", "g", "expected"), [
    (np.real, 1 + 2j, 1.0, 1.0), (np.imag, 1 + 2j, 1.0, 1j), (np.conjugate, 1 + 2j, 3 + 1j, 3 - 1j),
    (np.abs, 3 + 4j, 1.0, 0.6 + 0.8j), (np.angle, 2j, 1.0, -0.5), (np.exp, 0j, 1 + 1j, 1 + 1j),
    (np.square, 1 + 2j, 1j, 1j * 2 * (1 - 2j))])
def test_complex_convention(function: Any, z: complex, g: Any, expected: complex) -> None:
    """PyTorch's: the gradient is the direction of steepest ascent, conj(f'(z)) * g for a holomorphic f."""
    assert gradient(function, np.array(z), g=np.array(g)) == pytest.approx(expected)


@pytest.mark.parametrize("function", [np.sum, np.prod, np.cumsum, np.cumprod, np.diff, np.sort, np.ravel, np.flip])
def test_empty_arrays(function: Any) -> None:
    assert gradient(function, np.zeros(0)).shape == (0,)


def test_real_operands_of_complex_results_get_real_cotangents() -> None:
    got = gradient(np.multiply, np.array([2.0]), np.array([1 + 3j]), g=np.array([1 + 1j]))
    assert got.dtype == np.float64 and got[0] == 4.0
