"""Named tuples as results, and given to NumPy functions: their class is kept, in every mode."""
from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler.interface.differences import slope_along


class Pair(NamedTuple):
    a: Any
    b: Any


def written(t):
    y = t.a.copy()
    for i in range(1, y.shape[0]):
        y[i] = y[i] * y[i - 1] + t.b
    return Pair(y, y[-1] * t.b)


def loss(t):
    out = written(t)
    return np.sum(out.a**2) + out.b


T = Pair(np.array([0.5, 1.0, -0.7]), 0.8)
V = Pair(np.array([0.3, -0.2, 0.9]), 0.4)


@pytest.mark.parametrize("f", [written, ad.grad(loss)], ids=["program", "gradient"])
def test_results_in_written_memory_in_forward_mode(f):
    _, dot = ad.jvp(f, (T,), (V,), on_unsupported="error")
    assert type(dot) is Pair
    for part in ("a", "b"):
        expected, _ = slope_along(lambda t, part=part: getattr(f(t), part), (T,), (V,))
        np.testing.assert_allclose(getattr(dot, part), expected, rtol=1e-7)


def stacked(x):
    return np.stack(Pair(np.sin(x), x * x))


def of_written_memory(x):
    y = x.copy()
    p = Pair(y, x * 2.0)
    y[0] = x[1] * x[2]
    return np.concatenate(p)


def in_a_loop(x):
    y = x.copy()
    for i in range(3):
        y = np.sum(np.array(Pair(y, x * i)), axis=0) * 0.5
    return y


@pytest.mark.parametrize("f", [stacked, of_written_memory, in_a_loop])
@pytest.mark.parametrize("transform", [ad.jacfwd, ad.jacrev])
def test_given_to_numpy(f, transform):
    steps = 1e-6 * np.eye(3)
    expected = np.stack([(f(T.a + s) - f(T.a - s)) / 2e-6 for s in steps], axis=-1)
    np.testing.assert_allclose(transform(f, on_unsupported="error")(T.a), expected, rtol=1e-7, atol=1e-8)


def test_examples_keep_the_class():
    batch = Pair(np.stack([T.a, 2.0 * T.a]), np.array([0.8, -0.3]))
    for f in (written, ad.grad(loss)):
        found = ad.vmap(f, on_unsupported="error")(batch)
        assert type(found) is Pair
        for k in range(2):
            one = f(Pair(batch.a[k], batch.b[k]))
            np.testing.assert_allclose(found.a[k], one.a)
            np.testing.assert_allclose(found.b[k], one.b)


@pytest.mark.parametrize(("axes", "shapes"), [
    (1, ((3, 2), (3, 2))), (Pair(1, 0), ((3, 2), (2, 3))), ((-1, 0), ((3, 2), (2, 3))), (0, ((2, 3), (2, 3)))])
def test_axes_of_the_result(axes, shapes):
    found = ad.vmap(lambda x: Pair(np.sin(x), 2.0 * x), out_axes=axes)(np.ones((2, 3)))
    assert type(found) is Pair
    assert (found.a.shape, found.b.shape) == shapes


def test_they_stay_in_structures():
    found = ad.vmap(lambda x: {"k": (Pair(x, 1.0), x)})(np.arange(3.0))
    assert type(found["k"][0]) is Pair
    assert found["k"][0].b.tolist() == [1.0, 1.0, 1.0]
