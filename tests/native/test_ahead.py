"""Loops that are rearranged before they are differentiated: the same numbers, and the text says that it was done."""
from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler.native.ahead import nest, product


@pytest.fixture(autouse=True)
def _as_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    monkeypatch.setenv("AD_COMPILER_CACHE", "off")


R = np.random.default_rng(7)


# --- operations on arrays in place of loops -----------------------------------------------------------------------
def scattered(x: Any, w: Any, places: Any) -> Any:
    sums = np.zeros(len(w))
    for i in range(len(x)):
        sums[places[i]] += np.exp(-x[i] * x[i]) * w[places[i]]
    return np.sum(sums**2)


def rows(x: Any, m: Any, s: Any) -> Any:
    total = 0.0
    for i in range(len(x)):
        terms = np.empty(len(m))
        for k in range(len(m)):
            z = (x[i] - m[k]) * np.exp(-s[k])
            terms[k] = -np.sum(s[k]) - 0.5 * np.sum(z * z)
        total += np.log(np.sum(np.exp(terms)))
    return total


def shifted(x: Any, y: Any) -> Any:
    total = 1.0
    for i in range(1, len(x) - 1):
        total -= np.sin(x[i - 1] * y[i]) + x[i + 1]
    return total * total


def waiting(x: Any, y: Any) -> Any:
    """What is written in the loop is not spread over it; what is not, is."""
    z = x.copy()
    for i in range(1, len(x)):
        z[i] = z[i - 1] * np.exp(z[i]) + np.tanh(y[i])
    return np.sum(z)


def in_branches(x: Any, y: Any) -> Any:
    """A logarithm that is taken where it exists only: its derivative must not be taken elsewhere."""
    total = 0.0
    for i in range(len(x)):
        if x[i] > 0.0:
            total += np.log(x[i]) * y[i]
    return total


def given_up(x: Any, limit: Any) -> Any:
    total = 0.0
    for i in range(len(x)):
        if x[i] > limit:
            break
        total += np.exp(x[i])
    return total


# --- loops in another order ---------------------------------------------------------------------------------------
def filtered(x: Any, k: Any) -> Any:
    h, w = k.shape
    total = 0.0
    for i in range(x.shape[0] - h + 1):
        for j in range(x.shape[1] - w + 1):
            s = 0.5
            for a in range(h):
                for b in range(w):
                    s += x[i + a, j + b] * k[a, b]
            total += np.maximum(s, 0.0) ** 2
    return total


def by_columns(a: Any, x: Any) -> Any:
    y = np.zeros(a.shape[1])
    for j in range(a.shape[1]):
        s = 0.0
        for k in range(a.shape[0]):
            s -= a[k, j] * x[k]
        y[j] = s * s
    return np.sum(y)


def stale(a: Any, x: Any) -> Any:
    """Each pass begins with the same number: no sum, whatever it looks like."""
    total = 0.0
    for j in range(a.shape[1]):
        s = 1.0
        t = 0.0
        for k in range(a.shape[0]):
            t = s + a[k, j] * x[k]
        total += t * t
    return total


# --- products of matrices -----------------------------------------------------------------------------------------
def in_order(a: Any, b: Any) -> Any:
    c = np.ones((a.shape[0], b.shape[1]))
    for i in range(a.shape[0]):
        for k in range(a.shape[1]):
            for j in range(b.shape[1]):
                c[i, j] -= 0.5 * a[i, k] * b[k, j]
    return np.sum(c * c)


def in_a_number(a: Any, b: Any) -> Any:
    c = np.empty((a.shape[0], b.shape[1]))
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            s = 0.0
            for k in range(a.shape[1]):
                s += a[i, k] * b[k, j]
            c[i, j] = -3.0 * s
    return np.sum(c * c)


def scaled_first(a: Any, b: Any) -> Any:
    c = np.ones((a.shape[0], b.shape[1]))
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            c[i, j] *= 0.7
            for k in range(a.shape[1]):
                c[i, j] += a[i, k] * b[k, j]
    return np.sum(c * c)


def turned(a: Any, b: Any) -> Any:
    c = np.zeros((b.shape[1], b.shape[1]))
    for k in range(1, b.shape[0]):
        for i in range(b.shape[1]):
            for j in range(b.shape[1]):
                c[i, j] += b[k, i] * b[k, j] * np.sum(a[0])
    return np.sum(c * c)


def in_place(a: Any, b: Any) -> Any:
    """The matrix that is written is read as well."""
    c = a @ b
    for i in range(c.shape[0]):
        for k in range(c.shape[0]):
            for j in range(c.shape[1]):
                c[i, j] += 0.1 * a[i, k] * c[k, j]
    return np.sum(c)


def with_neighbours(a: Any, b: Any) -> Any:
    """The last statement reads what is added to in the next row: no two loops."""
    c = np.ones((a.shape[0] + 1, b.shape[1]))
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            for k in range(a.shape[1]):
                c[i, j] += a[i, k] * b[k, j]
            c[i + 1, j] = 0.3 * c[i, j]
    return np.sum(c * c)


