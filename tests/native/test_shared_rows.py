"""Nests of loops that share their outermost loop."""
from __future__ import annotations

import types
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler.native import rows


@pytest.fixture(autouse=True)
def _as_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    monkeypatch.setenv("AD_COMPILER_CACHE", "off")


def smoothed(a: Any, steps: Any) -> Any:
    a = a.copy()
    for _ in range(steps):
        a[1:-1, 1:-1] = 0.2 * (a[1:-1, 1:-1] + a[1:-1, :-2] + a[1:-1, 2:] + a[2:, 1:-1] + a[:-2, 1:-1])
    return np.sum(a * a)


def one_after_the_other(a: Any, steps: Any) -> Any:
    """A row of the second statement reads the next row of the first."""
    b, c = np.zeros_like(a), np.zeros_like(a)
    b[:-1] = steps * a[1:]
    c[:-1] = 3.0 * b[1:]
    return np.sum(c * c * b)


def same_row(a: Any, steps: Any) -> Any:
    b, c = np.zeros_like(a), np.zeros_like(a)
    b[1:] = steps * a[1:]
    c[1:] += b[1:]
    c[:-1] -= np.sin(b[1:])
    c[1:, 1:] += b[1:, :-1]
    return np.sum(c * c * b)


@pytest.mark.parametrize("f", [smoothed, one_after_the_other, same_row])
@pytest.mark.parametrize("shape", [(6, 5), (2, 3), (5, 1), (2, 2), (0, 3)])
def test_the_numbers_are_numpys(f: Any, shape: tuple[int, int]) -> None:
    agree(f, np.random.default_rng(1).normal(size=shape))


def agree(f: Any, a: np.ndarray) -> Any:
    native = ad.value_and_grad(f, backend="native")
    (value, bar), (expected, wanted) = native(a, 3), ad.value_and_grad(f)(a, 3)
    np.testing.assert_allclose(value, expected, rtol=1e-13)
    np.testing.assert_allclose(bar, wanted, rtol=1e-12, atol=1e-13)
    return native


def test_the_neighbours_of_a_stencil_share_a_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    a = np.ones((6, 5))
    shared = agree(again(smoothed), a).native_source
    monkeypatch.setattr(rows, "in_order", lambda *args: False)
    apart = agree(again(smoothed), a).native_source
    assert shared.count("for i_") == apart.count("for i_") - 4


def test_an_order_that_matters_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "in_order", lambda *args: True)
    with pytest.raises(AssertionError):
        agree(again(one_after_the_other), np.random.default_rng(1).normal(size=(6, 5)))


def again(f: Any) -> Any:
    """The same function, which nothing has been compiled for."""
    return types.FunctionType(f.__code__.replace(co_consts=(*f.__code__.co_consts, object.__name__)), f.__globals__)
