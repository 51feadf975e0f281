"""Adjoints of branches and loops: cotangents that pass through them get one variable on every path."""
from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np

from ..analysis.infer import type_of
from ..ir import nodes as ir
from ..ir import prims, visit
from ..ir.types import Array, Num, Seq, Type, is_float_like, same_shape
from .bars import ZERO, Bar, Bars, Cotangents, Slot, expand
from .handles import Handle
from .steady import LoopSums, Unsteady, same

if TYPE_CHECKING:
    from .reverse import Reverse


def touched(rev: Reverse, block: ir.Block) -> dict[Slot, ir.Var]:
    """Cotangents that live around a block and that its adjoint changes: of active variables defined outside it."""
    found: dict[Slot, ir.Var] = {}
    for stmt in visit.walk(block):
        for v in [*visit.reads(stmt), *(stmt.targets if isinstance(stmt, ir.Copy) else ())]:
            if v in rev.active and is_float_like(v.type) and not rev.carries(v):
                root = rev.aliases.root(v) if rev.in_memory(v) else v
                if (root, None) not in found and not rev.scopes.inside(root, block):
                    found[root, None] = root
    return found


def zero_of(rev: Reverse, var: ir.Var) -> ir.Operand:
    if isinstance(var.type, Array) and var not in rev.maybe_scalar:
        return rev.emitter.call(np.zeros_like, (var,), text="np.zeros_like", type_=var.type)
    return _of_full_shape(rev, ZERO, var) if var in rev.maybe_scalar else ZERO


def _of_full_shape(rev: Reverse, operand: ir.Operand, var: ir.Var) -> ir.Operand:
    """The cotangent of an array that may be a number, as an array. It has the array's shape even where the variable is
    a number, if that number has no cotangent, or if it is zero."""
    assert isinstance(var.type, Array)
    shape = None if var in rev.emitter.summed and operand is not ZERO else _shape_by_arguments(rev, var.type)
    if shape is None:
        shape = Handle(rev.emitter, var).shape.operand()
    given, dtype = type_of(operand), var.type.dtype
    as_given = isinstance(given, Num) and given.dtype == dtype == np.float64  # a count would make an array of integers
    kwargs = {} if as_given else {"dtype": ir.Const(dtype, f"np.{dtype.name}")}
    return rev.emitter.call(np.full, (shape, operand), kwargs, text="np.full", type_=var.type)


def _shape_by_arguments(rev: Reverse, t: Array) -> ir.Arg | None:
    """A shape as one of an argument, or of sizes of arguments; None where it is not."""
    arrays = [p for p in rev.fn.params if isinstance(p.type, Array)]
    for p in arrays:
        if same_shape(p.type, t):
            return Handle(rev.emitter, p).shape.operand()
    sizes: list[ir.Operand] = []
    for dim in t.dims:
        found = next(((p, axis, dim - d) for p in arrays if isinstance(p.type, Array)
                      for axis, d in enumerate(p.type.dims) if (dim - d).known), None)
        if dim.known:
            sizes.append(ir.Const(dim.const))
        elif found is None:
            return None
        else:
            p, axis, more = found
            n = rev.emitter.call(prims.dim, (p, ir.Const(axis)), style="dim", type_=Num(np.dtype(np.int64)))
            sizes.append(rev.emitter.call(np.add, (n, ir.Const(more.const)), style="op") if more.const else n)
    return ir.Pack("tuple", tuple(sizes))


def enter_loop(rev: Reverse, block: ir.Block, steady: Collection[Slot] = ()) -> dict[Slot, ir.Var]:
    """Give every cotangent that the loop's adjoint changes a variable that lives through the loop."""
    carried: dict[Slot, ir.Var] = {}
    for slot, var in touched(rev, block).items():
        if slot in steady:
            continue
        bar = rev.bars.peek(slot)
        if isinstance(var.type, Array) and var not in rev.maybe_scalar:
            buffer = rev.bars.own(slot, var, f"{var.hint}_bar")
            holder = ir.Var(f"{var.hint}_bar", buffer.type)
            rev.bars.in_order.add(holder)
            rev.emitter.own.add(holder)
            rev.emitter.emit(ir.Copy((holder,), (buffer,), rev.emitter.origin))
            rev.bars.state[slot] = Bar(holder, owned=True, buffer=True)
        else:
            holder = ir.Var(f"{var.hint}_bar", _value_type(var))
            rev.loose.add(holder)
            source = bar.operand if bar is not None else zero_of(rev, var)
            if var in rev.maybe_scalar and not same_shape(_type(source), var.type):
                source = _of_full_shape(rev, source, var)
            rev.emitter.emit(ir.Copy((holder,), (_as_precise(source, holder.type),), rev.emitter.origin))
            rev.bars.state[slot] = Bar(holder)
        carried[slot] = holder
    return carried


