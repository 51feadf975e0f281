"""Operators, constants and displays."""
from __future__ import annotations

import ast
import operator
import types
from typing import Any

import numpy as np

from ...ir import nodes as ir
from ...ir import prims
from ...ir.types import BOOL, Array, Dim, ListOf, Num, Passive
from ..lowering import Lowering
from ..values import ExternalV, HeapV, RowsV, RowV, ShapeV, TupleV, Value
from .dicts import as_set
from .optional import beside_none, present
from .protocols import declined, in_order
from .raising import foresee
from .sets import METHODS as SETS
from .sets import OPERATORS as SET_OPERATORS
from .stars import has_stars, listed, listed_tuple, spread
from .updates import OPERATORS

DUNDER = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "truediv", ast.Pow: "pow",
           ast.MatMult: "matmul", ast.Mod: "mod", ast.FloorDiv: "floordiv", ast.BitAnd: "and", ast.BitOr: "or",
           ast.BitXor: "xor", ast.LShift: "lshift", ast.RShift: "rshift"}
_PYTHON = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
           ast.Pow: operator.pow, ast.Mod: operator.mod, ast.FloorDiv: operator.floordiv, ast.BitAnd: operator.and_,
           ast.BitOr: operator.or_, ast.BitXor: operator.xor, ast.LShift: operator.lshift, ast.RShift: operator.rshift}


def lower_constant(lo: Lowering, node: ast.Constant, hint: str | None) -> Value:
    text = None
    if isinstance(node.value, float):
        text = lo.frame.source.segment(node) or None
        if text is not None and not _is_number(text):
            text = None
    return ir.Const(node.value, text)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def lower_bin_op(lo: Lowering, node: ast.BinOp, hint: str | None) -> Value:
    return binary(lo, node.op, lo.expr(node.left), lo.expr(node.right), node, hint)


def binary(lo: Lowering, op: ast.operator, left: Value, right: Value, node: ast.AST, hint: str | None) -> Value:
    left, right = (as_set(lo, present(lo, v, node), node) for v in (left, right))
    if isinstance(op, (ast.MatMult, ast.Mult)):
        from .matrices import sparse_product

        product = sparse_product(lo, left, right, isinstance(op, ast.MatMult), hint)
        if product is not None:
            return product
    if isinstance(left, ExternalV) or isinstance(right, ExternalV):
        from .matrices import is_matrix, taken_apart

        left = taken_apart(lo, left, node) if is_matrix(left) else left
        right = taken_apart(lo, right, node) if is_matrix(right) else right
    special = _structured(lo, op, left, right, node, hint)
    if special is not None:
        return special
    if isinstance(left, ir.Const) and isinstance(right, ir.Const) and type(op) in _PYTHON:
        folded = _fold(op, left, right)
        if folded is not None:
            return folded
    a, b = lo.operand(left, node), lo.operand(right, node)
    function, _ = OPERATORS[type(op)]
    ta, tb = lo.type_of(a), lo.type_of(b)
    if isinstance(ta, ListOf) and _of_numpy(tb):  # `values / np.linalg.norm(values)`
        a = lo.call(np.array, (a,), text="np.array", node=node)
    elif isinstance(tb, ListOf) and _of_numpy(ta):
        b = lo.call(np.array, (b,), text="np.array", node=node)
    if isinstance(ta, Passive) or isinstance(tb, Passive):
        return lo.call(function, (a, b), style="op", hint=hint, type_=beside_none(
            lo, function, (a, b), {}, "op") or Passive(None))
    if lo.tries and isinstance(op, (ast.Div, ast.FloorDiv, ast.Mod)) and isinstance(ta, Num) and isinstance(
            tb, Num) and ta.weak and tb.weak:
        foresee(lo, ZeroDivisionError, lambda: lo.call(
            np.equal, (b, ir.Const(0)), style="op", type_=BOOL), node)
    if isinstance(ta, Num) and isinstance(tb, Num) and ta.kind in "bi" and tb.kind in "bi":
        return _integers(lo, op, function, a, b, ta, tb, hint)
    return lo.call(function, (a, b), style="op", hint=hint, node=node)


def _of_numpy(t: Any) -> bool:
    """Whether arithmetic with a list is NumPy's; Python's own repeats lists and puts them together."""
    return isinstance(t, Array) or (isinstance(t, Num) and not t.weak)


