"""A call of a function that calls itself: a call in the emitted text, with a rule for its derivatives.

Reverse mode calls its two sweeps, forward mode the function that gives its value and tangent. What the forward sweep
keeps, it keeps by reference; so it is given copies of arrays that are written elsewhere (`separate`).
"""
from __future__ import annotations

import ast

import numpy as np

from ...analysis.alias import Aliases
from ...analysis.refusing import refuse
from ...ir import nodes as ir
from ...ir import prims, visit
from ...ir.types import Array, Num, Passive, Seq, Type, is_float_like
from ..callees import Callee, Step
from ..lowering import Lowering
from ..values import HeapV, OptionalV, TupleV, Value
from .joining import new_heap_frame
from .recursive_results import leaves

RECORD = Passive(tuple)


def emit_call(lo: Lowering, callee: Callee, operands: list[ir.Operand], node: ast.AST) -> Value:
    """The value of a call with these numbers; arrays that it writes are written."""
    assert callee.outs is not None
    given = [*operands, *callee.captured]
    slots = dict(zip(callee.inputs, given, strict=True))
    outs = [v for v in leaves(callee.outs) if isinstance(v, ir.Var)]
    written = [slots[v] for v in callee.written]
    types = [*callee.types_at(operands, outs), *(v.type for v in written if isinstance(v, ir.Var))]
    hints = [v.hint for v in (*outs, *callee.written)]
    results = [ir.Var(hint, t) for hint, t in zip(hints, types, strict=True)]
    active = [i for i in callee.floating() if isinstance(a := given[i], ir.Var) and is_float_like(a.type)]
    if active and any(is_float_like(t) for t in types):
        call = _Call(lo, callee, given, results)
        lo.emit(ir.Ruled(tuple(results), call.primal(), (call.by_cotangents(active), call.by_tangents(active)),
                         lo.origin))
    elif results:
        results = _unpacked(lo, callee.value, given, results)
    else:
        lo.emit(ir.Effect(ir.Call(callee.value, tuple(given), (), "call", callee.value.__name__), lo.origin))
    for base, new in zip(written, results[len(outs):], strict=True):
        assert isinstance(base, ir.Var), "an array that is no constant"
        lo.emit(ir.Store(base, ir.Const(Ellipsis), "", new, lo.origin))
    return _filled(lo, callee.outs, dict(zip(outs, results[:len(outs)], strict=True)))


def _filled(lo: Lowering, value: Value, by: dict[ir.Var, ir.Var]) -> Value:
    match value:
        case ir.Var():
            return by[value]
        case TupleV(items, cls):
            return TupleV([_filled(lo, v, by) for v in items], cls)
        case OptionalV(given, inner):
            return OptionalV(by[given] if isinstance(given, ir.Var) else given, _filled(lo, inner, by))
        case HeapV(cls):
            new = HeapV(cls, new_heap_frame(lo, "out"))
            new.slots.update({k: _filled(lo, v, by) for k, v in value.slots.items()})
            return new
        case _:
            return value


def _result_type(types: list[Type]) -> Type:
    return types[0] if len(types) == 1 else Seq(tuple(types))


def _unpacked(lo: Lowering, step: Step, given: list[ir.Operand], results: list[ir.Var]) -> list[ir.Var]:
    """The results of a call as variables."""
    whole = lo.call(step, given, type_=_result_type([v.type for v in results]), text=step.__name__,
                    hint=results[0].hint if len(results) == 1 else "t")
    return _parts(lo, whole, results)


def _parts(lo: Lowering, whole: ir.Var, like: list[ir.Var]) -> list[ir.Var]:
    if len(like) == 1:
        return [whole]
    return [_item(lo, whole, i, v.type, v.hint) for i, v in enumerate(like)]


def _item(lo: Lowering, whole: ir.Var, i: int, type_: Type, hint: str) -> ir.Var:
    return lo.call(prims.item, (whole, ir.Const(i)), style="index", type_=type_, hint=hint)


class _Call:
    """The blocks of one call: its value, its sweeps, its tangent."""

    def __init__(self, lo: Lowering, callee: Callee, given: list[ir.Operand], results: list[ir.Var]) -> None:
        self.lo, self.callee, self.given, self.results = lo, callee, given, results
        self.out_type = _result_type([v.type for v in results])

    def primal(self) -> ir.Block:
        with self.lo.into(ir.Block()) as block:
            found = _unpacked(self.lo, self.callee.value, self.given, self.results)
            self.lo.emit(ir.Copy(tuple(self.results), tuple(found), self.lo.origin))
        return block

    def by_cotangents(self, active: list[int]) -> ir.Rule:
        lo, callee = self.lo, self.callee
        with lo.into(ir.Block()) as forward:
            pair = lo.call(callee.fwd, self.given, type_=Seq((self.out_type, RECORD)), text=callee.fwd.__name__)
            hint = self.results[0].hint if len(self.results) == 1 else "t"
            found = _parts(lo, _item(lo, pair, 0, self.out_type, hint), self.results)
            record = _item(lo, pair, 1, RECORD, "record")
        bars = [ir.Var(f"{v.hint}_bar", v.type) for v in self.results]
        with lo.into(ir.Block()) as body:
            seeds = [b for b in bars if is_float_like(b.type)]
            wanted = [callee.inputs[i].hint for i in callee.floating()]
            types = [_bar_type(self.given[i], callee.inputs[i]) for i in callee.floating()]
            whole = lo.call(callee.rev, [record, *seeds], type_=Seq(tuple(types)), text=callee.rev.__name__)
            places = {i: k for k, i in enumerate(callee.floating())}
            outputs = tuple(_item(lo, whole, places[i], types[places[i]], f"{wanted[places[i]]}_bar") for i in active)
        args = tuple(self.given[i] for i in active)
        return ir.Rule(callee.name, args, forward, tuple(found), ir.Linear(tuple(bars), body, outputs, True))

    def by_tangents(self, active: list[int]) -> ir.Rule:
        lo, callee = self.lo, self.callee
        dots = {i: ir.Var(f"{callee.inputs[i].hint}_dot", _bar_type(self.given[i], callee.inputs[i])) for i in active}
        with lo.into(ir.Block()) as body:
            seeds = [dots[i] if i in dots else ir.Const(0.0) for i in callee.floating()]
            pair = lo.call(callee.jvp, [*self.given, *seeds], type_=Seq((self.out_type, self.out_type)),
                           text=callee.jvp.__name__)
            hint = self.results[0].hint if len(self.results) == 1 else "t"
            found = _parts(lo, _item(lo, pair, 0, self.out_type, hint), self.results)
            whole = _item(lo, pair, 1, self.out_type, f"{hint}_dot")
            outputs = _parts(lo, whole, [ir.Var(f"{v.hint}_dot", v.type) for v in self.results])
        args = tuple(self.given[i] for i in active)
        linear = ir.Linear(tuple(dots.values()), body, tuple(
            o if is_float_like(v.type) else None for o, v in zip(outputs, self.results, strict=True)), False)
        return ir.Rule(callee.name, args, ir.Block(), tuple(found), linear)


