"""Errors that a program raises: where it does not raise, what follows is as in Python; where it does, so do we."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from tests.differences import five_point_slope


def raise_inside_two_branches(x):
    t = x
    if x > 0:
        if x > 100:
            raise ValueError("large")
        t = x * x
    return t * 2


def raise_in_the_other_branch(x):
    t = x
    if x > -100:
        if x < 50:
            t = x * x
        else:
            raise ValueError(f"large: {x}")
        t = t * x
    return t * 2


def else_raises_after_a_chain(x):
    if x < 0:
        t = -x * x
    elif x < 1:
        t = x ** 3
    elif x < 10:
        t = 2 * x
    else:
        raise ValueError("large")
    return t * x


def raise_in_a_loop(x):
    t = x
    for _ in range(3):
        if x > 0:
            if x > 100:
                message = f"large: {t}"
                raise ValueError(message)
            t = t * x
        t += x
    return t * 2


def raise_in_a_helper(x):
    def checked(v):
        if v > -50:
            if v > 100:
                raise ValueError("large")
            w = v * v
        else:
            w = v
        return w * 3

    return checked(x) * x


def raise_under_a_context(x):
    t = x
    if x > -50:
        with np.errstate(all="ignore"):
            if x > 100:
                raise ValueError("large")
            t = x * x
    return t * x


PROGRAMS: list[Callable[[float], Any]] = [
    f for f in list(globals().values()) if callable(f) and getattr(f, "__module__", "") == __name__]


@pytest.mark.parametrize("at", [1.5, 0.4, -0.7])
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda f: f.__name__)
def test_where_nothing_is_raised(program: Callable[[float], Any], at: float):
    slope = five_point_slope(program, at)
    value, gradient = ad.value_and_grad(program, on_unsupported="error")(at)
    assert value == pytest.approx(program(at), rel=1e-13)
    assert gradient == pytest.approx(slope, rel=1e-8, abs=1e-8)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda f: f.__name__)
def test_where_it_raises(program: Callable[[float], Any]):
    with pytest.raises(ValueError, match="large"):
        program(200.0)
    with pytest.raises(ValueError, match="large"):
        ad.grad(program, on_unsupported="error")(200.0)
