"""Write small, well-typed, terminating random programs over the language the compiler promises.

    program = generate(7)
    print(program.text)          # imports, helpers, and `def f(x, y, s)` returning a float
    program.args                 # arrays and a float to call it with

The same seed gives the same text and the same arguments. A program is plain text: nothing here knows the
compiler.
"""
from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from . import helpers, more_helpers, structured
from .control import block, result
from .expressions import float_expr
from .features import WEIGHTS, Features
from .scope import Array, DictOf, Float, Generator, Int, Lines, ListOf, Scope, Shape, Type, indent
from .statements import STATEMENTS

IMPORTS = ("import functools", "import heapq", "import itertools", "import math",
           "from collections import Counter, OrderedDict, defaultdict, deque, namedtuple",
           "from dataclasses import dataclass", "from types import SimpleNamespace", "", "import numpy as np")
APPLY_TWICE = ["def apply_twice(fn, p, q):", "    return fn(fn(p, q), q)"]
BOOST = 60.0
DRAWN = 25.0  # how much likelier the few constructs are that a program is drawn to be about
HELPERS = {**helpers.HELPERS, **more_helpers.HELPERS}


@dataclass(frozen=True)
class Program:
    """Text of a module that defines `f`, the arguments to call it with, and the constructs it uses."""

    text: str
    args: tuple[Any, ...]
    name: str = "program"
    features: Features = field(default_factory=Features, compare=False)
    cotangents: Any = None  # of the result of `h`, where `f` weighs it by them

    @property
    def argnums(self) -> tuple[int, ...]:
        """Positions of the arguments to differentiate: all but integers."""
        return tuple(k for k, arg in enumerate(self.args) if not isinstance(arg, int))


def generate(seed: int, wanted: tuple[str, ...] = (), avoided: tuple[str, ...] = ()) -> Program:
    """The program of this seed. Constructs named in `wanted` are strongly preferred, those in `avoided` left out."""
    rng = random.Random(seed)
    weights = {**WEIGHTS, **{name: BOOST * WEIGHTS.get(name, 1.0) for name in wanted},
               **dict.fromkeys(avoided, 0.0)}
    if not wanted and rng.random() < 0.5:  # every pair of constructs should meet often enough
        for name in rng.sample([*STATEMENTS, *HELPERS], 3):
            weights[name] = DRAWN * weights.get(name, 1.0)
    n, m = rng.choice([3, 4, 4, 5]), rng.choice([2, 3])
    g = Generator(rng, Features(), weights, budget=rng.choice([3, 6, 9, 12]),
                  shapes=((n,), (m, n), (n,), (3, 3)))
    _write_helpers(g, wanted)
    params = _parameters(g, n, m)
    pieces = structured.drawn(g) if g.chance(0.15) else None
    scope = Scope(dict(params), returns=pieces or Float())
    body = _body(g, scope)
    functions = [[f"def {'h' if pieces else 'f'}({', '.join(params)}):", *indent(body)]]
    if pieces is not None:
        g.note(f"result_{pieces.form}")
        functions += pieces.readers(list(params))
    called = any("apply_twice" in line for part in [body, *g.prelude] for line in part)
    parts = [list(IMPORTS), *([APPLY_TWICE] if called else []), *g.prelude, *functions]
    text = "\n\n\n".join("\n".join(part) for part in parts) + "\n"
    return Program(text, _arguments(seed, params), f"seed{seed}", g.features, pieces and pieces.cotangents)


def _write_helpers(g: Generator, wanted: tuple[str, ...]) -> None:
    forced = [name for name in wanted if name in HELPERS]
    for name in forced + [g.weighted(list(HELPERS)) for _ in range(g.pick([0, 1, 1, 2]))]:
        with g.inside(name):
            HELPERS[name](g)


def _parameters(g: Generator, n: int, m: int) -> dict[str, Type]:
    vector, matrix = Array((n,)), Array((m, n))
    return g.pick([
        {"x": vector, "y": matrix, "s": Float()}, {"x": vector, "y": vector, "s": Float()},
        {"x": vector, "s": Float()}, {"x": matrix, "s": Float()}, {"x": Float(), "y": Float()},
        {"x": vector, "y": Array((3, 3)), "s": Float()}, {"x": vector, "n": Int(2, 3), "s": Float()},
        {"d": DictOf(("p", "q"), vector), "s": Float()}, {"d": DictOf(("p", "q"), Float()), "x": matrix},
        {"items": ListOf(Float(), 3), "x": vector}, {"items": ListOf(matrix, 2), "s": Float()},
    ])


def _body(g: Generator, scope: Scope) -> Lines:
    lines: Lines = []
    if g.classes and g.chance(0.85):
        with g.inside("object_new"):
            lines += STATEMENTS["object_new"](g, scope) or []
    lines += block(g, scope, g.rng.choice([1, 2, 3]))
    while g.budget > 0:
        lines += block(g, scope, 1)
    return [*lines, f"return {_result(g, scope) if scope.returns == Float() else result(g, scope)}"]


def _result(g: Generator, scope: Scope) -> str:
    """A float made of several of the variables that are live at the end."""
    terms = [float_expr(g, scope, 1)]
    names = [n for n, t in scope.vars.items() if isinstance(t, Array | Float | ListOf | DictOf)]
    for name in g.rng.sample(names, min(len(names), g.pick([2, 3, 4]))):
        match scope.vars[name]:
            case Array(shape=(_,)):
                terms.append(g.pick(["np.sum({0} ** 2)", "{0} @ np.sin({0})", "np.sum({0})"]).format(name))
            case Array():
                terms.append(g.pick(["np.sum({0} * {0})", "np.sum(np.sin({0}))", "{0}.sum()"]).format(name))
            case ListOf(item=Array()):
                terms.append(f"np.sum({name}[-1] * {name}[0])")
            case DictOf(item=Array()):
                terms.append(f"np.sum({name}['p'] * {name}['q'])")
            case DictOf():
                terms.append(f"{name}['p'] * {name}['q']")
            case ListOf():
                terms.append(f"sum({name})")
            case _:
                terms.append(g.pick(["{0}", "{0} * {0}"]).format(name))
    return " + ".join(terms)


def _arguments(seed: int, params: dict[str, Type]) -> tuple[Any, ...]:
    draw = np.random.default_rng(seed)

    def value(kind: Type) -> Any:
        match kind:
            case Int(lo=lo, hi=hi):
                return int(draw.integers(lo, hi + 1))
            case DictOf(keys=keys, item=item):
                return {key: value(item) for key in keys}
            case ListOf(item=item, least=least):
                return [value(item) for _ in range(least)]
        shape: Shape = kind.shape if isinstance(kind, Array) else ()
        sample = np.round(draw.uniform(0.25, 1.15, shape) * draw.choice([-1.0, 1.0, 1.0], shape), 3)
        return sample if shape else float(sample)

    return tuple(value(kind) for kind in params.values())
