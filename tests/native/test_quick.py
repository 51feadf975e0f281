"""The quick way through repeated calls of a kernel: the same results, the same errors, nothing written by mistake."""
from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad

pytest.importorskip("numba")


def launcher(g: Any) -> Any:
    (special,) = g.used
    (found,) = special.main.native.kernels
    return found


def energy(x: Any, k: Any) -> Any:
    total = 0.0
    for i in range(1, len(x)):
        total += k * (x[i] - x[i - 1]) ** 2
    return total


def scaled(x: Any, places: Any) -> Any:
    out = np.zeros((len(places), 3))
    for i in range(len(places)):
        out[i, 0] = x[places[i]]
        out[i, 1] = x[places[i]] ** 2
    return out


def settled(x: Any, rate: Any) -> Any:
    for i in range(1, len(x)):
        x[i] += rate * x[i - 1]
    return x[-1]


def row_sums(p: Any) -> Any:
    total = np.zeros(p.shape[0])
    for i in range(p.shape[0]):
        total[i] = np.sum(p[i] * p[i])
    return total


def equal(found: Any, expected: Any) -> None:
    found, expected = (v if isinstance(v, tuple) else (v,) for v in (found, expected))
    for a, b in zip(found, expected, strict=True):
        assert type(a) is type(b)
        np.testing.assert_allclose(a, b, rtol=1e-12)


def often(fast: Callable[..., Any], plain: Callable[..., Any], *calls: tuple[Any, ...]) -> None:
    for _ in range(3):
        for arguments in calls:
            for _ in range(2):
                equal(fast(*arguments), plain(*arguments))


def test_later_calls_go_the_quick_way() -> None:
    fast, plain = ad.grad(energy, argnums=(0, 1), backend="native"), ad.grad(energy, argnums=(0, 1))
    x = np.linspace(0.0, 1.0, 7) ** 2
    often(fast, plain, (x, 2.0), (x[:0], 1.0))
    assert launcher(fast).quick is not None
    asked = launcher(fast)
    asked.call = None  # the long way is not taken again
    equal(fast(x + 1.0, 3.0), plain(x + 1.0, 3.0))


def test_memory_orders_and_small_axes_have_their_own_ways() -> None:
    fast = ad.jit(row_sums)
    p, wide = np.arange(12.0).reshape(4, 3), np.arange(60.0).reshape(4, 15)
    often(fast, row_sums, (p,), (np.asfortranarray(p),), (wide[:, ::2],), (wide,), (p[:, :1],), (p[:0],), (p[:, :0],),
          (np.asfortranarray(wide),), (wide[::-1, ::-1],), (wide[:1].T,))


def test_numbers_of_another_type_are_seen() -> None:
    fast, plain = ad.grad(energy, argnums=(0, 1), backend="native"), ad.grad(energy, argnums=(0, 1))
    x = np.linspace(0.0, 1.0, 7) ** 2
    often(fast, plain, (x, 2.0), (x, np.float64(3.0)), (x.astype(np.float32), 2.0))


def test_errors_are_numpys_and_later_calls_are_right() -> None:
    fast, x = ad.jit(scaled), np.arange(4.0)
    good, bad = np.array([0, 3, -1]), np.array([0, 4, 1])
    for _ in range(3):
        often(fast, scaled, (x, good))
        with pytest.raises(IndexError, match="index 4 is out of bounds for axis 0 with size 4"):
            fast(x, bad)
    assert launcher(fast).given_up == 3


def test_what_a_kernel_wrote_before_it_gave_up_is_put_back() -> None:
    def moved(x: Any, places: Any) -> Any:
        for i in range(len(places)):
            x[places[i]] += 1.0
        return x[0]

    fast = ad.jit(moved)
    x = np.arange(4.0)
    for _ in range(3):
        fast(x, np.array([0, 1]))
    one, other = x.copy(), x.copy()
    with pytest.raises(IndexError):
        fast(one, np.array([2, 9]))
    with pytest.raises(IndexError):
        moved(other, np.array([2, 9]))
    assert np.array_equal(one, other)


def test_arrays_that_are_not_to_be_written() -> None:
    fast = ad.jit(settled)
    for _ in range(3):
        one, other = np.arange(1.0, 5.0), np.arange(1.0, 5.0)
        equal(fast(one, 0.5), settled(other, 0.5))
        assert np.array_equal(one, other)
    frozen = np.arange(1.0, 5.0)
    frozen.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        fast(frozen, 0.5)
    assert np.array_equal(frozen, np.arange(1.0, 5.0))


def test_more_memory_is_made_on_the_way() -> None:
    fast, plain = ad.grad(lambda x: np.sum(np.cumsum(np.sin(x)) ** 2), backend="native"), ad.grad(
        lambda x: np.sum(np.cumsum(np.sin(x)) ** 2))
    often(fast, plain, *((np.linspace(0.0, 1.0, n),) for n in (3, 5000, 70_000, 4)))


def test_threads_do_not_meet() -> None:
    fast, plain = ad.value_and_grad(energy, argnums=(0, 1), backend="native"), ad.value_and_grad(energy, argnums=(0, 1))
    inputs = [(np.random.default_rng(k).normal(size=1000 * (k + 1)), 1.0 + k) for k in range(4)]
    expected = [plain(*i) for i in inputs]
    for i in inputs * 2:
        fast(*i)
    wrong: list[int] = []

    def work(k: int) -> None:
        for _ in range(200):
            value, (bar, rate_bar) = fast(*inputs[k])
            other, (same, rate_same) = expected[k]
            if not (np.isclose(value, other) and np.allclose(bar, same) and np.isclose(rate_bar, rate_same)):
                wrong.append(k)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not wrong
