"""Branches and loops whose condition differs between examples.

Short arms that are harmless for every example are computed for all, and `np.where` picks. Any other arm runs on the
examples that take it, and what it computes is put into its places:

    if x > 0: y = np.log(x)      ==>      lanes = np.flatnonzero(x > 0)
                                          y[lanes] = np.log(x[lanes])

A `while` loop goes on with the examples that are not finished.
"""
from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from ..analysis.infer import type_of
from ..ir import nodes as ir
from ..ir import prims, visit
from ..ir.types import Array, Num, unknown_dim
from .batching_marks import is_query
from .batching_rules import _OF_PYTHON
from .handles import Handle, to_arg

if TYPE_CHECKING:
    from .batching import Batching

#: Functions that have a value and a finite derivative everywhere.
_HARMLESS = {np.add, np.subtract, np.multiply, np.negative, np.positive, np.abs, abs, np.sin, np.cos, np.tanh,
             np.arctan, np.maximum, np.minimum, np.square, np.where, np.less, np.less_equal, np.greater,
             np.greater_equal, np.equal, np.not_equal, np.logical_and, np.logical_or, np.logical_not, np.sign, float}
_SHORT = 8


def batched_choice(b: Batching, stmt: ir.If) -> None:
    """An `if` on a condition that differs between examples."""
    arms = (stmt.then, stmt.orelse)
    if any(isinstance(s, ir.Break) for arm in arms for s in visit.walk(arm)):
        b.refuse(stmt, "which examples leave a loop here differs", "let the loop run to its end, or use a `while`")
    _one_size(b, stmt)
    _refuse_other_names(b, stmt)
    if all(map(_harmless, arms)):
        _by_where(b, stmt)
    else:
        _by_lanes(b, stmt)


def _one_size(b: Batching, stmt: ir.If) -> None:
    """Refuse arms that give arrays of sizes which may differ: a batch is an array."""
    given: list[dict[ir.Var, ir.Operand]] = [
        {t: v for s in arm if isinstance(s, ir.Copy) for t, v in zip(s.targets, s.sources, strict=True)}
        for arm in (stmt.then, stmt.orelse)]
    for t in given[0].keys() & given[1].keys():
        one, other = (type_of(copies[t]) for copies in given)
        if isinstance(one, Array) and isinstance(other, Array) and one.dims != other.dims:
            b.refuse(stmt, f"the size of `{t.hint}` may differ between examples", "let both arms give one size")


def _refuse_other_names(b: Batching, stmt: ir.If | ir.While) -> None:
    """An array that a statement gives to a variable for some examples is copied into memory of that variable's own:
    under its other names nobody would see what is written into it, nor under this one what is written into them."""
    inner = [s for s in visit.walk(ir.Block([stmt])) if s is not stmt]
    given = dict.fromkeys(t for s in inner if isinstance(s, ir.Copy) for t in s.targets if isinstance(t.type, Array))
    written = [v for v in given if b.aliases.array_written(v)]
    if not written:
        return
    inside, made = set(map(id, inner)), {v for s in inner for v in visit.defines(s)}
    memory, (follows, new) = set(map(b.aliases.find, written)), _what_follows(b.fn, stmt)
    after = [s for s in follows if id(s) not in inside and s is not stmt]
    _refuse_two_names(b, stmt, written, after)
    for s in after:
        if isinstance(s, ir.Copy):
            continue
        for v in visit.reads(s):
            if isinstance(v.type, Array) and v not in made and v not in new and b.aliases.find(v) in memory and (
                    b.aliases.root(v) not in written):
                b.refuse(stmt, f"`{v.hint}` is written, and is the memory of another array for some examples",
                         "copy the array first")


