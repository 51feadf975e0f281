"""Functions that call themselves as far as values decide: what a user asks of their derivatives."""
from __future__ import annotations

import pickle
import runpy

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler.errors import TapeFallback, UnsupportedError
from ad_compiler.interface.batched import LoopFallback


def cube_root(c, x=1.5):
    step = (x ** 3 - c) / (3 * x ** 2)
    return x - step if abs(step) < 1e-12 else cube_root(c, x - step)


def shrunk(v):
    if np.sum(v * v) < 1e-2:
        return v
    return shrunk(0.5 * v * np.cos(v)) + v


def grown(v):
    """What it returns may be its argument itself."""
    return v if np.sum(v) > 3 else grown(v + 0.4 * v * v)


def written_afterwards(x):
    a = grown(x)
    a[0] = 2.0
    return np.sum(a * x)


def endless(x):
    return endless(x * 0.5) + 1.0 if x > 0 else endless(x + 1.0)


def test_the_derivative_is_compiled_saved_and_pickled(tmp_path) -> None:
    g = ad.grad(cube_root)
    expected = 1 / (3 * 2.3 ** (2 / 3))
    assert abs(g(2.3) - expected) < 1e-10
    report = g.report()
    assert (report.backend, report.fallbacks) == ("numpy", ())
    assert g.source.count("def ") == 3  # the two sweeps, and what calls them
    g.save(tmp_path / "saved.py")
    assert abs(runpy.run_path(str(tmp_path / "saved.py"))["cube_root_grad"](2.3) - expected) < 1e-10
    assert abs(pickle.loads(pickle.dumps(g))(2.3) - expected) < 1e-10


def test_other_transforms_take_it() -> None:
    x = np.array([1.3, 0.8, 0.3])
    np.testing.assert_allclose(ad.jacfwd(shrunk)(x), ad.jacrev(shrunk)(x), rtol=1e-12)
    c = np.array([2.3, 5.0, 8.0])
    with pytest.warns(LoopFallback, match="calls itself"):
        found = ad.vmap(ad.grad(cube_root))(c)
    np.testing.assert_allclose(found, 1 / (3 * c ** (2 / 3)), rtol=1e-9)
    second = ad.grad(ad.grad(cube_root))(2.3)
    assert abs(second + 2 / 9 * 2.3 ** (-5 / 3)) < 1e-6


def test_a_result_that_may_be_the_argument_is_not_written_behind_the_back_of_either() -> None:
    x = np.array([0.9, 1.2, 1.1])
    with pytest.raises(UnsupportedError, match="AD142"):
        ad.grad(written_afterwards, on_unsupported="error")(x.copy())
    with pytest.warns(TapeFallback):
        found = ad.grad(written_afterwards)(x.copy())
    np.testing.assert_allclose(found, [0.0, *(2 * x[1:])], rtol=1e-12)  # it is the argument here


def test_a_recursion_without_an_end_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="AD140"):
        ad.grad(endless, on_unsupported="error")(0.5)
