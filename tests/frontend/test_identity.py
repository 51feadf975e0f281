"""`is`, `==` and `in` of objects, functions and tuples: which one it is may be known at run time only."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from tests.differences import central_differences

# pyright: reportPossiblyUnboundVariable=false
X = np.array([0.31, 0.72, 1.23, 0.54])


class Body:
    def __init__(self, v):
        self.v, self.u = v, v * 2


def pulls(x):
    bodies, total = [Body(v) for v in x], 0.0
    for a in bodies:
        for b in bodies:
            if a is not b:
                total += a.v * b.u / (1.0 + (a.v - b.v) ** 2)
    return total


def best_of_all(x):
    bodies = [Body(v) for v in x]
    best = min(bodies, key=lambda b: b.v)
    return sum(b.v * (2 if b is best else 1) for b in bodies)


def last_one(x):
    kept = []
    for v in x:
        body = Body(v)
        kept.append(body)
    return sum(b.v * (3 if b == body else 1) for b in kept)


def in_two_lists(x):
    bodies, large = [], []
    for v in x:
        body = Body(v)
        bodies.append(body)
        if v > 0.6:
            large.append(body)
    return sum(a.v * b.v for a in bodies for b in large if a is not b)


def without(x):
    bodies = [Body(v) for v in x]
    chosen = bodies[2]
    total = chosen.v if chosen in bodies else x[0]
    rest = [b for b in bodies if b != chosen]
    return total * sum(b.v for b in rest) * len(rest)


def of_dicts(x):
    rows = [{"v": v} for v in x]
    top = max(rows, key=lambda r: r["v"])
    return sum(r["v"] for r in rows if r is not top)


def known_ones(x):
    a, b = Body(x[0]), Body(x[0])
    total = x[1] if a is not b and a != b else x[2]
    return total * (5.0 if a in (b, a) else 1.0) * (7.0 if a in [b] else 1.0)


def of_two_paths(x):
    a, b = Body(x[0]), Body(x[1])
    chosen = a if x[2] > 0.5 else b
    return chosen.v * (3.0 if chosen is a else 1.0)


def in_a_loop(x):
    a, total = Body(x[0]), 0.0
    for _ in range(3):
        b = a
        for v in x:
            if a is b:
                total += v
            a = b
    return total


def of_functions(x):
    def square(z):
        return z * z

    def triple(z):
        return 3.0 * z

    functions, total = [square, triple], 0.0
    for i in range(len(x)):
        f = functions[i % 2]
        total += f(x[i]) * (2.0 if f is square else 1.0)
    return total


def of_tuples(x):
    pairs = [(v, v * 2) for v in x]
    chosen = pairs[2]
    return sum(p[0] for p in pairs if p is not chosen)


def in_a_set(x):
    bodies, seen, total = [Body(v) for v in x], set(), 0.0
    for i in (0, 1, 0, 2, 1):
        body = bodies[i]
        if body in seen:
            total += body.v * 10
        seen.add(body)
        total += body.v
    return total * len(seen)


def checked(program: Callable[[Any], Any], **options: Any) -> None:
    value, gradient = ad.value_and_grad(program, **options)(X)
    np.testing.assert_allclose(value, program(X), rtol=1e-15)
    np.testing.assert_allclose(gradient, central_differences(program, X), rtol=1e-6, atol=1e-8)


DECIDED = [pulls, best_of_all, last_one, in_two_lists, without, of_dicts, known_ones, in_a_set, of_two_paths, in_a_loop]
UNDECIDED = [of_functions, of_tuples]


@pytest.mark.parametrize("program", DECIDED, ids=lambda f: f.__name__)
def test_objects_are_told_apart(program: Callable[[Any], Any]) -> None:
    checked(program, on_unsupported="error")


@pytest.mark.parametrize("program", UNDECIDED, ids=lambda f: f.__name__)
def test_what_cannot_be_told_is_refused(program: Callable[[Any], Any]) -> None:
    """It was said to be another one."""
    with pytest.raises(ad.errors.CompileError, match="AD134"):
        ad.grad(program, on_unsupported="error")(X)
    with pytest.warns(ad.errors.TapeFallback):
        checked(program)
