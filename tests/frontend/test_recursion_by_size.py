"""Recursion that goes as deep as an array is long: compiled for the sizes of the arguments, anew for others."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler.interface import keeping
from ad_compiler.interface.signing import sign, with_sizes


def halves(x):
    if len(x) == 1:
        return x[0] ** 3
    half = len(x) // 2
    return halves(x[:half]) * 0.5 + halves(x[half:])


def fourier(x):
    if x.shape[0] == 1:
        return x.astype(complex)
    even, odd = fourier(x[::2]), fourier(x[1::2])
    turn = np.exp(-2j * np.pi * np.arange(len(x) // 2) / len(x)) * odd
    return np.concatenate([even + turn, even - turn])


def spectral(x):
    return np.sum(np.abs(fourier(x)) ** 4)


def expansion(A):
    if len(A) == 1:
        return A[0][0]
    total = 0.0
    for j in range(len(A)):
        minor = [row[:j] + row[j + 1:] for row in A[1:]]
        total += (-1) ** j * A[0][j] * expansion(minor)
    return total


def determinant(x):
    return expansion((np.outer(x, x) + np.diag(x)).tolist())


@pytest.mark.parametrize("program", [halves, spectral, determinant])
def test_each_size_is_compiled_for_itself(program: Callable[[Any], Any]):
    gradient = ad.grad(program, on_unsupported="error")
    rng = np.random.default_rng(4)
    for size in (4, 2, 4):
        x = rng.uniform(0.5, 1.5, size)
        found = gradient(x)
        step = 1e-6
        for k in range(size):
            moved = step * np.eye(size)[k]
            slope = (program(x + moved) - program(x - moved)) / (2 * step)
            assert found[k] == pytest.approx(slope, rel=1e-5, abs=1e-6)


def test_code_for_one_size_is_not_kept_for_others():
    values = {"x": np.ones(4)}
    assert not any(map(keeping._fixes_size, sign(values).values()))
    assert any(map(keeping._fixes_size, with_sizes(sign(values), values).values()))