def _bar_type(given: ir.Operand, param: ir.Var) -> Type:
    t = given.type if isinstance(given, ir.Var) and is_float_like(given.type) else param.type
    return Num(t.dtype, t.weak) if isinstance(t, Num) else t


# --- memory -----------------------------------------------------------------------------------------------------------
def separate(fn: ir.Function) -> None:
    """Give the calls of a function copies of what is written elsewhere. Raises CompileError where an array has two
    names across a call and is written."""
    calls = [(s, step) for s in visit.walk(fn.body) if isinstance(s, ir.Ruled) and (step := _step(s)) is not None]
    if not calls:
        return
    aliases = Aliases(fn)
    for stmt, step in calls:
        forward = stmt.rules[0].forward
        call = forward.stmts[0]
        assert isinstance(call, ir.Assign) and isinstance(call.value, ir.Call)
        if len(call.value.args) != len(step.callee.inputs):
            continue  # read before it was known what else the function captures: it is read again
        arrays = [v for v in call.value.args if isinstance(v, ir.Var) and isinstance(v.type, Array)]
        results = [v for v in stmt.results if isinstance(v.type, Array)]
        _refuse_names(stmt, step.callee, aliases, arrays, results)
        own = {v for v, slot in zip(call.value.args, step.callee.inputs, strict=True) if slot in step.callee.written}
        changed = [v for v in dict.fromkeys(arrays) if aliases.written(v) and v not in own]
        forward.stmts[:] = _with_copies(forward.stmts, call, changed)
        if changed or any(map(aliases.written, results)):
            body = stmt.rules[1].linear
            assert body is not None
            body.body.stmts[:] = _own_results(body.body.stmts)


def _step(stmt: ir.Ruled) -> Step | None:
    first = stmt.rules[0].forward.stmts[0] if stmt.rules and stmt.rules[0].forward.stmts else None
    if isinstance(first, ir.Assign) and isinstance(first.value, ir.Call) and isinstance(first.value.function, Step):
        return first.value.function
    return None


def _refuse_names(stmt: ir.Ruled, callee: Callee, aliases: Aliases, arrays: list[ir.Var], results: list[ir.Var]
                  ) -> None:
    classes = [aliases.find(v) for v in arrays]
    if callee.written and len(set(classes)) < len(classes):
        refuse(stmt, "AD142", f"`{callee.name}` calls itself as far as values decide and writes into an array that it "
               "is given twice", "give it copies")
    if callee.shares and any(aliases.written(v) for v in results):
        refuse(stmt, "AD142", f"`{callee.name}` calls itself as far as values decide and may return the memory of an "
               "argument, which is written afterwards", "let it return a copy")


def _with_copies(stmts: list[ir.Stmt], call: ir.Assign, changed: list[ir.Var]) -> list[ir.Stmt]:
    copies = {v: ir.Var(v.hint, v.type) for v in changed}
    assert isinstance(call.value, ir.Call)
    value = visit.map_arg(call.value, lambda o: copies.get(o, o) if isinstance(o, ir.Var) else o)
    new: list[ir.Stmt] = [_copied(copy, v, call.origin) for v, copy in copies.items()]
    return [*new, ir.Assign(call.target, value, call.origin), *stmts[1:]]


def _own_results(stmts: list[ir.Stmt]) -> list[ir.Stmt]:
    """The statements that take results apart, with copies of the arrays."""
    new: list[ir.Stmt] = []
    for stmt in stmts:
        if isinstance(stmt, ir.Assign) and isinstance(stmt.target.type, Array) and isinstance(
                stmt.value, ir.Call) and stmt.value.function is prims.item:
            raw = ir.Var(stmt.target.hint, stmt.target.type)
            new += [ir.Assign(raw, stmt.value, stmt.origin), _copied(stmt.target, raw, stmt.origin)]
        else:
            new.append(stmt)
    return new


def _copied(target: ir.Var, source: ir.Var, origin: ir.Origin | None) -> ir.Assign:
    return ir.Assign(target, ir.Call(np.copy, (source,), (), "method", "copy"), origin)


__all__ = ["emit_call", "separate"]
