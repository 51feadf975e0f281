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
