"""Augmented assignments: in place where the value is an array or a list, else a new value for the name."""
from __future__ import annotations

import ast
from typing import Any

import numpy as np

from ...analysis.indexing import repeats
from ...analysis.infer import Untypable
from ...ir import nodes as ir
from ...ir.types import Array, ListOf
from ..lowering import Lowering
from ..values import ExternalV, HeapV, RowsV, RowV, Value
from .assignment import set_name
from .attributes import store_attribute
from .class_definitions import Held
from .items import store_item
from .optional import present
from .protocols import class_with_methods, in_class, method_of
from .rebinding import is_rebound, note_update, same_precision
from .snippets import run_snippet

OPERATORS: dict[type, tuple[Any, str]] = {
    ast.Add: (np.add, "+"), ast.Sub: (np.subtract, "-"), ast.Mult: (np.multiply, "*"), ast.Div: (np.divide, "/"),
    ast.Pow: (np.power, "**"), ast.MatMult: (np.matmul, "@"), ast.Mod: (np.remainder, "%"),
    ast.FloorDiv: (np.floor_divide, "//"), ast.BitAnd: (np.bitwise_and, "&"), ast.BitOr: (np.bitwise_or, "|"),
    ast.BitXor: (np.bitwise_xor, "^"), ast.LShift: (np.left_shift, "<<"), ast.RShift: (np.right_shift, ">>"),
}


def lower_aug_assign(lo: Lowering, node: ast.AugAssign, rest: list[Any]) -> None:
    target = node.target
    if isinstance(target, ast.Name):
        old = present(lo, lo.lookup(target.id, target), target)
        new = _updated(lo, node, old, lo.expr(node.value), target.id)
        if new is not old:
            set_name(lo, target.id, new)
    elif isinstance(target, ast.Attribute):
        from .attributes import load_attribute

        base = lo.expr(target.value)
        old = present(lo, load_attribute(lo, base, target.attr, target), target)
        new = _updated(lo, node, old, lo.expr(node.value), target.attr)
        if new is not old or isinstance(in_class(base, target.attr), (property, Held)):
            store_attribute(lo, base, target.attr, new, target)
    else:
        _aug_item(lo, node, target, OPERATORS[type(node.op)][1])


def _updated(lo: Lowering, node: ast.AugAssign, old: Value, value: Value, hint: str | None) -> Value:
    """What the target holds afterwards: what it held, changed in place, or a new value."""
    from .calls import call_method
    from .expressions import DUNDER, binary

    op, symbol = node.op, OPERATORS[type(node.op)][1]
    if is_rebound(lo, node):
        new = binary(lo, op, old, value, node, hint)
        if not same_precision(lo, old, new):
            lo.fail("AD119", node, f"`{hint}` begins as a number, and is then changed in place without changing its "
                    "dtype", "begin with an array: `np.zeros(...)`")
        return new
    if isinstance(old, ir.Var) and isinstance(old.type, Array):
        if symbol in "+-*/":
            store = ir.Store(old, None, symbol, lo.number(value), lo.origin)
            lo.emit(store)
            note_update(lo, node, store)
            note_write(lo, old)
        else:
            store_item(lo, old, ir.Const(Ellipsis), binary(lo, op, old, value, node, None), node.target)
        return old
    listed = isinstance(old, RowsV) or (isinstance(old, HeapV) and old.cls is list) or (
        isinstance(old, ir.Var) and isinstance(old.type, ListOf))
    if listed and isinstance(op, ast.Add):
        from .lists import extend

        extend(lo, old, value, node)
        return old
    if listed and isinstance(op, ast.Mult):
        run_snippet(lo, "xs[:] = xs * count", {"xs": old, "count": value}, "xs", node)
        return old
    if isinstance(old, HeapV) and old.cls is dict and isinstance(op, ast.BitOr):
        call_method(lo, old, "update", [value], {}, node, None)
        return old
    name = f"__i{DUNDER[type(op)]}__"
    if isinstance(old, HeapV) and old in lo.frozen_sets:
        new = binary(lo, op, old, value, node, hint)
        if isinstance(new, HeapV):
            lo.frozen_sets.add(new)
        return new
    if isinstance(old, RowV) and old.row.cls is dict and isinstance(op, ast.BitOr):
        lo.fail("AD107", node, "`|=` of a dict that a list holds, or that is one of several, is not followed",
                "assign its items one by one")
    cls = set if isinstance(old, HeapV) and old.cls is set else class_with_methods(old)
    if not isinstance(old, ExternalV) and hasattr(cls, name):
        return call_method(lo, old, name, [value], {}, node, hint)
    return binary(lo, op, old, value, node, hint)


def _aug_item(lo: Lowering, node: ast.AugAssign, target: ast.Subscript, symbol: str) -> None:
    from .expressions import binary
    from .items import load_item, lower_index

    base = lo.expr(target.value)
    index = lower_index(lo, target.slice)
    if isinstance(base, ir.Var) and isinstance(base.type, Array) and base not in lo.flat:
        arg = lo.operand(index)
        place, writes, block = len(lo.block.stmts), lo.writes, lo.block
        value = lo.expr(node.value)
        if symbol in "+-*/" and _plain_index(lo, base.type, arg, target) and lo.writes == writes:
            lo.emit(ir.Store(base, arg, symbol, lo.number(value), lo.origin))
            note_write(lo, base)
            return
        # An index that may name an element twice is read, changed and written once, as NumPy does; and the item is
        # read before the value is computed, which matters where computing it writes.
        with lo.into(ir.Block()) as first:
            old = load_item(lo, base, arg, target, None)
        block.stmts[place:place] = first.stmts
        store_item(lo, base, arg, binary(lo, node.op, old, value, node, None), target)
        return
    old = load_item(lo, base, index, target, None)
    new = _updated(lo, node, old, lo.expr(node.value), None)
    flat = isinstance(base, ir.Var) and base in lo.flat  # its parts are copies
    if new is not old or flat or method_of(base, "__setitem__") is not None:
        store_item(lo, base, index, new, target)


def _plain_index(lo: Lowering, base: Array, index: ir.Arg, node: ast.AST) -> bool:
    """Whether an index names every element once (integers, slices, masks)."""
    try:
        return not repeats(base, index)
    except Untypable as error:
        lo.fail("AD133", node, f"this index cannot be followed: {error}")


def note_write(lo: Lowering, var: ir.Var) -> None:
    """Hook for facts about written arrays; hidden inputs must not be written."""
    for name, (hidden, _) in lo.hidden.items():
        if hidden is var:
            lo.fail("AD132", None, f"the program writes into `{hidden.hint}`, an array from outside it ({name})",
                    "pass the array as an argument, or copy it first")
