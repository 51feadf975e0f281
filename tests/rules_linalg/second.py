"""Second order: a row's vjp, differentiated by running it on dual numbers, against differences of it.

`Dual` carries a value and a tangent through NumPy's dispatch protocols and asks the derivative table for
every function it meets. That is what makes second derivatives: the formulas of one row met by the rows of
others.
"""
from __future__ import annotations

from typing import Any

import numpy as np

from ad_compiler import rules
from ad_compiler.rules import apply
from ad_compiler.rules.row import Row
from ad_compiler.rules.samples import Call
from tests.rules_linalg.check import difference, inexact, leaves, like, moved, random_like


class Dual(np.lib.mixins.NDArrayOperatorsMixin):
    """A value and its tangent (None for none)."""

    def __init__(self, value: Any, tangent: Any) -> None:
        self.value, self.tangent = value, tangent

    ndim = property(lambda self: np.ndim(self.value))
    dtype = property(lambda self: np.asarray(self.value).dtype)
    shape = property(lambda self: np.shape(self.value))
    T = property(lambda self: Dual(self.value.T, self.tangent.T))

    def __getitem__(self, key: Any) -> Any:
        return Dual(self.value[primal(key)], self.tangent[primal(key)])

    def __array_ufunc__(self, ufunc: Any, method: str, *args: Any, **kwargs: Any) -> Any:
        return propagate(ufunc if method == "__call__" else getattr(ufunc, method), args, kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return propagate(function, args, kwargs)


def primal(value: Any) -> Any:
    """Values of duals, through lists, tuples and dicts."""
    if isinstance(value, Dual):
        return value.value
    if isinstance(value, list | tuple):
        return type(value)(primal(item) for item in value)
    return {key: primal(item) for key, item in value.items()} if isinstance(value, dict) else value


def tangents(value: Any, of: Any) -> Any:
    """Tangents of duals, zeros for anything else that is a number."""
    if isinstance(of, list | tuple):
        return [tangents(v, o) for v, o in zip(value, of, strict=True)]
    return of.tangent if isinstance(of, Dual) else np.zeros_like(np.asarray(value))


def has_dual(value: Any) -> bool:
    return any(map(has_dual, value)) if isinstance(value, list | tuple) else isinstance(value, Dual)


def propagate(function: Any, args: Any, kwargs: Any) -> Any:
    """The result of a call as duals, by the table's jvp."""
    row = rules.find(function)
    if row is None:
        raise LookupError(f"no row for {function}")
    out = function(*primal(args), **primal(kwargs))
    bound = row.bind(args, dict(kwargs))
    moving = {name: tangents(primal(bound[name]),
                             bound[name]) for name in row.operands if has_dual(bound[name])}
    if row.kind == "zero":
        return out
    known = (*moving, *row.constants)
    stray = [name for name, value in bound.items() if has_dual(value) and name not in known]
    assert not stray, f"{row.name} has no rule for {stray}"
    if not moving:
        return out
    tangent = apply.jvp(row, moving, {**primal(bound), "out": out})
    return paired(out, tangent)


def paired(out: Any, tangent: Any) -> Any:
    if isinstance(out, list | tuple):
        return tuple(paired(o, t) for o, t in zip(out, tangent, strict=True))
    return Dual(out, np.asarray(tangent)) if np.asarray(out).dtype.kind in "fc" else out


def check_second_order(row: Row, sample: Call, structure: Any = None, tolerance: float = 1e-6) -> int:
    """The derivative of every vjp of one call along a random direction; gives how many were checked."""
    rng = np.random.default_rng(2)
    bound = row.bind(sample.args, dict(sample.kwargs))
    args, kwargs = row.arguments(bound)
    out = row.function(*args, **kwargs)
    g = like(out, random_like(rng))
    g = tuple(g) if isinstance(out, tuple | list) else g
    active = [name for name in row.operands if bound[name] is not None and inexact(bound[name])]
    directions = {name: like(bound[name], random_like(rng)) for name in active}
    if structure is not None:
        directions = {name: like(direction, structure) for name, direction in directions.items()}
    for name in active:
        if row.kind == "zero":
            continue
        slot = apply.plan(row).slots[name]

        def pullback(t: float, slot: Any = slot) -> Any:
            shifted = {**bound, **{n: moved(bound[n], d, t) for n, d in directions.items()}}
            args, kwargs = row.arguments(shifted)
            values = {**shifted, "out": row.function(*args, **kwargs)}
            return leaves(slot.vjp(g, *(apply.lookup(values, read) for read in slot.vjp_reads)))
        dual = {n: paired_like(bound[n], directions[n]) for n in active}
        out_dual = paired(out, apply.jvp(row, directions, {**bound, "out": out}))
        facts = {**bound, "out": out}
        values = {**bound, **dual, "out": out_dual}
        reads = [values[r] if r in values else apply.lookup(facts, r) for r in slot.vjp_reads]
        got = slot.vjp(g, *reads)
        if got is None:
            continue
        flat = tangents(primal(got), got)
        for one, two in zip(leaves(flat), difference(pullback), strict=True):
            scale = 1 + np.max(np.abs(two), initial=0)
            np.testing.assert_allclose(one, two, atol=tolerance * scale, rtol=0,
                                       err_msg=f"{row.name}/{name} second order")
    return len(active)


def paired_like(value: Any, direction: Any) -> Any:
    if isinstance(value, list | tuple):
        return [paired_like(v, d) for v, d in zip(value, direction, strict=True)]
    return Dual(value, direction) if np.asarray(value).dtype.kind in "fc" else value
