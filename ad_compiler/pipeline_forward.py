"""Forward mode: the sweep that computes a value and its tangent, or the tangent alone."""
from __future__ import annotations

from . import pipeline
from .frontend.entry import Lowered
from .frontend.values import HeapV, TupleV, Value
from .ir import nodes as ir
from .ir.types import ListOf, can_carry, is_float_like
from .pipeline import Compiled, Options, Path
from .pipeline_results import out_leaves
from .transform.bars import ZERO
from .transform.forward import Forward
from .transform.rules import choose_rules


def forward_of(lowered: Lowered, wrt: tuple[Path, ...], options: Options, *, value: bool = True) -> Compiled:
    """The forward sweep of a program that has been read; without `value` what only the value needs is left out."""
    fn, active = tangents_of(lowered, wrt, options, value=value)
    return pipeline.finish(fn, lowered, options, [], active)


def tangents_of(lowered: Lowered, wrt: tuple[Path, ...], options: Options, *, value: bool = True
                ) -> tuple[ir.Function, set[ir.Var]]:
    """The forward sweep as a function, and the variables that have tangents."""
    tangents = {lowered.leaves[p]: ir.Var(f"{lowered.leaves[p].hint}_dot", lowered.leaves[p].type) for p in wrt}
    leaves = [v for v in out_leaves(lowered.out) if isinstance(v, ir.Var)]
    chosen = choose_rules(lowered.function, tangents, leaves, lowered.contiguous, transposed=False)
    forward = Forward(chosen, tangents, leaves, lowered.contiguous, share=options.share, factor=options.factor)
    block = forward.run()
    stmts = [s for s in block.stmts if not isinstance(s, ir.Return)]
    forward.emitter.block = ir.Block(stmts)
    out_dot = _tangent_of(forward, lowered.out)
    out = lowered.out_operand if value else ir.Const(None)
    body = ir.Block([*forward.emitter.block.stmts, ir.Return(ir.Pack("tuple", (out, out_dot)))])
    name = f"{lowered.function.name}_{'jvp' if value else 'dot'}"
    fn = ir.Function(name, (*lowered.params, *tangents.values()), lowered.function.keywords, body,
                     lowered.function.doc, lowered.function.origin)
    return fn, forward.active


def _tangent_of(forward: Forward, value: Value) -> ir.Arg:
    """The tangent of a result, in the result's structure."""
    match value:
        case ir.Var():
            carries = is_float_like(value.type) or (isinstance(value.type, ListOf) and can_carry(value.type))
            return forward.dot_or_zero(value) if carries else ZERO
        case TupleV(items):
            return ir.Pack("list" if value.cls is list else "tuple", tuple(_tangent_of(forward, v) for v in items))
        case HeapV():
            items = tuple(_tangent_of(forward, v) for v in value.slots.values())
            return ir.Pack("list", items) if value.cls is list else ir.Pack("dict", items, tuple(value.slots))
        case _:
            return ZERO


__all__ = ["forward_of", "tangents_of"]