def _value_type(var: ir.Var) -> Type:
    return Num(var.type.dtype, weak=var.type.weak) if isinstance(var.type, Num) else var.type


def _as_precise(source: ir.Operand, t: Type) -> ir.Operand:
    """A constant in the precision of the variable that it is put into: a number of NumPy's of fewer bits is computed
    with in another precision than one of Python's, and machine code must know which it is."""
    if isinstance(t, Num) and not t.weak and t.dtype in _SINGLES and isinstance(source, ir.Const) and type(
            source.value) in (int, float):
        return ir.Const(t.dtype.type(source.value), f"np.{t.dtype.name}({source.value!r})")
    return source


_SINGLES = (np.dtype(np.float32), np.dtype(np.complex64))


def leave_loop(rev: Reverse, carried: dict[Slot, ir.Var]) -> None:
    """At the end of an iteration every carried cotangent is back in its variable."""
    targets, sources = [], []
    for slot, holder in carried.items():
        bar = rev.bars.peek(slot)
        if bar is None:
            source: ir.Operand = zero_of(rev, slot[0])
        elif bar.operand is holder:
            continue
        else:
            source = bar.operand
            fits = bar.owned and rev.bars.fits_memory(slot[0], source) and same_shape(_type(source), holder.type)
            if isinstance(holder.type, Array) and slot[0] not in rev.maybe_scalar and not fits:
                source = rev.bars.own(slot, slot[0], holder.hint)
        targets.append(holder)
        sources.append(_as_precise(source, holder.type))
    if targets:
        rev.emitter.emit(ir.Copy(tuple(targets), tuple(sources), None))
    for slot, holder in carried.items():
        lasting = isinstance(holder.type, Array) and slot[0] not in rev.maybe_scalar
        rev.bars.state[slot] = Bar(holder, owned=lasting, buffer=lasting)


def _type(operand: ir.Operand):
    from ..analysis.infer import type_of

    return type_of(operand)


def loop(rev: Reverse, stmt: ir.For | ir.While) -> None:
    origin = rev.emitter.origin
    block = stmt.body
    if isinstance(stmt, ir.While) and _leaves_header(rev, stmt):
        rev.refuse(stmt, "the condition of this `while` computes values that carry derivatives",
                   "compute them in the body")
    if not _active_block(rev, block):
        return
    if stmt.plan is not None and rev.checkpoints:
        from .reverse_checkpoints import planned_loop

        planned_loop(rev, stmt, stmt.plan)
        return
    steady = _steady(rev, block) if rev.steady else {}
    carried = enter_loop(rev, block, steady)
    outer = rev.emitter.block
    rev.emitter.block = body = ir.Block()
    rev.block(block)
    leave_loop(rev, carried)
    if not all(same(_operand(rev, slot), before) for slot, before in steady.items()):
        raise Unsteady
    rev.emitter.block = outer
    rev.emitter.origin = origin
    if isinstance(stmt, ir.While):
        assert stmt.trips is not None
        k = ir.Var("_", Num(np.dtype(np.int64)))
        rev.emitter.emit(ir.For(k, ir.Const(0), stmt.trips, ir.Const(1), body, origin))
    else:
        rev.emitter.emit(ir.For(stmt.target, stmt.start, stmt.stop, stmt.step, body, origin,
                                backward=not stmt.backward, limit=stmt.trips or stmt.limit))


def _steady(rev: Reverse, block: ir.Block) -> dict[Slot, ir.Operand | None]:
    """Cotangents that the loop should leave as they are, and what holds them: nothing that is computed from what the
    loop itself changes, since its adjoint reads that as it was in each iteration."""
    changed = {v for s in visit.walk(block) for v in visit.defines(s)}
    changed |= {s.base for s in visit.walk(block) if isinstance(s, ir.Store)}
    sums = LoopSums(block, rev.active)
    found = {slot: _operand(rev, slot) for slot, var in touched(rev, block).items() if sums.has(var)}
    return {slot: operand for slot, operand in found.items() if changed.isdisjoint(_behind(rev, operand))}


def _behind(rev: Reverse, operand: ir.Operand | None) -> set[ir.Var]:
    """The variables that an operand was computed from, and itself: products of it may be written with these."""
    found: set[ir.Var] = set()
    left = [operand]
    while left:
        var = left.pop()
        if isinstance(var, ir.Var) and var not in found:
            found.add(var)
            left += visit.variable_list(rev.emitter.definition.get(var))
    return found


