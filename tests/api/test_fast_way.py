"""The function generated for a known signature does what the general way does, and nothing else."""
from __future__ import annotations

import contextlib
from typing import Any, NamedTuple

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler.interface.derivative import Derivative

X = np.array([1.0, 2.0, 4.0])
scale = 2.0


class Pair(NamedTuple):
    first: Any
    second: Any


def warmed(gradient: Derivative, *args: Any) -> Derivative:
    for _ in range(3):
        gradient(*args)
    assert len(gradient.fast) == len(gradient.used) == 1
    return gradient


def general(gradient: Derivative, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Calls that take the general way from now on."""
    calls: list[Any] = []
    original = Derivative.specialize

    def specialize(self: Derivative, values: dict[str, Any]) -> Any:
        calls.append(values)
        return original(self, values)

    monkeypatch.setattr(Derivative, "specialize", specialize)
    return calls


def f(p, x, n, mode):
    y = x * p["w"] if mode == "times" else x + p["w"]
    for _ in range(n):
        y = y * scale + p["pair"].first * p["pair"].second[0]
    return np.sum(y)


ARGS = ({"w": X, "pair": Pair(0.5, [X, 2]), "name": None}, X + 1.0, 2, "times")


def test_it_is_taken_for_equal_signatures(monkeypatch: pytest.MonkeyPatch) -> None:
    gradient = warmed(ad.grad(f, argnums=(0, "x")), *ARGS)
    expected = ad.grad(f, argnums=(0, "x"))(*ARGS)
    calls = general(gradient, monkeypatch)
    found = gradient(*ARGS)
    assert repr(found) == repr(expected)
    params = {"w": np.arange(5.0), "pair": Pair(1.5, [np.ones(5), 7]), "name": None}
    gradient(params, np.ones(5), 9, "times")
    assert calls == []


@pytest.mark.filterwarnings("ignore:`f` has been compiled for")
@pytest.mark.parametrize("change", [
    (0, {**ARGS[0], "w": X.astype(np.float32)}), (0, {**ARGS[0], "w": X[:1]}), (0, {**ARGS[0], "w": X[:2]}),
    (0, {**ARGS[0], "more": 1.0}), (0, dict(reversed(ARGS[0].items()))), (0, {**ARGS[0], "name": "text"}),
    (0, {**ARGS[0], "pair": (0.5, [X, 2])}), (0, {**ARGS[0], "pair": Pair(0.5, [X, 2, 3])}),
    (0, {**ARGS[0], "pair": Pair(np.float32(0.5), [X, 2])}), (0, {**ARGS[0], "pair": Pair(1, [X, 2])}),
    (1, X[None] + 1.0), (1, np.ones((3, 3)) * X), (1, 2.0), (1, X > 0),
    (2, True), (3, "plus"),
])
def test_it_is_not_taken_for_others(change: tuple[int, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    gradient = warmed(ad.grad(f, on_unsupported="error"), *ARGS)
    calls = general(gradient, monkeypatch)
    args = (*ARGS[:change[0]], change[1], *ARGS[change[0] + 1:])
    with contextlib.suppress(ValueError, TypeError, ad.errors.CompileError):  # shapes that do not fit, for instance
        gradient(*args)
    assert len(calls) >= 1


def test_integers_that_equal_a_length(monkeypatch: pytest.MonkeyPatch) -> None:
    gradient = ad.grad(lambda x, n: np.sum(x[:n] * x[:n]))
    warmed(gradient, X, 3)
    np.testing.assert_allclose(gradient(X, 2), [2.0, 4.0, 0.0])
    np.testing.assert_allclose(gradient(np.arange(5.0), 3), [0.0, 2.0, 4.0, 0.0, 0.0])


def test_what_is_captured_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    gradient = warmed(ad.grad(lambda x: np.sum(x * scale)), X)
    calls = general(gradient, monkeypatch)
    monkeypatch.setitem(globals(), "scale", 5.0)
    np.testing.assert_allclose(gradient(X), np.full(3, 5.0))
    assert calls == []
    monkeypatch.setitem(globals(), "scale", X)
    np.testing.assert_allclose(gradient(X), X)
    monkeypatch.delitem(globals(), "scale")
    with pytest.raises(Exception, match="scale"):
        ad.grad(lambda x: np.sum(x * scale), on_unsupported="error")(X)


def test_results_do_not_share_memory() -> None:
    gradient = warmed(ad.grad(lambda x, y: np.sum(x + y), argnums=(0, 1)), X, X)
    x_bar, y_bar = gradient(X, X)
    x_again, _ = gradient(X, X)
    x_bar += 10.0
    np.testing.assert_array_equal(y_bar, np.ones(3))
    np.testing.assert_array_equal(x_again, np.ones(3))


def test_signatures_take_turns() -> None:
    gradient = ad.grad(lambda x: np.sum(x * x))
    for _ in range(4):
        for x in (X, X[:, None], 2.0, X.astype(np.float32)):
            np.testing.assert_allclose(gradient(x), 2.0 * x)
    assert len(gradient.fast) == 4


def test_memory_order_is_compared_only_where_it_matters(monkeypatch: pytest.MonkeyPatch) -> None:
    grid = np.arange(12.0).reshape(3, 4)
    turned = np.asfortranarray(grid)

    def squares(x):
        return np.sum(x * x)

    def first_row(x):
        y = x.reshape(12)
        y[:4] = 0.0
        return np.sum(x * x)

    gradient = warmed(ad.grad(squares), grid)
    calls = general(gradient, monkeypatch)
    np.testing.assert_array_equal(gradient(turned), 2.0 * grid)
    assert calls == []

    gradient = warmed(ad.grad(first_row), grid.copy())
    gradient(turned.copy(order="K"))
    assert len(calls) > 0
