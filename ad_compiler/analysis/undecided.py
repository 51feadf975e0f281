"""Variables of which only the run shows whether they hold an array.

    total = 0                       if c > 0:
    for k in range(n):                  b = x * c
        total = total + x * k       else:
    return np.sum(total)                b = c ** 2

A name that holds a number on one path and an array on another has the type of the array. That is right as long as
it is used element by element: NumPy gives such expressions the shape of what they meet. Anything else (`np.sum(b)`,
`b.size`, a result) would mean one thing for the number and another for the array. A loop is taken to run, unless the
sizes of the call say that it does not: after it, a name holds what an iteration has left.
"""
from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any

import numpy as np

from ..ir import nodes as ir
from ..ir import visit
from ..ir.assumed import nonnegative
from ..ir.types import Array, Num
from .infer import dim_of, type_of

State = dict[ir.Var, Any]  # arrays that may be numbers, and the branch or loop where that came from

#: What gives one number of either, or an array of a shape that is given.
_EITHER: frozenset[Any] = frozenset((np.allclose, np.array_equal, np.broadcast_to, np.full, np.full_like, print))
_ELEMENTWISE: frozenset[Any] = frozenset((np.where, np.clip, np.real, np.imag, np.nan_to_num, np.isclose, abs))


def unset(fn: ir.Function) -> set[ir.Var]:
    """Variables that have no value on some path: None stands for it."""
    return {t for s in visit.walk(fn.body) if isinstance(s, ir.Copy) for t, source in zip(
        s.targets, s.sources, strict=True) if isinstance(source, ir.Const) and source.value is None}


def absent(target: ir.Var, source: ir.Operand) -> bool:
    """Whether a path does not have this array: then no tangent either (a number would be of another rank)."""
    return isinstance(target.type, Array) and isinstance(source, ir.Const) and source.value is None


def maybe_scalar(fn: ir.Function) -> set[ir.Var]:
    """Arrays that begin as a number (`total = 0`) or as nothing: their cotangents are never changed in place."""
    return _reached(fn, lambda s: not isinstance(type_of(s), Array))


def maybe_number(fn: ir.Function, active: Collection[ir.Var] | None = None) -> set[ir.Var]:
    """Those that may be numbers; with `active`, those that may be one of these numbers."""
    if active is not None:
        return _reached(fn, lambda s: s in active and isinstance(type_of(s), Num))
    found = _reached(fn, lambda s: isinstance(type_of(s), Num))
    return found | Undecided(fn).computed if found else found


def _reached(fn: ir.Function, begins: Callable[[ir.Operand], bool]) -> set[ir.Var]:
    """Arrays that other names may give what `begins`."""
    found: set[ir.Var] = set()
    while True:
        before = len(found)
        for stmt in visit.walk(fn.body):
            if isinstance(stmt, ir.Copy):
                found.update(t for t, s in zip(stmt.targets, stmt.sources, strict=True) if isinstance(t.type, Array)
                             and (s in found or begins(s)))
        if len(found) == before:
            return found


def elementwise(call: ir.Call) -> bool:
    """Whether a call computes each element of its result from the same element of its operands."""
    function = call.function
    if isinstance(function, np.ufunc):
        return function.signature is None and call.style in ("call", "op") and not {k for k, _ in call.kwargs} - {
            "dtype"}
    try:
        return function in _ELEMENTWISE
    except TypeError:
        return False


