"""Objects made in a loop, read after it: by their name, through the list that holds them, or not at all."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from tests.differences import central_differences

# pyright: reportPossiblyUnboundVariable=false
X = np.array([0.3, 0.7, 1.2, 0.55])


class Particle:
    def __init__(self, v):
        self.v, self.u = v, v * 2

    def raised(self, k):
        self.v += k
        return self.v * self.u


def counted():
    seen = []

    def step(p):
        seen.append(p)
        return p * len(seen)

    return step


def changed_after_it_was_listed(x):
    kept = []
    for v in x:
        p = Particle(v)
        kept.append(p)
        p.v = p.v * 2
    return sum(q.v * q.u for q in kept) + p.v


def changed_on_one_path(x):
    kept = []
    for i in range(len(x)):
        p = Particle(x[i])
        kept.append(p)
        if x[i] > 0.6:
            continue
        p.v += 1
    kept[-1].v += 3
    return sum(q.v * q.u for q in kept) + p.v


def changed_in_an_order(x):
    kept = []
    for i in range(4):
        d = {"v": x[i]}
        kept.append(d)
        d["v"] = d["v"] * 2
        if i == 2:
            continue
        d["v"] += 1
    return sum(q["v"] for q in kept) + d["v"]


def two_names(x):
    kept = []
    for i in range(len(x)):
        a, b = Particle(x[i]), Particle(x[i] * 2)
        kept.append((a, b))
        a, b = b, a
        b.v *= 2
        a.v += 1
    return sum(q.v * r.u for q, r in kept) + b.v + 2 * a.v


def held_otherwise(x):
    kept, total = [], 0.0
    for i in range(len(x)):
        p = Particle(x[i])
        method, pair, table = p.raised, (p, 2.0), {"p": p}
        kept.append(p)
        p.v *= 2
        total += method(x[0]) + pair[0].v * table["p"].u
        pair[0].v += 1
    return sum(q.v * q.u for q in kept) + total + table["p"].v


def name_of_the_comprehension(x):
    kept = []
    for i in range(len(x)):
        d = {"v": x[i]}
        d["w"] = d["v"] * 2
        if x[i] < 1.0:
            kept.append(d)
    return sum(d["v"] * d["w"] for d in kept)


def more_slots(x):
    kept = []
    for i in range(len(x)):
        d = {"v": x[i]}
        d["w"] = d["v"] * 2
        kept.append(d)
    return sum(q["v"] * q["w"] for q in kept) + d["v"] * d["w"]


def not_read_any_more(x):
    total = 0.0
    for v in x:
        step = counted()
        total += step(v) + step(v * v)
        if total > 2.0:
            continue
        total *= 1.1
    return total


PROGRAMS = [changed_after_it_was_listed, changed_on_one_path, changed_in_an_order, two_names, held_otherwise,
            name_of_the_comprehension, more_slots, not_read_any_more]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda f: f.__name__)
def test_derivatives(program: Callable[[Any], Any]) -> None:
    value, gradient = ad.value_and_grad(program, on_unsupported="error")(X)
    reference = central_differences(program, X)
    np.testing.assert_allclose(value, program(X), rtol=1e-15)
    np.testing.assert_allclose(gradient, reference, rtol=1e-6, atol=1e-8)
    tangent = np.array([1.0, -2.0, 0.5, 3.0])
    np.testing.assert_allclose(ad.jvp(program, (X,), (tangent,))[1], reference @ tangent, rtol=1e-6)
