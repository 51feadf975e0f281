"""Results of library functions that are returned as they are, and captured numbers that their rules branch on."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad

X = np.random.default_rng(0).normal(size=(4, 6))
LENGTHS, ORDER, AXES, COUNT = (6, 8), 4, ((1,), (0,)), 3


def all_slopes(x: Any) -> Any:
    return np.gradient(x)


def grids(x: Any) -> Any:
    return np.meshgrid(x[0], x[1])


def parts(x: Any) -> Any:
    return np.sum(x), np.linalg.slogdet(x[:, :4])


def by_lengths(x: Any) -> Any:
    return np.abs(np.fft.rfft2(x, s=LENGTHS)) ** 2


def by_order(x: Any) -> Any:
    return np.linalg.norm(x[0], ord=ORDER)


def by_axes(x: Any) -> Any:
    return np.tensordot(x, x.T, axes=AXES)


def by_count(x: Any) -> Any:
    return np.real(np.fft.fft(x, COUNT)) @ np.linalg.matrix_power(x[:3, :3], COUNT)


@pytest.mark.parametrize("function", [all_slopes, grids, parts, by_lengths, by_order, by_axes, by_count])
def test_both_modes(function: Callable[..., Any]) -> None:
    ad.testing.check_grads(function, (X,), order=1, on_unsupported="error")


@pytest.mark.parametrize("join", [np.vstack, np.hstack, np.dstack, np.column_stack, np.concatenate, np.stack])
def test_a_tuple_that_is_an_argument_is_joined(join: Callable[..., Any]) -> None:
    def joined(parts: Any) -> Any:
        return join(parts) ** 2
    for part in (X, X[0]):
        ad.testing.check_grads(joined, ((part, part + 1.0),), order=1, on_unsupported="error")


def test_another_captured_value_is_another_program() -> None:
    def made(n: int) -> Callable[..., Any]:
        def spectrum(x: Any) -> Any:
            return np.sum(np.abs(np.fft.fftn(x, s=(n, 5), axes=(0, 1))) ** 2)
        return spectrum
    for n in (3, 7):
        ad.testing.check_grads(made(n), (X,), order=2, on_unsupported="error")
