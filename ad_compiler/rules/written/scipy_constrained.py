"""Minima under constraints of `scipy.optimize.minimize`: the equations of Lagrange (Karush, Kuhn and Tucker).

    grad f(x) = sum of l_j grad c_j(x),    c_j(x) = 0 where a constraint holds the minimum, l_j = 0 elsewhere

A constraint holds the minimum if it is an equation, or if its multiplier is positive there. As elsewhere the solver
gets the equations only: the constraints, their kinds and the function's value are unknowns with equations of their own.
"""
from __future__ import annotations

import functools
from importlib import import_module
from typing import Any

import numpy as np

from ad_compiler.rules.solvers_constrained import by_multipliers
from ad_compiler.rules.written.options import unsupported

ad: Any = import_module("ad_compiler")  # a definition is a program: it uses what programs use


def together(listed: Any) -> Any:
    """The values of all constraints as one vector."""
    first, of_first = listed[0]["fun"], listed[0].get("args", ())
    second, of_second = (listed[1]["fun"], listed[1].get("args", ())) if len(listed) > 1 else (None, ())
    third, of_third = (listed[2]["fun"], listed[2].get("args", ())) if len(listed) > 2 else (None, ())
    fourth, of_fourth = (listed[3]["fun"], listed[3].get("args", ())) if len(listed) > 3 else (None, ())

    def values(x: Any) -> Any:
        found = np.atleast_1d(first(x, *of_first))
        if second is not None:
            found = np.concatenate([found, np.atleast_1d(second(x, *of_second))])
        if third is not None:
            found = np.concatenate([found, np.atleast_1d(third(x, *of_third))])
        if fourth is not None:
            found = np.concatenate([found, np.atleast_1d(fourth(x, *of_fourth))])
        return found
    return values


def kind_of(one: Any, start: Any) -> Any:
    """1 for each number of an equation, 0 for each of an inequality."""
    return (1.0 if one["type"] == "eq" else 0.0) + 0.0 * np.atleast_1d(one["fun"](start, *one.get("args", ())))


def constrained(cost: Any, start: Any, constraints: Any, method: Any, tol: Any, options: Any) -> Any:
    """The minimum of `cost` under constraints as SciPy takes them, dicts of "type", "fun" and "args"."""
    listed = constraints if isinstance(constraints, tuple | list) else (constraints,)
    for one in listed:
        if not isinstance(one, dict):
            unsupported("scipy.optimize.minimize has a derivative with constraints that are dicts of type and fun")

    if len(listed) > 4:  # each has a name of its own above
        unsupported("scipy.optimize.minimize has a derivative with up to four constraints: let some return arrays")
    values = together(listed)
    kinds = np.concatenate([kind_of(one, start) for one in listed])
    n, m = np.size(start), np.size(kinds)
    slope = ad.grad(lambda q, multipliers: cost(q) - np.sum(multipliers * values(q)))

    def system(u: Any) -> Any:
        x, multipliers = u[:n], u[n:n + m]
        gradient = 0.0 * x if u[-1] > 0.5 else slope(x, multipliers)
        found = values(x)
        holds = (u[n + 2 * m:n + 3 * m] > 0.5) | (multipliers > 1e-9)
        return np.concatenate([gradient, np.where(holds, found, multipliers), u[n + m:n + 2 * m] - found,
                               u[n + 2 * m:n + 3 * m] - kinds, np.array([u[-3] - n, u[-2] - cost(x), u[-1]])])

    guess = np.concatenate([start, np.zeros(2 * m), kinds, np.array([n * 1.0, 0.0, 0.0])])
    return ad.custom_root(system, guess, functools.partial(by_multipliers, method, tol, options))[:n]
