"""Functions and objects of which it is known only at run time which one is meant: a number says it, and what is done
with them becomes a chain of `if`."""
from __future__ import annotations

import ast
import enum
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...ir import nodes as ir
from ...ir import prims
from ...ir.types import BOOL
from ..lowering import Lowering
from ..values import ExternalV, FunctionV, HeapV, MethodV, PartialV, PickedV, Value


def can_be_picked(values: Sequence[Value]) -> bool:
    """Whether values are functions or objects, which have no run-time form of their own."""
    return bool(values) and all(
        isinstance(v, (FunctionV, MethodV, PartialV, PickedV)) or (isinstance(v, HeapV) and v.cls is not list)
        or (isinstance(v, (ir.Const, ExternalV)) and _is_function(v.value)) for v in values)


def _is_function(value: Any) -> bool:
    """Whether a value from outside is called, where it is not a type of numbers, which may be an argument as well."""
    return callable(value) and not (isinstance(value, type) and value.__module__ in ("builtins", "numpy"))


def picked(lo: Lowering, items: Sequence[Value], index: ir.Operand, node: ast.AST | None) -> PickedV:
    """`items[index]`. The program raises where the index is out of range, and so does what is emitted."""
    from .comparisons import compare

    n = len(items)
    low = compare(lo, ast.LtE(), ir.Const(-n), index, node, None)
    high = compare(lo, ast.Lt(), index, ir.Const(n), node, None)
    for cond in (low, high):
        assert isinstance(cond, (ir.Var, ir.Const))
        lo.emit(ir.Raise(ir.Const("list index out of range"), cond, lo.origin))
    place = lo.call(np.remainder, (index, ir.Const(n)), style="op", hint="which")
    return PickedV(place, list(items))


def each_way(lo: Lowering, value: PickedV, use: Callable[[Value], Value], hint: str | None, node: ast.AST) -> Value:
    """What `use` gives for the value that is meant."""
    from .conditions import choose

    def among(k: int) -> Value:
        if k == len(value.items) - 1:
            return use(value.items[k])
        cond = lo.call(np.equal, (value.index, ir.Const(k)), style="op", type_=BOOL)
        return choose(lo, cond, lambda: use(value.items[k]), lambda: among(k + 1), hint or "t", node)

    return among(0)


def each_member(lo: Lowering, value: ir.Var, cls: type[enum.Enum], use: Callable[[Value], Value], hint: str | None,
                node: ast.AST) -> Value:
    """What `use` gives for the member of an enumeration that is meant."""
    from .conditions import choose

    members = list(cls)

    def among(k: int) -> Value:
        if k == len(members) - 1:
            return use(ir.Const(members[k]))
        cond = lo.call(prims.is_, (value, ir.Const(members[k])), style="op", type_=BOOL)
        return choose(lo, cond, lambda: use(ir.Const(members[k])), lambda: among(k + 1), hint or "t", node)

    return among(0)
