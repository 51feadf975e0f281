"""One small program for each construct that the front end rewrites: compiled, and compared with differences."""
from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

import ad_compiler as ad

X = np.array([0.3, 0.7, -0.4])
WEIGHTS = [[0.1, 0.2], [0.3, 0.4]]


class Pair(NamedTuple):
    x: Any
    y: Any

    def scaled(self, k: float) -> Pair:
        return Pair(self.x * k, self.y * k)

    @property
    def total(self) -> Any:
        return self.x + self.y

    def __add__(self, other: Pair) -> Pair:
        return Pair(self.x + other.x, self.y + other.y)


@dataclasses.dataclass
class Model:
    a: Any
    b: Any = 2.0


class Counter:
    """A context that only counts."""

    def __init__(self) -> None:
        self.entered = 0

    def __enter__(self) -> Counter:
        self.entered += 1
        return self

    def __exit__(self, *exception: object) -> None:
        self.entered += 10


def sum_inside_a_loop(x):
    out = 0.0
    for i in range(3):
        out += sum(x[j] * x[i] for j in range(3)) ** 2
    return out


def parameter_reassigned_in_a_helper(x):
    def halved(a):
        for _ in range(2):
            a = a * 0.5 + 0.1
        return a

    out = 0.0
    for v in x:
        out += halved(v) ** 2
    return out


def slice_objects(x):
    ends, first = slice(1, None), (slice(1, None), 0)
    return np.sum(x[ends] ** 2) + np.sum(np.outer(x, x)[first]) + np.sum(x[slice(2)]) * 3


def starred_unpacking_of_an_array(x):
    a, *middle, b = x
    *rest, _ = x * 2
    return a * b + sum(v * v for v in middle) + rest[0] * len(rest)


def named_tuple_methods(x):
    p = Pair(x[0], x[1]).scaled(3.0)
    p = p._replace(y=p.y * x[2]) + Pair(1.0, x[1])
    return p.total + p.x ** 2


def dataclass_replaced(x):
    first = Model(x[0])
    second = dataclasses.replace(first, b=x[1] * first.b)
    first.a = 7.0
    return second.a * second.b


def matrix_as_nested_lists(x):
    C = [[0.0] * 2 for _ in range(2)]
    for i in range(2):
        for j in range(2):
            for k in range(3):
                C[i][j] += x[k] * x[i] * (j + 1)
    return sum(sum(c ** 2 for c in row) for row in C)


def row_under_two_names(x):
    row = [x[0], x[1]]
    rows = [row, [x[1] * x[2], x[2]]]
    row[0] = x[2] * x[1]
    out = 0.0
    for i in range(2):
        for j in range(2):
            out += rows[i][j] ** 2 * (i + 1)
        row[1] = x[0]
    return out


def list_under_a_joined_name(x):
    a, b = [0.0, 0.0], [1.0, 2.0]
    c = a if x[0] > 0 else b
    for i in range(2):
        c[i] = x[i] * x[2]
    return a[0] * a[1]


def nested_list_from_outside(x):
    return sum(WEIGHTS[i][j] * x[i] * x[j] for i in range(2) for j in range(2))


def tuple_of_tuples_by_number(x):
    pairs = ((x[0], 1.0), (x[1], x[2]))
    out = 0.0
    for i in range(2):
        value, weight = pairs[i]
        out += value ** 2 * weight
    return out


def objects_by_number(x):
    bodies = [[x[:1], x[1]], [x[1:2], x[2]]]
    for i in range(2):
        for j in range(i + 1, 2):
            bodies[i][1] = bodies[i][1] - bodies[j][1] * bodies[i][0][0]
    return bodies[0][1] * bodies[1][1]


def list_slice_with_variable_bounds(x):
    order, starts, out = [2, 0, 1, 1], np.array([0, 2, 4]), 0.0
    for i in range(2):
        out = out + np.sum(x[order[starts[i]:starts[i + 1]]]) ** 2 * (i + 1)
    return out


def best_begins_as_none(x):
    best = where = None
    for i in range(len(x)):
        v = np.sin(x[i])
        if best is None or v > best:
            best, where = v, i
    return best * x[where]


def velocity_begins_as_none(x):
    velocity, p = None, x * 1.0
    for _ in range(4):
        g = 2 * p
        velocity = g if velocity is None else 0.9 * velocity + g
        p = p - 0.1 * velocity
    return np.sum(p ** 2)


def helper_that_may_find_nothing(x):
    def find(values):
        for v in values:
            if v < 0:
                return v * v
        return None

    a, b = find(x), find(x * x)
    return (1.0 if a is None else a * 2) + (x[0] if b is None else b)


