"""Functions and objects picked at run time; stars of unknown length; lists made from arrays."""
# ruff: noqa: B905, E731, RUF005 (programs as people write them)
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad


def gather(*values, scale=1.0):
    out = 0.0
    for e in values:
        out = out*0.5 + e*e
    return out*scale + len(values)


def inner(first, *rest, power=1):
    r = first
    for v in rest:
        r += v**power
    return r


def three(a, b, c=2.0):
    return a*b+c


def starred_arguments(x):
    y = np.array([x, 2*x, x*x])[np.array([0,1,2])]
    return gather(*y, scale=x) + inner(*y, power=2) + three(*y)


def columns_of_an_array(x):
    A = np.outer(np.array([x, 1.0, 2*x]), np.array([1.0, x]))
    s = 0.0
    for col in zip(*A):
        s += sum(v*v for v in col)
    return s


def lambdas_made_in_a_comprehension(x):
    fns = [lambda u, k=k: u*x + k for k in range(3)]
    s = x
    for f in fns:
        s = f(s)
    return s + fns[1](x)


def function_picked_by_a_number(x):
    fs = [np.sin, np.cos, lambda v: v*x]
    s = 0.0
    for i in range(30):
        s += fs[i % 3](x*i)
    return s


def function_picked_by_a_condition(x):
    f = np.sin if x > 1 else np.cos
    return f(x)*x


def lambda_of_a_branch(x):
    if x > 1:
        g = lambda v: v*x
    else:
        g = lambda v: v*v
    return g(x)


def mk(a):
    if a > 1:
        k = a*a
        return lambda v: v*k
    k = 3*a
    return lambda v: v*k*v


def lambda_of_a_factory(x):
    g = mk(x)
    return g(x)+g(2.0)


class Sq:
    def __init__(self, a):
        self.a = a
    def area(self):
        return self.a*self.a


class Ci:
    def __init__(self, r):
        self.r = r
    def area(self):
        return 3.0*self.r*self.r


def object_of_one_of_two_classes(x):
    if x > 1:
        o = Sq(x)
    else:
        o = Ci(x)
    return o.area()*x


def object_picked_by_a_number(x):
    shapes = [Sq(x), Ci(2*x), Sq(x*x)]
    s = 0.0
    for i in range(40):
        s += shapes[i % 3].area()
    return s


def starred_displays(x):
    y = np.array([x, 2*x, x*x])[np.array([0,1,2])]
    z = [1.0, *y, x]
    a, *b = [*y]
    return max(*y) + sum(z) + a*len(b) + np.hypot(*y[:2])


def functions_in_a_dict(x):
    ops = {'s': np.sin, 'c': lambda v: v*x}
    names = ['s','c','s']
    r = x
    for n in names:
        r = ops[n](r)
    return r


def copies_of_lists(x):
    xs = [x, 2*x]
    for i in range(3):
        xs.append(xs[-1]*x)
    ys = xs.copy()
    ys.append(1.0)
    zs = xs[:]
    zs[0] = 5.0
    return sum(ys) + xs[0]*zs[0]


def lists_of_arrays(x):
    A = np.outer(np.array([x, 1.0]), np.array([1.0, x]))
    L = A.tolist()
    v = np.array([x,2*x]).tolist()
    L[0][1] = 3.0*x
    v = v + [1.0]
    return sum(sum(r) for r in L) + v[0]*v[1] + len(v)


def any_and_all_in_a_condition(x):
    v = np.array([x, 2.0, x*x])
    if all(a > -5 for a in v) and any(a < 5 for a in v):
        return v[0]*v[2]
    return x


def columns_of_pairs(x):
    pairs = [(x, 1.0), (2.0, x*x), (x, x)]
    a, b = zip(*pairs)
    return sum(a)*sum(b)



PROGRAMS: list[Callable[[float], Any]] = [
    starred_arguments, columns_of_an_array, lambdas_made_in_a_comprehension, function_picked_by_a_number,
    function_picked_by_a_condition, lambda_of_a_branch, lambda_of_a_factory, object_of_one_of_two_classes,
    object_picked_by_a_number, starred_displays, functions_in_a_dict, copies_of_lists, lists_of_arrays,
    any_and_all_in_a_condition, columns_of_pairs]


@pytest.mark.parametrize("at", [0.7, 1.5])
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda f: f.__name__)
def test_compiled_and_right(program: Callable[[float], Any], at: float):
    step = 1e-5
    slope = (program(at - 2 * step) - 8 * program(at - step) + 8 * program(at + step)
             - program(at + 2 * step)) / (12 * step)
    value, gradient = ad.value_and_grad(program, on_unsupported="error")(at)
    assert value == pytest.approx(program(at), rel=1e-13)
    assert gradient == pytest.approx(slope, rel=1e-7, abs=1e-7)
    assert ad.jvp(program, (at,), (1.0,))[1] == pytest.approx(slope, rel=1e-7, abs=1e-7)
