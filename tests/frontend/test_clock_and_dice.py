"""Python's `random` and the clock inside differentiated functions."""
from __future__ import annotations

import random
import time

import numpy as np
import pytest

import ad_compiler as ad
from tests.differences import central_differences

X = np.array([0.3, 0.7, 1.2, 0.5])


def walk(x):
    random.seed(5)
    s = 0.0
    for _ in range(4):
        s += random.gauss(x[0], x[1]) * random.uniform(-x[2], 1.0) + random.expovariate(x[3])
        s += random.normalvariate(sigma=x[1]) * random.lognormvariate(0.1, x[0])
    items = list(x)
    random.shuffle(items)
    return s * items[0] * random.choice(items) + random.randint(1, 6) * x[0] + random.random() * random.gauss(0.0, 1.0)


def timed(x):
    begun = time.perf_counter()
    s = np.sum(x ** 2)
    assert time.perf_counter() - begun >= 0.0
    return s * (time.time() > 0)


def test_draws_are_those_of_python_and_carry_location_and_scale() -> None:
    g = ad.value_and_grad(walk, on_unsupported="error")
    for _ in range(2):
        value, gradient = g(X)
        assert value == walk(X)
    np.testing.assert_allclose(gradient, central_differences(walk, X), rtol=1e-6)
    dot = ad.jvp(walk, (X,), (np.array([1.0, -2.0, 0.5, 3.0]),))[1]
    np.testing.assert_allclose(dot, gradient @ [1.0, -2.0, 0.5, 3.0], rtol=1e-12)
    assert "import random\n" in g.source and "random.gauss(0.0, 1.0)" in g.source


def test_a_draw_is_made_where_the_program_makes_it() -> None:
    """Not moved out of a loop, not shared by two that look the same, not made again in the reverse sweep."""
    def f(x):
        return sum(random.random() * v * v for v in x) + random.random() * x[0] - random.random() * x[1]

    random.seed(1)
    value, gradient = ad.value_and_grad(f, on_unsupported="error")(X)
    left = random.random()
    random.seed(1)
    assert value == f(X) and left == random.random()
    random.seed(1)
    draws = [random.random() for _ in range(6)]
    expected = 2 * X * draws[:4] + np.array([draws[4], -draws[5], 0.0, 0.0])
    np.testing.assert_allclose(gradient, expected, rtol=1e-15)


def test_the_clock_is_read_where_the_program_reads_it() -> None:
    g = ad.value_and_grad(timed, on_unsupported="error")
    value, gradient = g(X)
    assert value == timed(X)
    np.testing.assert_array_equal(gradient, 2 * X)
    assert g.source.count("time.perf_counter()") == 2


def test_draws_of_python_are_not_made_again() -> None:
    def drawn(x):
        return random.gauss(x[0], x[1]) * x[2]

    def twice(x):
        return ad.checkpoint(drawn)(x)

    with pytest.raises(ad.errors.CompileError, match="AD177: the checkpointed code draws random numbers"):
        ad.grad(twice, on_unsupported="error")(X)
    g = ad.value_and_grad(walk, backend="native")
    assert g(X)[0] == walk(X)
