"""Derivatives that are constants, and functions of constants that are written in the program."""
from __future__ import annotations

import cmath

import numpy as np
import pytest

import ad_compiler as ad
from tests.differences import central_differences, five_point_slope

X = np.array([0.1, 0.5, 0.7, 0.9])


@pytest.mark.parametrize("f", [
    lambda x: (0.3 + 1j * x).imag, lambda x: complex(0.3, x).imag, lambda x: (complex(0.3, x) * 1j).real,
    lambda x: np.real(complex(1.2, x)) + x**2, lambda x: cmath.rect(1.5, x).imag])
def test_parts_of_complex_numbers(f):
    slope = ad.grad(f, on_unsupported="error")(0.7)
    assert isinstance(slope, float)
    assert slope == pytest.approx(five_point_slope(f, 0.7), abs=1e-9)
    assert ad.jvp(f, (0.7,), (1.0,))[1] == pytest.approx(slope)


@pytest.mark.parametrize("f", [
    lambda x: np.polyval(x, 2.0), lambda x: np.polyval(np.polyder(x), 1.5) * x[0], lambda x: np.poly1d(x)(0.5),
    lambda x: np.interp(0.3, [0.0, 0.2, 0.5, 1.0], x), lambda x: np.interp(0.6, x, [1.0, 2.0, 5.0, 7.0])])
def test_at_a_constant_point(f):
    gradient = ad.grad(f, on_unsupported="error")(X)
    np.testing.assert_allclose(gradient, central_differences(f, X), rtol=1e-7, atol=1e-9)
    assert ad.jvp(f, (X,), (np.cos(X),))[1] == pytest.approx(gradient @ np.cos(X))
