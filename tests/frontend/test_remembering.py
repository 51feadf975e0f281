"""Functions that remember their results, and what may have been remembered on some paths only: refused where reading
the call again would not be the same, and then the tape runs the program as it is."""
from __future__ import annotations

import functools
import warnings
from functools import cached_property

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler.errors import CompileError
from tests.differences import central_differences

X = np.array([0.3, -0.7, 1.1, 0.5, -0.2])


def binds_again(x):
    k = x[0]

    @functools.lru_cache(maxsize=8)
    def f(n):
        return k * n

    first = f(2)
    k = x[1]
    return first + f(2) * x[2]


def counts_its_calls(x):
    n = 0

    @functools.cache
    def f(i):
        nonlocal n
        n += 1
        return x[i] ** 2

    total = 0.0
    for i in (0, 1, 0, 2, 1):
        total += f(i)
    return total * n


def writes_what_it_reads(x):
    w = x * 2

    @functools.cache
    def f(i):
        return w[i] ** 2

    first = f(0)
    w[0] = x[1]
    return first + f(0) * x[2]


def by_a_helper(x):
    k = [x[0]]

    def scale():
        return k[-1]

    @functools.cache
    def f(i):
        return scale() * x[i]

    first = f(1)
    k.append(x[3])
    return first + f(1) * x[2]


class Part:
    def __init__(self, size):
        self.size = size

    @cached_property
    def area(self):
        return self.size ** 2

    def __getattr__(self, name):
        if name == "extra":
            return 7.0
        raise AttributeError(name)


def reads_an_object(x):
    part = Part(x[0])

    @functools.cache
    def f(i):
        return part.size * x[i]

    first = f(1)

    def grow(p):
        p.size = x[4]

    grow(part)
    return first + f(1) * x[2]


def objects_in_a_list(x):
    parts = [Part(v) for v in x if v > -0.5]
    total = 0.0
    for part in parts:
        total += part.area
        part.size = 2 * part.size
        total += part.area * x[0]
    return total


def stands_in(x):
    part = Part(x[0])
    if x[1] > 0:
        part.extra = x[2]
    return part.extra * x[3] ** 2


def catches(x):
    class Bare:
        pass

    bare = Bare()
    if x[1] > 0:
        bare.extra = x[2]
    try:
        found = bare.extra
    except AttributeError:
        found = x[0]
    return found * x[3] ** 2


REFUSED = {binds_again: "AD142", counts_its_calls: "AD142", writes_what_it_reads: "AD142", by_a_helper: "AD142",
           reads_an_object: "AD142", objects_in_a_list: "AD123", stands_in: "AD123", catches: "AD123"}


@pytest.mark.parametrize("f", REFUSED, ids=lambda f: f.__name__)
def test_refused_and_right_on_the_tape(f):
    with pytest.raises(CompileError) as caught:
        ad.grad(f, on_unsupported="error")(X.copy())
    assert [d.code for d in caught.value.diagnostics] == [REFUSED[f]]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        got = ad.grad(f)(X.copy())
    np.testing.assert_allclose(got, central_differences(f, X.copy()), atol=1e-7)


def test_functions_of_what_does_not_change_are_compiled():
    def f(x):
        w = np.zeros(3)
        for i in range(3):
            w[i] = x[i] ** 2

        @functools.lru_cache(maxsize=64)
        def best(i):
            return w[0] if i == 0 else max(best(i - 1), w[i]) * x[3]

        for k in range(3):
            total = best(k)
        return total

    g = ad.grad(f, on_unsupported="error")
    np.testing.assert_allclose(g(X.copy()), central_differences(f, X.copy()), atol=1e-7)
