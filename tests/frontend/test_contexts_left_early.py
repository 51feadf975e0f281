"""`with` of managers that act: left by return, break, continue and errors; generators as contexts."""
from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from tests.differences import central_differences

X = np.array([0.3, 0.7, 1.2, 0.5])
DIRECTION = np.array([1.0, -2.0, 0.5, 3.0])


class Gain:
    """Multiplies the gain inside; counts how it was left."""

    def __init__(self, state):
        self.state = state

    def __enter__(self):
        self.state["gain"] = self.state["gain"] * 3.0
        return self

    def __exit__(self, kind, error, where):
        self.state["gain"] = self.state["gain"] / 2.0 if kind is None else 0.25


class Patient(Gain):
    """Takes what is a ValueError, with the amount that it names."""

    def __exit__(self, kind, error, where):
        super().__exit__(kind, error, where)
        if kind is None:
            return False
        self.state["gain"] += len(str(error))
        return issubclass(kind, ValueError)


@contextlib.contextmanager
def scaled(state, factor):
    before = state["gain"]
    state["gain"] = before * factor
    try:
        yield state["gain"]
    finally:
        state["gain"] = before
    state["count"] = state.get("count", 0) + 1


@contextlib.contextmanager
def forgiving(state):
    state["gain"] *= 2.0
    try:
        yield
        state["gain"] += 1.0
    except ValueError:
        state["gain"] *= 10.0


def returned(x):
    with Gain({"gain": x[0]}) as g:
        return g.state["gain"] * x[1]


def returned_on_a_path(x):
    state = {"gain": x[0]}
    with Gain(state):
        if x[1] > 5.0:
            return x[2]
    return state["gain"] * x[3]


def left_by_break(x):
    state, s = {"gain": x[0]}, 0.0
    for v in x:
        with Gain(state):
            if v > 1.0:
                break
            s += v * state["gain"]
    return s * state["gain"]


def gone_on_by_continue(x):
    state, s, k = {"gain": x[0]}, 0.0, 0
    while k < 4:
        k += 1
        with Gain(state):
            if x[k - 1] > 1.0:
                continue
            s += x[k - 1] * state["gain"]
        s *= 1.5
    return s * state["gain"]


def an_error_passes(x):
    state, s = {"gain": x[0]}, x[1]
    try:
        with Gain(state):
            if x[0] < 1.0:
                raise KeyError("out")
            s = x[2]
    except KeyError:
        s = s * x[3]
    return s * state["gain"]


def an_error_is_taken(x):
    state, s = {"gain": x[0]}, x[1]
    for v in x:
        with Patient(state):
            if v > 1.0:
                raise ValueError("four")
            s *= v
    return s * state["gain"]


def generator_left_by_break(x):
    state, r = {"gain": x[0]}, 0.0
    for w in x:
        with scaled(state, w) as v:
            if w > 1.0:
                break
            r += v * state["gain"]
    return r * state["gain"] * state["count"]


def generator_gone_on_by_continue(x):
    state, r = {"gain": x[0]}, 0.0
    for w in x:
        with scaled(state, w) as v:
            if w > 1.0:
                continue
            r += v
        r *= state["count"]
    return r


def generator_left_by_return(x):
    state = {"gain": x[0]}

    def inside(w):
        with scaled(state, w) as v, scaled(state, 2.0):
            for u in x:
                if u > 1.0:
                    return v * u * state["gain"]
        return 0.0

    return inside(x[1]) + inside(x[2]) * state["gain"] * state["count"]


def generators_in_one_another(x):
    state, r = {"gain": x[0]}, 0.0
    for w in x:
        with scaled(state, w):
            for u in x:
                with scaled(state, u) as v:
                    if u > 1.0:
                        break
                    if u < 0.4:
                        continue
                    r += v
            else:
                r += 100.0
            if w > 1.0:
                continue
            r *= 1.1
        r += state["gain"]
    return r * state["count"]


def generator_takes_an_error(x):
    state, s = {"gain": x[0]}, x[1]
    for v in x:
        with forgiving(state):
            if v > 1.0:
                raise ValueError
            s *= v
    return s * state["gain"]


class Model:
    def __init__(self, weight):
        self.weight, self.training = weight, True

    @contextlib.contextmanager
    def evaluating(self):
        self.training, before = False, self.training
        yield self
        self.training = before

    def __call__(self, v):
        return v * self.weight if self.training else v * v

    def predict(self, v):
        with self.evaluating():
            return self(v)


def methods_as_contexts(x):
    m = Model(x[0])
    context = m.evaluating()
    with context as same:
        s = same(x[1])
    return s + m.predict(x[2]) * m(x[3])


class Doubling(contextlib.ContextDecorator):
    def __enter__(self):
        return self

    def __exit__(self, *error):
        return False


@Doubling()
def squared(v):
    return v * v


def contexts_as_decorators(x):
    @contextlib.contextmanager
    def local(k):
        nonlocal s
        s = s * k
        yield s
        s = s + 1.0

    s = x[0]
    for i in range(2):
        with local(x[1]) as v:
            if i:
                break
            s = s + v
    return squared(s) * squared(x[2])


PROGRAMS: list[Callable[[Any], Any]] = [
    returned, returned_on_a_path, left_by_break, gone_on_by_continue, an_error_passes, an_error_is_taken,
    generator_left_by_break, generator_gone_on_by_continue, generator_left_by_return, generators_in_one_another,
    generator_takes_an_error, methods_as_contexts, contexts_as_decorators]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda f: f.__name__)
def test_derivatives_of_programs_that_leave_contexts(program: Callable[[Any], Any]) -> None:
    value, gradient = ad.value_and_grad(program, on_unsupported="error")(X)
    assert value == program(X)
    np.testing.assert_allclose(gradient, central_differences(program, X), rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(ad.jvp(program, (X,), (DIRECTION,))[1], gradient @ DIRECTION, rtol=1e-12)


class Outside:
    k = 1.0

    def __enter__(self):
        self.k = self.k * 3.0

    def __exit__(self, *error):
        self.k = 1.0


OUTSIDE = Outside()
SETTINGS = {"k": 1.0}


class Setting:
    def __enter__(self):
        SETTINGS["k"] = 3.0

    def __exit__(self, *error):
        SETTINGS["k"] = 1.0


SETTING = Setting()


def under_an_object_from_outside(x):
    with OUTSIDE:
        y = x[0] * OUTSIDE.k
    with SETTING:
        y = y * SETTINGS["k"]
    return y * OUTSIDE.k * SETTINGS["k"]


@pytest.mark.filterwarnings("ignore::ad_compiler.errors.TapeFallback")
def test_what_an_object_from_outside_changes_is_seen() -> None:
    value, gradient = ad.value_and_grad(under_an_object_from_outside)(X)
    assert value == under_an_object_from_outside(X)
    np.testing.assert_allclose(gradient, [9.0, 0.0, 0.0, 0.0])


def once(x):
    yield from x


def doubled(x):
    for i in range(3):
        yield x[i] * 2.0


def returned_from_loops_over_generators(x):
    def first(bound):
        for a in once(x):
            for b in doubled(x):
                for c in once(x):
                    if a * b * c > bound:
                        return a * b * c
                if b > 2.0:
                    break
            else:
                return a
        return x[0]

    return first(0.4) * first(0.9) + first(100.0)


def test_a_return_leaves_all_loops_over_generators() -> None:
    program = returned_from_loops_over_generators
    value, gradient = ad.value_and_grad(program, on_unsupported="error")(X)
    assert value == program(X)
    np.testing.assert_allclose(gradient, central_differences(program, X), rtol=1e-6)
