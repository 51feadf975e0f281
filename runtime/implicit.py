"""Solutions of equations (`ad.custom_root` and its relatives) on the tape: one node, by the implicit function theorem.

    residual(x, params) = 0     =>     params_bar = -r_params' (r_x'^-1 x_bar)

The solver runs on plain numbers. Then the residual is recorded once at the solution: its graph leads to everything that
the equation uses, and the node on top of it applies the inverse transpose of the matrix `r_x`, which is built by one
backward run for each number of the residual.
"""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from runtime.autograd import no_grad
from runtime.backward import run_backward
from runtime.core import Recorded, edge, leaf
from runtime.custom_rules import _plain, record
from runtime.traced_array import TracedArray


class Solution:
    """The map from the residual at a solution to the solution, for `runtime.custom_rules.record`."""

    def __init__(self, name: str, tree: Any, found: Any, matrix: np.ndarray) -> None:
        self.__name__, self.tree, self.found, self.matrix = name, tree, found, matrix

    def fun(self, residual: Any) -> Any:
        """The solution, whatever the residual (which is zero but for rounding)."""
        return self.found

    def pullback_at(self, args: tuple[Any, ...]) -> tuple[Any, Any]:
        """The solution and its pullback. Raises RuntimeError where a backward is recorded."""
        if any(isinstance(x, Recorded) for x in self.tree.floating(args)):
            raise RuntimeError(f"a second derivative of `{self.__name__}` is not taken on the tape: differentiate the "
                               "function with `ad_compiler`, compiled")

        def pull(bar: Any) -> list[Any]:
            bars = [np.ravel(x) for x in self.tree.floating(bar)]
            y = -np.linalg.solve(self.matrix.T, np.concatenate(bars))
            cuts = np.cumsum([np.size(x) for x in self.tree.floating(args)])[:-1]
            return [np.reshape(part, np.shape(x)) for part, x in
                    zip(np.split(y, cuts), self.tree.floating(args), strict=True)]

        return self.found, pull


def is_recorded(tree: Any, value: Any) -> bool:
    """Whether numbers of a structure require a gradient."""
    return any(isinstance(x, Recorded) and x._req for x in tree.floating(value))


def solution(name: str, tree: Any, f: Callable[[Any], Any], residual: Callable[[Any, Any], Any], guess: Any,
             solve: Callable[[Callable[[Any], Any], Any], Any]) -> Any:
    """What `solve` finds for a function that uses recorded arrays, with the derivative of `residual(f(x), x) = 0`.

    Raises RuntimeError for complex unknowns, LinAlgError where the matrix of the equation is singular.
    """
    def plain(x: Any) -> Any:
        with no_grad():
            return tree.map_leaves(_plain, f(x))

    found = tree.map_leaves(_plain, solve(plain, tree.map_leaves(_plain, guess)))
    if any(np.asarray(x).dtype.kind == "c" for x in tree.floating(found)):
        raise RuntimeError(f"`{name}` of complex unknowns has no derivative on the tape")
    at_solution = residual(f(found), found)
    return record(Solution(name, tree, found, matrix(tree, f, residual, found)), (at_solution,))


def matrix(tree: Any, f: Callable[[Any], Any], residual: Callable[[Any, Any], Any], found: Any) -> np.ndarray:
    """The derivative of the residual by the unknowns, one row for each number of the residual."""
    unknowns: list[Any] = []

    def free(x: Any) -> Any:
        if not tree.carries(x):
            return x
        unknowns.append(leaf(TracedArray, np.array(x, float), True))
        return unknowns[-1]

    variable = tree.map_leaves(free, found)
    rows = []
    for y in tree.floating(residual(f(variable), variable)):
        for k in range(np.size(_plain(y))):
            rows.append(_row(y, k, unknowns))
    return np.array(rows)


def _row(y: Any, k: int, unknowns: list[Any]) -> np.ndarray:
    """The derivative of one number of the residual."""
    bars: list[Any] = [None] * len(unknowns)
    if isinstance(y, Recorded) and y._req:
        unit = np.zeros(np.size(y._data))
        unit[k] = 1.0
        bars = run_backward([(edge(y), np.reshape(unit, y._data.shape))], True, False, [edge(x) for x in unknowns],
                            accumulate=False)
    return np.concatenate([np.zeros(np.size(x._data)) if bar is None else np.ravel(bar)
                           for bar, x in zip(bars, unknowns, strict=True)])
