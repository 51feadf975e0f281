"""Checkpointing: the same gradients as without, to the last bit, for less memory and more steps."""
from __future__ import annotations

import functools
import tracemalloc
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler.errors import TapeFallback
from ad_compiler.testing import check_grads

U = np.linspace(0.1, 1.0, 6) ** 2
E = {"on_unsupported": "error"}


def stencil(over, u, c, n):
    u, total = u.copy(), 0.0
    for t in over(range(n)):
        lap = u[2:] - 2.0 * u[1:-1] + u[:-2]
        u[1:-1] += c * lap * u[1:-1]
        total = total + c * u[1] * t
    return np.sum(u * u) + total


def carried(over, u, c, n):
    v = u
    for t in over(range(2, 2 + 3 * n, 3)):
        u = np.sin(u) * c + v
        v = v * 0.9 + 0.01 * t
    return np.sum(u * v)


def downwards_with_a_branch(over, u, c, n):
    for t in over(range(n, 0, -1)):
        if t % 3 == 0:
            u = u * c
        elif t % 3 == 1:
            u = np.sin(u) + u[::-1]
        u = u + 0.1
    return np.sum(u**2)


def views_from_before(over, u, c, n):
    u = u.copy()
    inner, left = u[1:-1], u[:-2]
    for _ in over(range(n)):
        inner[...] += c * left * inner
        u[0] = u[-1] * 0.5
    return np.sum(u * u)


def inner_loop(over, u, c, n):
    for t in over(range(n)):
        w = u.copy()
        for j in range(1, len(w)):
            w[j] = w[j] * w[j - 1] * c + np.sin(w[j])
        u = 0.5 * (u + w)
    return np.sum(u)


def in_a_loop(over, u, c, n):
    total = 0.0
    for k in range(3):
        w = u * (k + 1.0)
        for t in over(range(n)):
            w = np.sin(w) + c * u
        total = total + np.sum(w * w)
        u = w
    return total


def left_early(over, u, c, n):
    u = u.copy()
    for t in over(range(n)):
        u *= 1.0 + c * np.sin(u)
        if np.sum(u) > 4.0:
            break
        u[1:] += 0.1 * u[:-1]
    return np.sum(u * u)


def continued(over, u, c, n):
    for t in over(range(n)):
        u = u * (1.0 + c)
        if t % 2:
            continue
        u = np.sin(u)
    return np.sum(u)


def over_rows(over, u, c, n):
    table = np.outer(np.arange(1.0, n + 1.0), u)
    x = u
    for row in over(table):
        x = np.sin(x * c) + row
    return np.sum(x * x)


def swapped(over, u, c, n):
    a, b = u.copy(), u * c
    for _ in over(range(n)):
        a[1:] += b[:-1] * b[1:]
        a, b = b, a
    return np.sum(a * b)


def views_of_written_memory(over, u, c, n):
    u = np.outer(u, u)
    half = u.T.copy()
    half[1:-1] = np.sin(u[1:-1])
    rows, target = half.T[1:-1], u[1:-1]
    table = np.zeros_like(rows)
    for j in over(range(1, min(n + 1, 6))):
        table[:, j] = c * table[:, j - 1] + rows[:, j] * rows[:, j]
    target[:] = table
    return np.sum(u**2) + np.sum(half)


PROGRAMS = [views_of_written_memory, swapped, stencil, carried, downwards_with_a_branch, views_from_before, inner_loop,
            in_a_loop, left_early, continued, over_rows]


def as_it_is(numbers):
    return numbers


def three(numbers):
    return ad.checkpointed(numbers, snapshots=3)


def bytes_for_two(numbers):
    return ad.checkpointed(numbers, memory_limit=250)


