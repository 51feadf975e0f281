"""The adjoint and the tangent of a call whose derivative a rule gives.

A rule is a linear map, from cotangents of the results to cotangents of the arguments or from tangents to tangents. Used
in its own direction its statements are emitted as they are. Used in the other, its statements are transposed, which is
reverse mode over them: so a vjp rule serves forward mode, and a jvp rule reverse mode.
"""
from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..analysis.alias import Aliases
from ..analysis.dependence import depending
from ..analysis.infer import type_of
from ..analysis.linearity import adds_nothing
from ..analysis.purity import is_fresh
from ..analysis.refusing import refuse
from ..ir import nodes as ir
from ..ir import visit
from ..ir.types import Array, same_shape
from .bars import ZERO, expand, project
from .dead_code import eliminate_dead_code
from .handles import Emitter, to_arg, wrap
from .rules import choose_rules, plain_calls, without_rules
from .saving import place_saves

if TYPE_CHECKING:
    from .forward import Forward
    from .reverse import Reverse


def adjoint(rev: Reverse, stmt: ir.Given) -> None:
    """Turn cotangents of the results into cotangents of the arguments."""
    bars = [_arrived(rev, r) for r in stmt.results]
    if all(b is None for b in bars):
        return
    rule, linear = stmt.rule, stmt.rule.linear
    assert linear is not None
    seeds = [_full(rev.emitter, b, r) for b, r in zip(bars, stmt.results, strict=True)]
    if linear.transposed:
        wanted = linear.outputs
        found = _emit(rev.emitter, linear.inputs, linear.body, wanted, seeds, lambda v: rev.residual(v, stmt))
    else:
        inputs = [v if a in rev.active else None for v, a in zip(linear.inputs, rule.args, strict=True)]
        body, outputs = transpose(stmt, inputs, seeds, rev.fn.body)
        found = _emit(rev.emitter, (), body, outputs, (), lambda v: rev.residual(v, stmt))
    for seed in seeds:  # it may have become part of several cotangents
        if isinstance(seed, ir.Var):
            rev.bars.fresh.discard(seed)
            rev.handed_out.add(seed)
    for arg, bar in zip(rule.args, found, strict=True):
        if bar is not None:
            if isinstance(bar, ir.Var) and bar.hint.endswith("_dot_bar"):
                bar.hint = f"{arg.hint}_bar"  # the transpose of a jvp rule
            rev.contribute(arg, wrap(rev.emitter, _full(rev.emitter, bar, arg)))


def _arrived(rev: Reverse, result: ir.Var) -> ir.Operand | None:
    if result not in rev.active:
        return None
    return rev.buffer(result) if rev.carries(result) else rev.bars.take(rev.slot(result))


def tangent(forward: Forward, stmt: ir.Given) -> None:
    """Emit the results and their tangents."""
    rule, linear = stmt.rule, stmt.rule.linear
    assert linear is not None
    emitter = forward.emitter
    together = any(s in visit.defines(inner) for s in rule.sources for inner in linear.body)
    if not together:
        emitter.emit(ir.Copy(stmt.results, rule.sources, stmt.origin))
    dots = [_full(emitter, forward.dot_or_zero(a), a) for a in rule.args]
    if linear.transposed:
        inputs = [v if r in forward.active else None for v, r in zip(linear.inputs, stmt.results, strict=True)]
        body, outputs = transpose(stmt, inputs, dots, forward.fn.body)
        found = _emit(emitter, (), body, outputs, (), lambda v: v)
    else:
        found = _emit(emitter, linear.inputs, linear.body, linear.outputs, dots, lambda v: v)
    if together:  # one call gives the results and their tangents
        emitter.emit(ir.Copy(stmt.results, rule.sources, stmt.origin))
    for result, dot in zip(stmt.results, found, strict=True):
        if result in forward.active:
            full = _full(emitter, ZERO if dot is None else dot, result)
            forward.dots[result, None] = forward.copied(full) if forward.aliases.written(result) else full


def _full(emitter: Emitter, operand: ir.Operand | None, like: ir.Var) -> ir.Operand:
    """A cotangent or tangent at the shape of its variable, where zero and numbers stand for arrays full of them."""
    operand = ZERO if operand is None else operand
    if isinstance(like.type, Array) and not same_shape(type_of(operand), like.type):
        return expand(emitter, operand, like, like.type)
    return operand


def _emit(emitter: Emitter, inputs: tuple[ir.Var, ...], body: ir.Block, outputs: Any, seeds: Any,
          at_hand: Callable[[ir.Var], ir.Var]) -> list[ir.Operand | None]:
    """Put the statements of a linear map where the emitter is; its outputs there."""
    body = plain_calls(body)
    own = {v for s in visit.walk(body) for v in visit.defines(s)}
    given = dict(zip(inputs, seeds, strict=True))
    aliases = Aliases(ir.Function("", inputs, (), body))
    for var, seed in given.items():
        if isinstance(var.type, Array) and aliases.written(var) and isinstance(seed, ir.Var):
            given[var] = emitter.call(np.copy, (seed,), style="method", text="copy", type_=seed.type)

    def read(operand: Any) -> Any:
        if not isinstance(operand, ir.Var) or operand in own:
            return operand
        return given[operand] if operand in given else at_hand(operand)

    def block(b: ir.Block) -> ir.Block:
        return ir.Block([visit.map_stmt(s, read, block, lambda v: v) for s in b])

    for stmt in block(body):
        emitter.emit(stmt)
    _note_fresh(emitter, body, outputs)
    return [None if o is None else read(o) for o in outputs]


