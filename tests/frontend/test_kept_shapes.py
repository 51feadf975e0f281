"""Functions that keep the shape of their argument: their types say so, and nothing is summed to a shape at run time."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler import testing

RNG = np.random.default_rng(0)
X, W, ROW = RNG.normal(size=(5, 6)), RNG.normal(size=(5, 6)), RNG.normal(size=(1, 6))


def repaired(x: Any, w: Any) -> Any:
    return np.sum(np.nan_to_num(x) * w + np.sinc(x) * w + np.i0(x) * w)


def turned(x: Any, w: Any) -> Any:
    return np.sum(np.unwrap(3.0 * x) * w + np.angle(x + 1j * w) * w)


def slopes(x: Any, w: Any) -> Any:
    down, across = np.gradient(x)
    return np.sum(down * w + across**2 * w) + np.sum(np.gradient(x, 0.5, axis=1) * w)


def areas(x: Any, w: Any) -> Any:
    return np.sum(np.trapezoid(x) * w[:, 0]) + np.sum(np.trapezoid(x * w, axis=0) * w[0])


def areas_between(x: Any, w: Any) -> Any:
    return np.sum(np.trapezoid(x, w, axis=1) * w[:, 1]) + np.sum(np.trapezoid(x, w[0]) * w[:, 0])


def filtered(x: Any, w: Any) -> Any:
    for _ in range(3):
        x = np.real(np.fft.ifftn(np.fft.fftn(x) * w)) * x
    return np.sum(np.fft.fftshift(x) * w)


def padded(x: Any, w: Any) -> Any:
    return np.sum(np.abs(np.fft.fft(x, n=12)) ** 2) + np.sum(np.fft.hfft(x[:, :4], n=6) * w)


@pytest.mark.parametrize("f", [repaired, turned, slopes, areas, filtered, padded])
def test_derivatives_and_text(f: Callable[..., Any]) -> None:
    gradient = ad.grad(f, argnums=(0, 1), on_unsupported="error")
    found = gradient(X, W)
    assert "sum_to_shape" not in gradient.source, gradient.source
    slow = ad.grad(f, argnums=(0, 1), mode="slow", on_unsupported="error")(X, W)
    np.testing.assert_allclose(found[0], slow[0], rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(found[1], slow[1], rtol=1e-10, atol=1e-12)
    testing.check_vjp(f, (X, W))


def through_one(x: Any, w: Any) -> Any:
    return np.sum(np.nan_to_num(x) * np.real(np.fft.ifft2(np.fft.fft2(x) * w)))


def test_a_row_that_is_stretched_keeps_its_shape() -> None:
    gradient = ad.grad(through_one, on_unsupported="error")
    for x in (ROW, X, ROW):
        assert gradient(x, W).shape == x.shape
    testing.check_vjp(through_one, (ROW, W))


def test_areas_between_places_for_each_row() -> None:
    testing.check_vjp(areas_between, (X, W))


def halves(x: Any, w: Any) -> Any:
    half = np.fft.rfft(x)
    return np.sum(np.fft.irfft(half * half) * w) + np.sum(np.fft.irfft(half, n=x.shape[1]) * w)


@pytest.mark.parametrize("length", [2, 6, 8])
def test_halves_and_back(length: int) -> None:
    testing.check_vjp(halves, (RNG.normal(size=(3, length)), RNG.normal(size=(3, length))))
