"""`collections.Counter` from items, from dicts with counts, from names, and its arithmetic; dicts from iterators."""
from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from tests.differences import central_differences

X = np.array([1.2, 0.7, 2.1, -0.3])


def of_a_dict(x):
    c = Counter({"a": 2.5})
    c["b"] += x[0]
    return np.sum(x) * c["a"] * c["b"]


def of_names(x):
    c = Counter(a=2, b=1)
    return np.sum(x ** 2) * c["a"] + c["b"] * x[0]


def updated(x):
    c = Counter("abc")
    c.update("aab")
    c.update({"c": x[1]})
    c.update(a=x[2])
    return c["a"] * c["b"] * c["c"] * x[0]


def subtracted(x):
    c = Counter({"a": x[0], "b": x[1]})
    c.subtract({"a": x[2] ** 2, "z": 3.0 * x[3]})
    del c["nothing"]
    return c["a"] * c["b"] * c["z"]


def sums_and_differences(x):
    c, d = Counter({"a": x[0], "b": x[1]}), Counter({"b": x[2], "c": x[3] ** 2})
    total, rest = c + d, d - c
    return sum(v * v for v in total.values()) + 3.0 * sum(v ** 3 for v in rest.values()) + len(rest) * x[0]


def unions_and_intersections(x):
    c, d = Counter({"a": x[0], "b": x[1]}), Counter({"b": x[2], "c": x[3] ** 2})
    both, common = c | d, c & d
    c |= d
    return sum(v * v for v in both.values()) * common["b"] + c["b"]


def repeated_keys(x):
    c = Counter([2, 0, 2])
    return sum(x[k] ** 2 for k in c.elements())


def of_the_same_letters_twice(x):
    c = Counter(["a", "b", "a"])
    return np.sum(x ** 2) * Counter("abca")["a"] * c["a"]


def dict_of_enumerate(x):
    d = dict(enumerate(x))
    return sum(k * v * v for k, v in d.items())


def updated_with_an_iterator(x):
    d = dict(zip(range(len(x)), x, strict=True))
    d.update(enumerate(x[:2] ** 2))
    d |= {7: x[0] * x[1]}
    return sum(k * v * v for k, v in d.items()) + d[0]


def dict_of_pairs(x):
    d = dict((i, v * v) for i, v in enumerate(x))  # noqa: C402
    e = {**d, 7: x[0]}
    return sum(k * v * v for k, v in e.items())


def default_of_a_dict(x):
    d = defaultdict(float, {"a": x[0]})
    for v in x:
        d["p" if v > 1.0 else "a"] += v * v
    return d["a"] ** 2 + d["p"]


PROGRAMS = [of_a_dict, of_names, updated, subtracted, sums_and_differences, unions_and_intersections, repeated_keys,
            of_the_same_letters_twice, dict_of_enumerate, updated_with_an_iterator, dict_of_pairs, default_of_a_dict]


@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_value_and_gradient(f: Callable[..., Any]) -> None:
    value, gradient = ad.value_and_grad(f, on_unsupported="error")(X.copy())
    assert value == pytest.approx(f(X.copy()), rel=1e-14)
    np.testing.assert_allclose(gradient, central_differences(f, X.copy()), atol=1e-6)
    _, tangent = ad.jvp(f, (X.copy(),), (np.ones(4),), on_unsupported="error")
    assert tangent == pytest.approx(np.sum(gradient), rel=1e-12)
