"""Structures as operands: what the emitted code is given where a value is one run-time object."""
from __future__ import annotations

import ast
from typing import Any, cast

from ...ir import nodes as ir
from ...ir import prims
from ...ir.types import Array, ListOf, Num, Passive, Seq, Type
from ..lowering import Lowering
from ..values import (
    ContextV,
    ExternalV,
    FunctionV,
    GeneratorV,
    HeapV,
    IterV,
    MethodV,
    OptionalV,
    PartialV,
    PickedV,
    PlannedV,
    RangeV,
    RowsV,
    RowV,
    ShapeV,
    StarV,
    SuperV,
    TupleV,
    Unusable,
    Value,
)
from .apart import unusable
from .items import INT
from .optional import present


def to_operand(lo: Lowering, value: Value, node: ast.AST | None = None) -> ir.Arg:
    match value:
        case ir.Var() | ir.Const() | ir.Pack():
            return value
        case TupleV(items, cls, whole):
            if whole is not None and not _constant(value):
                return whole
            if cls not in (tuple, list):
                return lo.call(cls, [to_operand(lo, v, node) for v in items],
                               type_=Seq(tuple(type_or_object(lo, v) for v in items), cls), text=cls.__name__)
            return ir.Pack("list" if cls is list else "tuple", tuple(to_operand(lo, v, node) for v in items))
        case HeapV(cls) if cls is list:
            return ir.Pack("list", tuple(to_operand(lo, v, node) for v in value.slots.values()))
        case HeapV(cls) if cls is dict:
            items = tuple(to_operand(lo, v, node) for v in value.slots.values())
            return ir.Pack("dict", items, tuple(value.slots))
        case ShapeV(array):
            t = lo.type_of(array)
            assert isinstance(t, Array)
            dims = Seq(tuple(Num(INT, dim=d) for d in t.dims))
            return lo.call(prims.shape, (to_operand(lo, array),), style="attribute", type_=dims)
        case ExternalV(external, path):
            return _external_operand(lo, external, path, node)
        case RangeV(start, stop, step):
            return lo.call(range, (start, stop, step), type_=ListOf(Num(INT)))
        case IterV():
            from .collecting import collect

            return to_operand(lo, collect(lo, value, node), node)
        case OptionalV():
            return to_operand(lo, present(lo, value, node), node)
        case FunctionV() | MethodV() | PartialV() | GeneratorV() | SuperV() | PickedV():
            lo.fail("AD126", node, "a function is used as a number here", "call it, or pass it only to code that does")
        case ContextV():
            lo.fail("AD104", node, "a context manager is used elsewhere than in a `with`, or comes from several paths",
                    "make it where the `with` is entered")
        case StarV():
            lo.fail("AD125", node, "how many values are unpacked here is not known")
        case PlannedV():
            lo.fail("AD177", node, "`checkpointed` stands elsewhere than in a `for` or `while`",
                    "write `for t in checkpointed(range(n), ...)` or `while checkpointed(condition, ...)`")
        case Unusable():
            unusable(lo, value, "this value", node)
        case HeapV(cls) if issubclass(cls, BaseException):
            from .raising import new_error

            args = value.slots.get("args", TupleV([]))
            assert isinstance(args, TupleV)
            return cast(ir.Arg, new_error(lo, cls, args.items))  # an error that is not of the program's own classes
        case HeapV(whole=ir.Var() as whole):
            return whole  # an argument: what is written to its attributes is written to the object as well
        case RowsV():
            lo.fail("AD128", node, "a list of structures, whose length is known at run time only, is used as a whole",
                    "use its items, or keep one list for each part of them")
        case RowV() | HeapV():
            cls = value.row.cls if isinstance(value, RowV) else value.cls
            lo.fail("AD127", node, f"an object of class `{cls.__name__}` is used as a plain value here",
                    "use its attributes")
    raise TypeError(value)


def _constant(value: TupleV) -> bool:
    """Whether a tuple of the caller's is a shape, an axis or the like: numbers known when compiling."""
    return value.cls is tuple and bool(value.items) and all(isinstance(v, ir.Const) for v in value.items)


def type_or_object(lo: Lowering, value: Value) -> Type:
    return lo.type_of(value) or Passive(None)


def _external_operand(lo: Lowering, value: Any, path: str, node: ast.AST | None) -> ir.Arg:
    from .names import external

    if isinstance(value, (list, tuple)):
        items = [external(lo, v, f"{path}[{i}]", f"{last_name(path)}_{i}") for i, v in enumerate(value)]
        return ir.Pack("list" if isinstance(value, list) else "tuple",
                       tuple(to_operand(lo, v, node) for v in items))
    # An object whose identity is what matters (a random generator, a logger): read anew at each call.
    known = lo.hidden.get(path)
    if known is None:
        known = lo.hidden[path] = (ir.Var(last_name(path), Passive(type(value))), value)
    return known[0]


def last_name(path: str) -> str:
    name = path.replace("]", "").replace("[", "_").rsplit(".", 1)[-1].strip("<>'\"")
    return name if name.isidentifier() else "captured"