def _fold(op: ast.operator, left: ir.Const, right: ir.Const) -> Value | None:
    """Constants of integers, strings and tuples are computed; floats stay as the user wrote them."""
    a, b = left.value, right.value
    if isinstance(a, (int, str, tuple, list)) and isinstance(b, (int, str, tuple, list)) and not isinstance(
            op, (ast.Div, ast.MatMult)):
        try:
            value = _PYTHON[type(op)](a, b)
        except (TypeError, ZeroDivisionError, ValueError):
            return None
        return ir.Const(value) if not isinstance(value, int) or abs(value) < 2**63 else None
    if isinstance(a, str) and isinstance(op, ast.Mod):
        try:
            return ir.Const(a % b)
        except (TypeError, ValueError, KeyError):
            return None
    if isinstance(op, ast.BitOr) and isinstance(a, (type, types.UnionType)) and isinstance(b, (type, types.UnionType)):
        return ir.Const(a | b)
    return None


def _integers(lo: Lowering, op: ast.operator, function: Any, a: ir.Arg, b: ir.Arg, ta: Num, tb: Num,
              hint: str | None) -> Value:
    """Integer arithmetic keeps track of symbolic sizes."""
    from ...analysis.infer import dim_of

    weak = ta.weak and tb.weak
    if isinstance(op, ast.Div):
        return lo.call(function, (a, b), style="op", hint=hint, type_=Num(np.dtype(np.float64), weak))
    if isinstance(op, (ast.BitAnd, ast.BitOr, ast.BitXor)) and ta.kind == tb.kind == "b":
        return lo.call(function, (a, b), style="op", hint=hint, type_=BOOL)
    if isinstance(op, ast.Pow) and not (isinstance(b, ir.Const) and b.value >= 0):
        # An int to a negative int is a float in Python; which it is must be known.
        if weak and isinstance(b, ir.Const):
            return lo.call(function, (a, b), style="op", hint=hint, type_=Num(np.dtype(np.float64)))
    dim: Dim | None = None
    if isinstance(op, ast.Add):
        dim = dim_of(a) + dim_of(b)
    elif isinstance(op, ast.Sub):
        dim = dim_of(a) - dim_of(b)
    elif isinstance(op, ast.Mult) and (isinstance(a, ir.Const) or isinstance(b, ir.Const)):
        dim = dim_of(b).scaled(a.value) if isinstance(a, ir.Const) else dim_of(a).scaled(b.value)
    out = lo.call(function, (a, b), style="op", hint=hint, type_=Num(np.dtype(np.int64), weak, dim))
    if isinstance(op, (ast.Add, ast.Mult)) and all(lo.counts(x) for x in (a, b)):
        lo.counters.add(out)
    return out


def _structured(lo: Lowering, op: ast.operator, left: Value, right: Value, node: ast.AST, hint: str | None
                ) -> Value | None:
    """Operators on structures: joining sequences, repeating lists, the methods of user classes."""
    from .dicts import is_mapping, united
    from .lists import concatenated, repeated

    dunder = DUNDER[type(op)]
    for receiver, other, name in in_order(left, right, f"__{dunder}__", f"__r{dunder}__"):
        cls = receiver.cls if isinstance(receiver, HeapV) else type(receiver.value) if isinstance(
            receiver, ExternalV) else receiver.row.cls if isinstance(receiver, RowV) else None
        if isinstance(receiver, TupleV) and isinstance(getattr(receiver.cls, name, None), types.FunctionType):
            cls = receiver.cls
        if cls not in (None, list, dict, tuple, set) and hasattr(cls, name):
            from .calls import call_method

            out = call_method(lo, receiver, name, [other], {}, node, hint)
            if not declined(out):
                return out
    if type(op) in SET_OPERATORS and isinstance(left, HeapV) and left.cls is set and isinstance(right, HeapV):
        return SETS[SET_OPERATORS[type(op)]](lo, left, [right], node)
    if isinstance(op, ast.BitOr) and is_mapping(left) and is_mapping(right):
        return united(lo, left, right, node)
    if isinstance(op, ast.Add) and _sequence(lo, left) and _sequence(lo, right):
        return concatenated(lo, left, right, node)
    if isinstance(op, ast.Mult):
        for seq, count in ((left, right), (right, left)):
            if _sequence(lo, seq) and not isinstance(lo.type_of(count), Array):
                return repeated(lo, seq, count, node)
    return None


def _sequence(lo: Lowering, value: Value) -> bool:
    return (isinstance(value, (TupleV, ShapeV, RowsV)) or (isinstance(value, HeapV) and value.cls is list)
            or (isinstance(value, ir.Var) and isinstance(value.type, ListOf))
            or (isinstance(value, ExternalV) and isinstance(value.value, (list, tuple))))


_UNARY = {ast.USub: np.negative, ast.UAdd: np.positive, ast.Invert: np.invert}


