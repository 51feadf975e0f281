"""Conditions: truth values, conditional expressions, `and`/`or`, comparisons, `is` and `in`."""
from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ...ir import nodes as ir
from ...ir import prims
from ...ir.types import BOOL, Array, ListOf, Num, Passive
from ..frames import MISSING
from ..lowering import Lowering, NoResult
from ..values import FunctionV, HeapV, OptionalV, RowsV, RowV, TupleV, Unusable, Value
from .apart import read_apart
from .dicts import as_set
from .optional import compared_optional, present, tested
from .protocols import compared, contains
from .sets import holds


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
        case RowsV():
            return lo.call(bool, (value.first,), type_=BOOL, text="bool")
        case HeapV(cls) if hasattr(cls, "__bool__") or hasattr(cls, "__len__"):
            from .calls import call_method

            name = "__bool__" if hasattr(cls, "__bool__") else "__len__"
            return truth(lo, call_method(lo, value, name, [], {}, node, None), node)
        case ir.Pack():
            return ir.Const(bool(value.items))
        case _:
            from ..values import ExternalV

            if isinstance(value, OptionalV):
                inner = truth(lo, value.value, node)
                return lo.call(prims.and_, (value.given, inner), style="op", type_=BOOL)
            if isinstance(value, ExternalV):
                return ir.Const(bool(value.value))
            return ir.Const(True)


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


def lower_compare(lo: Lowering, node: ast.Compare, hint: str | None) -> Value:
    def chain(left: Value, i: int) -> Value:
        right = lo.expr(node.comparators[i])
        one = compare(lo, node.ops[i], left, right, node, hint if len(node.ops) == 1 else None)
        if i == len(node.ops) - 1 or (isinstance(one, ir.Const) and not one.value):
            return one
        if isinstance(one, ir.Const):
            return chain(right, i + 1)
        if any(does_something(lo, value) for value in node.comparators[i + 1:]):
            return choose(lo, truth(lo, one, node), lambda: chain(right, i + 1), lambda: ir.Const(False), hint or "t",
                          node)
        other = chain(right, i + 1)
        return lo.call(prims.and_, (lo.operand(one), lo.operand(other)), style="op", type_=BOOL, hint=hint)

    return chain(lo.expr(node.left), 0)


#: builtins that do nothing but give a value
_VALUES = frozenset((len, abs, float, int, bool, str, repr, round, max, min, sum, type, isinstance))


def does_something(lo: Lowering, node: ast.expr) -> bool:
    """Whether computing an expression may do more than give a value: it calls a function, or binds a name."""
    found = list(ast.walk(node))
    if any(isinstance(n, (ast.NamedExpr, ast.comprehension, ast.Lambda)) for n in found):
        return True
    return any(isinstance(n, ast.Call) and not _gives_a_value(lo, n) for n in found)


def _gives_a_value(lo: Lowering, node: ast.Call) -> bool:
    """Whether a call is one of a builtin, a ufunc or a function of `math` that changes nothing."""
    if isinstance(node.func, ast.Name):
        value = lo.lookup(node.func.id, node.func)
        return isinstance(value, ir.Const) and any(value.value is known for known in _VALUES)
    if not isinstance(node.func, ast.Attribute) or not isinstance(node.func.value, ast.Name) or node.keywords:
        return False
    module = lo.lookup(node.func.value.id, node.func.value)
    if not isinstance(module, ir.Const) or (module.value is not np and module.value is not math):
        return False
    function = getattr(module.value, node.func.attr, None)
    return module.value is math or (isinstance(function, np.ufunc) and len(node.args) <= function.nin)


_COMPARE = {ast.Lt: np.less, ast.LtE: np.less_equal, ast.Gt: np.greater, ast.GtE: np.greater_equal,
            ast.Eq: np.equal, ast.NotEq: np.not_equal}


_OF_SETS: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Eq: operator.eq,
    ast.NotEq: operator.ne}


