"""The adjoint of a loop that keeps snapshots of its state instead of records.

    for t in range(n):                     for t in range(n):
        body                                   if due: keep a snapshot of what the body changes
                                               body
                               ==>         for t in reversed(range(n)):
                                               state = the last snapshot at or before t, from step `first`
                                               for k in range(first, t): (snapshot if due) body, on that state
                                               body, recording what its adjoint reads
                                               adjoint of body

The body's adjoint is made like that of a function of its own: from the state, and from what it only reads, to the
state after it. The state lives in variables and arrays of the reverse sweep's own, so the program's are left alone.
"""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ..ir import nodes as ir
from ..ir import prims, visit
from ..ir.types import BOOL, INT, Num, Passive, Seq, Type
from ..support import due, keep, replayed, restored, rewind, snapshots
from .bars import Bar
from .loop_state import LoopState, state_of
from .reverse_control import enter_loop, leave_loop
from .rules import without_rules
from .saving import place_saves

if TYPE_CHECKING:
    from .reverse import Reverse

Loop = ir.For | ir.While


def planned_loop(rev: Reverse, stmt: Loop, plan: ir.Plan) -> None:
    """Emit the adjoint of a loop, and what the forward sweep does for it."""
    state = state_of(rev, stmt)
    taken = ir.Var("taken", Passive())
    count = _take_snapshots(rev, stmt, plan, state, taken)
    _Sweep(rev, stmt, state, taken, count).emit()


def _count(stmt: Loop) -> tuple[list[ir.Stmt], ir.Var]:
    """How many steps a loop of known length takes, and the statements that say so."""
    assert isinstance(stmt, ir.For)
    whole, count = ir.Var("t", Passive(range)), ir.Var("count", INT)
    numbers = (stmt.start, stmt.stop, stmt.step)
    if [getattr(a, "value", None) for a in (stmt.start, stmt.step)] == [0, 1]:
        numbers = (stmt.stop,)
    return [ir.Assign(whole, ir.Call(range, numbers, (), "call", "range")),
            ir.Assign(count, ir.Call(len, (whole,), (), "call", "len"))], count


def _call(function: Any, args: tuple[ir.Arg, ...]) -> ir.Call:
    return ir.Call(function, args, (), "call", f"support.{function.__name__}")


def _take_snapshots(rev: Reverse, stmt: Loop, plan: ir.Plan, state: LoopState, taken: ir.Var) -> ir.Var:
    """Insert into the forward sweep what keeps snapshots; the variable that holds the number of steps."""
    known = stmt.trips is None
    before, count = _count(stmt) if known else ([], stmt.trips)
    assert count is not None
    steps = count if known else ir.Const(None)
    before.append(ir.Assign(taken, _call(snapshots, (steps, plan.snapshots, plan.limit))))
    rev.inserted.setdefault(stmt, []).extend(before)
    rev.inserted.setdefault(stmt.body.stmts[0], []).extend(
        _snapshot(taken, [(v, v in state.written) for v in state.variables]))
    return count


def _snapshot(taken: ir.Var, variables: list[tuple[ir.Var, bool]]) -> list[ir.Stmt]:
    """Keep the values of variables if that is due; copies of arrays that are written."""
    now = ir.Var("now", BOOL)
    inner = ir.Block()
    parts: list[ir.Operand] = []
    for var, copied in variables:
        part = var
        if copied:
            part = ir.Var("t", var.type)
            inner.stmts.append(ir.Assign(part, ir.Call(np.copy, (var,), (), "method", "copy")))
        parts.append(part)
    inner.stmts.append(ir.Effect(_call(keep, (taken, ir.Pack("tuple", tuple(parts))))))
    return [ir.Assign(now, _call(due, (taken,))), ir.If(now, inner, ir.Block())]


@dataclass(eq=False)
class _Renaming:
    """A copy of statements with variables of its own; `reads` and `writes` say what some become."""

    reads: dict[ir.Var, ir.Operand]
    writes: dict[ir.Var, ir.Var]
    own: dict[ir.Var, ir.Var] = field(default_factory=dict)

    def block(self, block: ir.Block) -> ir.Block:
        for stmt in visit.walk(block):
            for v in (*visit.defines(stmt), *_hidden_definitions(stmt)):
                if v not in self.writes and v not in self.own:
                    self.own[v] = ir.Var(v.hint, v.type)
        return self._copied(block)

    def _copied(self, block: ir.Block) -> ir.Block:
        return ir.Block([visit.map_stmt(s, self.read, self._copied, self.write) for s in block])

    def read(self, operand: Any) -> Any:
        if not isinstance(operand, ir.Var):
            return operand
        return self.own.get(operand) or self.reads.get(operand, operand)

    def write(self, var: ir.Var) -> ir.Var:
        return self.writes.get(var) or self.own[var]


