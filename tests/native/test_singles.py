"""Numbers of single precision: loops that carry them, and their cotangents, are kernels too."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad


@pytest.fixture(autouse=True)
def _as_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")


def product(x: Any) -> Any:
    s = x[0]
    for v in x[1:]:
        s = np.sin(s) * v
    return s


def leaky(x: Any) -> Any:
    s = np.float32(0)
    for v in x:
        s = s * np.float32(0.5) + v * v
    return s


def largest(x: Any) -> Any:
    m, s = np.float32(0), x[0]
    for v in x:
        if v > m:
            m = v
        s = s * v + m
    return s


def until_large(x: Any) -> Any:
    i, t = 0, x[0] * x[1]
    while i < len(x) and abs(t) < 2:
        t = t * np.float32(1.2) + x[i]
        i += 1
        if t < 0:
            t = -t * x[i - 1]
    return t


def swapped(x: Any) -> Any:
    a, b = x[0], x[1]
    for v in x:
        a, b = b * v, a + v
        if a > b:
            a, b = b, a
    return a * b


def rotated(x: Any) -> Any:
    z = x[0] * np.complex64(1j)
    for v in x:
        z = z * z + v
        if z.real > 1:
            z = z * np.complex64(0.5)
    return z.real * z.imag


@pytest.mark.parametrize("function", [product, leaky, largest, until_large, swapped, rotated])
def test_a_loop_that_carries_single_precision_is_a_kernel(function: Callable[..., Any]) -> None:
    x = np.linspace(-0.4, 0.9, 7).astype(np.float32)
    native = ad.value_and_grad(function, backend="native")
    plain, wide = (ad.value_and_grad(function)(a) for a in (x, x.astype(np.float64)))
    got = native(x)
    for a, b, exact in zip(got, plain, wide, strict=True):
        assert np.asarray(a).dtype == np.asarray(b).dtype == np.float32
        np.testing.assert_allclose(a, b, rtol=2e-6, atol=1e-6)
        np.testing.assert_allclose(a, exact, rtol=1e-4, atol=1e-5)
    report = native.report()
    assert report.backend == "native" and not report.fallbacks
