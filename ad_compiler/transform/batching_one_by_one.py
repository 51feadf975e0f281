"""Calls that have no rule for batches: for one example after the other."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..ir import nodes as ir
from ..ir import prims, visit
from ..ir.types import Array, ListOf, Num, Seq
from .handles import Handle, to_arg

if TYPE_CHECKING:
    from .batching import Batching


def one_by_one(b: Batching, target: ir.Var, call: ir.Call) -> Any:
    """A loop over the examples, for a call that has no rule."""
    name = call.text or getattr(call.function, "__name__", repr(call.function))
    if not isinstance(target.type, (Num, Array, Seq)):
        b.refuse(b.stmt, f"`{name}` returns a {target.type}")
    if b.aliases.written(target) and call.style != "display":
        b.refuse(b.stmt, f"`{name}` is called for one example after the other, and its result is written",
                 "write into a copy of it")
    b.loops.append(name)
    types = target.type.items if isinstance(target.type, Seq) else (target.type,)
    e = b.emitter
    lists = [e.assign(ir.Call(list, (ir.Pack("list", ()),), (), "display"), ListOf(t), "parts") for t in types]
    k = ir.Var("k", Num(np.dtype(np.int64)))
    outer, e.block = e.block, ir.Block()
    one = _example(b, call, k)
    found = e.assign(one, target.type, "part")
    for i, stack in enumerate(lists):
        item = found if not isinstance(target.type, Seq) else e.call(
            prims.item, (found, ir.Const(i)), style="index", type_=types[i])
        e.emit(ir.Push(stack, item, e.origin))
    body, e.block = e.block, outer
    e.emit(ir.For(k, ir.Const(0), to_arg(b.count), ir.Const(1), body, e.origin))
    parts = tuple(Handle(e, e.call(np.stack, (stack,), text="np.stack", type_=stacked_type(b, t)))
                  for stack, t in zip(lists, types, strict=True))
    return parts if isinstance(target.type, Seq) else parts[0]


def _example(b: Batching, call: ir.Call, k: ir.Var) -> ir.Call:
    """The call for example `k`."""
    picked: dict[ir.Var, ir.Var] = {}

    def pick(operand: ir.Operand) -> Any:
        if not isinstance(operand, ir.Var) or operand not in b.batched:
            return operand
        if not isinstance(operand.type, (Num, Array)):
            b.refuse(b.stmt, f"`{call.text}` takes a {operand.type} that differs between examples")
        if operand not in picked:
            picked[operand] = b.emitter.call(prims.item, (b.new[operand], k), style="index", type_=operand.type)
        return picked[operand]

    return visit.map_arg(call, pick)


def stacked_type(b: Batching, t: Any) -> Any:
    from .batching_results import batched_type

    return batched_type(t, b.size)


__all__ = ["one_by_one", "stacked_type"]