def _hidden_definitions(stmt: ir.Stmt) -> list[ir.Var]:
    """Variables of a rule's linear map, which is no block of the program."""
    if not isinstance(stmt, ir.Given) or stmt.rule.linear is None:
        return []
    linear = stmt.rule.linear
    return [*linear.inputs, *(v for s in visit.walk(linear.body) for v in visit.defines(s))]


class _Sweep:
    """The reversed loop."""

    def __init__(self, rev: Reverse, stmt: Loop, state: LoopState, taken: ir.Var, count: ir.Var) -> None:
        self.rev, self.stmt, self.state, self.taken, self.count = rev, stmt, state, taken, count
        self.index = ir.Var(stmt.target.hint if isinstance(stmt, ir.For) else "k", INT)
        self.now = {v: ir.Var(v.hint, _plain(v.type)) for v in state.variables}  # the state, as this sweep has it
        self.work = ir.Var("taken", Passive())

    def emit(self) -> None:
        rev, stmt = self.rev, self.stmt
        emitter, origin = rev.emitter, rev.emitter.origin
        emitter.emit(ir.Assign(self.work, _call(replayed, (self.taken,)), origin))
        for var in self.state.memory:  # arrays that are written in place: the sweep writes into its own
            emitter.emit(ir.Assign(self.now[var], ir.Call(np.copy, (var,), (), "method", "copy"), origin))
        carried = enter_loop(rev, stmt.body)
        outer, emitter.block = emitter.block, ir.Block()
        self._go_there()
        self._step(carried)
        body, emitter.block = emitter.block, outer
        emitter.origin = origin
        emitter.emit(ir.For(self.index, ir.Const(0), self.count, ir.Const(1), body, origin, backward=True))

    # --- to the state before a step -------------------------------------------------------------------------------
    def _go_there(self) -> None:
        emitter = self.rev.emitter
        first = ir.Var("first", INT)
        emitter.emit(ir.Assign(first, _call(rewind, (self.work, self.index)), emitter.origin))
        whole = ir.Var("state", Seq(tuple(v.type for v in self.now.values())))
        emitter.emit(ir.Assign(whole, _call(restored, (self.work,)), emitter.origin))
        for i, (var, now) in enumerate(self.now.items()):
            part = ir.Var("t", now.type)
            emitter.emit(ir.Assign(part, ir.Call(prims.item, (whole, ir.Const(i)), (), "index"), emitter.origin))
            if var in self.state.memory:
                emitter.emit(ir.Store(now, ir.Const(Ellipsis), "", part, emitter.origin))
            elif var in self.state.written:
                copy = ir.Var("t", now.type)
                emitter.emit(ir.Assign(copy, ir.Call(np.copy, (part,), (), "method", "copy"), emitter.origin))
                emitter.emit(ir.Copy((now,), (copy,), emitter.origin))
            else:
                emitter.emit(ir.Copy((now,), (part,), emitter.origin))
        k = ir.Var("step", INT)
        body = ir.Block(_snapshot(self.work, [(now, var in self.state.written) for var, now in self.now.items()]))
        number, reads = self._number(k)
        reads |= self._around(body) | dict(self.now)
        renaming = _Renaming(reads, dict(self.now))
        body.stmts += [*number, *renaming.block(self.stmt.body).stmts]
        if isinstance(self.stmt, ir.While):
            body.stmts += renaming.block(self.stmt.header).stmts
        body = without_rules(without_breaks(body))
        emitter.emit(ir.For(k, first, self.index, ir.Const(1), body, emitter.origin))

    def _number(self, k: ir.Var) -> tuple[list[ir.Stmt], dict[ir.Var, ir.Operand]]:
        """The loop's own number in step `k`, and the statements that compute it."""
        stmt = self.stmt
        if isinstance(stmt, ir.While):
            return [], {}
        value: ir.Operand = k
        before: list[ir.Stmt] = []
        for function, other, neutral in ((np.multiply, stmt.step, 1), (np.add, stmt.start, 0)):
            if not (isinstance(other, ir.Const) and other.value == neutral):
                new = ir.Var(stmt.target.hint, INT)
                before.append(ir.Assign(new, ir.Call(function, (value, other), (), "op")))
                value = new
        return before, {stmt.target: value}

    def _around(self, block: ir.Block) -> dict[ir.Var, ir.Operand]:
        """What the body only reads, as it was: views are taken again (into `block`), of the sweep's own state."""
        reads: dict[ir.Var, ir.Operand] = {v: self.rev.residual(v, self.stmt) for v in self.state.fixed}
        for var in self.state.views:
            call = self.rev.aliases.derivation[var]
            new = ir.Var(var.hint, var.type)
            args = tuple(visit.map_arg(a, lambda v: reads.get(v) or self.now.get(v) or v) for a in call.args)
            block.stmts.append(ir.Assign(new, ir.Call(call.function, args, call.kwargs, call.style, call.text)))
            reads[var] = new
        return reads

    # --- the step, and its adjoint ----------------------------------------------------------------------------------
    def _step(self, carried: dict[Any, ir.Var]) -> None:
        from .reverse import Reverse

        rev, state = self.rev, self.state
        start = ir.Block()
        number, reads = self._number(self.index)
        reads |= self._around(start)
        ends = {v: ir.Var(v.hint, self.now[v].type) for v in state.carried}
        begins = {v: ir.Var(v.hint, self.now[v].type) for v in state.carried}
        for v, begin in begins.items():
            rev.emitter.emit(ir.Copy((begin,), (self.now[v],), None))
        for s in number:
            rev.emitter.emit(s)
        memory = {v: self.now[v] for v in state.memory}
        renaming = _Renaming({**reads, **begins, **memory}, {**ends, **memory})
        if ends:
            start.stmts.append(ir.Copy(tuple(ends.values()), tuple(begins.values())))
        start.stmts += renaming.block(self.stmt.body).stmts
        body = without_breaks(start)
        fixed = [v for v in reads.values() if isinstance(v, ir.Var)]
        params = dict.fromkeys([*begins.values(), *memory.values(), *visit.free_variables([body]), *fixed])
        fn = ir.Function("step", tuple(v for v in params if v not in ends.values()), (), body)
        inputs = [v for v in fn.params if v in self._active_inputs(begins, memory, reads)]
        outputs = [*(ends[v] for v in state.carried if v in rev.active), *memory.values()]
        sub = Reverse(fn, inputs, outputs, checkpoints=rev.checkpoints)
        if sub.carried:
            rev.refuse(self.stmt, "memory with several names is written in this checkpointed loop", "copy the arrays")
        self._differentiate(sub, fn, begins, ends, memory, reads, carried)

    def _active_inputs(self, begins: dict[ir.Var, ir.Var], memory: dict[ir.Var, ir.Var],
                       reads: dict[ir.Var, ir.Operand]) -> set[ir.Operand]:
        here = {**reads, **begins, **memory}
        return {inner for outer, inner in here.items() if outer in self.rev.active and outer not in self.state.views}

    def _differentiate(self, sub: Reverse, fn: ir.Function, begins: dict[ir.Var, ir.Var], ends: dict[ir.Var, ir.Var],
                       memory: dict[ir.Var, ir.Var], reads: dict[ir.Var, ir.Operand], carried: dict[Any, ir.Var]
                       ) -> None:
        """Run reverse mode over the step, with the cotangents that the loop carries."""
        rev, emitter = self.rev, self.rev.emitter
        own, sub.emitter = emitter.block, emitter
        sub.bars.move(emitter)
        sub.bars.fresh, sub.handed_out = rev.bars.fresh, rev.handed_out
        emitter.block = ir.Block()
        before: dict[ir.Var, ir.Var] = {}
        after: dict[ir.Var, ir.Var] = {}
        for slot in carried:
            var = slot[0]
            inner = reads.get(var) or memory.get(var)
            if inner is None and var not in ends:
                rev.refuse(self.stmt, f"the cotangent of `{var.hint}` cannot be followed through this checkpointed "
                           "loop", "copy the array before the loop")
            after[var] = ends.get(var) or inner
            before[var] = begins.get(var) or inner
            bar = rev.bars.state.pop(slot)
            assert bar is not None
            if after[var] in sub.active or after[var] is before[var]:
                sub.bars.state[after[var], None] = Bar(bar.operand, bar.owned, bar.buffer)
        sub.block(fn.body)
        for slot in carried:
            bar = sub.bars.state.get((before[slot[0]], None))
            if bar is not None:
                rev.bars.state[slot] = bar
        leave_loop(rev, carried)
        reverse, emitter.block = emitter.block, own
        sweeps = place_saves(fn, reverse, sub.mirror, sub.inserted, sub.inserted_after, sub.later_writes)
        for s in without_rules(ir.Block(sweeps.forward)):
            emitter.emit(s)
        for s in sweeps.reverse:
            emitter.emit(s)


def without_breaks(block: ir.Block) -> ir.Block:
    """The block without the `break`s of its own loop: no statement follows one on its path."""

    def change(stmt: ir.Stmt) -> list[ir.Stmt] | None:
        inner = isinstance(stmt, (ir.For, ir.While))  # whose breaks are their own
        return [] if isinstance(stmt, ir.Break) else [stmt] if inner else None

    return visit.replaced(block, change)


def _plain(t: Type) -> Type:
    return Num(t.dtype, t.weak) if isinstance(t, Num) else t
