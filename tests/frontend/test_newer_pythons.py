"""What newer versions of Python have, read by the versions that have it; and what they changed below the language."""
from __future__ import annotations

import ast
import functools
import inspect
import itertools
import math
import sys
import typing

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler.frontend.emulated_functions import sumprod
from ad_compiler.frontend.emulated_iterators import batched
from ad_compiler.frontend.scopes import scopes_of
from ad_compiler.parameters import signature_of
from tests.fuzz.loading import loaded

HEAD = """
import copy, dataclasses, functools, itertools, math, operator, typing
import numpy as np
import ad_compiler as ad
from scipy.optimize import brentq
"""

PROGRAMS: dict[str, tuple[tuple[int, int], str]] = {
    "generics": ((3, 12), """
def scaled[T](v: T, k: T) -> T:
    return v * k
class Box[T]:
    def __init__(self, v: T):
        self.v = v
    def scaled[U](self, k: U) -> T:
        return self.v * k
def f(x):
    type Number = float
    def inner[T](y: T) -> T:
        z: Number = y * x[0]
        return z
    return scaled(x[1], 3.0) + Box(x[0]).scaled(2.0) * inner(x[1])
"""),
    "generic_equation": ((3, 12), """
def f(x):
    def residual[T](r: T) -> T:
        return r**3 - x[0] * sum([x[1] * k for k in range(1, 3)])
    return ad.custom_root(residual, 1.0, lambda g, guess: brentq(g, 0.0, 20.0))
"""),
    "quotes_in_quotes": ((3, 12), """
def f(x):
    d = {"a": x[0], "b": x[1]}
    return d[f"{"ab"[0]}"] * d[f"{"ab"[1]}"] ** 2
"""),
    "sumprod": ((3, 12), """
def f(x):
    grown = []
    for i in range(x.size * 3):
        grown.append(x[0] * i + x[1])
    return math.sumprod([x[0], x[1]], [x[1], x[1]]) + math.sumprod(grown, grown) + math.sumprod(x, x * 2)
"""),
    "batched": ((3, 12), """
def f(x):
    total = 0.0
    for a, b in itertools.batched([x[0], x[1], x[0] * x[1], x[1] ** 2], 2):
        total += a * b
    for group in itertools.batched(np.concatenate((x, x * 2, x[:1] ** 2)), 2):
        total += math.prod(group)
    return total
"""),
    "decorators_for_type_checkers": ((3, 12), """
def f(x):
    class A:
        def g(self, v): return v
    class B(A):
        @typing.override
        def g(self, v): return v * x[0]
    return B().g(x[1])
"""),
    "fma": ((3, 13), "def f(x): return math.fma(x[0], x[1], x[0] ** 2)"),
    "default_of_a_type_parameter": ((3, 13), """
def squared[T = float](v: T): return v * v
def f(x): return squared(x[0]) * x[1]
"""),
    "copy_replace": ((3, 13), """
@dataclasses.dataclass(frozen=True)
class P:
    a: float
    b: float
class N(typing.NamedTuple):
    a: float
    b: float
class R:
    def __init__(self, a): self.a = a
    def __replace__(self, **kw): return R(kw.get("a", self.a))
def f(x):
    p = copy.replace(P(x[0], 2.0), b=x[1])
    return p.a * p.b + copy.replace(N(x[0], x[1]), a=x[1] * 2).a * copy.replace(R(x[0]), a=x[1] ** 2).a
"""),
    "annotations_that_name_nothing": ((3, 14), """
@dataclasses.dataclass
class Pair:
    a: Later
    b: typing.Any = 2.0
def f(x: Unknown) -> AlsoUnknown:
    def inner(y: Nope) -> Nada:
        return y * x[1]
    z: NotThere = Pair(x[0], x[1]).a
    return inner(z)
"""),
    "equation_with_annotations_that_name_nothing": ((3, 14), """
def f(x):
    def residual(r: Nope) -> Nada:
        return r**3 - x[0] * sum(x[1] * k for k in range(1, 3))
    return ad.custom_root(residual, 1.0, lambda g, guess: brentq(g, 0.0, 20.0))
"""),
    "places_left_open": ((3, 14), """
from functools import Placeholder, partial
def three(a, b, c): return a * b + c * c * a
of_two = partial(three, Placeholder, 2.0)
def f(x):
    inside = partial(three, Placeholder, x[1])
    nested = partial(partial(three, Placeholder, Placeholder, x[1]), x[0])
    return of_two(x[0], x[1]) + inside(x[0], 2.0) * nested(4.0)
"""),
    "partial_functions_as_methods": ((3, 14), """
def times(self, v): return v * self.k
class K:
    def __init__(self, k): self.k = k
    g = functools.partial(times)
def f(x): return K(x[0]).g(x[1])
"""),
    "several_errors_without_parentheses": ((3, 14), """
def f(x):
    try:
        y = x[0] * x[1]
    except ValueError, TypeError:
        y = 0.0
    return y
"""),
    "map_strict": ((3, 14), "def f(x): return sum(map(lambda a, b: a * b, [x[0], x[1]], [x[1], 3.0], strict=True))"),
    "is_none": ((3, 14), "def f(x): return x[0] * x[1] if operator.is_none(None) else x[0]"),
    # what all versions have
    "partial_methods": ((3, 11), """
def times(self, k, v): return v * self.k * k
class K:
    def __init__(self, k): self.k = k
    g = functools.partialmethod(times, 2.0)
    h = staticmethod(functools.partial(lambda a, b: a * b * b, 3.0))
def f(x): return K(x[0]).g(x[1]) + K.h(x[0]) * K(x[0]).h(b=x[1])
"""),
    "final": ((3, 11), """
def f(x):
    @typing.final
    def g(v): return v * x[0]
    @typing.final
    class C:
        @typing.no_type_check
        def h(self, v): return v * x[1]
    return g(x[1]) * C().h(x[0])
"""),
}