class Undecided:
    """What holds an array or a number at each place of a function. `wrong` are the first uses, one for each place
    where paths meet, that are not element by element: the variable, the statement, and that place (an `if` or a
    loop). `computed` are variables that are computed from such ones alone. With `cautious`, a loop may not run where
    nothing is known of that; `left` are the variables that depend on whether it does."""

    def __init__(self, fn: ir.Function, cautious: bool = False) -> None:
        self.wrong: dict[Any, tuple[ir.Var, ir.Stmt]] = {}
        self.cautious = cautious
        self.left: dict[Any, list[ir.Var]] = {}
        self.computed: set[ir.Var] = set()
        self._breaks: list[list[State]] = []
        self._fn = fn
        if maybe_scalar(fn):
            self._block(fn.body, {})

    def _block(self, block: ir.Block, state: State) -> State | None:
        """The state at the end of a block; None where no path gets there. `state` is changed."""
        for stmt in block:
            if isinstance(stmt, ir.Break):
                self._breaks[-1].append(state)
                return None
            if isinstance(stmt, (ir.For, ir.While)):
                after = self._loop(stmt, state)
            elif isinstance(stmt, ir.If):
                ends = [self._block(b, dict(state)) for b in (stmt.then, stmt.orelse)]
                after = _merged(ends, stmt)
            elif isinstance(stmt, ir.Try):
                after = self._try(stmt, state)
            elif isinstance(stmt, ir.With):
                after = self._block(stmt.body, state)
            else:
                self._simple(stmt, state)
                after = None if isinstance(stmt, (ir.Return, ir.Raise)) and getattr(stmt, "cond", None) is None else (
                    state)
            if after is None:
                return None
            state = after
        return state

    def _loop(self, stmt: ir.For | ir.While, state: State) -> State | None:
        head, ends = dict(state), []
        while True:
            self._breaks.append([])
            inner: State | None = dict(head)
            if isinstance(stmt, ir.While):
                inner = self._block(stmt.header, inner)
            end = None if inner is None else self._block(stmt.body, inner)
            ends = [end, *self._breaks.pop()]
            wider = _merged([head, end], stmt)
            assert wider is not None
            if wider.keys() == head.keys():
                break
            head = wider
        after = _merged(ends, stmt)
        undecided = [v for v in state if after is not None and v not in after]
        if not undecided or (runs := _runs(stmt)) is True:
            return after
        if runs is None and not self.cautious:
            return after
        self.left[stmt] = undecided
        return state if runs is False else _merged([state, after], stmt)

    def _try(self, stmt: ir.Try, state: State) -> State | None:
        body = self._block(stmt.body, dict(state))
        begun = _merged([state, body], stmt) or {}
        ends = [body, *(self._block(handler, dict(begun)) for _, _, handler in stmt.handlers)]
        after = _merged(ends, stmt)
        return None if after is None else self._block(stmt.final, after)

    def _simple(self, stmt: ir.Stmt, state: State) -> None:
        if isinstance(stmt, ir.Copy):
            found = [self._number(s, state) for s in stmt.sources]
            for target, source in zip(stmt.targets, found, strict=True):
                state.pop(target, None)
                if isinstance(target.type, Array) and target.type.ndim and source is not None:
                    state[target] = source[0]  # without axes it is like a number, whatever is asked of it
            return
        used = [v for v in visit.reads(stmt) if v in state]
        if isinstance(stmt, ir.Assign):
            state.pop(stmt.target, None)
            if not used:
                return
            if isinstance(stmt.value, ir.Var):
                state[stmt.target] = state[used[0]]
                return
            if isinstance(stmt.value, ir.Call) and elementwise(stmt.value):
                if all(v in state for v in visit.reads(stmt) if isinstance(v.type, Array)):
                    state[stmt.target] = state[used[0]]
                    self.computed.add(stmt.target)
                return
            if isinstance(stmt.value, ir.Call) and (_either(stmt.value) or (
                    _with_axes(stmt.value) and _own_sizes(self._fn, used[0]))):
                return
        elif not used or isinstance(stmt, (ir.Effect, ir.Comment)):
            return
        elif isinstance(stmt, ir.Store) and stmt.base not in state and stmt.index not in used:
            return
        self.wrong.setdefault(state[used[0]], (used[0], stmt))

    def _number(self, source: ir.Operand, state: State) -> tuple[Any] | None:
        """Where a number that an array variable gets comes from; None for an array."""
        if isinstance(source, ir.Var) and source in state:
            return (state[source],)
        missing = isinstance(source, ir.Const) and source.value is None
        return None if missing or isinstance(type_of(source), Array) else (None,)


def _runs(stmt: ir.For | ir.While) -> bool | None:
    """Whether a loop has an iteration; None where that is not known."""
    if isinstance(stmt, ir.While) or not isinstance(stmt.step, ir.Const) or not stmt.step.value:
        return None
    first, last = (stmt.start, stmt.stop) if stmt.step.value > 0 else (stmt.stop, stmt.start)
    length = dim_of(last) - dim_of(first)
    if nonnegative(length + -1):
        return True
    return False if nonnegative(-length) else None


def _either(call: ir.Call) -> bool:
    try:
        return call.function in _EITHER and call.style == "call"
    except TypeError:
        return False


def _with_axes(call: ir.Call) -> bool:
    """Whether a call gives an array of as many axes for a number as for its array."""
    if call.style != "call" or len(call.args) != 1 or not isinstance(call.args[0], ir.Var):
        return False
    t = call.args[0].type
    if not isinstance(t, Array):
        return False
    if call.function in (np.atleast_1d, np.atleast_2d):
        return t.ndim == (1 if call.function is np.atleast_1d else 2)
    least = dict(call.kwargs).get("ndmin")
    return call.function is np.array and isinstance(least, ir.Const) and least.value == t.ndim


def _own_sizes(fn: ir.Function, var: ir.Var) -> bool:
    """Whether the sizes of an array that may be a number are those of no other array: they may be 1 then. Their
    symbols come from where paths meet, and everything else that has them is computed from such variables."""
    assert isinstance(var.type, Array)
    if any(d.const or len(d.terms) != 1 or not d.terms[0][0].startswith("?") for d in var.type.dims):
        return False
    symbols = {d.terms[0][0] for d in var.type.dims}

    def shares(operand: ir.Operand) -> bool:
        t = type_of(operand)
        return isinstance(t, Array) and any(symbol in symbols for d in t.dims for symbol, _ in d.terms)

    for stmt in visit.walk(fn.body):
        if not isinstance(stmt, ir.Copy) and any(map(shares, visit.defines(stmt))) and not any(
                map(shares, visit.reads(stmt))):
            return False
    return not any(map(shares, (*fn.params, *fn.keywords)))


def _merged(ends: Iterable[State | None], place: Any) -> State | None:
    """The state where paths meet at `place`."""
    states = [s for s in ends if s is not None]
    if not states:
        return None
    merged: State = {}
    for state in states:
        for v, source in state.items():
            if merged.get(v) is None:
                merged[v] = source
    return {v: place if source is None and not all(v in s for s in states) else source for v, source in merged.items()}


__all__ = ["Undecided", "elementwise", "maybe_scalar", "unset"]
