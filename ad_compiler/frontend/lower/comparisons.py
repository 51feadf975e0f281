"""Comparisons: chained ones, `is`, `in`, and the ordering of numbers, sets and tuples."""
from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ...ir import nodes as ir
from ...ir import prims
from ...ir.types import BOOL, Array, ListOf, Passive
from ..lowering import Lowering
from ..values import HeapV, OptionalV, RowV, TupleV, Value
from .conditions import choose, negated, truth, truth_value
from .dicts import as_set, constant_key
from .identity import OBJECTS, identical, of_objects
from .optional import compared_optional, present, tested
from .protocols import compared, contains
from .sets import holds


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


#: the same of what is known when compiling: texts, classes, sets
_OF_PYTHON: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Eq: operator.eq,
    ast.NotEq: operator.ne}


def compare(lo: Lowering, op: ast.cmpop, left: Value, right: Value, node: ast.AST, hint: str | None) -> Value:
    if isinstance(op, (ast.Is, ast.IsNot)):
        return _identity(lo, left, right, isinstance(op, ast.IsNot), node)
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
        return ir.Const(_OF_PYTHON[type(op)](left.slots.keys(), right.slots.keys()))
    if isinstance(left, ir.Const) and isinstance(right, ir.Const):
        return _known(lo, op, left.value, right.value, node)
    if isinstance(left, TupleV) and isinstance(right, TupleV) and isinstance(op, (ast.Eq, ast.NotEq)):
        same = _same_items(left, right)
        if same is not None:
            return ir.Const(same is not isinstance(op, ast.NotEq))
    from .sequences import is_shape

    if is_shape(left) or is_shape(right) or isinstance(left, TupleV) or isinstance(right, TupleV):
        return lo.call(ufunc, (lo.operand(left), lo.operand(right)), style="op", type_=BOOL, hint=hint)
    a, b = lo.operand(left, node), lo.operand(right, node)
    if isinstance(lo.type_of(left), Passive) or isinstance(lo.type_of(right), Passive):
        return lo.call(ufunc, (a, b), style="op", type_=BOOL, hint=hint)
    return lo.call(ufunc, (a, b), style="op", hint=hint, node=node)


def _same_items(left: Value, right: Value) -> bool | None:
    """Whether two tuples have equal items, where that is known when compiling."""
    if isinstance(left, TupleV) and isinstance(right, TupleV):
        if len(left.items) != len(right.items):
            return False
        known = [_same_items(a, b) for a, b in zip(left.items, right.items, strict=True)]
        return False if False in known else None if None in known else True
    if isinstance(left, ir.Const) and isinstance(right, ir.Const) and not _is_array(left) and not _is_array(right):
        return bool(left.value is right.value or left.value == right.value)
    return None


def _is_array(value: ir.Const) -> bool:
    return isinstance(value.value, np.ndarray)


def _known(lo: Lowering, op: ast.cmpop, left: Any, right: Any, node: ast.AST) -> ir.Const:
    try:
        return ir.Const(bool(_OF_PYTHON[type(op)](left, right)))
    except TypeError as error:
        lo.fail("AD107", node, f"this comparison raises TypeError: {error}", "compare values of one kind")


def _identity(lo: Lowering, left: Value, right: Value, negate: bool, node: ast.AST) -> Value:
    if isinstance(left, ir.Const) and isinstance(right, ir.Const):
        return ir.Const((left.value is right.value) is not negate)
    if isinstance(right, ir.Const) and right.value is None and isinstance(left, OptionalV):
        return tested(lo, left, negate)
    if isinstance(right, ir.Const) and right.value is None and not _may_be_none(left):
        return ir.Const(negate)  # a value that is followed is never None
    if any(isinstance(v, (*OBJECTS, TupleV, OptionalV)) for v in (left, right)):
        return negated(lo, identical(lo, left, right, node), node) if negate else identical(lo, left, right, node)
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


def _among(lo: Lowering, item: Value, container: Value, node: ast.AST) -> Value:
    """`item in container` of objects: one that is the item, or equal to it."""
    from .calls import call_value
    from .snippets import run_snippet

    found = run_snippet(lo, "out = [v is item or v == item for v in source]", {"source": container, "item": item},
                        "out", node)
    return call_value(lo, ir.Const(any), [found], {}, node, None)


def _membership(lo: Lowering, item: Value, container: Value, negate: bool, node: ast.AST) -> Value:
    from ..values import ExternalV
    from .items import known_size
    from .row_objects import opened_row

    if isinstance(item, OptionalV):  # where it is None, it is not among what is followed
        found = choose(lo, item.given, lambda: _membership(lo, item.value, container, False, node),
                       lambda: _membership(lo, ir.Const(None), container, False, node), "found", node)
        return negated(lo, found, node) if negate else found
    if isinstance(item, ir.Const) and item.value is None and _never_none(container):
        return ir.Const(negate)
    if isinstance(container, ExternalV) and isinstance(container.value, Mapping) and (
            known := known_size(item)) is not None:
        item = ir.Const(known)
    if isinstance(container, RowV) and container.row.cls is dict:
        container = opened_row(lo, container)
    container = as_set(lo, container, node)
    if isinstance(container, HeapV) and container.cls is set:
        return negated(lo, holds(lo, container, item, node), node) if negate else holds(lo, container, item, node)
    own = contains(lo, item, container, node)
    if own is not None:
        return negated(lo, own, node) if negate else truth_value(lo, own, node)
    if isinstance(container, HeapV) and container.cls is dict and isinstance(key := constant_key(item), ir.Const):
        return ir.Const((key.value in container.slots) is not negate)
    listed = list(container.slots.values()) if isinstance(container, HeapV) and container.cls is list else None
    items = container.items if isinstance(container, TupleV) else listed
    if items is not None:  # what compares equal is found, of whatever type: 2.0 among (1, 2), a dtype among classes
        same = [_same_items(item, v) for v in items]
        if True in same or None not in same:
            return ir.Const((True in same) is not negate)
    if isinstance(container, ir.Var) and isinstance(container.type, ListOf) and container.type.item is None:
        return ir.Const(negate)  # nothing is in it yet, as far as the program was read
    if of_objects(container, [item]):
        found = _among(lo, item, container, node)
        return negated(lo, found, node) if negate else found
    if isinstance(container, ir.Const) and isinstance(item, ir.Const):
        return ir.Const((item.value in container.value) is not negate)
    if isinstance(container, ExternalV) and isinstance(item, ir.Const):
        return ir.Const((item.value in container.value) is not negate)
    function = prims.not_in if negate else prims.in_
    return lo.call(function, (lo.operand(item), lo.operand(container)), style="op", type_=BOOL)
