"""Functions with several results, of which a name stands for the whole: read twice and written, and joined by paths."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler import pipeline
from ad_compiler.errors import Diagnostic, UnsupportedError

X = np.array([1.3, -0.4, 2.2])
U, V = np.array([0.4, -0.7, 0.5]), np.array([-0.3, 0.6, 0.8])


def matrix(x: Any) -> Any:
    return np.outer(x, x) + np.diag([1.0, 2.0, 3.0])


def read_twice(x: Any) -> Any:
    r = np.modf(x * 1.0)
    q = r[0]
    q *= 1.5
    return np.sum(np.sin(0.7 * r[0] + 0.3))


def read_on_one_path(x: Any) -> Any:
    r = np.modf(x * 1.0)
    if x[0] > 0:
        q = r[0]
        q *= 1.5
    p = r[0]
    p *= 2.0
    return np.sum(np.sin(0.7 * r[0] + 0.3)) + np.sum(r[1])


def read_in_a_loop(x: Any) -> Any:
    total = 0.0
    for k in range(3):
        r = np.modf(x * k)
        q = r[0]
        q *= 1.5
        total = total + np.sum(np.sin(0.7 * r[0] + 0.3))
    return total


def fields_and_names(x: Any) -> Any:
    w, vectors = r = np.linalg.eigh(matrix(x))
    vectors *= 2.0
    w *= 1.3
    return np.sum(r.eigenvectors ** 3) + np.sum(r[0] ** 2)


def of_two_paths(x: Any) -> Any:
    if x[0] > 0:
        r = np.modf(x * 2)
    else:
        r = np.modf(x * 3)
    return np.sum(np.sin(0.7 * r[0] + 0.3))


def chosen_and_written(x: Any) -> Any:
    r = np.linalg.qr(matrix(x)) if x[0] > 0 else np.linalg.qr(2 * matrix(x))
    q = r[1]
    q *= 1.5
    return np.sum(np.sin(r[1])) + np.sum(r[0] ** 3)


def left_by_a_loop(x: Any) -> Any:
    for k in range(3):
        r = np.modf(x * k)
    return np.sum(np.sin(0.7 * r[0] + 0.3))


def carried_by_a_loop(x: Any) -> Any:
    r = np.modf(x)
    for _ in range(3):
        r = np.modf(r[0] * x)
    return np.sum(np.sin(0.7 * r[0] + 0.3))


def carried_and_written(x: Any) -> Any:
    a = matrix(x)
    r = np.linalg.qr(a)
    for k in range(2):
        if x[k] > 0:
            r = np.linalg.qr(0.1 * r[1] @ a)
            q = r[0]
            q *= 2.0
    return np.linalg.multi_dot(r)[0, 1] + np.sum(r.R ** 2)


def swapped(x: Any) -> Any:
    p, _ = np.modf(x)
    s = np.sin(x)
    for _ in range(3):
        p, s = s, p
        s *= 1.5
        if x[0] > 5:
            break
    return np.sum(p ** 2) + np.sum(np.sin(s))


def in_a_list(x: Any) -> Any:
    r = np.modf(x)
    parts = []
    for _ in range(3):
        r = np.modf(r[0] * x)
        parts.append(r[0])
        parts[0] *= 2.0
    return np.sum(parts[0] * parts[2]) + np.sum(parts[1])


def a_tuple_or_a_group(x: Any) -> Any:
    r = np.modf(x) if x[0] > 0 else (x, 2 * x)
    q = r[0]
    q *= 2
    return np.sum(r[0] ** 2) + np.sum(r[1])


def returned_by_a_helper(x: Any) -> Any:
    def parts(y: Any) -> Any:
        if y[0] > 0:
            return np.modf(y)
        return np.modf(y * 3)

    u, _ = parts(x)
    u *= 2
    return np.sum(u ** 2) + np.sum(parts(-x)[0] * x)


PROGRAMS = [read_twice, read_on_one_path, read_in_a_loop, fields_and_names, of_two_paths, chosen_and_written,
            left_by_a_loop, carried_by_a_loop, carried_and_written, swapped, in_a_list, a_tuple_or_a_group,
            returned_by_a_helper]


def along(function: Callable[[Any], Any], u: Any) -> Any:
    def at(t: float) -> Any:
        return function(X + t * u)
    h = 1e-4
    return (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)


@pytest.mark.parametrize("function", PROGRAMS)
def test_compiled(function: Callable[[Any], Any]) -> None:
    expected = along(function, U)
    gradient = ad.grad(function, on_unsupported="error")
    assert np.isclose(gradient(X) @ U, expected, rtol=1e-8)
    assert np.isclose(ad.grad(function, mode="slow", on_unsupported="error")(X) @ U, expected, rtol=1e-8)
    assert np.isclose(ad.jvp(function, (X,), (U,), on_unsupported="error")[1], expected, rtol=1e-8)
    second = ad.hvp(function, (X,), (U,), on_unsupported="error")
    assert np.isclose(second @ V, along(gradient, U) @ V, rtol=1e-7)


@pytest.mark.filterwarnings("ignore::ad_compiler.bridge.TapeFallback")
@pytest.mark.parametrize("function", PROGRAMS)
def test_on_the_tape(function: Callable[[Any], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise UnsupportedError([Diagnostic("AD100", None, "the tape is asked for", "")])

    monkeypatch.setattr(pipeline, "lower_function", refuse)
    assert np.isclose(ad.grad(lambda x: function(x))(X) @ U, along(function, U), rtol=1e-8)


@pytest.mark.filterwarnings("ignore::ad_compiler.LoopFallback")
@pytest.mark.parametrize("function", PROGRAMS)
def test_natively_and_batched(function: Callable[[Any], Any]) -> None:
    expected = ad.grad(function)(X)
    assert np.allclose(ad.grad(function, backend="native")(X), expected, rtol=1e-10)
    assert np.allclose(ad.vmap(ad.grad(function))(np.stack([X, 1.01 * X]))[0], expected, rtol=1e-10)