def _refuse_two_names(b: Batching, stmt: ir.Stmt, given: list[ir.Var], after: list[ir.Stmt]) -> None:
    """The same of two variables that a statement may give one array, if it is written through one of them later."""
    memory = {b.aliases.find(s.base) for s in after if isinstance(s, ir.Store)}
    read = {b.aliases.root(v) for s in after for v in visit.reads(s)}
    seen: set[ir.Var] = set()
    for v in given:
        if v not in read:
            continue
        if b.aliases.find(v) in memory & seen:
            b.refuse(stmt, f"`{v.hint}` is written, and has another name for some examples", "copy the array first")
        seen.add(b.aliases.find(v))


def _what_follows(fn: ir.Function, stmt: ir.Stmt) -> tuple[list[ir.Stmt], set[ir.Var]]:
    """The statements that may run after one, and the variables that none gives a value before it."""
    every = list(visit.walk(fn.body))
    if any(s is not stmt and isinstance(s, (ir.For, ir.While)) and any(i is stmt for i in visit.walk(ir.Block([s])))
           for s in every):
        return every, set()
    at = next(k for k, s in enumerate(every) if s is stmt)
    before = {v for s in every[:at] for v in visit.defines(s)}
    return every[at:], {v for s in every[at:] for v in visit.defines(s)} - before


def _harmless(arm: ir.Block) -> bool:
    if len(arm) > _SHORT:
        return False
    return all(isinstance(s, ir.Copy) or (isinstance(s, ir.Assign) and _harmless_value(s.value)) for s in arm)


def _harmless_value(value: ir.Expr) -> bool:
    if not isinstance(value, ir.Call):
        return True
    function = _OF_PYTHON.get(value.function, value.function)
    second = value.args[1] if len(value.args) > 1 else None
    number = second.value if isinstance(second, ir.Const) and isinstance(second.value, (int, float)) else None
    if function is np.divide:
        return number is not None and number != 0
    if function is np.power:
        return number is not None and number >= 1 and number == int(number)
    if function is prims.item:
        return isinstance(second, ir.Const)
    return function in _HARMLESS or is_query(value)


def _by_where(b: Batching, stmt: ir.If) -> None:
    chosen: list[dict[ir.Var, ir.Operand]] = []
    for arm in (stmt.then, stmt.orelse):
        copies: dict[ir.Var, ir.Operand] = {}
        for s in arm:
            if isinstance(s, ir.Copy):
                copies |= dict(zip(s.targets, s.sources, strict=True))
            else:
                b.block(ir.Block([s]))
        chosen.append(copies)
    targets = list(dict.fromkeys(t for copies in chosen for t in copies))
    values = []
    for t in targets:
        _check(b, stmt, t)
        rank = b.rank(t)
        then, orelse = (copies.get(t, t) for copies in chosen)
        values.append(np.where(b.align(stmt.cond, rank), b.align(then, rank), b.align(orelse, rank)))
    if targets:
        places = tuple(map(b.target, targets))
        b.emitter.emit(ir.Copy(places, tuple(map(to_arg, values)), stmt.origin))


def _check(b: Batching, stmt: ir.Stmt, var: ir.Var) -> None:
    if not isinstance(var.type, (Num, Array)):
        b.refuse(stmt, f"`{var.hint}` is a {var.type}, and which one differs between examples",
                 "let the branch give numbers and arrays")


# --- on some of the examples ------------------------------------------------------------------------------------------
def _by_lanes(b: Batching, stmt: ir.If) -> None:
    """Each arm on the examples that take it."""
    outer = [t for arm in (stmt.then, stmt.orelse) for t in _leaving(b, arm)]
    fresh = {t for t in outer if t not in b.new}
    _own_memory(b, [t for t in dict.fromkeys(outer) if t not in fresh])
    cond = b.value(stmt.cond)
    arms = [arm for arm in (stmt.then, stmt.orelse) if len(arm)]
    late = {v for v in fresh if any(_guarded(b, arm) or _is_none(arm, v) for arm in arms)}
    b.unset |= late
    for v in dict.fromkeys(t for t in outer if t in late):
        b.emitter.emit(ir.Copy((b.target(v),), (ir.Const(None),)))
    for arm, mask in ((stmt.then, cond), (stmt.orelse, None)):
        if not len(arm):
            continue
        mask = np.logical_not(cond) if mask is None else mask
        lanes = np.flatnonzero(mask)
        lanes._arg.hint = "lanes"
        guarded = _guarded(b, arm)
        block = ir.Block() if guarded else b.emitter.block
        enclosing, b.emitter.block = b.emitter.block, block
        _run_on(b, arm, lanes, fresh, late)
        b.emitter.block = enclosing
        if guarded:
            some = b.emitter.call(np.greater, (to_arg(lanes.size), ir.Const(0)), style="op")
            b.emitter.emit(ir.If(some, block, ir.Block(), stmt.origin))


