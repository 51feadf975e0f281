"""Loggers: what a program says through them is said again at each call.

    log.info("step %d", i)      ==>     logging.getLogger("model").info("step %d", i)
"""
from __future__ import annotations

import ast
import logging
from typing import Any

from ...ir import nodes as ir
from ...ir.types import Passive
from ..lowering import Lowering
from ..values import ExternalV, Value

LEVELS = ("debug", "info", "warning", "error", "critical", "exception", "log")
METHODS: tuple[Any, ...] = tuple(getattr(logging.Logger, level) for level in LEVELS)
FUNCTIONS: tuple[Any, ...] = tuple(getattr(logging, level) for level in LEVELS)


def logger_(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
            hint: str | None) -> Value:
    """`logging.getLogger(name)`"""
    return lo.call(logging.getLogger, [lo.operand(a, node) for a in [*args, *kwargs.values()]],
                   type_=Passive(logging.Logger), text="getLogger", hint=hint or "logger")


def logged(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
           hint: str | None) -> Value:
    """`logger.info(...)`"""
    logger = args[0]
    if isinstance(logger, ExternalV):
        if logging.getLogger(logger.value.name) is not logger.value:
            lo.fail("AD107", node, "this logger is not one of those that `logging` keeps by name",
                    "make it with `logging.getLogger(name)`")
        logger = logger_(lo, function, [ir.Const(logger.value.name)], {}, node, None)
    operands = (lo.operand(logger, node), *(lo.operand(a, node) for a in args[1:]))
    named = tuple((k, lo.operand(v)) for k, v in kwargs.items())
    lo.emit(ir.Effect(ir.Call(getattr, operands, named, "passive", function.value.__name__), lo.origin))
    return ir.Const(None)
