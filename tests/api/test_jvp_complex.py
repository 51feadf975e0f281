"""Tangents of complex arrays that begin as real ones hold what is written into them."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad

X = np.array([0.3, 0.8, -1.3])
V = np.array([1.0, 0.5, -0.3])


def imaginary_part_is_assigned(x):
    y = x + 0j
    y.imag = x[::-1]
    return (np.abs(y) ** 2 * x).sum()


def item_is_assigned(x):
    y = x + 0j
    y[0] = 1j * x[1] * x[2]
    return (y * y).real.sum() + (y * 1j).real.sum()


def part_is_added(x):
    y = x + 0j
    y += 1j * x[::-1]
    return (np.abs(y) ** 2 * x).sum()


def view_is_scaled(x):
    y = np.array(x, dtype=complex)
    z = y.reshape(3, 1)
    z[0] *= 1j
    y.real[1] *= 2
    return (y * y * 1j + y).imag.sum()


@pytest.mark.parametrize("program", [imaginary_part_is_assigned, item_is_assigned, part_is_added, view_is_scaled],
                         ids=lambda f: f.__name__)
@pytest.mark.filterwarnings("error")
def test_tangents(program: Callable[[Any], Any]) -> None:
    value, dot = ad.jvp(program, (X,), (V,), on_unsupported="error")
    step = 1e-6
    assert value == pytest.approx(program(X), rel=1e-13)
    assert dot == pytest.approx((program(X + step * V) - program(X - step * V)) / (2 * step), rel=1e-8)
    assert dot == pytest.approx(ad.grad(program, on_unsupported="error")(X) @ V, rel=1e-12)
