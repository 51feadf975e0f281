"""Objects, lists, dicts and captured names written on paths that meet again: each path's writes are seen after it."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from tests.differences import five_point_slope


class Point:
    def __init__(self, x: Any) -> None:
        self.x = x

    def moved(self, c: Any) -> Any:
        if c > 0:
            self.x = self.x * c
            return c
        self.x = self.x + 3.0 * c
        return c * c

    def settle(self, c: Any) -> None:
        for k in range(4):
            if k * c > 1.0:
                self.x = self.x * c
                return
            self.x = self.x + c * k
        self.x = self.x - 1.0


@dataclass
class Cell:
    x: Any


def attribute_before_return(c):
    o = Point(0.5)
    return o.moved(c) * o.x * c


def attribute_in_a_loop_left_early(c):
    o = Point(c)
    o.settle(c)
    return o.x * o.x


def alias_of_an_object(c):
    o = Point(c * c)
    p = o
    r = o.moved(c)
    return r * p.x + o.x


def nonlocal_before_return(c):
    t = 0.0

    def inner(v):
        nonlocal t
        if v > 1:
            t = v * v
            return 1.0
        t = v * 3
        return 2.0

    return inner(c) * t


def nonlocal_swapped(c):
    o, q = Point(c), Point(2.0)

    def swap(v):
        nonlocal o, q
        if v > 0:
            o, q = q, o
            return o.x
        o = Point(v)
        return 1.0

    return swap(c) * o.x + q.x * c


def made_in_both_branches(c):
    if c > 0:
        o = Point(2.0 * c)
        o.x *= c
    else:
        o = Point(3.0 * c * c)
    return o.x * c


def field_written_after_it_was_made(c):
    if c > 0:
        o = Cell(2.0 * c)
        o.x = o.x * c
        o.x += 1.0
    else:
        o = Cell(3.0 * c * c)
        o.x = 2 * c
    return o.x * c


def made_by_a_factory(c):
    def made(v):
        o = Cell(v)
        if v > 0:
            o.x *= v
            return o
        o.x = 3 * v
        return o

    return made(c).x * c


def two_objects_of_a_factory(c):
    def made(v):
        if v > 0:
            o = Point(v)
            o.x *= v
            return o
        o = Point(1.0)
        o.x = 3 * v
        return o

    return made(c).x * c


def list_written_then_returned(c):
    def update(xs, v):
        for i in range(3):
            if v * i > 1:
                xs[0] = v * v
                return 1.0
        xs[0] = 3 * v
        return 2.0

    values = [1.0]
    return update(values, c) * values[0] * c


def list_grown_in_both_branches(c):
    if c > 0:
        o = [c, 2 * c]
        o[0] = c * c
        o.append(3 * c)
    else:
        o = [c, 2.0, 1.0]
        o[1] = c * c * c
    return o[0] + 3 * o[1] * c + o[2]


def dict_with_keys_added_on_paths(c):
    if c > 0:
        o = {"a": c}
        o["a"] = c * c
        o["b"] = c
    else:
        o = {"a": c}
        o["b"] = 3.0
        o["a"] = c * c * 2
    return o["a"] + 3 * o["b"]


def dict_updated_by_a_helper(c):
    def update(d, v):
        if v > 0:
            d["a"] = v * v
            return 1.0
        d["a"] = 3 * v
        return 2.0

    d = {"a": 1.0}
    return update(d, c) * d["a"] * c


def generator_that_stops_early(c):
    def values(o, v):
        yield v
        if v > 0:
            o.x = v * v
            return
        o.x = 2 * v
        yield v * v

    o, s = Point(1.0), 0.0
    for v in values(o, c):
        s += v
    return s * o.x


def object_made_anew_in_a_loop(c):
    o = Cell(c)
    for k in range(3):
        n = Cell(o.x * c)
        n.x += 1.0 + k
        o = n
    return o.x * c


def object_made_in_a_loop_with_continue(c):
    total = 0.0
    for k in range(4):
        n = Cell(c * k)
        if n.x > 1.0:
            n.x = n.x * c
            total += n.x
            continue
        n.x = n.x + 2.0 * c
        total += n.x * c
    return total + n.x


def object_left_by_break(c):
    o = Cell(c)
    for k in range(5):
        n = Cell(o.x)
        n.x = n.x * 1.5 + 0.1 * k
        o = n
        if n.x > 2.0:
            n.x = n.x * c
            break
    return o.x * c


def nested_objects(c):
    def renew(o, v):
        if v > 0:
            o.x = Cell(v * v)
            o.x.x = o.x.x * 2.0
            return 1.0
        o.x.x = v
        return 0.5

    o = Cell(Cell(c))
    return renew(o, c) * o.x.x * c


def array_attribute_rebound(c):
    def update(o, v):
        if v > 0:
            o.x = o.x * v
            return 1.0
        o.x[1] = v * v
        return 2.0

    o = Cell(np.array([1.0, 2.0]) * c)
    return update(o, c) * np.sum(o.x ** 2)


def defined_in_one_branch_only(c):
    kept = Cell(c)
    if c > -10.0:
        o = Cell(c * 2.0)
        o.x = o.x * kept.x
    return o.x * c


def with_left_by_return(c):
    def update(d, v):
        with np.errstate(all="ignore"):
            if v > 0:
                d["a"] = v * v
                return 1.0
            d["a"] = 3 * v
        return d["a"]

    d = {"a": 1.0}
    return update(d, c) * d["a"] * c


def values_of_a_dict_that_changes(c):
    d = {"p": c, "q": 2.0 * c, "r": 1.0}
    total = 0.0
    for v in d.values():
        total += v * v
        d["q"] = v * c
        d["r"] = 3.0 * v
    for k, v in d.items():
        d["r"] = v * c
        total += v if k == "r" else 0.5 * v
    for i, v in enumerate(d.values()):
        d["q"] = c * c
        total += i * v
    return total


def tuple_of_a_list_that_grows(c):
    xs = [c]
    for k in range(3):
        xs.append(c * k)
    kept = tuple(xs)
    xs.append(c * c)
    return sum(kept) + len(kept) * sum(xs)


PROGRAMS: list[Callable[[float], Any]] = [
    f for f in list(globals().values()) if callable(f) and getattr(f, "__module__", "") == __name__
    and not isinstance(f, type)]


@pytest.mark.parametrize("at", [1.5, 0.4, -0.7])
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda f: f.__name__)
def test_writes_of_every_path_are_seen(program: Callable[[float], Any], at: float):
    slope = five_point_slope(program, at)
    value, gradient = ad.value_and_grad(program, on_unsupported="error")(at)
    assert value == pytest.approx(program(at), rel=1e-13)
    assert gradient == pytest.approx(slope, rel=1e-8, abs=1e-8)
    assert ad.jvp(program, (at,), (1.0,))[1] == pytest.approx(slope, rel=1e-8, abs=1e-8)
