"""Builtins about objects: classes, attributes, texts, printing."""
from __future__ import annotations

import ast
import types
from typing import Any

import numpy as np

from ...ir import nodes as ir
from ...ir.types import Array, ListOf, Num, Passive
from ..frames import MISSING
from ..lowering import Lowering
from ..values import ExternalV, GeneratorV, HeapV, IterV, PartialV, RangeV, RowsV, RowV, ShapeV, TupleV, Value
from .deciding import ask_kind
from .one_shot import moved
from .optional import present

_ITERATORS: dict[str, type] = {
    "zip": zip, "enumerate": enumerate, "map": map, "reversed": reversed, "items": type({}.items()),
    "keys": type({}.keys()), "values": type({}.values())}


def print_(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
           hint: str | None) -> Value:
    """`print(...)`, `warnings.warn(...)`, `logging.info(...)`: what is said is said again at each call."""
    operands = tuple(lo.operand(a, node) for a in args)
    named = tuple((k, lo.operand(v)) for k, v in kwargs.items())
    lo.emit(ir.Effect(ir.Call(function.value, operands, named, "call", function.text), lo.origin))
    return ir.Const(None)


def isinstance_(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None
                ) -> Value:
    classes = args[1]
    names = [c.value for c in classes.items] if isinstance(classes, TupleV) else [classes.value]
    return ir.Const(any(issubclass(class_of(lo, args[0], node), c) for c in names))


def class_of(lo: Lowering, value: Value, node: ast.AST | None) -> type:
    """The class that a value has at run time."""
    value = present(lo, value, node)
    ask_kind(lo, value)
    match value:
        case ir.Const():
            return type(value.value)
        case HeapV(cls):
            return cls
        case RowV():
            return value.row.cls
        case RowsV():
            return list
        case TupleV(cls=cls):
            return cls
        case ExternalV(external):
            return type(external)
        case ShapeV():
            return tuple
        case RangeV():
            return range
        case IterV(kind):  # asked what it is, it is not begun
            moved(value)
            return _ITERATORS.get(kind, type(iter(())))
        case GeneratorV():
            moved(value)
            return types.GeneratorType
        case ir.Var(type=Array()):
            return np.ndarray
        case ir.Var(type=Num(dtype, weak)):
            return {"b": bool, "i": int, "f": float, "c": complex}[dtype.kind] if weak else dtype.type
        case ir.Var(type=ListOf()):
            return list
        case ir.Var(type=Passive(cls)) if cls is not None:
            return cls
        case _:
            return types.FunctionType if not isinstance(value, ir.Var) else object


def type_(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None) -> Value:
    cls = class_of(lo, args[0], node)
    return ir.Const(cls, cls.__name__)


def hasattr_(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None
             ) -> Value:
    name = args[1].value
    if isinstance(args[0], HeapV):
        if name in args[0].frame.partial:
            lo.fail("AD123", node, f"whether an object has `{name}` depends on the path taken",
                    "give it on every path, with a value that says it is not there")
        return ir.Const(name in args[0].slots or _of_class(lo, args[0].cls, name, node))
    if isinstance(args[0], RowV):
        return ir.Const(name in dict(args[0].row.parts) or _of_class(lo, args[0].row.cls, name, node))
    if isinstance(args[0], (ExternalV, ir.Const)):
        return ir.Const(hasattr(args[0].value, name))
    return ir.Const(hasattr(class_of(lo, args[0], node), name))


def _of_class(lo: Lowering, cls: type, name: str, node: ast.AST) -> bool:
    """Whether objects of a class have an attribute that is not their own."""
    if not hasattr(cls, name) and hasattr(cls, "__getattr__"):
        lo.fail("AD123", node, f"whether `{cls.__name__}.__getattr__` answers to `{name}` is not followed")
    return hasattr(cls, name)


def getattr_(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None
             ) -> Value:
    from .attributes import load_attribute

    if not isinstance(args[1], ir.Const):
        lo.fail("AD128", node, "the name of this attribute is not known when compiling")
    if len(args) > 2 and not hasattr_(lo, function, args[:2], {}, node, None).value:
        return args[2]
    return load_attribute(lo, args[0], args[1].value, node, hint)


def setattr_(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None
             ) -> Value:
    from .attributes import store_attribute

    store_attribute(lo, args[0], args[1].value, args[2], node)
    return ir.Const(None)


def set_plainly(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None
                ) -> Value:
    """`object.__setattr__(obj, name, value)`"""
    from .attributes import store_attribute, store_plainly

    if isinstance(args[0], (HeapV, RowV)):
        store_plainly(lo, args[0], args[1].value, args[2], node)
    else:
        store_attribute(lo, args[0], args[1].value, args[2], node)
    return ir.Const(None)


def vars_(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None) -> Value:
    """`vars(obj)`"""
    from .attributes import load_attribute

    if not args:
        return locals_(lo, function, args, kwargs, node, hint)
    return load_attribute(lo, args[0], "__dict__", node, hint)


def locals_(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None
            ) -> Value:
    """`locals()`: the names of the function as they are now."""
    from .joining import new_heap_frame

    if not lo.frame.is_call or lo.frame.nonlocals:
        lo.fail("AD107", node, "`locals()` is followed in the body of a function only")
    names = HeapV(dict, new_heap_frame(lo, hint or "names"))
    names.slots.update((k, v) for k, v in lo.frame.env.items() if k.isidentifier() and v is not MISSING)
    return names


def callable_(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None
              ) -> Value:
    from ..values import FunctionV, MethodV

    value = args[0]
    if isinstance(value, (ir.Const, ExternalV)):
        return ir.Const(callable(value.value))
    return ir.Const(isinstance(value, (FunctionV, MethodV, PartialV))
                    or (isinstance(value, HeapV) and any("__call__" in vars(k) for k in value.cls.__mro__)))


def text_of(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None) -> Value:
    from .calls import call_method

    own = args[0].cls if args and isinstance(args[0], HeapV) else None
    for name in ("__str__", "__repr__") if function.value is str else ("__repr__",):
        if own is not None and isinstance(getattr(own, name, None), types.FunctionType) and len(args) == 1:
            return call_method(lo, args[0], name, [], {}, node, hint)
    operands = [lo.operand(a, node) for a in args]
    if all(isinstance(o, ir.Const) for o in operands):
        return ir.Const(function.value(*[o.value for o in operands]))
    return lo.call(function.value, operands, type_=Passive(str), text=function.value.__name__)
