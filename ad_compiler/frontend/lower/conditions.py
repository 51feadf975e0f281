"""Conditions: truth values, conditional expressions, `and`/`or`."""
from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from ...ir import nodes as ir
from ...ir import prims
from ...ir.types import BOOL, Array, ListOf, Num, Passive
from ..frames import MISSING
from ..lowering import Lowering, NoResult
from ..values import HeapV, IterV, MethodV, OptionalV, RangeV, RowsV, TupleV, Unusable, Value
from .apart import read_apart
from .ranges import length_of_range


def truth(lo: Lowering, value: Value, node: ast.AST | None) -> ir.Operand:
    """A value as a condition; constants stay constants."""
    match value:
        case ir.Const():
            return ir.Const(bool(value.value))
        case TupleV(items):
            return ir.Const(bool(items))
        case HeapV() if value.cls in (list, dict, set):
            return ir.Const(bool(value.slots))
        case ir.Var():
            if isinstance(value.type, (Num, Passive)):
                return value
            if isinstance(value.type, Array):
                return lo.call(bool, (value,), type_=BOOL, text="bool")
            if isinstance(value.type, ListOf):
                return lo.call(bool, (value,), type_=BOOL, text="bool")
            return value
        case RangeV():
            return truth(lo, length_of_range(lo, value), node)
        case IterV("keys" | "values" | "items", [HeapV() as table]):
            return ir.Const(bool(table.slots))
        case RowsV():
            return lo.call(bool, (value.first,), type_=BOOL, text="bool")
        case HeapV(cls) if hasattr(cls, "__bool__") or hasattr(cls, "__len__"):
            from .calls import call_method

            name = "__bool__" if hasattr(cls, "__bool__") else "__len__"
            return truth(lo, call_method(lo, value, name, [], {}, node, None), node)
        case ir.Pack():
            return ir.Const(bool(value.items))
        case MethodV(ir.Var(type=Passive(cls=cls)), name, None) if not callable(getattr(cls, name, None)):
            lo.fail("AD129", node, f"whether `{name}` is true of this object of a library is not known when compiling")
        case _:
            from ..values import ExternalV

            if isinstance(value, OptionalV):
                inner = truth(lo, value.value, node)
                return lo.call(prims.and_, (value.given, inner), style="op", type_=BOOL)
            if isinstance(value, ExternalV):
                return ir.Const(bool(value.value))
            return ir.Const(True)


def truth_value(lo: Lowering, value: Value, node: ast.AST | None) -> ir.Operand:
    """The truth of a value as a value itself, True or False: a number may stand for its truth in a condition only."""
    cond = truth(lo, value, node)
    if isinstance(cond, ir.Const) or lo.type_of(cond) == BOOL:
        return cond
    return lo.call(bool, (cond,), type_=BOOL, text="bool")


def condition(lo: Lowering, node: ast.expr) -> ir.Operand:
    """The truth of an expression where only that counts: its parts may be of different kinds there."""
    if isinstance(node, ast.IfExp):
        cond = condition(lo, node.test)
        if isinstance(cond, ir.Const):
            return condition(lo, node.body if cond.value else node.orelse)
        return truth(lo, choose(lo, cond, lambda: _as_bool(lo, condition(lo, node.body)),
                                lambda: _as_bool(lo, condition(lo, node.orelse)), "t", node), node)
    if isinstance(node, ast.BoolOp):
        return truth(lo, _joined(lo, node, lambda part: _as_bool(lo, condition(lo, part)), None), node)
    return truth(lo, lo.expr(node), node)


def _as_bool(lo: Lowering, value: ir.Operand) -> ir.Operand:
    """The truth of a text or the like, which joins with that of a number."""
    if isinstance(value, ir.Var) and isinstance(value.type, Passive):
        return lo.call(bool, (value,), type_=BOOL, text="bool")
    return value


def lower_if_expr(lo: Lowering, node: ast.IfExp, hint: str | None) -> Value:
    cond = condition(lo, node.test)
    if isinstance(cond, ir.Const):
        return lo.expr(node.body if cond.value else node.orelse, hint)
    return choose(lo, cond, lambda: lo.expr(node.body), lambda: lo.expr(node.orelse), hint or "t", node)


def negated(lo: Lowering, value: Value, node: ast.AST | None, hint: str | None = None) -> Value:
    """`not value`"""
    cond = truth(lo, value, node)
    if isinstance(cond, ir.Const):
        return ir.Const(not cond.value)
    return lo.call(prims.not_, (cond,), style="op", type_=BOOL, hint=hint)


def choose(lo: Lowering, cond: ir.Operand, then: Any, orelse: Any, hint: str, node: ast.AST) -> Value:
    """A value that one of two expressions gives."""
    from .branches import branch
    from .runtime_lists import site_of

    name = f"<{hint}>"
    branch(lo, cond, lambda: _given(lo, name, then), lambda: _given(lo, name, orelse), expression=site_of(lo, node))
    value = lo.frame.get(name)
    if value is MISSING:
        raise NoResult
    lo.frame.set(name, MISSING)
    if isinstance(value, Unusable):
        read_apart(lo, value.site)
        lo.fail("AD122", node, f"the two branches give values of different kinds: {value.why}",
                "give both branches the same type")
    return value


def _given(lo: Lowering, name: str, read: Any) -> bool:
    """Give a name a value; False where nothing is known of it yet."""
    try:
        lo.frame.set(name, read())
    except NoResult:
        return False
    return True


def lower_bool_op(lo: Lowering, node: ast.BoolOp, hint: str | None) -> Value:
    """`and`/`or` evaluate what Python evaluates, in order."""
    return _joined(lo, node, lo.expr, hint)


def _joined(lo: Lowering, node: ast.BoolOp, read: Callable[[ast.expr], Value], hint: str | None) -> Value:
    stop = isinstance(node.op, ast.Or)

    def chain(i: int) -> Value:
        value = read(node.values[i])
        if i == len(node.values) - 1:
            return value
        cond = truth(lo, value, node.values[i])
        if isinstance(cond, ir.Const):
            return value if bool(cond.value) is stop else chain(i + 1)
        if _simple(lo, node.values[i + 1:]) and lo.type_of(value) == BOOL:
            other = chain(i + 1)
            if lo.type_of(other) == BOOL or (isinstance(other, ir.Const) and isinstance(other.value, bool)):
                return lo.call(prims.or_ if stop else prims.and_, (cond, other), style="op", type_=BOOL,
                               hint=hint)
            return choose(lo, cond, (lambda: value) if stop else (lambda: other),
                          (lambda: other) if stop else (lambda: value), hint or "t", node)
        return choose(lo, cond, (lambda: value) if stop else (lambda: chain(i + 1)),
                      (lambda: chain(i + 1)) if stop else (lambda: value), hint or "t", node)

    return chain(0)


def _simple(lo: Lowering, nodes: list[ast.expr]) -> bool:
    """Whether evaluating the expressions can neither fail nor do anything: comparisons of names and numbers."""
    found = [n for value in nodes for n in ast.walk(value)]
    if not all(isinstance(n, (ast.Compare, ast.Name, ast.Constant, ast.Load, ast.cmpop, ast.UnaryOp, ast.unaryop,
                              ast.BoolOp, ast.boolop)) for n in found):
        return False
    return not any(isinstance(n, ast.Name) and isinstance(lo.lookup(n.id, n), OptionalV) for n in found)
