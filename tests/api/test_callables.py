"""Everything that can be called and differentiated, and what cannot."""
from __future__ import annotations

import functools
import linecache
import math
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad

from .importable import Model, cubic, decorated, decorated_with_arguments

X = np.array([1.0, 2.0])


def test_decorators_with_and_without_arguments() -> None:
    np.testing.assert_allclose(decorated(X), 2.0 * X)
    assert decorated_with_arguments(3.0) == (12.0, 12.0)
    assert decorated_with_arguments(3.0, y=1.0) == (3.0, 6.0)


def test_lambdas_on_one_line() -> None:
    square, cube = ad.grad(lambda x: x**2), ad.grad(lambda x: x**3)
    assert (square(3.0), cube(3.0)) == (6.0, 27.0)


def test_methods() -> None:
    model = Model(np.array([1.0, 10.0]))
    np.testing.assert_allclose(ad.grad(model.energy)(X), [2.0, 40.0])
    np.testing.assert_allclose(model.force(X), [2.0, 40.0])
    np.testing.assert_allclose(Model.force(model, X), [2.0, 40.0])
    np.testing.assert_allclose(ad.grad(model)(X), [3.0, 120.0])
    model.weight = np.array([2.0, 20.0])
    np.testing.assert_allclose(ad.grad(model.energy)(X), [4.0, 80.0])
    by_model = ad.grad(Model.energy)(model, X)
    assert isinstance(by_model, Model)
    np.testing.assert_allclose(by_model.weight, X**2)


def test_cached_and_wrapped_functions() -> None:
    @functools.lru_cache
    def cached(x):
        return x * x

    def doubling(f):
        @functools.wraps(f)
        def wrapper(*args, **kwargs):
            return 2.0 * f(*args, **kwargs)
        return wrapper

    @doubling
    def wrapped(x, y):
        return x * y

    assert ad.grad(cached)(3.0) == 6.0
    assert ad.grad(wrapped)(3.0, 5.0) == 10.0
    assert ad.grad(wrapped, argnums=1)(3.0, 5.0) == 6.0


@pytest.mark.parametrize(("function", "argument", "expected"), [
    (np.sin, 0.0, 1.0), (math.exp, 0.0, 1.0), (np.sum, X, np.ones(2)), (np.linalg.norm, X, X / np.sqrt(5.0)),
])
def test_functions_of_numpy_and_math(function: Any, argument: Any, expected: Any) -> None:
    np.testing.assert_allclose(ad.grad(function)(argument), expected)


def test_ufuncs_of_two_arguments() -> None:
    assert ad.grad(np.multiply, argnums=(0, 1))(3.0, 5.0) == (5.0, 3.0)


def test_what_is_no_function() -> None:
    with pytest.raises(TypeError, match="a function is needed, not the value 3"):
        ad.grad(3)
    with pytest.raises(TypeError, match="not the class 'Model'"):
        ad.grad(Model)


def test_no_source() -> None:
    """A function typed into a bare interpreter has no text."""
    namespace: dict[str, Any] = {}
    exec("def typed(x):\n    return x * x\n", namespace)
    with pytest.raises(ad.errors.SourceNotFound, match="the source of `typed` cannot be read"):
        ad.grad(namespace["typed"], on_unsupported="error")(3.0)
    on_tape = ad.grad(namespace["typed"])
    with pytest.warns(RuntimeWarning, match="`typed` runs on the tape"):
        assert on_tape(3.0) == 6.0
    assert on_tape(4.0) == 8.0
    report = on_tape.report()
    assert report.backend == "tape"
    assert "AD101" in report.fallbacks[0]


def test_a_notebook_cell() -> None:
    text = "def cell(x):\n    return x * x\n"
    linecache.cache["<cell 1>"] = (len(text), None, text.splitlines(keepends=True), "<cell 1>")
    namespace: dict[str, Any] = {}
    exec(compile(text, "<cell 1>", "exec"), namespace)
    assert ad.grad(namespace["cell"])(3.0) == 6.0


def test_inner_functions_and_closures() -> None:
    def make(power):
        def f(x):
            return np.sum(x**power)
        return ad.grad(f)

    np.testing.assert_allclose(make(2)(X), 2.0 * X)
    np.testing.assert_allclose(make(3)(X), 3.0 * X**2)
    np.testing.assert_allclose(make(2.5)(X), 2.5 * X**1.5)


def test_errors_of_the_program_come_through() -> None:
    @ad.grad
    def careful(x):
        if x < 0.0:
            raise ValueError("x is negative")
        return np.sqrt(x)

    assert careful(4.0) == 0.25
    with pytest.raises(ValueError, match="x is negative"):
        careful(-1.0)


def test_a_function_may_be_given_to_two_transforms() -> None:
    np.testing.assert_allclose(ad.value_and_grad(cubic)(X)[1], ad.grad(cubic)(X))


def test_a_staticmethod_below_a_transform() -> None:
    class Model:
        @ad.grad
        @staticmethod
        def slope(x):
            return np.sum(x**2)

    x = np.array([1.0, 2.0])
    np.testing.assert_array_equal(Model().slope(x), 2 * x)
    np.testing.assert_array_equal(Model.slope(x), 2 * x)
