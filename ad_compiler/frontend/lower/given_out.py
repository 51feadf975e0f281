"""`out=`, also by its place among the arguments: the result is computed, and stored there."""
from __future__ import annotations

import ast
from typing import Any

import numpy as np

from ...ir import nodes as ir
from ...ir import prims
from ...ir.types import Array, Seq
from ...rules.calls import without_sugar
from ..lowering import Lowering
from ..values import TupleV


def without_out(function: Any, operands: list[Any], named: dict[str, Any]
                ) -> tuple[list[Any], dict[str, Any], list[Any]]:
    """The arguments but for the arrays to store in, and these: one for each result, None or the constant None where
    there is none."""
    keep = {"where": named["where"]} if "where" in named else {}
    named = {k: tuple(v.items) if k == "out" and isinstance(v, (ir.Pack, TupleV)) else v for k, v in named.items()}
    found = without_sugar(function, tuple(operands), named, _value)
    return list(found.args), found.kwargs | keep, list(found.outs)


def _value(operand: Any) -> Any:
    return operand.value if isinstance(operand, ir.Const) else operand


def stored(lo: Lowering, result: ir.Var, outs: list[ir.Arg], where: ir.Arg | None, node: ast.AST) -> Any:
    """The result goes into the arrays, where `where` holds."""
    if not isinstance(result.type, Seq):
        if len(outs) > 1:
            lo.fail("AD110", node, "`out=` must be an array")
        return _stored(lo, result, outs[0], where, node)
    parts: list[Any] = []
    for k, type_ in enumerate(result.type.items):
        part = lo.call(prims.item, (result, ir.Const(k)), style="index", type_=type_)
        parts.append(_stored(lo, part, outs[k], where, node) if k < len(outs) and _value(outs[k]) is not None else part)
    return TupleV(parts)


def _stored(lo: Lowering, result: ir.Var, out: ir.Arg, where: ir.Arg | None, node: ast.AST) -> ir.Var:
    from .updates import note_write

    if not isinstance(out, ir.Var) or not isinstance(out.type, Array):
        lo.fail("AD110", node, "`out=` must be an array")
    if where is not None:
        result = lo.call(np.where, (where, result, out), text="np.where", node=node)
    lo.emit(ir.Store(out, ir.Const(Ellipsis), "", result, lo.origin))
    note_write(lo, out)
    return out