def _operand(rev: Reverse, slot: Slot) -> ir.Operand | None:
    bar = rev.bars.peek(slot)
    return None if bar is None else bar.operand


def _leaves_header(rev: Reverse, stmt: ir.While) -> bool:
    """Whether something that carries derivatives leaves the header, which has no adjoint: what it computes is for the
    condition alone, and the front end makes a condition that changes memory or names a part of the body."""
    made = {v for s in visit.walk(stmt.header) for v in visit.defines(s) if v in rev.active and not rev.in_memory(v)}
    written = [s.base if isinstance(s, ir.Store) else s.stack for s in visit.walk(stmt.header)
               if isinstance(s, (ir.Store, ir.Push, ir.Pop))]
    read = {v for s in visit.walk(stmt.body) for v in visit.reads(s)}
    return any(v in rev.active for v in written) or bool(made & read)


def _active_block(rev: Reverse, block: ir.Block) -> bool:
    return any(v in rev.active for stmt in visit.walk(block) for v in (*visit.defines(stmt), *visit.reads(stmt)))


def branch(rev: Reverse, stmt: ir.If) -> None:
    if not _active_block(rev, stmt.then) and not _active_block(rev, stmt.orelse):
        return
    origin, outer = rev.emitter.origin, rev.emitter.block
    before = rev.bars.state
    ends: list[tuple[ir.Block, Cotangents]] = []
    for block in (stmt.then, stmt.orelse):
        rev.bars.state = before.copy()
        rev.emitter.block = ir.Block()
        rev.block(block)
        ends.append((rev.emitter.block, rev.bars.state))
    slots = dict.fromkeys([*ends[0][1], *ends[1][1]])
    merged = [(slot, _merge(rev, slot, ends)) for slot in slots if _visible(rev, slot[0], stmt)]
    rev.bars.state = Cotangents(rev.emitter, merged)
    _unshare(rev.bars)
    rev.emitter.block, rev.emitter.origin = outer, origin
    rev.emitter.emit(ir.If(stmt.cond, ends[0][0], ends[1][0], origin))


def _unshare(bars: Bars) -> None:
    """Two cotangents that one path left in the same memory own it no more."""
    seen: dict[ir.Var, Bar] = {}
    for bar in bars.state.values():
        if isinstance(bar.operand, ir.Var):
            root = bars.emitter.root(bar.operand)
            if root in seen:
                bar.owned = seen[root].owned = False
            seen[root] = bar


def _visible(rev: Reverse, var: ir.Var, stmt: ir.If) -> bool:
    """Whether a variable is defined outside the branches."""
    return not (rev.scopes.inside(var, stmt.then) or rev.scopes.inside(var, stmt.orelse))


def _merge(rev: Reverse, slot: Slot, ends: list[tuple[ir.Block, Cotangents]]) -> Bar:
    bars = [state.get(slot) for _, state in ends]
    if bars[0] is not None and bars[1] is not None and bars[0].operand is bars[1].operand:
        return Bar(bars[0].operand, bars[0].owned and bars[1].owned, bars[0].buffer or bars[1].buffer)
    var = slot[0]
    t = var.type
    if isinstance(t, Seq) and slot[1] is not None:
        t = t.items[slot[1]]
    holder: ir.Var | None = None
    owned = True
    for (block, state), bar in zip(ends, bars, strict=True):
        rev.emitter.block = block
        rev.bars.state = state
        if bar is None:
            source = zero_of(rev, var) if isinstance(var.type, (Array, Num)) else ZERO
        else:
            source = bar.operand
            owned = owned and bar.owned
            if isinstance(t, Array) and not same_shape(_type(source), t):
                source, owned = expand(rev.emitter, source, var, t), False
        if holder is None:
            holder = ir.Var(f"{var.hint}_bar", Num(t.dtype, t.weak) if isinstance(t, Num) else t)
        block.stmts.append(ir.Copy((holder,), (_as_precise(source, holder.type),), None))
    assert holder is not None
    if all(b is not None and b.operand in rev.bars.in_order for b in bars):
        rev.bars.in_order.add(holder)
    if var in rev.maybe_scalar and any(b is None or b.operand in rev.loose for b in bars):
        rev.loose.add(holder)
    buffer = any(b is not None and b.buffer for b in bars)
    return Bar(holder, owned and isinstance(t, Array), buffer)


def context(rev: Reverse, stmt: ir.With) -> None:
    """The adjoint of a body runs in the same context."""
    outer = rev.emitter.block
    rev.emitter.block = body = ir.Block()
    rev.block(stmt.body)
    rev.emitter.block = outer
    if body.stmts:
        rev.emitter.emit(ir.With(stmt.context, body, None, rev.emitter.origin))
