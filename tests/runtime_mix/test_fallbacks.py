"""What the compiler cannot read runs on the tape: in reverse, in forward mode, with structures, whatever the mode."""
from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
import runtime as torch
from tests.runtime_mix.programs import energy, unread, unread_parts

pytestmark = pytest.mark.filterwarnings("ignore::ad_compiler.bridge.TapeFallback")

X, K = np.array([0.4, -1.2, 0.9]), 0.7
T, S = np.array([0.3, -1.0, 2.0]), 0.5


def slope(f: Any, step: float = 1e-6) -> Any:
    """The central difference of `f` at (X, K) along (T, S)."""
    above, below = f(X + step * T, K + step * S), f(X - step * T, K - step * S)
    return (np.asarray(above) - np.asarray(below)) / (2 * step)


def test_forward_mode() -> None:
    value, dot = ad.jvp(unread, (X, K), (T, S))
    assert value == pytest.approx(unread(X, K)) and dot == pytest.approx(slope(unread), rel=1e-6)
    assert ad.jvp(unread, (X, K), (T, None))[1] == pytest.approx(ad.grad(unread)(X, K) @ T)


def test_forward_mode_with_a_structure() -> None:
    value, dot = ad.jvp(unread_parts, (X, K), (T, S))
    assert dot["b"][1] is None and dot["b"][2] is None and value["b"][1:] == (3, "text")
    assert dot["a"] == pytest.approx(slope(lambda x, k: unread_parts(x, k)["a"]), rel=1e-6)
    assert dot["b"][0] == pytest.approx(slope(lambda x, k: unread_parts(x, k)["b"][0]), rel=1e-6)


def test_pullbacks_with_a_structure() -> None:
    out, pullback = ad.vjp(unread_parts, X, K)
    bars = {"a": 0.4, "b": (np.array([1.0, 2.0, 3.0]), None, None)}
    for _ in range(2):  # any number of times
        x_bar, k_bar = pullback(bars)
        dot = ad.jvp(unread_parts, (X, K), (T, S))[1]
        assert x_bar @ T + k_bar * S == pytest.approx(0.4 * dot["a"] + bars["b"][0] @ dot["b"][0])
    assert out["b"][1:] == (3, "text")


def test_forward_mode_refuses_where_asked() -> None:
    with pytest.raises(ad.errors.CompileError):
        ad.jvp(unread, (X, K), (T, S), on_unsupported="error")


def test_jacobians() -> None:
    def second(x: Any) -> Any:
        return unread_parts(x, K)["b"][0]

    assert ad.jacfwd(second)(X) == pytest.approx(ad.jacrev(second)(X))


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_modes_of_the_caller_do_not_matter(mode: Any) -> None:
    expected = ad.grad(unread)(X, K)
    with mode():
        assert ad.grad(unread)(X, K) == pytest.approx(expected)
        assert ad.jvp(unread, (X, K), (T, S))[1] == pytest.approx(slope(unread), rel=1e-6)


def test_a_gradient_inside_a_function_on_the_tape() -> None:
    """The inner gradient is compiled, and one step of the outer function's record."""
    def force(x: Any) -> Any:
        found: dict[str, Any] = {}
        exec("found['one'] = lambda v: v", {"found": found})
        return np.sum(found["one"](ad.grad(energy)(x, 2.0)) ** 2)

    def difference(i: int, step: float = 1e-6) -> float:
        e = np.eye(3)[i] * step
        return (force(X + e) - force(X - e)) / (2 * step)
    assert ad.grad(force)(X) == pytest.approx([difference(i) for i in range(3)], rel=1e-6)
