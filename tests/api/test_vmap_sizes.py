"""`vmap` of branches that give arrays of sizes which may differ between examples."""
from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad

X = np.array([0.31, 0.72, 1.23, 0.54])
BATCH = np.array([X, X * 1.01, X[::-1]])


def fewer(x):
    y = x[:2] if x[0] > 0.5 else x[:1]
    return np.sum(y)


def longer(x):
    y = np.concatenate([x, x[:1]]) if x[0] > 0.5 else x * 2.0
    return np.sum(y ** 2)


def gathered(x):
    places = np.array([], dtype=int)
    for k in range(4):
        if x[k] > 0.6:
            places = np.append(places, k)
    return np.sum(x[places] ** 2)


def shifted(x):
    return np.sum(x[1:3] if x[0] > 0.5 else x[2:4]) * math.hypot(*x)


def by_loop(f: Callable[[Any], Any]) -> np.ndarray:
    return np.array([f(x) for x in BATCH])


@pytest.mark.parametrize("program", [fewer, longer, gathered], ids=lambda f: f.__name__)
def test_sizes_that_may_differ_are_refused(program: Callable[[Any], Any]) -> None:
    with pytest.raises(ad.errors.CompileError, match=r"AD152: cannot be batched: the size of `.*` may differ"):
        ad.vmap(program, on_unsupported="error")(BATCH)
    with pytest.warns(ad.LoopFallback):
        value, gradient = ad.vmap(ad.value_and_grad(program))(BATCH)
    np.testing.assert_allclose(value, by_loop(program))
    np.testing.assert_allclose(gradient, by_loop(ad.grad(program)))


def test_arms_of_one_size_are_batched() -> None:
    value, gradient = ad.vmap(ad.value_and_grad(shifted), on_unsupported="error")(BATCH)
    np.testing.assert_allclose(value, by_loop(shifted))
    np.testing.assert_allclose(gradient, by_loop(ad.grad(shifted)))
