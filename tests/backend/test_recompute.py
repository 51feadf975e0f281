"""`recompute=True`: what a loop records is chosen by a minimum cut, and the gradient is the same to the last bit."""
from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad_compiler
from ad_compiler.analysis.cut import Cut


def cell(w: Any, x: Any) -> Any:
    """A gate in a loop: a chain of arithmetic behind an exponential."""
    h = np.zeros_like(w[0])
    for t in range(x.shape[0]):
        z = w @ h + x[t]
        gate = 1.0 / (1.0 + np.exp(-z))
        h = gate * np.tanh(z) + (1.0 - gate) * h
    return np.sum(h * h)


def bodies(p: Any, v: Any) -> Any:
    """Differences of all pairs, which are made of little."""
    for _ in range(3):
        d = p[None, :] - p[:, None]
        r = np.sqrt(d * d + 0.1)
        v = v - 0.1 * np.sum(d / r, axis=1)
        p = p + 0.1 * v * v
    return np.sum(p * v)


def overwritten(u: Any, k: Any) -> Any:
    """Chains that begin in memory which the same iteration writes."""
    u = u.copy()
    for _ in range(3):
        flow = k * (u[1:] - u[:-1])
        rate = 1.0 / (1.0 + flow * flow)
        u[1:] -= rate * flow
        again = u[1:] * u[:-1]
        u[:-1] += 0.1 * np.sin(again)
    return np.sum(u * u)


def branching(x: Any, n: int) -> Any:
    """Values that depend on which way an iteration went, and on what an earlier one left."""
    y = x
    for i in range(n):
        if i % 2:
            y = np.exp(0.1 * y)
        s = y * y + 1.0
        q = x / s
        y = y + q * s
        if i == 3:
            y = y * 0.5
    return np.sum(y * x)


def nested(x: Any, n: int) -> Any:
    """A loop in a loop; the inner one reads what the outer one has computed."""
    total = x * 0.0
    for _ in range(n):
        a = x + total
        b = 1.0 / (1.0 + a * a)
        for j in range(3):
            c = b * (j + 1.0) + x
            total = total + np.sin(c) * b
    return np.sum(total * total)


VECTOR = np.linspace(0.1, 1.3, 7)
CASES = ((cell, (np.outer(VECTOR, VECTOR) / 3.0, np.outer(VECTOR[:4], VECTOR))), (bodies, (VECTOR, VECTOR[::-1])),
         (overwritten, (VECTOR, 0.7)), (branching, (VECTOR, 6)), (nested, (VECTOR, 3)))


@pytest.mark.parametrize(("f", "args"), CASES, ids=lambda c: getattr(c, "__name__", ""))
def test_the_gradient_is_the_same_to_the_last_bit(f: Callable[..., Any], args: tuple[Any, ...]) -> None:
    again = ad_compiler.grad(f, on_unsupported="error", recompute=True)
    plain = ad_compiler.grad(f, on_unsupported="error")
    np.testing.assert_array_equal(again(*args), plain(*args))
    np.testing.assert_allclose(again(*args), ad_compiler.grad(f, mode="slow")(*args), rtol=1e-12)
    step = 1e-6 * np.cos(np.arange(args[0].size)).reshape(args[0].shape)
    expected = (f(args[0] + step, *args[1:]) - f(args[0] - step, *args[1:])) / 2.0
    np.testing.assert_allclose(np.sum(again(*args) * step), expected, rtol=1e-6)


@pytest.mark.parametrize("f", [cell, bodies])
def test_less_is_recorded(f: Callable[..., Any]) -> None:
    args = dict(CASES)[f]
    again = ad_compiler.grad(f, on_unsupported="error", recompute=True)
    plain = ad_compiler.grad(f, on_unsupported="error")
    again(*args)
    plain(*args)
    assert again.report().recorded_bytes < 0.7 * plain.report().recorded_bytes
    assert again.source.count(".append(") < plain.source.count(".append(")


def test_a_pullback_with_recomputed_values() -> None:
    args = CASES[0][1]
    _, pull = ad_compiler.vjp(cell, *args, recompute=True)
    expected = ad_compiler.grad(cell, argnums=(0, 1))(*args)
    for _ in range(2):
        for found, wanted in zip(pull(1.0), expected, strict=True):
            np.testing.assert_allclose(found, wanted, rtol=1e-13)


@pytest.mark.parametrize("seed", range(40))
def test_a_cut_is_the_cheapest(seed: int) -> None:
    rng = np.random.default_rng(seed)
    inner = "abcde"[:rng.integers(1, 6)]
    nodes = ("s", *inner, "t")
    edges = {(a, b): float(rng.integers(1, 9)) for a, b in itertools.permutations(nodes, 2)
             if b != "s" and a != "t" and rng.random() < 0.5 and (a, b) != ("s", "t")}
    cut = Cut("s", "t")
    for (a, b), capacity in edges.items():
        cut.edge(a, b, capacity)

    def cost(side: set[str]) -> float:
        return sum(c for (a, b), c in edges.items() if a not in side and b in side)

    every = [{"t", *chosen} for n in range(len(inner) + 1) for chosen in itertools.combinations(inner, n)]
    assert cost(cut.sink_side()) == min(map(cost, every))