@pytest.mark.parametrize("mode", ["fast", "slow"])
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda f: f.__name__)
def test_the_same_gradient(program: Any, mode: str) -> None:
    for n in (0, 1, 2, 9, 23):
        plain = ad.value_and_grad(functools.partial(program, as_it_is), argnums=(0, 1), mode=mode, **E)
        value, (u_bar, c_bar) = plain(U.copy(), 0.3, n)
        for over in (three, bytes_for_two):
            u = U.copy()
            ours = ad.value_and_grad(functools.partial(program, over), argnums=(0, 1), mode=mode, **E)
            again, (u_dot, c_dot) = ours(u, 0.3, n)
            assert again == value
            np.testing.assert_allclose(u_dot, u_bar, rtol=1e-13, atol=1e-15)
            assert c_dot == pytest.approx(c_bar, rel=1e-13)
            np.testing.assert_array_equal(u, U)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda f: f.__name__)
def test_modes_and_pullbacks(program: Any) -> None:
    check_grads(functools.partial(program, three, n=7), (U, 0.3), order=1, rtol=1e-5, **E)


@pytest.mark.parametrize("program", [stencil, carried, inner_loop], ids=lambda f: f.__name__)
def test_second_derivatives(program: Any) -> None:
    f, g = (functools.partial(program, over) for over in (three, as_it_is))
    np.testing.assert_allclose(ad.hvp(f, **E)(U, 0.3, 7, U), ad.hvp(g, **E)(U, 0.3, 7, U), rtol=1e-12)
    np.testing.assert_allclose(ad.vhp(f, **E)(U, 0.3, 7, U), ad.vhp(g, **E)(U, 0.3, 7, U), rtol=1e-12)


def newton_like(x, tolerance):
    step, count = 1.0, 0
    while ad.checkpointed(step > tolerance, snapshots=3):
        new = 0.5 * (x + 2.0 * np.sin(x) / x)
        step = abs(new - x)
        x = new
        count = count + 1
    return x * count


def newton_plain(x, tolerance):
    step, count = 1.0, 0
    while step > tolerance:
        new = 0.5 * (x + 2.0 * np.sin(x) / x)
        step = abs(new - x)
        x = new
        count = count + 1
    return x * count


def test_while_keeps_snapshots_as_it_goes() -> None:
    for tolerance in (2.0, 0.5, 1e-3, 1e-9):
        assert ad.grad(newton_like, **E)(1.0, tolerance) == pytest.approx(ad.grad(newton_plain, **E)(1.0, tolerance))


def test_a_rule_inside() -> None:
    f = ad.custom_vjp(lambda x: np.sin(x))
    f.defvjp(lambda x: (np.sin(x), x), lambda x, g: (3.0 * np.cos(x) * g,))

    def program(over, u, n):
        for _ in over(range(n)):
            u = f(u) * u
        return np.sum(u)

    ours, theirs = (ad.grad(functools.partial(program, over), **E)(U, 5) for over in (three, as_it_is))
    np.testing.assert_allclose(ours, theirs, rtol=1e-13)


def test_memory_is_what_the_snapshots_take() -> None:
    def run(u, n):
        for _ in ad.checkpointed(range(n), snapshots=8):
            u = u + 0.01 * np.sin(u)
        return np.sum(u)

    u = np.linspace(0.0, 1.0, 20_000)
    g = ad.grad(run, **E)
    g(u, 3)
    tracemalloc.start()
    g(u, 400)
    peak = tracemalloc.get_traced_memory()[1] / u.nbytes
    tracemalloc.stop()
    assert peak < 8 + 12  # and some temporaries; 400 without snapshots