def compare(lo: Lowering, op: ast.cmpop, left: Value, right: Value, node: ast.AST, hint: str | None) -> Value:
    if isinstance(op, (ast.Is, ast.IsNot)):
        return _identity(lo, left, right, isinstance(op, ast.IsNot))
    if isinstance(op, (ast.In, ast.NotIn)):
        return _membership(lo, left, right, isinstance(op, ast.NotIn), node)
    if isinstance(op, (ast.Eq, ast.NotEq)) and OptionalV in (type(left), type(right)) and not any(
            isinstance(v, OptionalV) and isinstance(lo.type_of(v.value), Array) for v in (left, right)):
        equal = compared_optional(lo, left, right, lambda a, b: truth(
            lo, compare(lo, ast.Eq(), a, b, node, None), node))
        return negated(lo, equal, node, hint) if isinstance(op, ast.NotEq) else equal
    left, right = (as_set(lo, present(lo, v, node), node) for v in (left, right))
    own = compared(lo, op, left, right, node)
    if own is not None:
        return own
    ufunc = _COMPARE[type(op)]
    if isinstance(left, HeapV) and isinstance(right, HeapV) and left.cls is right.cls is set:
        return ir.Const(_OF_SETS[type(op)](left.slots.keys(), right.slots.keys()))
    if isinstance(left, ir.Const) and isinstance(right, ir.Const):
        return ir.Const(bool(ufunc(left.value, right.value)) if not isinstance(left.value, (str, type, type(None)))
                        and not isinstance(right.value, (str, type, type(None)))
                        else (left.value == right.value) == isinstance(op, ast.Eq))
    if isinstance(left, TupleV) and isinstance(right, TupleV) and isinstance(op, (ast.Eq, ast.NotEq)):
        if len(left.items) != len(right.items):
            return ir.Const(isinstance(op, ast.NotEq))
    from .sequences import is_shape

    if is_shape(left) or is_shape(right) or isinstance(left, TupleV) or isinstance(right, TupleV):
        return lo.call(ufunc, (lo.operand(left), lo.operand(right)), style="op", type_=BOOL, hint=hint)
    a, b = lo.operand(left, node), lo.operand(right, node)
    if isinstance(lo.type_of(left), Passive) or isinstance(lo.type_of(right), Passive):
        return lo.call(ufunc, (a, b), style="op", type_=BOOL, hint=hint)
    return lo.call(ufunc, (a, b), style="op", hint=hint, node=node)


def _identity(lo: Lowering, left: Value, right: Value, negate: bool) -> Value:
    if isinstance(left, ir.Const) and isinstance(right, ir.Const):
        return ir.Const((left.value is right.value) is not negate)
    if isinstance(right, ir.Const) and right.value is None and isinstance(left, OptionalV):
        return tested(lo, left, negate)
    if isinstance(right, ir.Const) and right.value is None and not _may_be_none(left):
        return ir.Const(negate)  # a value that is followed is never None
    if isinstance(left, RowV) and isinstance(right, RowV):
        from .row_objects import same_object

        cond = truth(lo, same_object(lo, left, right), None)
        if isinstance(cond, ir.Const):
            return ir.Const(cond.value is not negate)
        return lo.call(prims.not_, (cond,), style="op", type_=BOOL) if negate else cond
    if isinstance(left, (HeapV, FunctionV)) or isinstance(right, (HeapV, FunctionV)):
        return ir.Const((left is right) is not negate)
    from .operands import to_operand

    function = prims.is_not if negate else prims.is_
    return lo.call(function, (to_operand(lo, left), to_operand(lo, right)), style="op", type_=BOOL)


def _may_be_none(value: Value) -> bool:
    """Whether a value is of a class that is not known: it came from several paths, or from outside."""
    return isinstance(value, ir.Var) and value.type in (Passive(None), Passive(type(None)))


def _never_none(container: Value) -> bool:
    """Whether the items of a list are of one known kind, which is not None."""
    t = container.type if isinstance(container, ir.Var) else None
    return isinstance(t, ListOf) and t.item is not None and not _may_be_none(ir.Var("", t.item))


def _membership(lo: Lowering, item: Value, container: Value, negate: bool, node: ast.AST) -> Value:
    from ..values import ExternalV
    from .items import known_size

    if isinstance(item, OptionalV):  # where it is None, it is not among what is followed
        found = choose(lo, item.given, lambda: _membership(lo, item.value, container, False, node),
                       lambda: _membership(lo, ir.Const(None), container, False, node), "found", node)
        return negated(lo, found, node) if negate else found
    if isinstance(item, ir.Const) and item.value is None and _never_none(container):
        return ir.Const(negate)
    if isinstance(container, ExternalV) and isinstance(container.value, Mapping) and (
            known := known_size(item)) is not None:
        item = ir.Const(known)
    container = as_set(lo, container, node)
    if isinstance(container, HeapV) and container.cls is set:
        return negated(lo, holds(lo, container, item, node), node) if negate else holds(lo, container, item, node)
    own = contains(lo, item, container, node)
    if own is not None:
        return negated(lo, own, node) if negate else own
    if isinstance(container, HeapV) and container.cls is dict and isinstance(item, ir.Const):
        return ir.Const((item.value in container.slots) is not negate)
    listed = list(container.slots.values()) if isinstance(container, HeapV) and container.cls is list else None
    items = container.items if isinstance(container, TupleV) else listed
    if items is not None and isinstance(item, ir.Const) and all(isinstance(v, ir.Const) for v in items):
        # what compares equal is found, of whatever type: 2.0 among (1, 2), a dtype among classes
        return ir.Const((item.value in [v.value for v in items if isinstance(v, ir.Const)]) is not negate)
    if isinstance(container, ir.Const) and isinstance(item, ir.Const):
        return ir.Const((item.value in container.value) is not negate)
    if isinstance(container, ExternalV) and isinstance(item, ir.Const):
        return ir.Const((item.value in container.value) is not negate)
    function = prims.not_in if negate else prims.in_
    return lo.call(function, (lo.operand(item), lo.operand(container)), style="op", type_=BOOL)
