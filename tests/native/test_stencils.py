"""Loops that write the arrays they read, at every small size: what they record, and how cotangents of neighbours are
put together. The NumPy backend and finite differences say what is right."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad


def convection(u, nu, steps):
    u = u.copy()
    for _ in range(steps):
        u[1:-1] = u[1:-1] - 0.1 * u[1:-1] * (u[1:-1] - u[:-2]) + nu * (u[2:] - 2.0 * u[1:-1] + u[:-2])
    return np.sum(u * u)


def wide(u, nu, steps):
    u = u.copy()
    for _ in range(steps):
        u[2:-2] = u[2:-2] * u[4:] - nu * u[:-4] * u[1:-3] + u[3:-1]
    return np.sum(u * u)


def tree(u, p, steps):
    u = u.copy()
    for k in range(len(u) - 1, 0, -1):
        u[:k] = np.cos(p) * (p * u[1:k + 1] * u[:k] + (1.0 - p) * u[:k])
    return u[0] if len(u) else p


def growing(u, p, steps):
    u = u.copy()
    for k in range(1, len(u)):
        u[1:k + 1] = np.sin(p * u[:k] * u[1:k + 1]) + 0.5 * u[:k]
    return np.sum(u)


def changed_in_between(u, p, steps):
    u = u.copy()
    for _ in range(steps):
        a = u[1:] * u[:-1]
        b = u[1:] - u[:-1]
        u[0] = p * u[0]
        c = u[1:] * 0.5 + u[:-1]
        u[1:] = 0.3 * a * b * c + np.sin(a) * c
        u[:-1] += 0.1 * b * b
    return np.sum(u * u)


def another_name(u, p, steps):
    u = u.copy()
    other = u[1:]
    for _ in range(steps):
        a = u[1:] * p
        b = u[1:] - u[:-1]
        other *= 0.9
        c = u[1:] * 2.0
        d = u[1:] + u[:-1]
        u[:-1] = u[:-1] + a * b * 0.1 + c * d * 0.01
    return np.sum(u * u)


def part_read_later(u, p, steps):
    u = u.copy()
    for _ in range(steps):
        part = u[1:]
        a = part * 0.5
        u[:-1] += a * a * p
        b = part * 0.25 + a
        u[1:] = b * b * a
    return np.sum(u * u)


def in_branches(u, p, steps):
    u = u.copy()
    for k in range(steps):
        if k % 2 == 0:
            a, b = u[1:] - u[:-1], 2.0 * u[1:]
            u[1:] = u[1:] - a * b * p
        else:
            a, b = u[1:] + u[:-1], 3.0 * u[:-1]
            u[:-1] = a * b * 0.01
    return np.sum(u * u)


def left_early(u, p, steps):
    u = u.copy()
    for _ in range(steps):
        a, b = u[1:] - u[:-1], 2.0 * u[1:]
        u[1:] = u[1:] - a * b * p
        if np.sum(u) > 1.5:
            break
        u[:-1] *= 0.9
    return np.sum(u * u)


def pairs(u, p, steps):
    u, v = u.copy(), np.zeros_like(u)
    for _ in range(steps):
        for i in range(len(u)):
            for j in range(len(u)):
                d = u[j] - u[i]
                v[i] += p * d / (d * d + 1.0)
        u += 0.1 * v
    return np.sum(v * v)


def two_written(u, p, steps):
    u, v = u.copy(), 2.0 * u
    for _ in range(steps):
        a, b = u[1:] * v[:-1], u[:-1] - v[1:]
        c = u[1:] + v[1:]
        u[1:] = a * b * p
        v[:-1] = b * c * 0.1 + v[:-1]
    return np.sum(u * v)


def copied_before(u, p, steps):
    first = u * p
    total = 0.0
    for _ in range(steps):
        u = first.copy()
        u[1:] = u[1:] * u[:-1] * p
        w = first[1:].copy()
        u[1:] *= w * np.sin(w)
        total += np.sum(u * u)
    return total


def kept_and_changed(u, p, steps):
    total = 0.0
    for k in range(steps):
        v = np.sin(u * (k + 1.0))
        t = v * p
        v[0] += 1.0
        v *= v
        total += np.sum(t * t * np.sin(v) * v)
    return total


PROGRAMS = [convection, wide, tree, growing, changed_in_between, another_name, part_read_later, in_branches,
            left_early, pairs, two_written, copied_before, kept_and_changed]


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("dtype", [np.float64, np.complex128])
def test_small_sizes(program: Callable[..., Any], dtype: type) -> None:
    if program is left_early and dtype is np.complex128:
        pytest.skip("complex numbers have no order")

    def value(u, p, steps):
        return np.real(program(u, p, steps)) if dtype is np.complex128 else program(u, p, steps)

    native = ad.value_and_grad(value, argnums=(0, 1), backend="native")
    numpy = ad.value_and_grad(value, argnums=(0, 1))
    rng = np.random.default_rng(0)
    for n in (5, 6, 7, 8, 9, 12, 40, 4, 3, 2):
        for steps in (0, 1, 2, 5):
            u = rng.uniform(0.1, 0.9, n).astype(dtype)
            if dtype is np.complex128:
                u = u + 0.3j * rng.uniform(0.1, 0.9, n)
            assert_same(numpy, native, (u, 0.3, steps))


def assert_same(expected: Callable[..., Any], found: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    try:
        value, bars = expected(*arguments)
    except (ValueError, IndexError) as error:
        with pytest.raises(type(error)):
            found(*arguments)
        return
    other, others = found(*arguments)
    np.testing.assert_allclose(other, value, rtol=1e-12)
    for a, b in zip(others, bars, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("program", PROGRAMS)
def test_finite_differences(program: Callable[..., Any]) -> None:
    u = np.random.default_rng(1).uniform(0.1, 0.9, 9)
    gradient, slope = ad.grad(program, argnums=(0, 1), backend="native")(u, 0.3, 3)
    h = 1e-6
    for k in range(len(u)):
        step = h * np.eye(len(u))[k]
        rise = (program(u + step, 0.3, 3) - program(u - step, 0.3, 3)) / (2 * h)
        np.testing.assert_allclose(gradient[k], rise, rtol=1e-6, atol=1e-7)
    rise = (program(u, 0.3 + h, 3) - program(u, 0.3 - h, 3)) / (2 * h)
    np.testing.assert_allclose(slope, rise, rtol=1e-6, atol=1e-7)


def test_one_record_instead_of_several() -> None:
    assert "u_kept" in native_source(convection)
    assert "u_kept" in native_source(tree)
    assert "_kept_list" in native_source(pairs)


def test_cotangents_of_neighbours_are_gathered() -> None:
    """Each iteration back is two loops over the array: one for what is added, one for the sums."""
    backwards = native_source(convection).partition("# --- reverse ---")[2]
    loop = backwards.partition("for t_")[2]
    assert sum(line.strip().startswith("for i_") for line in loop.splitlines()) == 2


def native_source(program: Callable[..., Any]) -> str:
    gradient = ad.grad(program, argnums=(0, 1), backend="native")
    gradient(np.linspace(0.1, 0.9, 50), 0.3, 3)
    (special,) = gradient.used
    assert special.main.backend == "native"
    return gradient.native_source
