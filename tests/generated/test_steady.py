"""The cotangent of a sum goes through a loop unchanged, and is carried where it does not."""
from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tests.generated.judging import agree, compiled

POINTS = np.array([1.0, -2.0, 0.5]), np.array([0.3, 0.4, -0.9])


def nested_sum(x):
    s = 0.0
    for i in range(len(x)):
        for j in range(3):
            s += x[i] ** 2 * j
            if s > 30.0:
                break
        s = s - x[i]
    return s * s


def added_on_some_paths(x):
    s, p, i = 0.0, 1.0, 0
    while i < len(x):
        if x[i] > 0:
            s += x[i] * p
        else:
            s -= x[i] ** 3
            if s < -50.0:
                break
        p = p * x[i]
        i += 1
    return s * p


def left_by_return(x):
    s = 0.0
    for i in range(len(x)):
        s = s + x[i] * x[i]
        if s > 3.0:
            return s * x[0]
    return s


def weight_that_the_loop_changes(x):
    """The cotangent of `s` is the last weight, and the loop's adjoint sees the one of each iteration."""
    weight, s = 2.0, 0.0
    for i in range(len(x)):
        weight = weight * 0.9 + x[i]
        s += x[i] ** 2
    return s * weight


def count_that_the_loop_changes(x):
    """The cotangent of `s` is a quotient by the last count, and `t / count` would be by that of an iteration."""
    count, s = 0.0, 0.0
    for i in range(len(x)):
        s += x[i] ** 2 * x[0]
        count += 1.0
    return s / count


def part_that_the_loop_changes(x):
    y, s = x.copy(), 0.0
    for i in range(len(x)):
        s += x[i] ** 2 * x[0]
        y[0] = y[0] + 1.0
    return s * y[0] / y[0] ** 3


def weight_of_a_later_loop(x):
    total = 0.0
    for k in range(2):
        weight, s = 1.0 + k, 0.0
        for i in range(len(x)):
            s += x[i] ** 2 * k
        for i in range(len(x)):
            weight = weight * x[i]
        for i in range(len(x)):
            s -= np.sin(x[i])
        total += s * weight
    return total


def kept_on_the_way(x):
    s, best = 0.0, 0.0
    for i in range(len(x)):
        s += x[i] ** 2
        if i == 1:
            best = s
        for j in range(i):
            s += x[j]
    return s * best


def exchanged(x):
    s, t = 0.0, 0.0
    for i in range(len(x)):
        s += x[i]
        t -= x[i] ** 2
        s, t = t, s
    return s * s + 3 * t


def doubled(x):
    s = x[0]
    for i in range(len(x)):
        s = s + s * 0.5 + x[i]
        s = x[i] ** 2 + s
    return s ** 2


def counted_twice(x):
    s = x[0]
    for _ in range(3):
        s = s + s
        s += x[1] * x[2]
    return s ** 2


@pytest.mark.parametrize("x", POINTS, ids=("far", "near"))
@pytest.mark.parametrize("f", [nested_sum, added_on_some_paths])
def test_sums_carry_no_cotangent(f: Callable[..., object], x: np.ndarray) -> None:
    reverse = agree(f, x).partition("# --- reverse ---")[2]
    carried = [line for line in reverse.splitlines() if line.startswith("        ") and "s_bar =" in line]
    assert carried == []


@pytest.mark.parametrize("x", POINTS, ids=("far", "near"))
@pytest.mark.parametrize("f", [weight_that_the_loop_changes, count_that_the_loop_changes,
                               part_that_the_loop_changes, weight_of_a_later_loop, kept_on_the_way, exchanged,
                               left_by_return, doubled, counted_twice])
def test_what_is_no_plain_sum_is_right(f: Callable[..., object], x: np.ndarray) -> None:
    agree(f, x)


def test_sums_in_single_precision() -> None:
    """A cotangent that is rounded on the way is not the same; the sweep is emitted without the short cut."""
    def f(x):
        s = np.float32(0.0)
        for i in range(len(x)):
            s = s + np.float32(x[i] ** 2)
        return s * 2.0

    x = np.array([0.5, 2.0, -1.0])
    np.testing.assert_array_equal(compiled(f, x)[0][0], 4.0 * x)
