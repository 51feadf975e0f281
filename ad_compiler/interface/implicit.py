"""Solutions of equations: `custom_root`, `fixed_point`, `custom_linear_solve`.

The derivative of a solution follows from the equation, not from how it was solved. Called on numbers these functions
just solve. In a program that is compiled, the equation's function is closed over what it captures, and the solution
becomes a call of a function of these with a rule (`implicit_rules.py`), which is used in every mode and order.
"""
from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

from ..analysis.infer import type_of
from ..frontend.lower.custom import UserRule, lower_ruled
from ..frontend.lower.trees import described, leaves, opened
from ..frontend.lowering import Lowering
from ..frontend.values import Value
from ..ir import nodes as ir
from ..parameters import signature_of
from .custom_functions import Tree
from .equation import Closed, Solution
from .implicit_rules import by_iteration, dense, iterated, minus, rules_of
from .inside_functions import outside
from .naming import load_text

_TOLERANCE, _LIMIT = 1e-12, 10_000


def custom_root(f: Callable[[Any], Any], initial_guess: Any, solve: Callable[..., Any],
                tangent_solve: Callable[..., Any] | None = None) -> Any:
    """A root of `f`, found by `solve(f, initial_guess)`, and differentiable in everything that `f` uses.

    `f(x)` has the structure and shapes of `x`. `solve` may be anything, also in C; derivatives do not pass through it,
    nor through `initial_guess`. `tangent_solve(g, y)` solves `g(x) = y` for a linear function `g`, the derivative of
    `f` at the root (forward mode) or its transpose (reverse mode); the default builds the matrix of `g`, by one
    application for each number of x.

    >>> import ad_compiler as ad
    >>> def newton(f, x):
    ...     for _ in range(20):
    ...         x = x - f(x) / ((f(x + 1e-6) - f(x)) / 1e-6)
    ...     return x
    >>> def cube_root(a):
    ...     return ad.custom_root(lambda x: x ** 3 - a, 1.0, newton)
    >>> round(ad.grad(cube_root)(8.0), 9)
    0.083333333
    """
    recorded = _recorded(f, initial_guess)
    if recorded is not None:
        return recorded("custom_root", Tree, f, lambda value, x: value, initial_guess, solve)
    return solve(f, initial_guess)


def fixed_point(f: Callable[[Any], Any], x0: Any, solve: Callable[..., Any] | None = None,
                tangent_solve: Callable[..., Any] | None = None, tolerance: float = _TOLERANCE,
                limit: int = _LIMIT) -> Any:
    """The `x` with `f(x) = x` that iteration from `x0` finds, differentiable in everything that `f` uses.

    `f(x)` has the structure and shapes of `x`. `solve(f, x0)` replaces the iteration. Derivatives iterate the
    derivative of `f` in the same way (`x_bar = x_bar + f_x' y`), or use `tangent_solve` as in `custom_root`, where `g`
    is the derivative of `f(x) - x`; with `solve` given, the matrix of that. The iteration ends when a step is below
    `tolerance * (1 + max|x|)`; it raises RuntimeError if that does not happen within `limit` steps.

    >>> import ad_compiler as ad
    >>> def babylonian(a):
    ...     return ad.fixed_point(lambda x: 0.5 * (x + a / x), 1.0)
    >>> round(babylonian(9.0), 9), round(ad.grad(babylonian)(9.0), 9)
    (3.0, 0.166666667)
    """
    recorded = _recorded(f, x0)
    if recorded is not None:
        return recorded("fixed_point", Tree, f, minus, x0, solve or by_iteration(tolerance, limit))
    return (solve or by_iteration(tolerance, limit))(f, x0)