def lower_unary(lo: Lowering, node: ast.UnaryOp, hint: str | None) -> Value:
    if isinstance(node.op, ast.Not):
        from .conditions import condition, negated

        return negated(lo, condition(lo, node.operand), node, hint)
    value = present(lo, lo.expr(node.operand), node)
    if isinstance(value, ir.Const) and isinstance(value.value, (int, float, complex)):
        if isinstance(node.op, ast.USub):
            return ir.Const(-value.value, f"-{value.text}" if value.text else None)
        number: Any = value.value
        return ir.Const(+number if isinstance(node.op, ast.UAdd) else ~number, None)
    if isinstance(value, (HeapV, RowV, ExternalV)):
        from .calls import call_method

        name = {ast.USub: "__neg__", ast.UAdd: "__pos__", ast.Invert: "__invert__"}[type(node.op)]
        return call_method(lo, value, name, [], {}, node, hint)
    operand = lo.operand(value, node)
    t = lo.type_of(operand)
    if isinstance(t, Num) and t.kind == "i" and isinstance(node.op, ast.USub):
        return lo.call(np.negative, (operand,), style="op", hint=hint,
                       type_=Num(t.dtype, t.weak, None if t.dim is None else -t.dim))
    function = _UNARY[type(node.op)]
    return lo.call(function, (operand,), style="op", hint=hint, node=node,
                   type_=beside_none(lo, function, (operand,), {}, "op"))


def lower_tuple(lo: Lowering, node: ast.Tuple, hint: str | None) -> Value:
    elements = _elements(lo, node.elts)
    return TupleV(elements) if not has_stars(elements) else listed_tuple(lo, elements, node)


def lower_list(lo: Lowering, node: ast.List, hint: str | None) -> Value:
    from .runtime_lists import created_list

    elements = _elements(lo, node.elts)
    return created_list(lo, elements, node, hint) if not has_stars(elements) else listed(lo, elements, node)


def _elements(lo: Lowering, nodes: list[ast.expr]) -> list[Value]:
    out: list[Value] = []
    for e in nodes:
        if isinstance(e, ast.Starred):
            out += spread(lo, lo.expr(e.value), e)
        else:
            out.append(lo.expr(e))
    return out


def lower_dict(lo: Lowering, node: ast.Dict, hint: str | None) -> Value:
    from .dicts import merge
    from .items import store_item
    from .joining import new_heap_frame
    from .keyed import empty_table, key_unknown
    from .pools import in_pool
    from .runtime_lists import site_of

    heap = empty_table(lo, node, hint) or HeapV(dict, new_heap_frame(lo, hint or ""), site=site_of(lo, node))
    for key_node, value_node in zip(node.keys, node.values, strict=True):
        if key_node is None:
            merge(lo, heap, lo.expr(value_node), value_node)
            continue
        key = lo.expr(key_node)
        if heap.cls is not dict:
            store_item(lo, heap, key, lo.expr(value_node), key_node)
            continue
        if isinstance(key, TupleV) and all(isinstance(k, ir.Const) for k in key.items):
            key = ir.Const(tuple(k.value for k in key.items))
        if not isinstance(key, ir.Const):
            key_unknown(lo, heap, key_node, "this dict key is not known when compiling")
        heap.slots[key.value] = lo.expr(value_node)
    return in_pool(lo, heap)


def lower_fstring(lo: Lowering, node: ast.JoinedStr, hint: str | None) -> Value:
    """f-strings are texts for people; their values are only formatted."""
    from .builtin_objects import text_of

    parts: list[ir.Arg] = []
    for v in node.values:
        if isinstance(v, ast.Constant):
            parts.append(ir.Const(v.value))
        elif isinstance(v, ast.FormattedValue):
            spec = ir.Const("") if v.format_spec is None else lo.operand(lo.expr(v.format_spec))
            value = lo.expr(v.value)
            if isinstance(value, ir.Const) and isinstance(value.value, (str, int)) and isinstance(spec, ir.Const):
                text = {-1: value.value, 97: ascii(value.value), 114: repr(value.value), 115: str(value.value)}
                parts.append(ir.Const(format(text[v.conversion], spec.value)))
            elif isinstance(value, (ir.Var, ir.Const)):
                parts.append(lo.call(format, (value, spec), type_=Passive(str)))
            else:
                text_function = ir.Const(repr if v.conversion == 114 else str)
                parts.append(lo.operand(text_of(lo, text_function, [value], {}, v, None)))
    if all(isinstance(p, ir.Const) for p in parts):
        return ir.Const("".join(str(p.value) for p in parts))
    return lo.call(prims.fstring, parts, style="fstring", type_=Passive(str), hint=hint)


def lower_starred(lo: Lowering, node: ast.Starred, hint: str | None) -> Value:
    return lo.expr(node.value, hint)


def lower_slice(lo: Lowering, node: ast.Slice, hint: str | None) -> Value:
    from .items import lower_index

    return lower_index(lo, node)
