"""What a gradient keeps: shapes where nothing else is read, and no arrays that only the forward sweep needed."""
from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np

import ad_compiler


def peak(f: Callable[..., Any], *args: Any) -> int:
    """Bytes that a call has allocated at its peak."""
    for _ in range(3):
        f(*args)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        f(*args)
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


def folded(x: Any) -> Any:
    """Halves on each other: sizes that only running tells."""
    size = 1
    while size < x.shape[0]:
        left, right = x[:x.shape[0] // 2].reshape(-1, size), x[x.shape[0] // 2:].reshape(-1, size)
        x = np.concatenate([left + right, left - right], axis=1).reshape(x.shape[0])
        size = size * 2
    return np.sum(np.sin(x))


def test_shapes_are_recorded_where_nothing_else_is_read() -> None:
    x = np.linspace(0.0, 1.0, 1024)
    short = ad_compiler.grad(folded, on_unsupported="error")
    long = ad_compiler.grad(folded, on_unsupported="error", measure=False)
    np.testing.assert_array_equal(short(x), long(x))
    np.testing.assert_allclose(short(x), ad_compiler.grad(folded, mode="slow")(x), rtol=1e-12)
    assert "shape_saved" in short.source
    assert "shape_saved" not in long.source
    assert peak(short, x) < 0.5 * peak(long, x)


def test_a_pullback_reads_recorded_shapes_again_and_again() -> None:
    x = np.linspace(0.0, 1.0, 16)
    value, pull = ad_compiler.vjp(folded, x)
    expected = ad_compiler.grad(folded, mode="slow")(x)
    for _ in range(2):
        (found,) = pull(1.0)
        np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert float(value) == float(folded(x))


def test_a_second_derivative_through_recorded_shapes() -> None:
    x = np.linspace(0.1, 1.0, 8)
    found = ad_compiler.hvp(folded, (x,), (np.ones(8),))
    step = 1e-6
    gradient = ad_compiler.grad(folded)
    expected = (gradient(x + step) - gradient(x - step)) / (2 * step)
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-8)


def test_the_shape_of_an_argument_stands_for_that_of_what_is_made_of_it() -> None:
    def gates(w: Any, x: Any) -> Any:
        total = 0.0
        for row in x:
            both = np.sin(w @ row)
            left = np.exp(both[:2])
            total = total + np.sum(left * both[2:])
        return total

    gradient = ad_compiler.grad(gates, on_unsupported="error")
    args = np.arange(12.0).reshape(4, 3) / 10.0, np.arange(6.0).reshape(2, 3) / 5.0
    np.testing.assert_allclose(gradient(*args), ad_compiler.grad(gates, mode="slow")(*args), rtol=1e-12)


def test_arrays_of_the_forward_sweep_are_let_go() -> None:
    def stacked(x: Any, y: Any) -> Any:
        a = x * y + 1.0
        b = a - 2.0 * y
        c = np.exp(b + x)
        d = c - 0.5
        return np.sum(d + a)

    gradient = ad_compiler.grad(stacked, on_unsupported="error")
    x, y = np.linspace(0.0, 1.0, 5), np.linspace(1.0, 2.0, 5)
    np.testing.assert_allclose(gradient(x, y), ad_compiler.grad(stacked, mode="slow")(x, y), rtol=1e-12)
    assert "    del a, " in gradient.source