def _note_fresh(emitter: Emitter, body: ir.Block, outputs: Any) -> None:
    """Tell the emitter which outputs are memory of their own: new arrays that nothing else reads."""
    count = Counter(o for o in outputs if o is not None)
    count.update(v for s in visit.walk(body) for v in visit.reads(s))
    for stmt in body:
        if isinstance(stmt, ir.Assign) and count[stmt.target] == 1 and is_fresh(stmt.value):
            emitter.definition[stmt.target] = stmt.value


def transpose(stmt: ir.Given, inputs: list[ir.Var | None], seeds: list[ir.Operand],
              around: ir.Block) -> tuple[ir.Block, list[ir.Operand | None]]:
    """The transposed linear map of a rule at `seeds`: its statements, and one output for each input wanted.
    `around` is the program that calls it.

    Raises CompileError if the rule is not linear, since then its transpose depends on where it is taken."""
    from .reverse import Reverse

    linear = stmt.rule.linear
    assert linear is not None
    _check_readable(stmt)
    wanted = [v for v in inputs if v is not None]
    outputs = [o for o in linear.outputs if isinstance(o, ir.Var)]
    at_hand = [v for v in visit.free_variables([linear.body]) if v not in linear.inputs]
    fn = choose_rules(ir.Function(stmt.rule.name, (*linear.inputs, *at_hand), (), linear.body), wanted, outputs)
    rev = Reverse(fn, wanted, outputs)
    views = any(rev.in_memory(out) for out in outputs)  # one may be a part of another one, or of what is written
    for out, seed in zip(linear.outputs, seeds, strict=True):
        if isinstance(out, ir.Var) and out in rev.active:
            value = to_arg(project(rev.emitter, wrap(rev.emitter, seed), out, out.type))
            if views or rev.carries(out):
                rev.contribute(out, wrap(rev.emitter, value))
            else:
                rev.bars.add(rev.slot(out), value, f"{out.hint}_bar", out.type)
    rev.block(fn.body)
    found = [_bar(rev, v) for v in inputs]
    sweeps = place_saves(fn, rev.emitter.block, rev.mirror, rev.inserted, rev.inserted_after,
                         rev.later_writes)
    ends = tuple(o for o in found if o is not None)
    whole = ir.Function(fn.name, (), (), without_rules(ir.Block(
        [*sweeps.forward, *sweeps.reverse, ir.Return(ir.Pack("tuple", ends))])))
    body = eliminate_dead_code(whole).body
    _check_linear(stmt, fn, body, found, around)
    return ir.Block([*_for_their_shapes(stmt, body), *body.stmts[:-1]]), found


def _for_their_shapes(stmt: ir.Given, body: ir.Block) -> list[ir.Stmt]:
    """Zeros in the place of the linear map's own inputs, of which its transpose may read the shapes."""
    linear = stmt.rule.linear
    assert linear is not None
    read = {v for s in visit.walk(body) for v in visit.reads(s)}
    like = stmt.results if linear.transposed else stmt.rule.args
    return [ir.Assign(v, ir.Call(np.zeros_like, (of,), (), "call", "np.zeros_like")) if isinstance(v.type, Array)
            else ir.Copy((v,), (ZERO,)) for v, of in zip(linear.inputs, like, strict=True) if v in read]


def _bar(rev: Reverse, var: ir.Var | None) -> ir.Operand | None:
    if var is None:
        return None
    bar = rev.bars.peek(rev.slot(var))
    return None if bar is None else _full(rev.emitter, bar.operand, var)


def _check_readable(stmt: ir.Given) -> None:
    """Raise CompileError where the linear map calls a function that is called only, never read: then nobody knows the
    transpose."""
    linear = stmt.rule.linear
    assert linear is not None
    varied = depending(linear.body, linear.inputs, by_shape=False)
    for inner in visit.walk(linear.body):
        if isinstance(inner, ir.Assign) and isinstance(inner.value, ir.Call) and inner.target in varied and hasattr(
                inner.value.function, "__ad_transform__"):
            kind, other = ("vjp", "jvp") if linear.transposed else ("jvp", "vjp")
            called = inner.value.text or getattr(inner.value.function, "__name__", "a function")
            refuse(stmt, "AD171", f"{'forward' if linear.transposed else 'reverse'} mode needs the transpose of the "
                   f"{kind} rule of `{stmt.rule.name}`, which calls `{called}`, whose statements are not read",
                   f"give `{stmt.rule.name}` a {other} rule, or use the other mode")


def _check_linear(stmt: ir.Given, fn: ir.Function, transposed: ir.Block, outputs: list[ir.Operand | None],
                  around: ir.Block) -> None:
    """Raise CompileError unless every output depends on the inputs, and its derivative does not."""
    linear = stmt.rule.linear
    assert linear is not None
    where = depending(transposed, linear.inputs, by_shape=False)
    if where.isdisjoint(o for o in outputs if isinstance(o, ir.Var)) and adds_nothing(
            fn.body, linear.inputs, linear.outputs, around):
        return
    kind, other = ("vjp", "jvp") if linear.transposed else ("jvp", "vjp")
    mode, what = ("forward", "cotangents") if linear.transposed else ("reverse", "tangents")
    refuse(stmt, "AD171", f"{mode} mode needs the transpose of the {kind} rule of `{stmt.rule.name}`, which is not "
           f"linear in the {what}", f"give `{stmt.rule.name}` a {other} rule, or use the other mode")


__all__ = ["adjoint", "tangent", "transpose"]
