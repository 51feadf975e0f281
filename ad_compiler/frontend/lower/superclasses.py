"""`super()`: methods and attributes of the classes that come after one in the order of an object's class."""
from __future__ import annotations

import ast
import types
from typing import Any

from ...ir import nodes as ir
from ..frames import Frame
from ..lowering import Lowering
from ..values import ExternalV, HeapV, RowV, SuperV, TupleV, Value
from .class_definitions import Held


def lower_super(lo: Lowering, node: ast.Call) -> Value:
    """`super()` in a method, and `super(Class, obj)`."""
    if node.args:
        cls, receiver = (lo.expr(a) for a in node.args)
        if not (isinstance(cls, ir.Const) and isinstance(cls.value, type)):
            lo.fail("AD121", node, "`super` of a class that is not known when compiling")
        return SuperV(cls.value, receiver)
    frame: Frame | None = lo.frame
    while frame is not None:
        owner = _class_around(lo, frame)
        if owner is not None:
            return SuperV(owner, frame.env[_first_parameter(frame.tree)])
        frame = frame.parent
    lo.fail("AD121", node, "`super()` outside a method")


def _class_around(lo: Lowering, frame: Frame) -> type | None:
    """The class in whose body the function of a frame is written."""
    code = getattr(frame.function, "__code__", None)
    if code is not None and "__class__" in code.co_freevars:
        return frame.function.__closure__[code.co_freevars.index("__class__")].cell_contents
    for (definition, _), cls in reversed(lo.local_classes.items()):
        if frame.tree in definition.body:
            return cls
    return None


def _first_parameter(tree: Any) -> str:
    return (tree.args.posonlyargs + tree.args.args)[0].arg


def super_attribute(lo: Lowering, cls: type, receiver: Value, name: str, node: ast.AST) -> Value:
    from .attributes import bind_descriptor

    own = _class_of(lo, receiver, node)
    mro = own.__mro__
    for k in mro[mro.index(cls) + 1:]:
        if name == "__init__" and not isinstance(k.__dict__.get(name), (types.FunctionType, Held)):
            continue
        if name in k.__dict__:
            return bind_descriptor(lo, k.__dict__[name], receiver, own, name, node, None)
    if name == "__init__":
        return ir.Const(nothing)
    lo.fail("AD129", node, f"no base class of `{cls.__name__}` has `{name}`")


def _class_of(lo: Lowering, receiver: Value, node: ast.AST) -> type:
    match receiver:
        case HeapV(cls) | TupleV(cls=cls):
            return cls
        case RowV():
            return receiver.row.cls
        case ExternalV(value):
            return type(value)
        case ir.Const(value) if isinstance(value, type):  # in a class method, and in `__new__`
            return value
        case _:
            lo.fail("AD121", node, "`super()` of this object is not followed")


def nothing(*_args: Any, **_kwargs: Any) -> None:
    """`object.__init__`, and what else does nothing to numbers"""