def custom_linear_solve(matvec: Callable[[Any], Any], b: Any, solve: Callable[..., Any],
                        transpose_solve: Callable[..., Any] | None = None, symmetric: bool = False) -> Any:
    """The `x` with `matvec(x) = b`, found by `solve(matvec, b)`; differentiable in `b` and in all that `matvec` uses.

    `matvec` is linear and takes what it returns. `transpose_solve(vecmat, b)` solves with the transpose; with
    `symmetric` `solve` does. Without either, reverse mode builds the matrix.

    >>> import ad_compiler as ad, numpy as np
    >>> def solve(matvec, b):
    ...     return np.linalg.solve(np.stack([matvec(e) for e in np.eye(2)], axis=1), b)
    >>> def energy(k, b):
    ...     a = np.array([[2.0, -1.0], [-1.0, 2.0]])
    ...     x = ad.custom_linear_solve(lambda v: k * (a @ v), b, solve, symmetric=True)
    ...     return np.sum(b * x)
    >>> round(ad.grad(energy)(2.0, np.array([1.0, 3.0])), 9)
    -2.166666667
    """
    recorded = _recorded(matvec, b) or _recorded(lambda x: b, b)
    if recorded is not None:
        return recorded("custom_linear_solve", Tree, matvec, lambda value, x: minus(value, b), b, solve)
    return solve(matvec, b)


def _recorded(f: Callable[[Any], Any], x: Any) -> Any:
    """How the tape solves, where the function uses arrays that it records; None where it does not."""
    if "runtime.core" not in sys.modules:
        return None
    for leaf in (*Tree.floating(x), *Tree.floating(f(Tree.map_leaves(_number_of, x)))):
        if hasattr(type(leaf), "__ad_solution__"):
            return type(leaf).__ad_solution__
    return None


def _number_of(x: Any) -> Any:
    """A number or array without its record."""
    return x.__ad_stop__() if hasattr(type(x), "__ad_stop__") else x


# --- in a program that is compiled ------------------------------------------------------------------------------------
def _read_root(lo: Lowering, function: Any, args: list[Value], kwargs: dict[str, Value], node: Any, hint: str | None
               ) -> Value:
    given = _given(lo, custom_root, args, kwargs, node)
    equation = _Equation(lo, node)
    equation.take("f", given["f"])
    solve, tangent = equation.helper("solve", given["solve"]), equation.helper("tangent_solve", given["tangent_solve"])
    linear = tangent or Helper(dense)
    return equation.solution("root", given["initial_guess"], "f({x})", solve or _no_solver(lo, node), linear, linear,
                             hint)


def _read_fixed_point(lo: Lowering, function: Any, args: list[Value], kwargs: dict[str, Value], node: Any,
                      hint: str | None) -> Value:
    given = _given(lo, fixed_point, args, kwargs, node)
    equation = _Equation(lo, node)
    equation.take("f", given["f"])
    tolerance, limit = (_number(lo, name, given[name], node) for name in ("tolerance", "limit"))
    solve, tangent = equation.helper("solve", given["solve"]), equation.helper("tangent_solve", given["tangent_solve"])
    linear = tangent or Helper(dense if solve else iterated(tolerance, limit))
    return equation.solution("fixed_point", given["x0"], "minus(f({x}), {x})",
                             solve or Helper(by_iteration(tolerance, limit)), linear, linear, hint)


def _read_linear(lo: Lowering, function: Any, args: list[Value], kwargs: dict[str, Value], node: Any, hint: str | None
                 ) -> Value:
    given = _given(lo, custom_linear_solve, args, kwargs, node)
    equation = _Equation(lo, node)
    equation.take("f", given["matvec"])
    solve = equation.helper("solve", given["solve"]) or _no_solver(lo, node)
    back = equation.helper("transpose_solve", given["transpose_solve"])
    if back is None and _number(lo, "symmetric", given["symmetric"], node):
        back = solve
    b = equation.parameter(opened(lo, given["b"]))
    return equation.solution("linear_solution", given["b"], f"minus(f({{x}}), {b})", solve, solve,
                             back or Helper(dense), hint, right=b)


def _no_solver(lo: Lowering, node: Any) -> NoReturn:
    lo.fail("AD109", node, "`solve` is None", "give a function of the equation's function and the first guess")


