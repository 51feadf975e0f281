"""Python's numbers on the tape: they raise what Python raises, and are what Python says they are."""
from __future__ import annotations

import cmath
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler import pipeline
from ad_compiler.errors import CompileError, Diagnostic, TapeFallback
from tests.differences import central_differences

RAISING: dict[str, Callable[[float], Any]] = {
    "divide": lambda x: 1.0 / (x - 0.5), "floor divide": lambda x: 1.0 // (x - 0.5) + x,
    "remainder": lambda x: x % (x - 0.5), "negative power": lambda x: (x - 0.5) ** -1,
    "large power": lambda x: (x + 100.0) ** 5000, "sqrt": lambda x: math.sqrt(x - 1), "log": lambda x: math.log(x - 1),
    "log of zero": lambda x: math.log(x - 0.5), "log with a base": lambda x: math.log(x + 1, x - 1),
    "acos": lambda x: math.acos(x + 1), "exp": lambda x: math.exp(2000 * x), "gamma": lambda x: math.gamma(x - 0.5),
    "pow": lambda x: math.pow(x - 1, 0.5), "fmod": lambda x: math.fmod(x, x - 0.5),
    "cmath.log": lambda x: cmath.log(x - 0.5), "through float": lambda x: 1.0 / float(np.float64(x) - 0.5),
    "through item": lambda x: 1.0 / np.array([x - 0.5]).item(), "through tolist": lambda x: 1.0 / np.array(
        [x - 0.5]).tolist()[0], "fsum of a generator": lambda x: 1.0 / math.fsum(x - 0.5 for _ in range(2))}


@pytest.fixture(autouse=True)
def on_tape(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every function is refused by the compiler."""
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise CompileError(Diagnostic("AD000", None, "refused by the test"))

    monkeypatch.setattr(pipeline, "_compile_reverse", refuse)


def both(f: Callable[[float], Any], x: float) -> tuple[Any, Any]:
    with pytest.warns(TapeFallback):
        return ad.value_and_grad(f)(x)


def slope(f: Callable[[float], Any], x: float) -> float:
    return float(central_differences(lambda v: f(float(v[0])), np.array([x]))[0])


@pytest.mark.parametrize("case", RAISING)
def test_what_python_raises_is_raised(case: str) -> None:
    operation = RAISING[case]

    def f(x: float) -> Any:
        try:
            return operation(x)
        except (ArithmeticError, ValueError):
            return x ** 3

    assert both(f, 0.5) == (0.125, 0.75)


def test_numpy_numbers_go_on_instead() -> None:
    def f(x: float) -> Any:
        y = np.float64(x)
        with np.errstate(all="ignore"):
            return x if np.isinf(1.0 / (y - 0.5)) and np.isnan(np.sqrt(y - 1)) else 3 * x

    assert both(f, 0.5) == (0.5, 1.0)


def test_a_negative_number_to_a_broken_power_is_complex() -> None:
    def f(x: float) -> Any:
        y = (x - 1.0) ** 1.5 + abs((-x) ** 0.3)
        return y.real + 2 * y.imag

    value, gradient = both(f, 0.4)
    assert value == pytest.approx(f(0.4), abs=1e-15)
    assert gradient == pytest.approx(slope(f, 0.4), abs=1e-8)


def test_a_number_is_what_python_says() -> None:
    seen: list[Any] = []

    def f(x: float) -> Any:
        y, z = x * 2 - 1 / x, np.sin(x)
        seen.append((type(y) is float, isinstance(y, np.floating), isinstance(z, np.floating), x > 0.3, y == x,
                     round(y), f"{y:.3f}"))
        y += z
        return math.hypot(y, x) + round(x * x, 1) + divmod(x, 0.4)[1]

    value, gradient = both(f, 0.7)
    assert value == pytest.approx(f(0.7), abs=1e-15) and seen[0] == seen[1]
    assert gradient == pytest.approx(slope(f, 0.7), abs=1e-7)


def test_results_have_the_types_of_the_program() -> None:
    def f(x: float) -> Any:
        return x * x, {"python": x * x, "numpy": np.sin(x)}

    with pytest.warns(TapeFallback):
        gradient, aux = ad.grad(f, has_aux=True)(0.7)
    assert type(aux["python"]) is float and type(aux["numpy"]) is np.float64
    assert gradient == pytest.approx(1.4)


def test_arrays_computed_from_a_number_are_arrays() -> None:
    def f(x: float) -> Any:
        r = x * np.hanning(5) + np.ones(5) / x - x ** np.arange(1.0, 6.0)
        r[1] = x
        return 0.7 * np.sum(0.5 * r * r) + (x < r).sum() * x + eval("0.0")

    value, gradient = both(f, 0.7)
    assert value == pytest.approx(f(0.7), abs=1e-14)
    assert gradient == pytest.approx(slope(f, 0.7), abs=1e-7)


def test_second_derivatives() -> None:
    def f(x: float) -> Any:
        try:
            return math.sqrt(-x)
        except ValueError:
            return x ** 3 / (1 + x) + math.sin(x)  # x**2 - x + 1 - 1 / (1 + x) + sin(x)

    with pytest.warns(TapeFallback):
        second = ad.grad(ad.grad(f))(0.7)
    assert second == pytest.approx(2 - 2 / 1.7 ** 3 - math.sin(0.7), abs=1e-12)


@dataclass(order=True, frozen=True)
class Ranked:
    weight: float
    number: float = field(compare=False, default=2.0)


def test_ordered_dataclasses_on_the_tape():
    def total(x):
        exec("pass")
        ranked = sorted(Ranked(v, k) for k, v in enumerate(x))
        return max(ranked).weight * ranked[0].weight * ranked[1].number

    with pytest.warns(ad.errors.TapeFallback):
        np.testing.assert_allclose(ad.grad(total)(np.array([1.0, 2.0, 3.0])), [3.0, 0.0, 1.0])
