"""Copies are left out where nobody can tell, and only there."""
from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import ad_compiler
from tests.generated.judging import agree

X = np.linspace(0.3, 1.1, 6)


def read_only(u0, k):
    u = u0.copy()
    for _ in range(3):
        lap = u[2:] - 2.0 * u[1:-1] + u[:-2]
        u[1:-1] += k * lap
    return np.dot(u, u)


def overwritten(u0, k):
    u = u0.copy()
    for _ in range(3):
        u[1:-1] = k * u[2:] * u[:-2]
    return np.dot(u, u)


def shifted_onto_itself(x):
    y = x.copy()
    y[1:] += y[:-1]
    y[:-1] = y[1:] * y[1:]
    y[2:] = y[:-2]
    return np.sum(y ** 3)


def same_cotangent_twice(x, y):
    z = x + y
    w = z.copy()
    w[0] = 0.0
    return np.sum(w * w) + np.sum(x * z)


def ours_and_theirs(x):
    y = x + 0.0
    y[1:] *= y[:-1]
    return np.sum(y), y


def moved_past(u0, k):
    u = u0.copy()
    for _ in range(2):
        u[1:-1] += k * u[2:] - 0.1 * u[1:-1] * u[:-2]
    return np.sum(u * u)


@pytest.mark.parametrize(("f", "copies"), [(read_only, 1), (overwritten, None), (shifted_onto_itself, None),
                                           (same_cotangent_twice, None), (moved_past, None)],
                         ids=lambda v: getattr(v, "__name__", ""))
def test_copies(f: Callable[..., object], copies: int | None) -> None:
    args = (X, 0.3) if f in (read_only, overwritten, moved_past) else (X, X[::-1].copy()) if f is same_cotangent_twice \
        else (X,)
    text = agree(f, *args)
    reverse = text[text.index("# --- reverse ---"):]
    assert copies is None or reverse.count("copy()") + reverse.count("np.array(") < copies


def test_writes_that_wait_count_for_later_copies() -> None:
    """A write that is put behind a copy's readers is one more reason to copy there."""
    def f(x):
        c = np.array(x[:3, :2], ndmin=1, copy=None).reshape(3, 2, 1)
        t = x[0]
        c0 = c[-1] + t * 0
        for i in range(2, 4):
            c0 = c[-i] + c0 * t
        return np.sum(c0**2)

    x = np.linspace(0.2, 1.3, 20).reshape(4, 5)
    u = np.cos(np.arange(20.0)).reshape(4, 5)
    once = ad_compiler.grad(f)
    twice = ad_compiler.grad(lambda z: np.sum(once(z) * u), on_unsupported="error")(x)
    np.testing.assert_allclose(twice, ad_compiler.hvp(f, (x,), (u,), mode="slow"), rtol=1e-12)


def test_smaller_cotangents_of_sums_to_a_shape() -> None:
    """The cotangent of what was summed to a shape is not taken for an array of full shape where no size is known."""
    def f(v):
        x = np.concatenate([v[:1] * 2 - v[1:4], v])
        return np.sum(np.cumsum(x - x[:1]) ** 3)

    v, u = np.linspace(0.3, 2.0, 6), np.cos(np.arange(6.0))
    once = ad_compiler.grad(f)
    for mode in ("fast", "slow"):
        twice = ad_compiler.grad(lambda z: np.sum(once(z) * u), on_unsupported="error", mode=mode)(v)
        np.testing.assert_allclose(twice, ad_compiler.hvp(f, (v,), (u,)), rtol=1e-12)


def test_what_the_caller_gets_is_not_a_cotangent() -> None:
    """The array that is returned beside the value is not written by the reverse sweep."""
    expected = ours_and_theirs(X)[1]
    _, aux = ad_compiler.value_and_grad(ours_and_theirs, has_aux=True, on_unsupported="error")(X)[0]
    np.testing.assert_array_equal(aux, expected)


def test_gradients_do_not_share_memory() -> None:
    gradient = ad_compiler.grad(lambda x, y: np.sum((x + y) ** 2), argnums=(0, 1), on_unsupported="error")
    a, b = gradient(X, X[::-1].copy())
    a += 1.0
    np.testing.assert_allclose(b, 2.0 * (X + X[::-1]))
    assert not np.may_share_memory(a, b)


def test_a_pullback_runs_twice() -> None:
    def f(u0):
        u = u0.copy()
        for _ in range(3):
            u[1:-1] += 0.1 * u[2:] * u[:-2]
        return np.dot(u, u)

    _, pull = ad_compiler.vjp(f, X, on_unsupported="error")
    first, second = pull(1.0), pull(1.0)
    np.testing.assert_array_equal(first[0], second[0])
