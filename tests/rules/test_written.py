"""Functions written out in Python: each is listed among the tested calls; degenerate input gives what is documented."""
from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib import import_module
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler.rules import coverage, written
from tests.rules.test_calls import HERE


def names() -> list[Any]:
    found = []
    for family in (*written.FAMILIES, *written.ON_DEMAND):
        module = written.ON_DEMAND.get(family, "numpy")
        if module.startswith("scipy"):
            pytest.importorskip("scipy")
            import_module(module)
        for function in import_module(f"ad_compiler.rules.written.{family}").DEFINITIONS:
            found.append(pytest.param(function, id=f"{family}-{coverage.named(function)}"))
    return found


TEXT = "\n".join(path.read_text() for path in sorted(HERE.glob("*.txt")))


@pytest.mark.parametrize("function", names())
def test_definition_is_among_the_tested_calls(function: Any) -> None:
    name = coverage.named(function).rpartition(".")[2].removesuffix("_gen")
    assert re.search(rf"\b{re.escape(name)}\b", TEXT), f"add a call of {name} to tests/rules/calls"


def test_the_row_serves_what_it_covers() -> None:
    assert written.definition(np.pad, (np.ones(3), 1), {}) is None
    assert written.definition(np.pad, (np.ones(3), 1), {"mode": "mean"}) is not None
    assert written.definition(np.pad, (np.ones(3), 1), {"constant_values": 2.0}, active=lambda v: v == 2.0) is not None
    assert written.definition(np.sin, (1.0,), {}) is None


def inverse_where_not_zero(x: Any) -> Any:
    return np.sum(np.divide(1.0, x, out=np.zeros_like(x), where=x != 0))


def root_or_square(x: Any) -> Any:
    return np.sum(np.piecewise(x, [x > 0], [lambda t: np.sqrt(t), lambda t: t**2]))


def halves(x: Any) -> Any:
    first, second = np.split(x, 2)
    return np.sum(first * second)


def padded(x: Any) -> Any:
    return np.sum(np.pad(x, 0, mode="mean") ** 2)


def spread(x: Any) -> Any:
    return np.var(x, mean=np.mean(x))


@pytest.mark.parametrize(("function", "x", "expected"), [
    (inverse_where_not_zero, [2.0, 0.0], [-0.25, 0.0]),
    (root_or_square, [4.0, 0.0, -1.0], [0.25, 0.0, -2.0]),
    (halves, [], []),
    (halves, [2.0, 3.0], [3.0, 2.0]),
    (padded, [3.0], [6.0]),
    (spread, [1.0, 1.0], [0.0, 0.0]),
])
def test_degenerate(function: Any, x: list[float], expected: list[float]) -> None:
    with np.errstate(all="raise"):
        np.testing.assert_allclose(ad.grad(function, on_unsupported="error")(np.array(x)), expected)


def draws(mean: Any, rng: Any) -> Any:
    return np.sum(rng.normal(mean, 2.0, 3) * np.array([1.0, 2.0, 3.0]))


def shuffled(x: Any, rng: Any) -> Any:
    y = x * x
    rng.shuffle(y)
    return np.sum(y * np.arange(3.0))


def test_draws_are_those_of_the_generator() -> None:
    value, slope = ad.value_and_grad(draws)(0.5, np.random.default_rng(3))
    assert np.isclose(value, draws(0.5, np.random.default_rng(3))) and slope == 6.0


def test_a_shuffle_moves_cotangents_back() -> None:
    x = np.array([1.0, 2.0, 3.0])
    order = np.random.default_rng(3).permutation(3)
    expected = np.zeros(3)
    expected[order] = 2 * x[order] * np.arange(3.0)
    np.testing.assert_allclose(ad.grad(shuffled)(x, np.random.default_rng(3)), expected)


def test_a_bound_holds_a_minimum() -> None:
    """`min (q - v)^2` over a box is the nearest point of the box."""
    optimize = pytest.importorskip("scipy.optimize")
    v, weights = np.array([0.8, -1.3, 2.1, 0.37, -0.4]), np.arange(1.0, 6.0)

    def boxed(v: Any, low: Any, high: Any) -> Any:
        start, bounds = np.zeros(5), [(low, high)] * 4 + [(None, high)]
        return np.sum(weights * optimize.minimize(lambda q: np.sum((q - v) ** 2), start, bounds=bounds).x)

    def nearest(v: Any, low: Any, high: Any) -> Any:
        return np.sum(weights * np.minimum(np.maximum(v, np.array([low, low, low, low, -9.0])), high))

    got = ad.grad(boxed, argnums=(0, 1, 2), on_unsupported="error")(v, -0.9, 1.1)
    for one, two in zip(got, ad.grad(nearest, argnums=(0, 1, 2))(v, -0.9, 1.1), strict=True):
        np.testing.assert_allclose(one, two, atol=1e-9)


def test_a_minimum_on_the_bound_raises() -> None:
    optimize = pytest.importorskip("scipy.optimize")

    def where(a: Any) -> Any:
        return optimize.minimize_scalar(lambda q: (q - a) ** 2, bounds=(0, 1), method="bounded").x

    with pytest.raises(RuntimeError, match="bound"):
        ad.grad(where)(3.0)


def test_sparse_products_need_scipy_sparse_only(tmp_path: Any) -> None:
    """`scipy.sparse` does not load `scipy.sparse.linalg`, and a program may not either."""
    pytest.importorskip("scipy")
    path = tmp_path / "only_sparse.py"
    path.write_text("import numpy as np\nimport scipy.sparse as sps\n\nimport ad_compiler as ad\n\n\n"
                    "def f(v):\n    A = sps.csr_matrix((v, ([0, 1], [1, 0])), shape=(2, 2))\n"
                    "    return np.sum(A @ v)\n\n\n"
                    "print(ad.grad(f, on_unsupported='error')(np.array([2.0, 3.0])))\n")
    run = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, check=False,
                         env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "AD_COMPILER_CACHE": "off"})
    assert run.stdout == "[6. 4.]\n", run.stderr
