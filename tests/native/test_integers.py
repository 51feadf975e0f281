"""Integers of fewer bits, without a sign, or too large, and floats that go into arrays of integers: NumPy's results and
NumPy's errors."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad

BYTES = np.array([100, 100, 100], dtype=np.int8)
BAD = np.array([1.0, np.nan, 3.0])


def from_the_first(a: Any) -> Any:
    s = a[0]
    for i in range(1, len(a)):
        s = s + a[i]
    return s


def from_zero(a: Any) -> Any:
    s = 0
    for i in range(len(a)):
        s += a[i]
    return s


def products(a: Any) -> Any:
    s = 0.0
    for i in range(len(a)):
        s += (a[i] * a[i]) * 1.0
    return s


def put(values: Any, dtype: Any) -> Any:
    y = np.zeros(len(values), dtype)
    for i in range(len(values)):
        y[i] = values[i]
    return y


def put_number(k: int) -> Any:
    y = np.zeros(3, dtype=np.int8)
    for i in range(3):
        y[i] = k - 200 * i
    return y


def moved(a: Any, k: int) -> Any:
    y = np.zeros(len(a))
    for _ in range(2):
        y = y + (a + k)
    return y


def below_zero(a: Any) -> Any:
    y = np.zeros(len(a))
    for _ in range(2):
        y = y + (a - (-1))
    return y


def whole(x: Any) -> Any:
    s = 0
    for i in range(len(x)):
        s += np.int64(x[i])
    return s


def called(f: Callable[..., Any], *args: Any) -> Any:
    """What a function gives, with its type, or the error it raises."""
    with np.errstate(all="ignore"):
        try:
            found = f(*args)
        except (ValueError, OverflowError) as error:
            return type(error), str(error)
    return type(found), getattr(found, "dtype", None), np.asarray(found).tolist()


@pytest.mark.filterwarnings("ignore:overflow")
@pytest.mark.parametrize(("f", "args"), [
    (from_the_first, (BYTES,)), (from_the_first, (BYTES > 0,)), (from_zero, (BYTES > 0,)), (from_zero, (BYTES,)),
    (products, (BYTES,)), (products, (BYTES.astype(np.int32) * 10**6,)),
    (from_zero, (np.array([2**31 - 1, 1], dtype=np.int32),)), (from_zero, (np.array([2**40, 5]),)),
    (lambda x: put(x, np.int64), (BAD,)), (lambda x: put(x, np.int32), (np.array([1.9, 1e12]),)),
    (lambda x: put(x, np.uint8), (np.array([1.9, 255.9]),)), (lambda x: put(x, np.int16), (np.array([-32768.5, 1.0]),)),
    (put_number, (300,)), (put_number, (120,)), (put_number, (7,)),
    (moved, (np.arange(3, dtype=np.uint8), 300)), (moved, (np.arange(3, dtype=np.uint8), 7)),
    (moved, (np.arange(3, dtype=np.uint64), -1)), (below_zero, (np.arange(3, dtype=np.uint8),)),
    (whole, (BAD,)), (whole, (np.array([1.0, 1e30]),)), (whole, (np.array([1.5, -2.5]),)),
])
def test_as_numpy(f: Callable[..., Any], args: tuple[Any, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    assert called(ad.jit(f), *args) == called(f, *args)


def test_large_results_without_a_sign() -> None:
    a = np.array([2**63, 5, 7], dtype=np.uint64)
    fast = ad.jit(from_the_first)
    assert called(fast, a) == called(from_the_first, a) == (np.uint64, np.uint64, 2**63 + 12)
    assert fast.report().fallbacks == ()


def test_arrays_that_are_only_indices_change_nothing() -> None:
    def gathered(places: Any, x: Any, counts: Any) -> Any:
        total, number = 0.0, 0
        for i in range(len(places)):
            total += x[places[i]]
            number += counts[places[i]]
        return total * number

    args = np.array([2, 0, 1], dtype=np.int32), np.linspace(0.0, 1.0, 3), np.array([4, 5, 6])
    fast = ad.jit(gathered)
    assert fast(*args) == gathered(*args)
    assert fast.report().fallbacks == ()


def test_report_after_python_ran() -> None:
    def unlike(x: Any) -> Any:
        for i in range(len(x)):
            exec("pass")
        return x

    fast = ad.jit(unlike)
    with pytest.warns(RuntimeWarning, match="runs as Python"):
        fast(np.ones(2))
    report = fast.report()
    assert report.backend == "python"
    assert "exec" in report.fallbacks[0]
    assert "python" in str(report)


@pytest.mark.parametrize("k", [2**62, 2**61, -2**62, -2**63, 5, -7])
@pytest.mark.parametrize("f", [
    lambda x, k: np.sum(x) * (1.0 if k + k < 0 else 2.0), lambda x, k: np.sum(x) * (k * 8),
    lambda x, k: np.sum(x) * ((k * 3) % 7), lambda x, k: np.sum(x) * ((-k - k - 5) // 7),
], ids=["compared", "product", "remainder", "quotient"])
def test_large_arguments_are_pythons(f: Callable[..., Any], k: int, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numba")
    monkeypatch.delenv("NUMBA_DISABLE_JIT", raising=False)
    assert ad.jit(f)(np.ones(2), k) == f(np.ones(2), k)


@pytest.mark.parametrize(("f", "arguments"), [
    (lambda x, k, m, p: np.sum(x) * ((k * m) * p), (2**31 - 1,) * 3),
    (lambda x, k, m, p: np.sum(x) * ((k * m) * p % 7), (2**31 - 1,) * 3),
    (lambda x, k: np.sum(x) * (k * 1000000 * 1000000 * 1000000 % 7), (2**31 - 1,)),
    (lambda x, n: np.sum(x) * ((int(n[0]) + int(n[1])) % 7), (np.array([2**62, 2**62]),)),
    (lambda x, n: np.sum(x) * (1.0 if int(n[0]) * 2 < 0 else 2.0), (np.array([2**62, 2**62]),))])
def test_chains_of_pythons_integers_pass_64_bits(f, arguments):
    x = np.ones(2)
    assert ad.jit(f)(x, *arguments) == f(x, *arguments)