class TestCalls:
    def test_the_same_gradient_in_every_mode(self) -> None:
        def layer(w, x):
            h = np.tanh(w @ x)
            return {"h": h, "norm": np.sum(h * h)}

        def network(wrap, w, x):
            total = 0.0
            for _ in range(3):
                out = wrap(layer)(w, x)
                x = out["h"] + x
                total = total + out["norm"]
            return total

        w = np.linspace(-1.0, 1.0, 36).reshape(6, 6)
        ours, theirs = (ad.grad(functools.partial(network, wrap), argnums=(0, 1), **E)(w, U)
                        for wrap in (ad.checkpoint, as_it_is))
        for a, b in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-13)
        check_grads(functools.partial(network, ad.checkpoint), (w, U), rtol=1e-5, **E)

    def test_what_it_captures(self) -> None:
        def f(a, x):
            @ad.checkpoint
            def inner(y):
                z = np.sin(a * y)
                return z * np.exp(z)

            return np.sum(inner(inner(x)))

        check_grads(f, (0.7, U), rtol=1e-5, **E)

    def test_only_the_arguments_are_kept(self) -> None:
        @ad.checkpoint
        def block(x):
            for _ in range(50):
                x = np.sin(x) * 1.01
            return x

        def run(x):
            for _ in range(10):
                x = block(x)
            return np.sum(x)

        x = np.linspace(0.0, 1.0, 20_000)
        g = ad.grad(run, **E)
        g(x)
        tracemalloc.start()
        g(x)
        peak = tracemalloc.get_traced_memory()[1] / x.nbytes
        tracemalloc.stop()
        assert peak < 10 + 2 * 50 + 20  # ten times 2 * 50 without

    def test_outside_it_is_the_function(self) -> None:
        assert ad.checkpoint(np.sin)(0.5) == np.sin(0.5)
        assert ad.grad(ad.checkpoint(lambda x, n=2: x**n), **E)(3.0) == 6.0

    def test_on_the_tape(self) -> None:
        def f(x):
            s = ad.checkpoint(lambda y: y * np.sin(y))(x)
            for _ in ad.checkpointed(range(2), snapshots=1):
                s = s * x
            eval("s")
            return s

        with pytest.warns(TapeFallback):
            assert ad.grad(f)(0.5) == pytest.approx(3 * 0.25 * np.sin(0.5) + 0.125 * np.cos(0.5))


def test_checkpointed_calls_within_checkpointed_calls() -> None:
    """Each is compiled once, however deep; also where they are made while compiling, one from the other."""
    def deep(x, n):
        f = np.sin
        for _ in range(n):
            inner = ad.checkpoint(f)
            f = lambda y, inner=inner: inner(y) * np.cos(y)  # noqa: E731
        return np.sum(f(x))

    one = ad.checkpoint(lambda x: np.sin(x) * np.cos(x))
    two = ad.checkpoint(lambda x: one(x) * np.cos(x))
    three = ad.checkpoint(lambda x: two(x) * np.cos(x))
    x = np.array([0.1, 0.2])
    expected = np.cos(x) ** 4 - 3.0 * np.sin(x) ** 2 * np.cos(x) ** 2
    np.testing.assert_allclose(ad.grad(lambda x: np.sum(three(x)), on_unsupported="error")(x), expected)
    expected = np.cos(x) ** 3 - 2.0 * np.sin(x) ** 2 * np.cos(x)
    np.testing.assert_allclose(ad.grad(deep, on_unsupported="error")(x, 2), expected)


def overwritten_in_a_list(x, c):
    held = [x * j for j in range(1, 4)]
    total = 0.0
    for k in range(3):
        total = total + np.sum(np.array(held) ** 2) * c[k]
        held[k][:] = x ** 2
    return total


def test_arrays_that_lists_share_are_not_copied_apart():
    args = np.array([0.3, 1.2]), np.array([0.7, -0.4, 0.9])
    kept = ad.checkpoint(overwritten_in_a_list)
    with pytest.raises(ad.errors.CompileError, match="AD147"):
        ad.grad(kept, on_unsupported="error")(*args)
    with pytest.warns(ad.errors.TapeFallback):
        found = ad.grad(kept)(*args)
    np.testing.assert_allclose(found, ad.grad(overwritten_in_a_list)(*args), rtol=1e-12)
