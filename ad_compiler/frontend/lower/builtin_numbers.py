"""Builtins on numbers: conversions, rounding, and the operators as functions."""
from __future__ import annotations

import ast
import operator
from typing import Any

import numpy as np

from ...ir import nodes as ir
from ...ir.types import FLOAT, Num
from ..lowering import Lowering
from ..values import TupleV, Value
from .builtin_sequences import INT, Handler
from .raising import certain


def cast(dtype: str) -> Handler:
    def cast(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None
             ) -> Value:
        if not args:
            return ir.Const(function.value())
        if len(args) == 2 and dtype == "c16":
            from .expressions import binary

            turned = binary(lo, ast.Mult(), ir.Const(1j), args[1], node, None)
            return binary(lo, ast.Add(), args[0], turned, node, hint)
        if dtype == "?":
            from .conditions import truth_value

            return truth_value(lo, args[0], node)
        operand = lo.operand(args[0], node)
        if len(args) > 1:
            if not all(isinstance(a, ir.Const) for a in args):
                lo.fail("AD107", node, f"`{function.value.__name__}` of a text that is not known when compiling")
            return ir.Const(function.value(*(a.value for a in args)))
        if isinstance(operand, ir.Const):
            if isinstance(operand.value, float) and dtype == "f8":
                return operand
            try:
                return ir.Const(function.value(operand.value))
            except (TypeError, ValueError, OverflowError) as error:  # `int("a")`
                certain(lo, type(error), node, str(error))
                lo.fail("AD107", node, f"this raises {type(error).__name__}: {error}")
        t = lo.type_of(operand)
        if isinstance(t, Num) and t.weak and t.dtype == np.dtype(dtype):
            return operand
        dim = t.dim if isinstance(t, Num) and dtype == "i8" else None
        return lo.call(function.value, (operand,), type_=Num(np.dtype(dtype), dim=dim), hint=hint,
                       text=function.value.__name__)

    return cast


def round_(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None) -> Value:
    if len(args) == 2 and isinstance(args[1], ir.Const) and args[1].value is None:
        args = args[:1]
    operands = [lo.operand(a) for a in args]
    return lo.call(round, operands, type_=INT if len(args) == 1 else FLOAT, text="round", hint=hint)


def divmod_(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None
            ) -> Value:
    from .expressions import binary

    return TupleV([binary(lo, ast.FloorDiv(), *args, node, None), binary(lo, ast.Mod(), *args, node, None)])


def pow_(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None) -> Value:
    from .expressions import binary

    if len(args) > 2 and not (isinstance(args[2], ir.Const) and args[2].value is None):
        lo.fail("AD107", node, "`pow` with a modulus is not compiled", "write `(a ** b) % m`")
    return binary(lo, ast.Pow(), args[0], args[1], node, hint)


def operator_function(op: ast.operator) -> Handler:
    def run(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None) -> Value:
        from .expressions import binary

        return binary(lo, op, args[0], args[1], node, hint)

    return run


def negative(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None
              ) -> Value:
    return lo.call(np.negative, (lo.operand(args[0]),), style="op", hint=hint)


OPERATIONS = {operator.add: ast.Add(), operator.sub: ast.Sub(), operator.mul: ast.Mult(), operator.truediv: ast.Div(),
        operator.pow: ast.Pow(), operator.matmul: ast.MatMult()}
