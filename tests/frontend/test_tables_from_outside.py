"""Lists, tuples and dicts outside the function, read at places known when compiling: never on the tape."""
from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

import ad_compiler as ad
from tests.differences import five_point_slope

KNOTS = [0.1, 0.2, 0.3, 0.5]
HEIGHTS = (1.0, 4.0, 2.0, 7.0)
FACTORS = {(True, False): 0.5, (False, False): 3.0}
OPTIONS = {(1, "heating"): {"power": 0.7, "kind": "viscosity"}, (2, "heating"): {"power": 0.4, "kind": "other"}}


def scaled(x: float, power: float, kind: str = "viscosity") -> float:
    return x ** power if kind == "viscosity" else power * x


def a_pair_as_key(x, fluid=True):
    return FACTORS[fluid, False] * x * x


def options_under_a_pair(x, passes=1):
    options = OPTIONS[(passes, "heating")]
    return scaled(x, **options) + x * x


def segment_found_by_its_neighbours(x):
    for i in range(len(KNOTS)):  # the last turn reads beyond the end, if it comes to that
        low, high = KNOTS[i], KNOTS[i + 1]
        if low <= x <= high:
            below, above = HEIGHTS[i], HEIGHTS[i + 1]
            return below + (above - below) * math.sin((x - low) / (high - low))
    return 0.0


def segment_with_a_branch_that_ends_early(x):
    for i in range(len(KNOTS)):
        low, high = KNOTS[i], KNOTS[i + 1]
        if low <= x <= high:
            if x > 0.45:
                left = 1.0
            else:
                left = math.exp(x * HEIGHTS[i])
            return left * (x - low) / (high - low)
    raise ValueError("no segment")


def one_path_reads_beyond(x):
    if x > 0.9:
        return KNOTS[7] * x
    return KNOTS[2] * x * x


PROGRAMS: list[Callable[..., Any]] = [a_pair_as_key, options_under_a_pair, segment_found_by_its_neighbours,
                                      segment_with_a_branch_that_ends_early, one_path_reads_beyond]


@pytest.mark.parametrize("at", [0.13, 0.27, 0.42])
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda f: f.__name__)
def test_gradients(program: Callable[..., Any], at: float) -> None:
    value, gradient = ad.value_and_grad(program, on_unsupported="error")(at)
    assert value == program(at)
    slope = five_point_slope(program, at)
    assert gradient == pytest.approx(slope, rel=1e-8)
    assert ad.jvp(program, (at,), (1.0,))[1] == pytest.approx(slope, rel=1e-8)


@pytest.mark.parametrize("program", PROGRAMS[2:], ids=lambda f: f.__name__)
def test_the_path_that_reads_beyond_raises_as_python_does(program: Callable[..., Any]) -> None:
    gradient = ad.grad(program, on_unsupported="error")
    gradient(0.13)
    with pytest.raises(IndexError):
        program(0.95)
    with pytest.raises(IndexError):
        gradient(0.95)


def test_a_table_is_read_anew_at_each_call(monkeypatch: pytest.MonkeyPatch) -> None:
    gradient = ad.grad(a_pair_as_key)
    assert gradient(2.0) == 2.0
    monkeypatch.setitem(FACTORS, (True, False), 1.5)
    assert gradient(2.0) == 6.0
