"""Functions and lambdas defined inside the program."""
from __future__ import annotations

import ast
from typing import Any

from ..lowering import Lowering
from ..values import FunctionV, Value
from .assignment import set_name


def lower_function_def(lo: Lowering, node: ast.FunctionDef, rest: list[Any]) -> None:
    defaults = default_values(lo, node.args)
    lo.frame.captured = True
    value: Value = FunctionV(node, lo.frame.source, lo.frame, defaults)
    for decorator in reversed(node.decorator_list):
        from .calls import call_value

        value = call_value(lo, lo.expr(decorator), [value], {}, decorator, None)
    set_name(lo, node.name, value)


def lower_lambda(lo: Lowering, node: ast.Lambda, hint: str | None) -> Value:
    lo.frame.captured = True
    return FunctionV(node, lo.frame.source, lo.frame, default_values(lo, node.args))


def default_values(lo: Lowering, args: ast.arguments) -> dict[str, Value]:
    positional = [*args.posonlyargs, *args.args]
    out = {}
    for a, d in zip(positional[len(positional) - len(args.defaults):], args.defaults, strict=True):
        out[a.arg] = lo.expr(d)
    for a, d in zip(args.kwonlyargs, args.kw_defaults, strict=True):
        if d is not None:
            out[a.arg] = lo.expr(d)
    return out
