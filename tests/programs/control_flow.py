"""Exits, nesting and all forms of assignment."""

import math

import numpy as np

from tests.programs.corpus import program


def first_above(x, threshold):
    for i, value in enumerate(x):
        if value > threshold:
            return value ** 2 + i * x[0]
    return x[0]


def early_return_in_loop(x):
    return first_above(x, 0.8) * first_above(x, 0.1) + first_above(x, 99.0)


program(early_return_in_loop, lambda r: (np.array([0.3, 0.05, 0.9, 1.4, 0.2]),), analytic=True,
        tags="early-return-in-loop enumerate")


def break_continue_else(x):
    total = 0.0
    for value in x:
        if value < 0:
            continue
        total += value ** 2
        if total > 3.0:
            break
    else:
        total *= 10.0
    for value in x:
        if value > 100:
            break
        total += 0.1 * value
    else:
        total = total * x[0]
    return total


program(break_continue_else, lambda r: (np.array([0.9, -1.0, 1.1, 1.3, -0.4, 2.0]),), analytic=True,
        tags="break continue for-else")


def nested_exits(A):
    found = 0.0
    for i in range(A.shape[0]):
        row_sum = 0.0
        for j in range(A.shape[1]):
            if A[i, j] < -1.5:
                break
            if j > i and A[i, j] < 0:
                continue
            row_sum += A[i, j] ** 2
            if row_sum > 4:
                return found + row_sum * A[0, 0]
        else:
            found += row_sum * A[i, 0]
            continue
        found -= row_sum
    return found


program(nested_exits, lambda r: (r.normal(size=(4, 4)),), analytic=True,
        tags="break continue early-return-in-loop for-else")


def while_with_everything(x):
    k = 0
    s = x
    while True:
        k += 1
        if k % 3 == 0:
            continue
        s = s * 1.2 + math.sin(k)
        if s > 6:
            break
        if k > 40:
            return -s
    else:
        s = 0.0
    while k > 0:
        k -= 2
        s -= 0.1 * s * x
    return s


program(while_with_everything, lambda r: (0.9,), analytic=True,
        tags="while-true break continue early-return scalar math")


def collatz_like(x):
    n = 7
    steps = 0
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        x = x * 0.9 + 0.01 * n
        if (steps := steps + 1) > 12:
            break
    return x ** 2


program(collatz_like, lambda r: (1.1,), analytic=True,
        tags="while walrus conditional-expression integer-state scalar")


def match_on_kind(x, kinds):
    y = x
    for kind in kinds:
        match kind:
            case "square":
                y = y * y
            case "halve" | "half":
                y = y / 2
            case 3:
                y = y + x ** 3
            case _:
                y = y - 0.1
    return np.sum(y)


program(match_on_kind, lambda r: (r.normal(size=3), ("square", 3, "half", None, "halve")), analytic=True,
        tags="match strings loops")


def try_except_finally(x):
    log = 0.0
    try:
        y = np.log(x[0]) * x[1]
    except ZeroDivisionError:
        y = 0.0
    finally:
        log = x[2] ** 2
    try:
        parsed = float("1.5")
    except ValueError as error:
        raise RuntimeError("cannot be") from error
    else:
        y = y * parsed
    return y + log


program(try_except_finally, lambda r: (r.uniform(0.5, 2, size=3),), analytic=True,
        tags="try except finally raise")


def passive_contexts(x):
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(x > 0, np.sqrt(np.abs(x)), x * x)
        with np.printoptions(precision=3):
            total = np.sum(ratio)
    assert total == total, f"not a number: {total}"
    return total * x[0]


program(passive_contexts, lambda r: (np.array([0.7, -1.2, 2.0]),), tags="with errstate assert f-string where")