@dataclass(frozen=True, slots=True)
class Helper:
    """A solver, and what a call of it has before and behind its own arguments: numbers of the program that it captures,
    as texts that find them in `fixed`."""

    function: Any
    name: str = "solve"
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The text of a call, with `{given}` for its own arguments."""
        return f"solve({', '.join([*self.before, '{given}', *self.after])})"

    def linear(self) -> Callable[..., Any]:
        """`solve(g, y, fixed)`, as rules call it."""
        return _linear(self.text)(self.function)


@functools.lru_cache(maxsize=256)
def _linear(text: str) -> Callable[..., Any]:
    """A factory of such functions; one object for one text."""
    body = f"    def linear(g, y, fixed):\n        return {text.format(given='g, y')}\n"
    return load_text(f"def made(solve):\n{body}    return linear\n", "made", {})


def _given(lo: Lowering, of: Callable[..., Any], args: list[Value], kwargs: dict[str, Value], node: Any
           ) -> dict[str, Value]:
    try:
        bound = signature_of(of).bind(*args, **kwargs)
    except TypeError as error:
        lo.fail("AD109", node, f"{of.__name__}(): {error}")
    rest = {p.name: ir.Const(p.default) for p in signature_of(of).parameters.values() if p.default is not p.empty}
    return {**rest, **bound.arguments}


def _number(lo: Lowering, name: str, value: Value, node: Any) -> Any:
    if not isinstance(value, ir.Const):
        lo.fail("AD110", node, f"`{name}` must be a constant here")
    return value.value


class _Equation(Closed):
    """The function of an equation with what it captures."""

    def helper(self, name: str, value: Value) -> Helper | None:
        """A solver, as a function from outside. Numbers of the program that it captures are constants to it."""
        if isinstance(value, ir.Const) and value.value is None:
            return None
        made = outside(self.lo, value, self.node)
        before: list[str] = []
        after: list[str] = []
        while isinstance(made, functools.partial):
            before[:0] = map(self.constant, made.args)
            after += [f"{k}={self.constant(a)}" for k, a in made.keywords.items()]
            made = made.func
        return Helper(made, name, tuple(before), tuple(after))

    def solution(self, name: str, guess: Value, residual: str, solve: Helper, tangent: Helper, transposed: Helper,
                 hint: str | None, right: str = "x0") -> Value:
        """The value of a solution: a call of a function with a rule, of the guess and of what was captured. `right` is
        what the solver gets behind the function of the equation."""
        solving = _solving(self.call, residual, solve.text, right, len(self.params))
        call, of = solving(self.function, minus, solve.function)
        function = Solution(name, call)
        forward, backward, tangents = rules_of(function, of, tangent.linear(), transposed.linear())
        count = len(self.params)
        rule = UserRule(function, name, self.signature("x0"), None, forward, backward, tangents, self.nondiff(1),
                        like=lambda x0, *args: of(x0, args[:count], args[count:]))
        function.rule = rule
        guess = opened(self.lo, guess)
        found = lower_ruled(self.lo, rule, [guess, *self.params, *self.fixed], {}, self.node, hint)
        self._check(found, guess)
        return found

    def _check(self, found: Value, guess: Value) -> None:
        """Refuse a function that returns something of another form than it takes."""
        forms = [[type_of(v) for v in leaves(tree) if isinstance(v, (ir.Var, ir.Const))] for tree in (found, guess)]
        ranks = [[getattr(t, "ndim", 0) for t in form] for form in forms]
        if ranks[0] != ranks[1]:
            self.lo.fail("AD175", self.node, f"the function of the equation must return what it takes, "
                         f"{described(guess)}, not {described(found)}", "there are as many equations as unknowns")


@functools.lru_cache(maxsize=256)
def _solving(call: str, residual: str, solve: str, right: str, count: int) -> Callable[..., Any]:
    """A factory of the function that solves and of its residual; one object for one text."""
    applied = call.format(x="x")
    text = (f"def made(f_, minus, solve):\n"
            f"    f = f_\n"
            f"    def call(x0, *args):\n"
            f"        params, fixed = args[:{count}], args[{count}:]\n"
            f"        return {solve.format(given=f'lambda x: {applied}, {right}')}\n"
            f"    def residual(x, params, fixed):\n"
            f"        return {residual.replace('f({x})', applied).replace('{x}', 'x')}\n"
            f"    return call, residual\n")
    return load_text(text, "made", {})


custom_root.__ad_transform__ = _read_root
fixed_point.__ad_transform__ = _read_fixed_point
custom_linear_solve.__ad_transform__ = _read_linear

__all__ = ["custom_linear_solve", "custom_root", "fixed_point"]