def _guarded(b: Batching, arm: ir.Block) -> bool:
    """Whether an arm is left out where no example takes it: it may fail then, or never end."""
    return any(isinstance(s, (ir.Raise, ir.While, ir.Effect)) for s in visit.walk(arm)) or not b.unset.isdisjoint(
        visit.free_variables([arm]))


def _is_none(arm: ir.Block, var: ir.Var) -> bool:
    """Whether an arm gives a variable no value but None (another one says so, and which examples these are)."""
    given = [source for s in visit.walk(arm) if isinstance(s, ir.Copy)
             for target, source in zip(s.targets, s.sources, strict=True) if target is var]
    return bool(given) and all(isinstance(source, ir.Const) and source.value is None for source in given)


def _run_on(b: Batching, arm: ir.Block, lanes: Any, fresh: set[ir.Var], late: set[ir.Var]) -> None:
    """Run a block on some of the examples, and put what leaves it into the places of these examples. What is `fresh`
    has no memory yet; what is `late` may have none where no example took the arm before."""
    leaving = _leaving(b, arm)
    with _restricted(b, arm, lanes) as (written, whole):
        free = visit.free_variables([arm])
        for t in leaving:
            if t in free:
                here = ir.Var(t.hint, b.new[t].type)
                b.emitter.emit(ir.Copy((here,), (b.new[t],)))
                b.new[t] = here
            else:
                b.new.pop(t, None)
        b.block(arm)
        leaving = [v for v in leaving if not _is_none(arm, v)]
        found = {v: b.new[v] for v in (*leaving, *written)}
    for v in leaving:
        if v in fresh:
            fresh.discard(v)
            _allocate(b, v, found[v])
        elif v in late:
            _allocate_if_all(b, v, found[v], lanes)
    for v in (*leaving, *written):
        b.emitter.emit(ir.Store(whole.get(v) or b.new[v], to_arg(lanes), "", found[v]))


def _allocate(b: Batching, var: ir.Var, like: ir.Var) -> None:
    """Memory for a variable of all examples, by its value for some of them."""
    part = Handle(b.emitter, like)
    zeros = b.emitted(np.zeros, b.shape(tuple(part.shape)[1:]), dtype=part.dtype, text="np.zeros")
    b.emitter.emit(ir.Copy((b.target(var),), (zeros._arg,)))


def _allocate_if_all(b: Batching, var: ir.Var, like: ir.Var, lanes: Any) -> None:
    """The same, if no example took the other arm, which has done it otherwise."""
    outer, b.emitter.block = b.emitter.block, ir.Block()
    _allocate(b, var, like)
    block, b.emitter.block = b.emitter.block, outer
    every = b.emitter.call(np.equal, (to_arg(lanes.size), to_arg(b.count)), style="op")
    b.emitter.emit(ir.If(every, block, ir.Block(), b.emitter.origin))


