"""`vmap` where an array is one of several, each example choosing its own, and written: under this or another name."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad

ROWS = np.array([[0.31, 0.72, 1.23, 0.54], [1.8, 0.72, 0.6, 0.54]])


class Part:
    def __init__(self, a, w):
        self.a, self.w = a, w


def chosen_is_written(x):
    a, b = x[:2] * 1.0, np.ones(2)
    c = min([a, b], key=lambda v: v[0])
    c *= x[1]
    return c[0] * c[1] + a.sum() + b.sum()


def what_was_chosen_is_written(x):
    a, b = x[:2] * 1.0, np.ones(2)
    c = a if x[0] < 1.0 else b
    a *= 3.0
    b += x[2]
    return c[0] * c[1] + a.sum()


def object_of_several(x):
    first = Part(x[:2] * 1.0, x[2])
    best = min([Part(x[:2] * 1.0, x[0]), first], key=lambda p: p.w)
    first.a += first.a.sum()
    return best.a[0] * first.a[1]


def in_a_loop(x):
    a, b, total = x * 1.0, np.ones_like(x), 0.0
    for k in range(3):
        c = a if a[k] < 1.0 else b
        c += x[k]
        total += b[k] * a[k]
    return total


def each_its_own(x):
    if x[0] < 1.0:
        c = x * 2.0
    else:
        c = x**2
    c[1:] *= x[0]
    return c.sum()


@pytest.mark.filterwarnings("ignore:.*one example after the other")
@pytest.mark.parametrize("program", [chosen_is_written, what_was_chosen_is_written, object_of_several, in_a_loop,
                                     each_its_own], ids=lambda f: f.__name__)
def test_same_as_one_by_one(program: Callable[[Any], Any]) -> None:
    for one in (program, ad.grad(program)):
        np.testing.assert_allclose(ad.vmap(one)(ROWS), [one(row.copy()) for row in ROWS], rtol=1e-13)


@pytest.mark.parametrize("program", [chosen_is_written, in_a_loop], ids=lambda f: f.__name__)
def test_shared_memory_is_not_batched(program: Callable[[Any], Any]) -> None:
    with pytest.raises(ad.errors.CompileError, match=r"AD152.*memory"):
        ad.vmap(program, on_unsupported="error")(ROWS)


def test_memory_of_its_own_is_batched() -> None:
    ad.vmap(ad.grad(each_its_own), on_unsupported="error")(ROWS)


def two_names(x):
    if x[0] > 0:
        a = np.sin(x)
        r = a
    else:
        a = np.cos(x)
        r = a
    r *= 1.5
    return np.sum(r * a)


def array_and_view(x):
    if x[0] > 0:
        a = np.linalg.inv(np.outer(x, x) + np.eye(3))
        r = a[0]
    else:
        a = np.linalg.inv(np.outer(x, x) + 2 * np.eye(3))
        r = a[1]
    r *= 1.5
    return np.sum(r * a)


@pytest.mark.parametrize("function", [two_names, array_and_view])
@pytest.mark.filterwarnings("ignore::ad_compiler.LoopFallback")
def test_two_names_that_a_branch_gives_one_array(function):
    batch = np.array([[1.3, -0.4, 2.2], [-1.3, 0.5, 0.3]])
    assert np.allclose(ad.vmap(function)(batch), [function(x) for x in batch])
    assert np.allclose(ad.vmap(ad.grad(function))(batch), [ad.grad(function)(x) for x in batch])
