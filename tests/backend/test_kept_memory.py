"""What a gradient keeps: shapes where nothing else is read, and no arrays that only the forward sweep needed."""
from __future__ import annotations

import tracemalloc
import types
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad_compiler
from ad_compiler.transform import forget


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


def staged(x: Any, a: Any, b: Any, c: Any, d: Any) -> Any:
    """Stages, each of which keeps arrays, and gives a gradient as large."""
    one = np.tanh(np.sin(x) * a)
    two = np.tanh(np.cos(one) * b)
    three = np.tanh(np.sin(two) * c)
    return np.sum(np.tanh(np.cos(three) * d))


def test_arrays_go_where_that_lowers_the_peak(monkeypatch: pytest.MonkeyPatch) -> None:
    args = tuple(np.random.default_rng(0).normal(size=(5, 200, 40)))
    short = ad_compiler.grad(staged, argnums=(0, 1, 2, 3, 4), on_unsupported="error")
    found = short(*args)
    assert "    del " in short.source.partition("--- reverse ---")[2]
    monkeypatch.setattr(forget, "_where_it_helps", lambda fn, _: fn)
    kept = types.FunctionType(staged.__code__.replace(co_name="kept"), globals(), "kept")
    long = ad_compiler.grad(kept, argnums=(0, 1, 2, 3, 4), on_unsupported="error")
    for one, other in zip(found, long(*args), strict=True):
        np.testing.assert_array_equal(one, other)
    assert "    del " not in long.source.partition("--- reverse ---")[2]
    assert peak(short, *args) < 0.85 * peak(long, *args)


def test_a_text_that_lets_arrays_go_is_differentiated_again() -> None:
    rng = np.random.default_rng(1)
    args, v = tuple(rng.normal(size=(5, 3, 2))), tuple(rng.normal(size=(5, 3, 2)))
    fast = ad_compiler.hvp(staged, args, v)[1]
    slow = ad_compiler.hvp(staged, args, v, mode="slow")[1]
    for one, other in zip(fast, slow, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)


def test_a_size_is_asked_of_what_is_read_anyway() -> None:
    def spread(x: Any, y: Any) -> Any:
        bent = np.sin(x) * y
        squares = bent**2
        return np.mean(squares)

    g = ad_compiler.grad(spread, argnums=(0, 1), on_unsupported="error")
    x, y = np.linspace(0.0, 1.0, 7), np.linspace(1.0, 2.0, 7)
    found = g(x, y)
    np.testing.assert_allclose(found[0], 2.0 / 7 * np.sin(x) * np.cos(x) * y * y)
    assert "squares.size" not in g.source and ".size" in g.source


def test_sizes_of_what_is_stretched_stay_its_own() -> None:
    def spread(x: Any, y: Any) -> Any:
        table = x[:, None] * y
        return np.mean(table) + np.sum(y)

    g = ad_compiler.grad(spread, argnums=(0, 1), on_unsupported="error")
    x, y = np.linspace(0.0, 1.0, 7), np.linspace(1.0, 2.0, 3)
    np.testing.assert_allclose(g(x, y)[1], 1.0 + np.full(3, x.sum() / 21))