@contextmanager
def _restricted(b: Batching, block: ir.Block, lanes: Any) -> Iterator[tuple[list[ir.Var], dict[ir.Var, ir.Var]]]:
    """Batched variables are those of the examples `lanes` for a while. Gives the arrays that the block writes."""
    free = [v for v in visit.free_variables([block]) if v in b.batched and v in b.new]
    roots = {b.aliases.find(s.base) for s in visit.walk(block) if isinstance(s, ir.Store)}
    written = [v for v in free if b.aliases.find(v) in roots]
    for v in free:
        _check(b, b.stmt, v)
    if len({b.aliases.find(v) for v in written}) < len(written):
        b.refuse(b.stmt, f"`{written[0].hint}` is written for some examples under one name and known by another",
                 "copy the array first")
    if any(isinstance(s, (ir.Push, ir.Pop)) and s.stack in b.batched and s.stack in b.new for s in visit.walk(block)):
        b.refuse(b.stmt, "how long a list gets differs between examples", "use an array")
    saved = b.new, b.count, b.size
    whole = {v: b.new[v] for v in written}
    b.new = dict(b.new)
    for v in free:
        part = saved[0][v]
        picked = Handle(b.emitter, part)[lanes]
        picked._arg.hint = v.hint
        b.new[v] = picked._arg
    b.count, b.size = lanes.size, unknown_dim()
    try:
        yield written, whole
    finally:
        b.new, b.count, b.size = saved


def _leaving(b: Batching, block: ir.Block) -> list[ir.Var]:
    """The variables that a block gives values to and that are read outside it."""
    inside = {id(s) for s in visit.walk(block)}
    read = {v for s in visit.walk(b.fn.body) if id(s) not in inside for v in visit.reads(s)}
    defined = dict.fromkeys(v for s in visit.walk(block) if isinstance(s, ir.Copy) for v in s.targets)
    found = [v for v in defined if v in read or v in b.new]
    for v in found:
        _check(b, b.stmt, v)
    return found


def _own_memory(b: Batching, targets: list[ir.Var]) -> None:
    """Let variables that are written for some examples hold arrays of their own."""
    for t in targets:
        copy = np.copy(Handle(b.emitter, b.new[t]))
        b.emitter.emit(ir.Copy((b.new[t],), (copy._arg,)))


# --- loops ------------------------------------------------------------------------------------------------------------
def batched_while(b: Batching, stmt: ir.While) -> None:
    """A `while` whose condition differs: examples leave it one by one."""
    _refuse_other_names(b, stmt)
    counted = stmt.trips is not None and any(stmt.trips in visit.reads(s) for s in visit.walk(b.fn.body))
    if counted or any(isinstance(s, ir.Break) for s in visit.walk(stmt.body)):
        b.refuse(stmt, "which examples leave a loop here differs", "say so in the condition of the `while`")
    both = ir.Block([*stmt.header, *stmt.body])
    carried = _leaving(b, both)
    for v in carried:
        if v not in b.new:
            b.refuse(stmt, f"`{v.hint}` has no value before the loop", "give it one")
    _own_memory(b, carried)
    e = b.emitter
    everyone = b.emitted(np.arange, b.count, text="np.arange")
    lanes = ir.Var("lanes", Array(np.dtype(np.int64), (unknown_dim(),)))
    e.emit(ir.Copy((lanes,), (everyone._arg,)))
    header, body = ir.Block(), ir.Block()
    outer, e.block = e.block, header
    before = set(b.new)
    with _restricted(b, stmt.header, Handle(e, lanes)):
        b.block(stmt.header)
        goes_on = b.value(stmt.cond)
        of_header = set(b.new) - before
    rest = Handle(e, lanes)[goes_on]
    e.emit(ir.Copy((lanes,), (to_arg(rest),)))
    cond = e.call(np.greater, (to_arg(rest.size), ir.Const(0)), style="op")
    e.block = body
    shared = [v for s in visit.walk(stmt.body) for v in visit.reads(s) if v in of_header]
    if shared:
        b.refuse(stmt, f"`{shared[0].hint}` is computed in the condition of a `while` and used in its body",
                 "compute it in the body")
    known = dict(b.new)
    _run_on(b, stmt.body, Handle(e, lanes), set(), set())
    e.block, b.new = outer, known
    e.emit(ir.While(header, cond, body, stmt.origin))


__all__ = ["batched_choice", "batched_while"]