def user_context(x):
    counter = Counter()
    with counter as c:
        y = x[0] * c.entered
    with Counter() as other:
        y = y * x[1] + other.entered * x[2] ** 2
    return y * counter.entered


def list_shifted_in_place(x):
    window = []
    for v in x:
        window.append(v * v)
        if len(window) > 2:
            window.pop(0)
    window.insert(0, x[0])
    window.insert(-1, x[1] * x[2])
    window.reverse()
    return sum(i * v * v for i, v in enumerate(window)) + window.index(window[2]) * x[2]


def list_that_changes_after_its_loop(x):
    values, out = [x[0]], 0.0
    for i in range(3):
        values.append(values[-1] * x[i])
        for k in range(len(values) - 1):
            values[k] = values[k + 1] * 0.5
            out = out + values[k] ** 2 * (k + 1)
        if i == 1:
            values.pop()
    return out


def truth_value_or_number(x):
    flag = x[0] > 0.1 and x[1]
    return flag * x[2] + (x[0] < 0) * x[1]


def result_types_of_functions(x):
    A = np.outer(x, x)
    out = np.sum(np.cross(x, np.array([1.0, 2.0, 0.5])) ** 2) + np.sum(np.kron(x, x[:2]) ** 2)
    out += np.sum(np.repeat(A, 2, axis=0) ** 2) + np.sum(np.insert(x, 1, x[0] * 2) ** 2) + np.sum(np.delete(x, 1) ** 2)
    out += np.sum(np.einsum("...i,i->...", A, x) ** 2) + np.sum(np.tensordot(A, A, axes=1) ** 2)
    out += np.sum(np.append(x, x[0]) ** 2) + np.sum(np.interp(np.array([0.5, 1.4]), np.arange(3.0), x) ** 2)
    return out + np.sum(np.concatenate(([x[0] * x[1]], x)) ** 2)


PROGRAMS: list[Callable[..., Any]] = [
    sum_inside_a_loop, parameter_reassigned_in_a_helper, slice_objects, starred_unpacking_of_an_array,
    named_tuple_methods, dataclass_replaced, matrix_as_nested_lists, row_under_two_names, list_under_a_joined_name,
    nested_list_from_outside, tuple_of_tuples_by_number, objects_by_number, list_slice_with_variable_bounds,
    best_begins_as_none, velocity_begins_as_none, helper_that_may_find_nothing, user_context, list_shifted_in_place,
    list_that_changes_after_its_loop, truth_value_or_number, result_types_of_functions,
]


def differences(f: Callable[..., Any], x: np.ndarray) -> np.ndarray:
    """Fourth-order central differences of `f` at `x`."""
    out = np.zeros_like(x)
    for k in range(len(x)):
        def at(h: float, k: int = k) -> float:
            moved = x.copy()
            moved[k] += h
            return f(moved)

        out[k] = (8 * (at(1e-4) - at(-1e-4)) - (at(2e-4) - at(-2e-4))) / 1.2e-3
    return out


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_construct_is_compiled(program: Callable[..., Any]) -> None:
    value, gradient = ad.value_and_grad(program, on_unsupported="error")(X.copy())
    assert value == pytest.approx(program(X.copy()), rel=1e-12)
    assert np.any(gradient)
    np.testing.assert_allclose(gradient, differences(program, X), rtol=1e-7, atol=1e-8)


def test_nested_list_argument_is_indexed_by_numbers() -> None:
    def f(A):
        return sum(A[i][j] * A[j][i] * A[i][0] for i in range(2) for j in range(2))

    A = [[0.3, 0.5], [0.7, -0.2]]
    g = ad.grad(f, on_unsupported="error")(copy.deepcopy(A))
    expected = differences(lambda flat: f(flat.reshape(2, 2).tolist()), np.ravel(A))
    np.testing.assert_allclose(np.ravel(g), expected, rtol=1e-7)


def test_writing_into_an_indexed_list_argument_is_refused_or_right() -> None:
    def f(A):
        s = 0.0
        for i in range(len(A)):
            s += A[i] ** 2
            A[i] = 3.0
        return s + sum(A[i] for i in range(2))

    values = [0.3, 0.5]
    g = ad.grad(f)(list(values))
    np.testing.assert_allclose(g, [0.6, 1.0])


def test_none_used_as_a_number_raises() -> None:
    def f(x):
        best = None
        for v in x:
            if v > 100:
                best = v
        return best * 2.0

    with pytest.raises((TypeError, AssertionError)):
        ad.grad(f, on_unsupported="error")(X)
