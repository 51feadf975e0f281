"""The derivative of a solution, from the equation that it solves.

    residual(x, params) = 0     =>     r_x x_dot = -r_params params_dot          params_bar = -r_params' (r_x'^-1 x_bar)

`r_x` is only ever applied to vectors. The functions here are read by the compiler like a user's rule; what they compute
is differentiated again for higher derivatives, where the solution is again one of the equation.
"""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .directions import jvp, vjp
from .inside_transforms import read_jvp, read_vjp

LinearSolve = Callable[..., Any]
# the rules below are read by the compiler, which is told here what these two mean in them
vjp.__ad_transform__, jvp.__ad_transform__ = read_vjp, read_jvp


def rules_of(function: Any, residual: Callable[..., Any], tangent: LinearSolve, transposed: LinearSolve
             ) -> tuple[Callable[..., Any], Callable[..., Any], Callable[..., Any]]:
    """The rule of `function(x0, *params, *fixed)`, whose result x makes `residual(x, params, fixed)` zero:
    `(forward, backward, tangent)` as in `UserRule`.

    `tangent(g, y, fixed)` solves `g(x) = y` where g is the derivative of the residual by x, `transposed` where it is
    the transpose of that.
    """
    def forward(x0: Any, *args: Any) -> Any:
        x = function(x0, *args)
        return x, (x, args)

    def backward(*given: Any) -> Any:
        fixed, (x, args), x_bar = given[:-2], given[-2], given[-1]
        params = args[: len(args) - len(fixed)]
        _, by_x = vjp(lambda z: residual(z, params, fixed), x)
        y = transposed(lambda v: by_x(v)[0], x_bar, fixed)
        _, by_params = vjp(lambda p: residual(x, p, fixed), params)
        return (None, *by_params(negative(y))[0])

    def tangents(*given: Any) -> Any:
        fixed, primals, dots = given[:-2], given[-2], given[-1]
        params = primals[1:]
        x = function(*primals, *fixed)
        _, moved = jvp(lambda p: residual(x, p, fixed), (params,), (dots[1:],))
        by_x = lambda v: jvp(lambda z: residual(z, params, fixed), (x,), (v,))[1]  # noqa: E731 - read by the compiler
        return x, negative(tangent(by_x, moved, fixed))

    return forward, backward, tangents


def negative(x: Any) -> Any:
    """`-x`, also of a structure."""
    if isinstance(x, dict):
        return {key: negative(x[key]) for key in x}
    if isinstance(x, (tuple, list)):
        return tuple([negative(part) for part in x])
    return -x


def minus(x: Any, y: Any) -> Any:
    """`x - y`, also of structures."""
    if isinstance(x, dict):
        return {key: minus(x[key], y[key]) for key in x}
    if isinstance(x, (tuple, list)):
        return tuple([minus(a, b) for a, b in zip(x, y, strict=True)])
    return x - y


def plus(x: Any, y: Any) -> Any:
    """`x + y`, also of structures."""
    return minus(x, negative(y)) if isinstance(x, (dict, tuple, list)) else x + y


def largest(x: Any) -> Any:
    """The largest absolute value of a number, an array or a structure."""
    if isinstance(x, dict):
        return np.max(np.stack([largest(x[key]) for key in x]))
    if isinstance(x, (tuple, list)):
        return np.max(np.stack([largest(part) for part in x]))
    return np.max(np.abs(x))


def pieces(x: Any) -> list[Any]:
    """The numbers of a structure, as vectors."""
    if isinstance(x, dict):
        return [piece for key in x for piece in pieces(x[key])]
    if isinstance(x, (tuple, list)):
        return [piece for part in x for piece in pieces(part)]
    return [np.reshape(x, (-1,))]


def of_pieces(vector: Any, like: Any) -> tuple[Any, Any]:
    """A structure like `like` with its numbers from the front of a vector, and what is left of that."""
    if isinstance(like, dict):
        named = {}
        for key in like:
            named[key], vector = of_pieces(vector, like[key])
        return named, vector
    if isinstance(like, (tuple, list)):
        parts = []
        for part in like:
            made, vector = of_pieces(vector, part)
            parts.append(made)
        return tuple(parts), vector
    if np.ndim(like) == 0:
        return vector[0], vector[1:]
    return np.reshape(vector[:np.size(like)], np.shape(like)), vector[np.size(like):]


def dense(g: Callable[[Any], Any], y: Any) -> Any:
    """Solve `g(x) = y` for a linear g by the matrix of g: one application for each number of x."""
    if isinstance(y, (dict, tuple, list)):
        flat = lambda x: np.concatenate(pieces(g(of_pieces(x, y)[0])))  # noqa: E731 - read by the compiler
        return of_pieces(dense(flat, np.concatenate(pieces(y))), y)[0]
    if np.ndim(y) == 0:
        return y / g(1.0)
    right = np.reshape(y, (-1,))
    count = np.size(y)
    matrix = np.zeros((count, count))
    for i in range(count):
        unit = np.zeros(count)
        unit[i] = 1.0
        matrix[:, i] = np.reshape(g(np.reshape(unit, np.shape(y))), (-1,))
    return np.reshape(np.linalg.solve(matrix, right), np.shape(y))


def iterated(tolerance: float, limit: int) -> LinearSolve:
    """A solver of `g(x) = y` for the g of a fixed-point equation, `g(x) = a(x) - x`: iterates `x = a(x) - y`."""
    # defaults, so that emitted code has them as constants
    def solve(g: Callable[[Any], Any], y: Any, tolerance: float = tolerance, limit: int = limit) -> Any:
        x = negative(y)
        for _ in range(limit):
            step = minus(g(x), y)
            x = plus(x, step)
            if largest(step) <= tolerance * (1.0 + largest(x)):
                break
        return x

    return solve


def by_iteration(tolerance: float, limit: int) -> Callable[..., Any]:
    """A solver of `x = f(x)` that iterates f. Raises RuntimeError where it does not converge."""
    def solve(f: Callable[[Any], Any], x0: Any) -> Any:
        x = f(x0)
        for _ in range(limit):
            new = f(x)
            if largest(minus(new, x)) <= tolerance * (1.0 + largest(new)):
                return new
            x = new
        raise RuntimeError(f"fixed_point: no convergence within {limit} iterations; give `solve`, a better first "
                           f"guess, or a larger `tolerance`")

    return solve