@pytest.mark.parametrize("name", [
    pytest.param(name, marks=pytest.mark.skipif(sys.version_info < since, reason="this Python does not have it"))
    for name, (since, _) in PROGRAMS.items()])
def test_programs(name: str) -> None:
    x = np.array([1.3, 0.7])
    with loaded(HEAD + PROGRAMS[name][1]) as module:
        f = module.function
        value, _ = ad.value_and_grad(f, on_unsupported="error")(x)
        assert np.isclose(value, f(x), rtol=1e-14)
        ad.testing.check_grads(f, (x,))


@pytest.mark.skipif(sys.version_info < (3, 14), reason="functools.Placeholder is there from 3.14 on")
def test_a_partial_function_with_places_left_open_is_differentiated() -> None:
    half = functools.partial(lambda a, b, c=2.0: a * b + c * c * a, functools.Placeholder, 2.0)  # type: ignore
    assert ad.grad(half, on_unsupported="error")(1.5) == 6.0
    assert ad.grad(half, argnums=(0, 1), on_unsupported="error")(1.5, 3.0) == (11.0, 9.0)


def test_scopes_are_those_of_code() -> None:
    """3.14 has tables for annotations beside those of functions, 3.12 tables of type parameters around them."""
    text = "def f(x: Outer, c) -> Result:\n    y: Own = x\n    return [lambda: c * k for k in (y, around)]"
    first, *inner = scopes_of(ast.parse(text).body[0])
    assert first.get_name() == "f" and {"x", "c", "y"} <= set(first.get_locals())
    assert {"around"} <= {s.get_name() for table in (first, *inner) for s in table.get_symbols() if s.is_global()}
    assert all(table.get_type() in ("function", "class") for table in (first, *inner))


def test_signatures_name_the_same_parameters() -> None:
    def f(a: typing.Any, /, b: int = 2, *rest: float, key: str = "k") -> None: ...

    found, plain = signature_of(f), inspect.signature(f)
    assert list(found.parameters) == list(plain.parameters)
    assert [p.default for p in found.parameters.values()] == [p.default for p in plain.parameters.values()]


def test_what_stands_for_newer_functions() -> None:
    assert list(batched([1, 2, 3, 4, 5], 2)) == [(1, 2), (3, 4), (5,)]
    assert list(batched([], 2)) == []
    with pytest.raises(ValueError, match="incomplete"):
        list(batched([1, 2, 3], 2, strict=True))
    assert sumprod([1.0, 2.0], [3.0, 4.0]) == 11.0
    if sys.version_info >= (3, 12):
        assert list(itertools.batched("abcde", 3)) == list(batched("abcde", 3))
        assert math.sumprod([1.0, 2.0], [3.0, 4.0]) == 11.0


def chunks(z: np.ndarray) -> float:
    total = 0.0
    group: list[float] = []
    for item in z:
        group.append(item * 2)
        if len(group) == 2:
            total += group[0] * group[1]
            group = []
    if len(group) > 0:
        total += group[0] ** 3
    return total


def batches(z: np.ndarray) -> float:
    total = 0.0
    for group in batched(z * 2, 2):
        total += math.prod(group)
    return total


@pytest.mark.parametrize("f", [chunks, batches], ids=lambda f: f.__name__)
@pytest.mark.parametrize("size", [1, 4, 5])
def test_a_list_that_begins_anew_in_a_loop(f: typing.Callable[[np.ndarray], float], size: int) -> None:
    z = np.linspace(0.5, 2.0, size)
    value, _ = ad.value_and_grad(f, on_unsupported="error")(z)
    assert np.isclose(value, f(z))
    ad.testing.check_grads(f, (z,))