VECTORS = R.normal(size=9), R.normal(size=9)
IMAGE = R.normal(size=(9, 8)), R.normal(size=(3, 2))
MATRICES = R.normal(size=(4, 5)), R.normal(size=(5, 6))
SQUARE = R.normal(size=(4, 4)), R.normal(size=(4, 6))
DONE = [  # with what is not in the text any more
    (scattered, (R.normal(size=9), R.normal(size=4), R.integers(-4, 4, 9)), (0, 1), "x[i]"),
    (rows, (R.normal(size=(6, 3)), R.normal(size=(4, 3)), 0.1 * R.normal(size=(4, 3))), (0, 1, 2), "s[k]"),
    (shifted, VECTORS, (0, 1), "for"),
    (waiting, VECTORS, (0, 1), "y[i]"),
    (filtered, IMAGE, (0, 1), "j + b]"),
    (by_columns, (R.normal(size=(3, 5)), R.normal(size=3)), (0, 1), "a[k, j]"),
    (in_order, MATRICES, (0, 1), "b[k, j]"),
    (in_a_number, MATRICES, (0, 1), "b[k, j]"),
    (scaled_first, MATRICES, (0, 1), "b[k, j]"),
    (turned, MATRICES, (0, 1), "b[k, i]"),
]
LEFT = [
    (in_branches, (np.array([0.0, 1.0, -1.0, 2.0]), np.ones(4)), (0, 1)),
    (given_up, (np.array([0.1, 0.2, 3.0, 0.4]), 1.0), (0,)),
    (stale, (R.normal(size=(3, 5)), R.normal(size=3)), (0, 1)),
    (in_place, SQUARE, (0, 1)),
    (with_neighbours, MATRICES, (0, 1)),
]


def agree(f: Callable[..., Any], given: tuple[Any, ...], wrt: tuple[int, ...]) -> Any:
    """The native derivative, after it has been found to be NumPy's."""
    native = ad.value_and_grad(f, argnums=wrt, backend="native")
    value, bars = native(*given)
    expected, wanted = ad.value_and_grad(f, argnums=wrt)(*given)
    np.testing.assert_allclose(value, expected, rtol=1e-13)
    np.testing.assert_allclose(value, f(*given), rtol=1e-13)
    for a, b in zip(bars, wanted, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-13)
    assert native.report().backend == "native"
    return native


@pytest.mark.parametrize(("f", "given", "wrt", "gone"), DONE, ids=lambda x: getattr(x, "__name__", ""))
def test_loops_are_rearranged(f: Any, given: Any, wrt: Any, gone: str) -> None:
    code = [line for line in agree(f, given, wrt).source.splitlines() if not line.lstrip().startswith("#")]
    assert not any(gone in line for line in code), "\n".join(code)
    assert np.isclose(ad.jit(f)(*given), f(*given), rtol=1e-13)
    fast, slow = (ad.vjp(f, *given, backend=b, argnums=wrt)[1](1.5) for b in ("native", "numpy"))
    for a, b in zip(fast, slow, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize(("f", "given", "wrt"), LEFT, ids=lambda x: getattr(x, "__name__", ""))
def test_loops_that_must_stay_as_they_are(f: Any, given: Any, wrt: Any) -> None:
    agree(f, given, wrt)


def test_sizes_that_are_taken_for_granted_are_tested() -> None:
    """Loops that run for the first call and not for a later one."""
    native, numpy = (ad.value_and_grad(rows, argnums=(0, 1, 2), backend=b) for b in ("native", "numpy"))
    m, s = R.normal(size=(4, 3)), 0.1 * R.normal(size=(4, 3))
    for count in (5, 0, 1, 6):
        x = R.normal(size=(count, 3))
        found, expected = native(x, m, s), numpy(x, m, s)
        for a, b in zip((found[0], *found[1]), (expected[0], *expected[1]), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-13)
    assert len(native.used) > 1


def test_an_index_that_may_be_out_of_range_stays_in_its_loop() -> None:
    def beyond(x: Any, y: Any) -> Any:
        total = 0.0
        for i in range(len(x)):
            total += np.exp(x[i]) * np.exp(y[i + 1])
        return total

    native = ad.grad(beyond, argnums=(0, 1), backend="native")
    with pytest.raises(IndexError):
        native(np.ones(4), np.ones(4))
    native(np.ones(4), np.ones(5))


def again(f: Any) -> Any:
    """The same function, which nothing has been compiled for."""
    return types.FunctionType(f.__code__.replace(co_consts=(*f.__code__.co_consts, "again")), f.__globals__, f.__name__)


def test_faults_of_these_passes_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The programs above see it when a condition is not tested."""
    apart = nest.apart
    monkeypatch.setattr(nest, "apart", lambda *a: True)
    monkeypatch.setattr(product, "apart", lambda *a: True)
    with pytest.raises(AssertionError):
        agree(again(with_neighbours), MATRICES, (0, 1))
    monkeypatch.setattr(nest, "apart", apart)
    monkeypatch.setattr(product, "apart", apart)
    monkeypatch.setattr(product._Product, "only_here", lambda *a: None)
    with pytest.raises(AssertionError):
        agree(again(in_place), SQUARE, (0, 1))
