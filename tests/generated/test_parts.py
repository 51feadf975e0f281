"""What is still in memory when the reverse sweep begins is not recorded; what may have been overwritten is."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.generated.judging import agree, records

X = np.linspace(0.3, 1.1, 6)
A = np.linspace(0.2, 0.9, 25).reshape(5, 5) + 3.0 * np.eye(5)


# --- still there --------------------------------------------------------------------------------------------------
def forwards(x):
    y = x.copy()
    for i in range(1, len(y)):
        y[i] = np.sin(y[i]) * y[i - 1] ** 2
    return np.sum(y)


def backwards(x):
    y = np.zeros_like(x)
    y[-1] = x[-1]
    for i in range(len(x) - 2, -1, -1):
        y[i] = y[i + 1] * y[i + 1] + x[i]
    return np.sum(y)


def triangular(a):
    low = np.tril(a)
    for j in range(a.shape[0]):
        low[j, j] = np.sqrt(low[j, j] - np.dot(low[j, :j], low[j, :j]))
        low[j + 1:, j] = (low[j + 1:, j] - low[j + 1:, :j] @ low[j, :j]) / low[j, j]
    return np.sum(low * low * low)


def nested(x):
    n = len(x)
    table = np.zeros((n, n))
    for i in range(n):
        table[i, i] = x[i]
    for length in range(1, n):
        for i in range(n - length):
            table[i, i + length] = 1.0
    return np.sum(table * table)


def halves(x):
    y = x.copy()
    z = np.sum(y[:3] ** 3)
    y[3:] = 0.5
    return z + np.sum(y * x)


def in_steps_of_two(x):
    y = x.copy()
    for i in range(2, len(y), 2):
        y[i] = y[i - 1] * y[i - 2] ** 2
    return np.sum(y)


# --- overwritten --------------------------------------------------------------------------------------------------
def around_the_end(x):
    y = x.copy()
    for i in range(len(y)):
        y[i] = y[i] * y[i - 1]  # y[-1] is written last
    return np.sum(y)


def read_ahead(x):
    y = x.copy()
    for i in range(len(y) - 1):
        y[i] = y[i + 1] * y[i + 1]
    return np.sum(y)


def in_time(x):
    y = x.copy()
    for _ in range(3):
        for i in range(1, len(y)):
            y[i] = y[i] * y[i - 1]
    return np.sum(y)


def while_it_lasts(x):
    y = x.copy()
    i = 1
    while i < len(y):
        y[i] = y[i] * y[i - 1]
        i = i + 1
    return np.sum(y)


def against_the_step(x):
    y = x.copy()
    for i in range(0, len(y) - 3):
        y[i + 1] = y[i + 3] * y[i + 2] * y[i + 2]
    return np.sum(y)


def by_a_number(x, k=1):
    y = x.copy()
    for i in range(1, len(y)):
        y[i] = y[i - k] * y[i - k] * y[i]
    return np.sum(y)


def view_of_a_view(x):
    y = x.copy()
    tail = y[1:]
    z = 0.0
    for i in range(len(tail) - 1):
        z = z + tail[i] * y[i] ** 2
        y[i + 1] = z
    return z + np.sum(y)


def swapped(x):
    a = x.copy()
    b = x * 2.0
    for i in range(1, len(x)):
        a[i] = b[i] * a[i - 1] * a[i - 1]
        a, b = b, a
    return np.sum(a * b)


def every_other(x):
    y = x.copy()
    z = np.sum(y[::2] ** 2)
    y[2::2] = x[2::2] * 3.0
    return z + np.sum(y)


STILL_THERE = [(forwards, (X,), 3), (backwards, (X,), 0), (triangular, (A,), 0), (nested, (X,), 0), (halves, (X,), 0),
               (in_steps_of_two, (X,), 1)]
OVERWRITTEN = [(around_the_end, (X,)), (read_ahead, (X,)), (in_time, (X,)), (while_it_lasts, (X,)),
               (against_the_step, (X,)), (by_a_number, (X,)), (view_of_a_view, (X,)), (swapped, (X,)),
               (every_other, (X,))]


@pytest.mark.parametrize(("f", "args", "most"), STILL_THERE, ids=lambda v: getattr(v, "__name__", ""))
def test_what_is_still_there_is_read_again(f: Callable[..., Any], args: tuple[Any, ...], most: int) -> None:
    fast = agree(f, *args)
    coarse = agree(f, *args, compare_parts=False)
    assert records(fast) <= most
    assert f in (nested, halves) or records(coarse) > records(fast)


@pytest.mark.parametrize(("f", "args"), OVERWRITTEN, ids=lambda v: getattr(v, "__name__", ""))
def test_what_is_overwritten_is_recorded(f: Callable[..., Any], args: tuple[Any, ...]) -> None:
    assert records(agree(f, *args)) > 0


# --- the same in every iteration ------------------------------------------------------------------------------------
def mask_of_what_changes(x):
    y = x.copy()
    for i in range(1, len(x)):
        y[y < 0.5 + 0.01 * i] = 1.0
        y *= x
    return y @ y


def mask_of_what_stays(x):
    total = np.zeros(len(x))
    for i in range(1, 4):
        leak = np.exp(-x)
        total = leak * total + (1.0 - leak) * x * i
    return np.sum(total)


def never_entered(x, n=0):
    total = np.sum(x)
    for _ in range(n):
        total = total * (1.0 / n) * np.sum(x)
    return total


def test_what_is_the_same_in_every_iteration_is_computed_once() -> None:
    text = agree(mask_of_what_stays, X)
    assert records(text) == 1  # `total`
    assert records(agree(mask_of_what_changes, X)) > 0
    agree(never_entered, X)


# --- by number ------------------------------------------------------------------------------------------------------
def down(x):
    y = 1.0
    for i in range(len(x) - 1, -1, -1):
        y = np.sin(y * x[i])
    return y


def from_three(x):
    y = 1.0
    for i in range(3, len(x)):
        y = np.sin(y * x[i] * x[i - 3])
    return y


def in_twos(x):
    y = 1.0
    for i in range(0, len(x), 2):
        y = np.sin(y * x[i])
    return y


def left_early(x):
    y = 1.0
    for i in range(1, len(x)):
        y = np.sin(y * x[i])
        if y < 0.5:
            break
        y = y * x[i]
    return y


def loop_in_a_loop(x):
    y = 1.0
    for i in range(3):
        for j in range(i, len(x)):
            y = np.sin(y + x[j])
        y = y * y
    return y


@pytest.mark.parametrize("f", [down, from_three, in_twos, left_early, loop_in_a_loop])
def test_records_are_read_by_number(f: Callable[..., Any]) -> None:
    text = agree(f, X)
    assert (".pop()" in text) == (f in (in_twos, loop_in_a_loop))
