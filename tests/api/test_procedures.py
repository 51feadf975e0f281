"""Functions that return nothing and write into their arguments: cotangents and tangents of what they write."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler.errors import CompileError

U = np.array([0.3, -0.4, 0.5, 0.9])
V = np.array([1.0, 0.2, -0.7, 0.4])
W = np.array([0.1, 0.8, 0.3, -0.2])
E = {"on_unsupported": "error"}


def diffuse(u, rate):
    """One argument is written."""
    u[1:-1] += rate * (u[2:] - 2.0 * u[1:-1] + u[:-2]) * u[1:-1]
    for i in range(1, len(u)):
        u[i] = u[i] * u[i - 1]


def diffused(u, rate):
    u = u.copy()
    diffuse(u, rate)
    return u


def leapfrog(x, v, dt, steps):
    """Two are, and one of them is read by the other's update."""
    for _ in range(steps):
        v -= 0.5 * dt * np.sin(x)
        x += dt * v
        v -= 0.5 * dt * np.sin(x)


def leapt(x, v, dt, steps):
    x, v = x.copy(), v.copy()
    leapfrog(x, v, dt, steps)
    return x, v


def test_one_argument() -> None:
    expected = ad.vjp(diffused, U, 0.3, **E)[1](W)
    for mode in ("fast", "slow"):
        u = U.copy()
        out, pullback = ad.vjp(diffuse, u, 0.3, mode=mode, **E)
        assert out is None
        np.testing.assert_allclose(u, diffused(U, 0.3))  # it has been run
        u[:] = 0.0  # the pullback does not see what happens to the argument afterwards
        w = W.copy()
        for _ in range(2):
            u_bar, rate_bar = pullback(w)
            np.testing.assert_allclose(u_bar, expected[0])
            assert rate_bar == pytest.approx(expected[1])
        np.testing.assert_array_equal(w, W)
        (u_bar,) = ad.vjp(diffuse, U.copy(), 0.3, argnums=(0,), mode=mode, **E)[1](W)
        np.testing.assert_allclose(u_bar, expected[0])


def test_tangents_of_what_is_written() -> None:
    expected = ad.jvp(diffused, (U, 0.3), (V, 1.0), **E)[1]
    u = U.copy()
    out, u_dot = ad.jvp(diffuse, (u, 0.3), (V, 1.0), **E)
    assert out is None
    np.testing.assert_allclose(u, diffused(U, 0.3))
    np.testing.assert_allclose(u_dot, expected)


def test_several_arguments_in_their_order() -> None:
    expected = ad.vjp(leapt, U, V, 0.1, 3, **E)[1]((W, V))
    found = ad.vjp(leapfrog, U.copy(), V.copy(), 0.1, 3, **E)[1]((W, V))
    for a, b in zip(found[:3], expected[:3], strict=True):
        np.testing.assert_allclose(a, b)
    assert found[3] is None
    x_dot, v_dot = ad.jvp(leapfrog, (U.copy(), V.copy(), 0.1, 3), (V, W, None, None), **E)[1]
    # the dot-product identity
    assert W @ x_dot + V @ v_dot == pytest.approx(found[0] @ V + found[1] @ W)


def test_what_is_overwritten_has_no_cotangent() -> None:
    def fill(out, x):
        out[:] = x * x

    out_bar, x_bar = ad.vjp(fill, np.ones(4), U, **E)[1](W)
    np.testing.assert_array_equal(out_bar, np.zeros(4))
    np.testing.assert_allclose(x_bar, 2.0 * U * W)


def test_structures_and_objects() -> None:
    @dataclass
    class State:
        u: Any
        time: float

    def advance(state, grid):
        state.u += grid["dt"] * np.sin(state.u)
        state.time = state.time + grid["dt"]

    state = State(U.copy(), 1.0)
    _, pullback = ad.vjp(advance, state, {"dt": 0.1}, **E)
    assert state.time == pytest.approx(1.1)
    state_bar, grid_bar = pullback(State(W, 2.0))
    np.testing.assert_allclose(state_bar.u, W * (1.0 + 0.1 * np.cos(U)))
    assert state_bar.time == 2.0
    assert grid_bar["dt"] == pytest.approx(W @ np.sin(U) + 2.0)

    def descend(params, gradients, rate):
        for name in params:
            params[name] = params[name] - rate * gradients[name]

    params = {"w": U.copy(), "b": 0.5}
    _, pullback = ad.vjp(descend, params, {"w": V, "b": 2.0}, 0.1, **E)
    params_bar, gradients_bar, rate_bar = pullback({"w": W, "b": 3.0})
    np.testing.assert_allclose(params_bar["w"], W)
    np.testing.assert_allclose(gradients_bar["w"], -0.1 * W)
    assert rate_bar == pytest.approx(-(V @ W) - 6.0)


def test_methods_and_keywords() -> None:
    class Kernel:
        def __init__(self, scale):
            self.scale = scale

        def apply(self, u, *, power=2):
            u *= self.scale * u ** (power - 1)

    (u_bar,) = ad.vjp(Kernel(3.0).apply, U.copy(), **E)[1](W)
    np.testing.assert_allclose(u_bar, 6.0 * U * W)


def test_functions_with_a_result_keep_theirs() -> None:
    def norm(u):
        u *= 2.0
        return np.sum(u * u)

    out, pullback = ad.vjp(norm, U.copy(), **E)
    np.testing.assert_allclose(pullback(1.0)[0], 8.0 * U)
    assert out == pytest.approx(4.0 * U @ U)


def test_a_cotangent_that_does_not_fit() -> None:
    pullback = ad.vjp(leapfrog, U.copy(), V.copy(), 0.1, 3, **E)[1]
    with pytest.raises(TypeError):
        pullback(W)
    with pytest.raises(ValueError, match="must have its shape"):
        pullback((W, V[1:]))


def test_arguments_that_share_memory() -> None:
    u = U.copy()
    with pytest.raises(ValueError, match="share memory"):
        ad.vjp(leapfrog, u, u, 0.1, 3, **E)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_on_the_tape_it_is_refused() -> None:
    def strange(u):
        u *= eval("2.0")

    with pytest.raises(CompileError, match="returns nothing, and cannot be compiled"):
        ad.vjp(strange, U.copy())
