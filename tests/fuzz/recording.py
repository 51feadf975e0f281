"""Run a program so that it tells which way it went, on real or on complex numbers.

The program's text is rewritten: every comparison becomes `_rec.compare(...)`, every loop and function begins
with `_rec.tick()`, and `np`, `math`, `abs`, `max`, ... note the decision they take and how near it was to the
other one. The same rewriting makes complex step possible where plain Python would not allow it: comparisons
and kinks look at the real part, arrays are created complex.
"""
from __future__ import annotations

import ast
import builtins
import copy
import math
import operator
import sys
import types
import warnings
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np

from .loading import Loaded

OPERATORS: dict[type[ast.cmpop], str] = {
    ast.Lt: "lt", ast.Gt: "gt", ast.LtE: "le", ast.GtE: "ge", ast.Eq: "eq", ast.NotEq: "ne"}
MOST_TICKS = 5000


class Runaway(Exception):
    """The program made more steps than any generated one should."""


class Recorder:
    """Decisions of one run, the narrowest margin among them, and a limit on steps."""

    def __init__(self) -> None:
        self.reset()

    def reset(self, complex_numbers: bool = False) -> None:
        self.complex = complex_numbers
        self.margin = math.inf
        self.decisions: list[Any] = []
        self.ticks = 0

    def tick(self) -> None:
        self.ticks += 1
        if self.ticks > MOST_TICKS:
            raise Runaway(f"more than {MOST_TICKS} steps")

    def decide(self, left: Any, right: Any) -> None:
        """Note a decision between two values by their real parts (elementwise), and its margin.

        Equal values are a tie only if they may come apart, that is if their derivatives differ: on complex
        numbers this is seen, on real ones they are passed over.
        """
        if isinstance(left, tuple) and isinstance(right, tuple):  # by the first parts that differ
            for a, b in zip(left, right, strict=False):
                if a is not b:
                    self.decide(a, b)
                if np.any(a != b):
                    return
            return
        if isinstance(left, str):
            return
        gap = np.asarray(left) - np.asarray(right)
        if gap.dtype.kind in "fc":
            apart = np.abs(gap[gap != 0]) if gap.dtype.kind == "f" else np.abs(gap.real[gap != 0])
            self.margin = min(self.margin, float(np.min(apart, initial=math.inf)))
        self.decisions.append(np.asarray(gap.real > 0).tobytes())

    def compare(self, name: str, left: Any, right: Any) -> Any:
        with suppress(TypeError):  # strings and the like decide without a margin
            self.decide(left, right)
        return getattr(operator, name)(real(left), real(right))

    def truth(self, value: Any) -> Any:
        """A number in `and`/`or`: whether it is zero decides."""
        if isinstance(value, float | complex | np.inexact) and value != 0.0:
            self.decide(value, 0.0)
        return value

    def chain(self, names: list[str], values: list[Any]) -> bool:
        tests = [self.compare(name, values[k], values[k + 1]) for k, name in enumerate(names)]
        return all(tests)


def real(value: Any) -> Any:
    return value.real if isinstance(value, complex | np.complexfloating | np.ndarray) else value


class Rewriter(ast.NodeTransformer):
    """Comparisons, loops and functions report to `_rec`; `numpy` and `math` are the recording ones."""

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        if not all(type(op) in OPERATORS for op in node.ops):
            return node
        names = [OPERATORS[type(op)] for op in node.ops]
        values = [node.left, *node.comparators]
        if len(names) == 1:
            return _call("compare", [ast.Constant(names[0]), *values])
        return _call("chain",
                     [ast.List([ast.Constant(n) for n in names], ast.Load()), ast.List(values, ast.Load())])

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        self.generic_visit(node)
        node.values = [*(_call("truth", [v]) for v in node.values[:-1]), node.values[-1]]
        return node

    def visit_Import(self, node: ast.Import) -> ast.AST:
        name = node.names[0]
        if name.name not in ("numpy", "math"):
            return node
        return ast.Assign([ast.Name(name.asname or name.name, ast.Store())],
                          ast.Name(f"_{name.name}", ast.Load()))

    def _ticking(self, node: Any) -> Any:
        self.generic_visit(node)
        node.body.insert(0, ast.Expr(_call("tick", [])))
        return node

    visit_For = visit_While = visit_FunctionDef = _ticking


def _call(method: str, args: list[ast.expr]) -> ast.Call:
    return ast.Call(ast.Attribute(ast.Name("_rec", ast.Load()), method, ast.Load()), args, [])


class Namespace:
    """A module with some of its functions replaced."""

    def __init__(self, module: Any, replaced: dict[str, Any]) -> None:
        self.__dict__.update(replaced)
        self._module = module

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)


class Recorded:
    """A program ready to be run under a recorder, as often as needed.

    >>> recorded = Recorded("def f(x):\\n    return x * x if x > 0.5 else x\\n")
    >>> recorded.run((2.0,)), recorded.recorder.margin
    (4.0, 1.5)
    """

    def __init__(self, text: str) -> None:
        self.recorder = Recorder()
        tree = ast.fix_missing_locations(Rewriter().visit(ast.parse(text)))
        module = types.ModuleType("recorded_program")
        sys.modules[module.__name__] = module  # dataclasses look their module up
        module.__dict__.update(_rec=self.recorder, **_supplied(self.recorder))
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # what Python's parser warns of is no program of ours
            exec(compile(tree, "<recorded>", "exec"), module.__dict__)
        self.function: Callable[..., Any] = module.__dict__["f"]

    def run(self, args: tuple[Any, ...], complex_numbers: bool = False) -> Any:
        """The value for a copy of these arguments; what was decided is in `recorder`. Warnings are errors."""
        self.recorder.reset(complex_numbers)
        with warnings.catch_warnings(), np.errstate(divide="raise", over="raise", invalid="raise"):
            warnings.simplefilter("error")
            return self.function(*copy.deepcopy(args))


class RecordingNumPy(Namespace):
    """`numpy` for a recorded program: single precision is double there, or complex, since it is followed closely."""

    def __init__(self, rec: Recorder, replaced: dict[str, Any]) -> None:
        super().__init__(np, replaced)
        self._recorder = rec

    @property
    def float32(self) -> type[Any]:
        return np.complex128 if self._recorder.complex else np.float64


def run_plain(loaded: Loaded, args: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...]]:
    """Value of the program as it stands, and its arguments as it leaves them."""
    given = copy.deepcopy(args)
    return loaded.function(*given), given


def _supplied(rec: Recorder) -> dict[str, Any]:
    """What the rewritten program finds instead of the real modules and builtins."""
    from .readings import array_functions, math_functions, scalar_functions
    linalg = Namespace(np.linalg, {"norm": lambda a: np.sqrt(np.sum(a * a))})
    return {"_numpy": RecordingNumPy(rec, {**array_functions(rec), "linalg": linalg}),
            "_math": Namespace(math, math_functions(rec)),
            "__builtins__": {**vars(builtins), **scalar_functions(rec)}}
