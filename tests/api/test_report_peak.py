"""`report().peak_bytes` says what a call has in use at its peak."""
from __future__ import annotations

import contextlib
import io
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad_compiler


def layers(w: Any, v: Any, x: Any) -> Any:
    hidden = np.tanh(x @ w)
    scores = hidden @ v
    return np.sum(np.log(np.sum(np.exp(scores), axis=1)))


def steps(u: Any, k: float, n: int) -> Any:
    u = u.copy()
    for _ in range(n):
        u[1:-1] += k * np.sin(u[2:] - 2.0 * u[1:-1] + u[:-2])
    return np.sum(u * u)


def swapped(a: Any, n: int) -> Any:
    b = a.copy()
    a = a.copy()
    for _ in range(n):
        b[1:] = 0.5 * (a[1:] + a[:-1])
        a, b = b, a
    return np.sum(a * a)


def triangle(a: Any) -> Any:
    q = a.copy()
    for k in range(a.shape[1] - 1):
        q[:, k + 1:] = np.sin(q[:, k + 1:])
    return np.sum(q * q)


@pytest.mark.parametrize(("f", "args"), [
    (layers, (np.full((200, 100), 0.01), np.full((100, 50), 0.02), np.ones((300, 200)))),
    (steps, (np.linspace(0.0, 1.0, 5000), 0.1, 30)), (swapped, (np.linspace(0.0, 1.0, 50000), 20)),
    (triangle, (np.linspace(0.0, 1.0, 12000).reshape(300, 40),))], ids=lambda x: getattr(x, "__name__", ""))
def test_the_peak_is_what_is_measured(f: Callable[..., Any], args: tuple[Any, ...]) -> None:
    gradient = ad_compiler.grad(f, on_unsupported="error")
    for _ in range(3):
        gradient(*args)
    with contextlib.redirect_stdout(io.StringIO()):
        report = gradient.report()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        gradient(*args)
        measured = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    assert report.peak_bytes is not None
    assert 0.8 * measured < report.peak_bytes < 1.2 * measured
    assert " at the peak" in str(report)


def test_sizes_are_those_of_the_arguments_given() -> None:
    gradient = ad_compiler.grad(layers, on_unsupported="error")
    small = (np.full((4, 3), 0.1), np.full((3, 2), 0.1), np.ones((5, 4)))
    large = (np.full((40, 30), 0.1), np.full((30, 20), 0.1), np.ones((50, 40)))
    gradient(*small)
    with contextlib.redirect_stdout(io.StringIO()):
        few, many = gradient.report(*small), gradient.report(*large)
    assert 50 * few.recorded_bytes < many.recorded_bytes < 100 * few.recorded_bytes
    assert many.peak_bytes > 20 * few.peak_bytes
