"""Which arguments are differentiated: by index, by name, in every way an argument can be given."""
from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad


def weighted(x, y, z=3.0, *, scale=2.0):
    return scale * (x**2 + 5.0 * y + x * z)


@pytest.mark.parametrize(("argnums", "expected"), [
    (0, 2.0 * (2.0 * 1.0 + 3.0)),
    (1, 10.0),
    (-1, 2.0),
    (-3, 10.0),
    ("x", 10.0),
    ("z", 2.0),
    ("scale", 14.0),
    ((0, 1), (10.0, 10.0)),
    (("y", 0, -1), (10.0, 10.0, 2.0)),
    ([0], (10.0,)),
    (np.int64(1), 10.0),
])
def test_argnums(argnums: Any, expected: Any) -> None:
    found = ad.grad(weighted, argnums=argnums)(1.0, 2.0)
    assert found == pytest.approx(expected)
    assert isinstance(found, tuple) == isinstance(expected, tuple)


def test_arguments_in_every_way() -> None:
    gradient = ad.grad(weighted, argnums="x")
    for found in (gradient(1.0, 2.0, 4.0), gradient(1.0, 2.0, z=4.0), gradient(y=2.0, x=1.0, z=4.0),
                  gradient(1.0, y=2.0, z=4.0, scale=2.0)):
        assert found == pytest.approx(12.0)


def test_any_number_of_arguments() -> None:
    def product(*factors, **powers):
        out = 1.0
        for factor in factors:
            out = out * factor
        return out ** powers["p"]

    assert ad.grad(product, argnums=1)(2.0, 3.0, 4.0, p=2.0) == pytest.approx(2 * 24.0 * 8.0)
    assert ad.grad(product, argnums=(0, "p"))(2.0, 3.0, p=1.0) == pytest.approx((3.0, 6.0 * np.log(6.0)))
    with pytest.raises(TypeError, match=r"`factors\[2\]`, which this call does not give"):
        ad.grad(product, argnums=2)(2.0, 3.0, p=1.0)
    with pytest.raises(ValueError, match="any number of arguments"):
        ad.grad(product, argnums=-1)


def test_positional_only_and_partial() -> None:
    def f(a, b, /, c):
        return a * b + c * c

    assert ad.grad(f, argnums=(1, "c"))(2.0, 3.0, c=4.0) == (2.0, 8.0)
    assert ad.grad(functools.partial(f, 2.0))(3.0, 4.0) == 2.0
    assert ad.grad(functools.partial(f, 2.0, c=4.0), argnums="c")(3.0) == 8.0
    assert ad.grad(functools.partial(functools.partial(f, 2.0), 3.0))(5.0) == 10.0


@pytest.mark.parametrize(("argnums", "error", "message"), [
    (3, ValueError, "argnums=3: `weighted` has 3 positional arguments"),
    (-4, ValueError, "argnums=-4"),
    ("q", ValueError, "`weighted` has no argument of this name, only `x`, `y`, `z`, `scale`"),
    ((), ValueError, "argnums is empty"),
    ((0, "x"), ValueError, "names an argument twice"),
    (1.0, TypeError, "an index, a name, or a tuple of them, not 1.0"),
    (True, TypeError, "not True"),
])
def test_argnums_that_are_wrong(argnums: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        ad.grad(weighted, argnums=argnums)


@pytest.mark.parametrize(("args", "kwargs"), [
    ((), {}), ((1.0,), {}), ((1.0, 2.0, 3.0, 4.0), {}), ((1.0, 2.0), {"x": 1.0}), ((1.0, 2.0), {"w": 1.0}),
])
def test_wrong_arguments_raise_what_the_function_raises(args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    with pytest.raises(TypeError) as own:
        weighted(*args, **kwargs)
    with pytest.raises(TypeError) as ours:
        ad.grad(weighted)(*args, **kwargs)
    assert str(ours.value) == str(own.value)


@pytest.mark.parametrize("argument", [3, True, np.int32(3), np.arange(3), np.array([True]), [1, 2], {"n": 1}])
def test_integers_have_no_derivative(argument: Any) -> None:
    with pytest.raises(TypeError, match=r"argument `x` .* convert to float"):
        ad.grad(lambda x: 1.0)(argument)


@pytest.mark.parametrize("argument", ["text", None, [], {"name": "n"}])
def test_arguments_without_numbers(argument: Any) -> None:
    with pytest.raises(TypeError, match="argument `x` holds no floating-point number"):
        ad.grad(lambda x: 1.0)(argument)
