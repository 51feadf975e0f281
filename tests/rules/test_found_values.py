"""Calls that a random search has found to be wrong: single entries, branch cuts, other kinds of numbers."""
from __future__ import annotations

import cmath
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler import pipeline
from ad_compiler.errors import Diagnostic, UnsupportedError

fft = pytest.importorskip("scipy.fft")
NEGATIVE = np.array([[-1.3], [0.4], [-0.7]])
CUBE = np.random.default_rng(0).normal(size=(3, 3, 3))


def hypot_of_single_entries(x: Any) -> Any:
    return np.sum(np.hypot.reduceat(x, [0, 0], axis=1) * np.array([[1.0, 2.0]]))


def hypot_of_segments(x: Any) -> Any:
    return np.sum(np.hypot.reduceat(x, [0, 2], axis=0) * np.array([[1.0], [3.0]]))


def least_with_other_kind(x: Any) -> Any:
    return np.sum(np.minimum.reduce(x, 0, np.float32, initial=-0.1) * 2.0) + np.sum(np.min(x, axis=1))


def of_two_diagonals(x: Any) -> Any:
    x = x * 1.0
    r = np.einsum("iii->i", x)
    x *= 1.25
    return np.sum(np.sin(r)) + np.sum(np.cos(x))


def of_a_diagonal_in_front(x: Any) -> Any:
    x = x * 1.0
    r = np.einsum("iij->ij", x, optimize=True)
    x *= 1.25
    return np.sum(np.sin(r)) + np.sum(np.cos(x))


def of_axes_in_other_order(x: Any) -> Any:
    x = x * 1.0
    r = np.einsum("kij", x)
    r[1] *= 1.5
    s = np.einsum("...ij->...ji", x)
    s += 1.0
    return np.sum(np.sin(r)) + np.sum(np.cos(x))


def on_the_cut(x: Any) -> Any:
    return np.arcsin(x).imag + 2 * np.arccos(x).imag


def on_the_cut_by_cmath(x: Any) -> Any:
    return cmath.asin(x).imag + 2 * cmath.acos(x).imag


def trimmed_beside_writes(x: Any) -> Any:
    x = x[0, 0] * 1.0
    r = np.trim_zeros(x)
    x *= 1.25
    r *= 1.5
    return np.sum(np.sin(r)) + np.sum(np.cos(x))


def levels_of_whole_numbers(q: Any) -> Any:
    counts = np.array([[1, -3, -5, 6], [2, 3, 5, -4], [4, -1, -2, 0]])
    return np.sum(np.sin(np.quantile(counts, q, 0)) * np.arange(8.0).reshape(2, 4)) + np.percentile(counts[0], 9 * q[0])


def real_of_one_frequency(x: Any) -> Any:
    return np.sum(np.sin(fft.irfft2((x + 0.5j)[:, :, :1])))


CASES = [
    (real_of_one_frequency, CUBE), (trimmed_beside_writes, CUBE), (levels_of_whole_numbers, np.array([0.3, 0.55])),
    (hypot_of_single_entries, NEGATIVE), (hypot_of_segments, NEGATIVE), (least_with_other_kind, NEGATIVE),
    (of_two_diagonals, CUBE), (of_a_diagonal_in_front, CUBE), (of_axes_in_other_order, CUBE), (on_the_cut, 1.7 + 0j),
    (on_the_cut, -1.7 + 0j), (on_the_cut_by_cmath, 1.7), (on_the_cut_by_cmath, -1.7)]


def expected(function: Callable[[Any], Any], x: Any) -> Any:
    """The derivative along the real direction of ones, by differences."""
    h = 1e-3 if function is least_with_other_kind else 1e-5
    return (function(x + h) - function(x - h)) / (2 * h)


@pytest.mark.parametrize(("function", "x"), CASES)
def test_compiled(function: Callable[[Any], Any], x: Any) -> None:
    value, found = ad.value_and_grad(function, on_unsupported="error")(x)
    assert np.isclose(value, function(x))
    assert np.isclose(np.sum(np.real(found)), expected(function, x), rtol=1e-4, atol=1e-6)
    along = np.ones_like(x) if isinstance(x, np.ndarray) else type(x)(1)
    tangent = ad.jvp(function, (x,), (along,), on_unsupported="error")[1]
    assert np.isclose(tangent, expected(function, x), rtol=1e-4, atol=1e-6)


@pytest.mark.filterwarnings("ignore::ad_compiler.bridge.TapeFallback")
@pytest.mark.parametrize(("function", "x"), CASES)
def test_on_the_tape(function: Callable[[Any], Any], x: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise UnsupportedError([Diagnostic("AD100", None, "the tape is asked for", "")])

    monkeypatch.setattr(pipeline, "lower_function", refuse)
    found = ad.grad(lambda x: function(x))(x)
    assert np.isclose(np.sum(np.real(found)), expected(function, x), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("subscripts", ["iii->i", "iij->ij", "jii->ij"])
def test_writes_through_such_diagonals_are_refused(subscripts: str) -> None:
    def function(x: Any) -> Any:
        x = x * 1.0
        r = np.einsum(subscripts, x)
        r *= 1.5
        return np.sum(np.sin(x))

    with pytest.raises(UnsupportedError, match="share memory"):
        ad.grad(function, on_unsupported="error")(CUBE)


DROPPED = {
    "prod": lambda z: np.prod(z, dtype=float), "cumprod": lambda z: np.sum(np.cumprod(z, dtype=float)),
    "var": lambda z: np.var(z, dtype=float), "std": lambda z: np.std(z, dtype=float),
    "nanprod": lambda z: np.nanprod(z, dtype=float), "nanvar": lambda z: np.nanvar(z, dtype=float),
    "multiply.reduce": lambda z: np.multiply.reduce(z, dtype=float),
    "multiply.accumulate": lambda z: np.multiply.accumulate(z, dtype=float)[-1]}


@pytest.mark.parametrize("name", DROPPED)
def test_imaginary_parts_that_are_dropped_before_the_function_are_refused(name: str) -> None:
    """The derivative was that of the complex function."""
    function, z = DROPPED[name], np.array([1.0 + 0.5j, 0.7 - 0.2j, 0.3 + 0.9j])

    def real(z: Any) -> Any:
        return np.real(function(z))

    for transform in (lambda: ad.grad(real, on_unsupported="error")(z),
                      lambda: ad.jvp(real, (z,), (z,), on_unsupported="error")):
        with pytest.raises(UnsupportedError, match=r"AD15.*real dtype="):
            transform()


@pytest.mark.parametrize("f", [lambda z: math.sin(np.sum(z)), lambda z: math.hypot(1.0, np.sum(z)),
                               lambda z: math.pow(z[0], 2)], ids=["sin", "hypot", "pow"])
def test_functions_of_math_that_drop_imaginary_parts_are_refused(f):
    def program(x):
        return f(x * np.array([1 + 2j, 0.5 - 1j]))

    with pytest.raises(UnsupportedError, match=r"AD107.*of a complex number"):
        ad.grad(program, on_unsupported="error")(np.array([0.3, 0.7]))
