"""What classes of the program say about themselves: comparisons, `in`, `abs`, conversions; and what dataclasses add."""
from __future__ import annotations

import ast
import dataclasses
import types
from typing import Any

from ...ir import nodes as ir
from .. import emulated
from ..emulated_tables import Table
from ..frames import MISSING
from ..lowering import Lowering
from ..values import ExternalV, HeapV, RowV, TupleV, Value
from .class_definitions import Held, held_by

_COMPARISONS: dict[type, tuple[str, str]] = {
    ast.Eq: ("__eq__", "__eq__"), ast.NotEq: ("__ne__", "__ne__"), ast.Lt: ("__lt__", "__gt__"),
    ast.Gt: ("__gt__", "__lt__"), ast.LtE: ("__le__", "__ge__"), ast.GtE: ("__ge__", "__le__")}


_COMPARED_BY_ITEMS = (Table, emulated.Deque, emulated.Namespace)


def class_with_methods(value: Value) -> type | None:
    """The class of an object whose operators are methods written in Python."""
    match value:
        case HeapV(cls) if cls not in (list, dict, set):
            return cls
        case RowV() if value.row.cls is not dict:
            return value.row.cls
        case ExternalV(inner) if not isinstance(inner, (list, tuple, dict, set)):
            return type(inner)
        case _:
            return None


def method_of(value: Value, name: str) -> types.FunctionType | Held | None:
    """A method of a value's class, if it is written in Python."""
    found = in_class(value, name)
    return found if isinstance(found, (types.FunctionType, Held)) else None


def in_class(value: Value, name: str) -> Any:
    """What a value's class holds under a name: a method, a property, a value; None where it holds none."""
    cls = class_with_methods(value)
    found = MISSING if cls is None else held_by(cls, name)
    return None if found is MISSING else found


def compared(lo: Lowering, op: ast.cmpop, left: Value, right: Value, node: ast.AST) -> Value | None:
    """A comparison that a class of the program defines; None where none does."""
    from .calls import call_method
    from .conditions import negated
    from .identity import identical

    if class_with_methods(left) is None and class_with_methods(right) is None:
        return None
    name, reflected = _COMPARISONS[type(op)]
    for value, other, method in in_order(left, right, name, reflected):
        found = method_of(value, method)
        if found is not None and _generated(value, found):
            if class_with_methods(left) is class_with_methods(right):
                return _by_fields(lo, op, left, right, node)
            continue
        out = None if found is None else call_method(lo, value, method, [other], {}, node, None)
        if out is not None and not declined(out):
            return out
    if isinstance(op, ast.NotEq) and (method_of(left, "__eq__") or method_of(right, "__eq__")):
        equal = compared(lo, ast.Eq(), left, right, node)
        return None if equal is None else negated(lo, equal, node)
    if isinstance(op, (ast.Eq, ast.NotEq)) and any(isinstance(v, (HeapV, RowV)) for v in (left, right)) and not any(
            isinstance(v, ExternalV) for v in (left, right)):
        for value in (left, right):
            if isinstance(value, HeapV) and value.cls in _COMPARED_BY_ITEMS and left is not right:
                lo.fail("AD107", node, "dicts, counters, deques and namespaces are not compared",
                        "compare their items one by one")
        one = identical(lo, left, right, node)
        return one if isinstance(op, ast.Eq) else negated(lo, one, node)
    return None


def declined(value: Value) -> bool:
    """Whether an operator's method said that it is not for it to answer."""
    return isinstance(value, ir.Const) and value.value is NotImplemented


def in_order(left: Value, right: Value, name: str, reflected: str) -> list[tuple[Value, Value, str]]:
    """Whose method an operator asks, what it is given, and the method: a subclass on the right goes first."""
    asked = [(left, right, name), (right, left, reflected)]
    base, derived = class_with_methods(left), class_with_methods(right)
    if base is not None and derived is not None and derived is not base and issubclass(derived, base) and (
            not reflected.startswith("__r") or getattr(derived, reflected, None) is not getattr(base, reflected, None)):
        asked.reverse()
    return asked


def _generated(value: Value, method: types.FunctionType | Held) -> bool:
    cls = class_with_methods(value)
    return not isinstance(method, Held) and dataclasses.is_dataclass(cls) and method.__code__.co_filename == "<string>"


def _by_fields(lo: Lowering, op: ast.cmpop, left: Value, right: Value, node: ast.AST) -> Value:
    """Comparison of dataclasses: of the tuples of their fields."""
    from .attributes import load_attribute
    from .comparisons import compare
    from .conditions import truth

    cls = class_with_methods(left)
    assert cls is not None, "of a dataclass"
    names = [f.name for f in dataclasses.fields(cls) if f.compare]
    tuples = [TupleV([load_attribute(lo, v, n, node) for n in names]) for v in (left, right)]
    return truth(lo, compare(lo, op, *tuples, node, None), node)


def contains(lo: Lowering, item: Value, container: Value, node: ast.AST) -> Value | None:
    """`item in container` where a class of the program defines it; None where none does."""
    from .calls import call_method, call_value
    from .iterators import partly
    from .snippets import run_snippet
    from .unrolling import iterator_of

    if method_of(container, "__contains__") is not None:
        return call_method(lo, container, "__contains__", [item], {}, node, None)
    if method_of(container, "__iter__") is not None and isinstance(container, HeapV):
        with partly(lo):
            items = iterator_of(lo, container)
        return call_value(lo, ir.Const(any), [run_snippet(
            lo, "out = [v == item for v in source]", {"source": items, "item": item}, "out", node)], {}, node, None)
    return None


def by_method(name: str, otherwise: Any) -> Any:
    """The handler of a builtin that asks an object for a method (`abs`, `float`, `round`)."""
    def run(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
            hint: str | None) -> Value:
        from .calls import call_method

        if args and method_of(args[0], name) is not None:
            return call_method(lo, args[0], name, args[1:], kwargs, node, hint)
        return otherwise(lo, function, args, kwargs, node, hint)

    return run
