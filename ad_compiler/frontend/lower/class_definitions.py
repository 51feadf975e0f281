"""Classes: defined inside the program, named tuples made by a call; dispatch on the class of an argument."""
from __future__ import annotations

import ast
import collections
import dataclasses
import enum
import functools
from typing import Any

from ...ir import nodes as ir
from ..frames import MISSING
from ..lowering import Lowering
from ..values import FunctionV, HeapV, PartialV, TupleV, Value


@dataclasses.dataclass(frozen=True)
class Held:
    """An attribute of a class of the program: a value that exists while compiling."""

    value: Value
    wrapper: str = ""  # property, staticmethod, classmethod: what the definition is wrapped in
    setter: Value | None = None


def held_by(cls: type, name: str) -> Any:
    """What a class or the first of its bases holds under a name, as it is held; MISSING where none does."""
    return next((vars(k)[name] for k in cls.__mro__ if name in vars(k)), MISSING)


def lower_class_def(lo: Lowering, node: ast.ClassDef, rest: list[Any]) -> None:
    """`class C(bases): ...`: a class whose attributes are values of the front end."""
    from .assignment import set_name

    if node.keywords:
        lo.fail("AD100", node, "a class with a metaclass or keywords is defined inside the program",
                "define it at the top of the module")
    bases = tuple(_base(lo, b) for b in node.bases)
    names, annotations = _body(lo, node, bases)
    names["__module__"] = lo.frame.globals.get("__name__", "")
    names["__annotations__"] = annotations
    names.pop("__slots__", None)  # where attributes are kept makes no difference here
    cls: Any = type(node.name, bases, names)
    for decorator in reversed(node.decorator_list):
        if isinstance(decorator, ast.Call) or not _is_mark(lo.expr(decorator)):
            cls = _decorated(lo, cls, decorator)
    place = node, sum(n is node for n, _ in lo.local_classes)
    cls.__ad_place__ = place
    lo.local_classes[place] = cls
    lo.frame.captured = True
    set_name(lo, node.name, ir.Const(cls, node.name))


def _base(lo: Lowering, node: ast.expr) -> type:
    found = lo.expr(node)
    if not isinstance(found, ir.Const) or not isinstance(found.value, type):
        lo.fail("AD100", node, "a base class that is not known when compiling")
    if issubclass(found.value, (tuple, enum.Enum)):
        lo.fail("AD100", node, "a named tuple or enumeration is defined inside the program",
                "define it at the top of the module")
    return found.value


def _body(lo: Lowering, node: ast.ClassDef, bases: tuple[type, ...]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the body of a class defines; its names see those of the function around it."""
    from ..frames import Frame

    frame = Frame(lo.frame.source, lo.journal, lo.frame.globals, lo.frame, name=node.name)
    outer, lo.frame = lo.frame, frame
    annotations: dict[str, Any] = {}
    held: dict[str, Held] = {}
    try:
        for statement in node.body:
            if isinstance(statement, ast.FunctionDef):
                held[statement.name] = method = _method(lo, statement, outer, held)
                if not method.wrapper and method.setter is None:
                    frame.set(statement.name, method.value)  # `__radd__ = __add__`
            elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                annotations[statement.target.id] = object
                if statement.value is not None:
                    frame.set(statement.target.id, lo.expr(statement.value))
            else:
                _refuse_inner_scopes(lo, statement, frame)
                lo.statements([statement])
    finally:
        lo.frame = outer
    names: dict[str, Any] = dict(held)
    for name, value in frame.env.items():
        names[name] = Held(value)
    return names, annotations


def _refuse_inner_scopes(lo: Lowering, statement: ast.stmt, frame: Any) -> None:
    """Comprehensions and lambdas in the body of a class do not see the names of the class."""
    for n in ast.walk(statement):
        if not isinstance(n, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Lambda)):
            continue
        seen = {id(m) for m in ast.walk(n.generators[0].iter)} if not isinstance(n, ast.Lambda) else set()
        hidden = [m for m in ast.walk(n) if isinstance(m, ast.Name) and m.id in frame.env and id(m) not in seen]
        if hidden:
            lo.fail("AD100", hidden[0], f"`{hidden[0].id}` of the class is not seen inside this expression",
                    "define the class at the top of the module")


def _method(lo: Lowering, node: ast.FunctionDef, around: Any, held: dict[str, Held]) -> Held:
    from .definitions import default_values

    function = FunctionV(node, lo.frame.source, around, default_values(lo, node.args))
    wrapper = ""
    for d in node.decorator_list:
        if isinstance(d, ast.Name) and d.id in ("property", "staticmethod", "classmethod"):
            wrapper = d.id
        elif isinstance(d, ast.Attribute) and d.attr == "setter" and isinstance(d.value, ast.Name):
            return dataclasses.replace(held[d.value.id], setter=function)
        elif not _is_mark(lo.expr(d)):
            lo.fail("AD100", d, "a decorator of a method in a class that is defined inside the program",
                    "define the class at the top of the module")
    return Held(function, wrapper)


def _is_mark(decorator: Value) -> bool:
    from .builtin_functions import MARKS

    return isinstance(decorator, ir.Const) and any(decorator.value is mark for mark in MARKS)


def _decorated(lo: Lowering, cls: Any, decorator: ast.expr) -> Any:
    call = decorator if isinstance(decorator, ast.Call) else None
    function = lo.expr(call.func if call else decorator)
    if not isinstance(function, ir.Const) or function.value is not dataclasses.dataclass:
        lo.fail("AD100", decorator, "a decorator of a class that is defined inside the program",
                "define the class at the top of the module")
    options = {k.arg: lo.expr(k.value) for k in call.keywords} if call else {}
    return dataclasses.dataclass(**{k: v.value for k, v in options.items()})(cls)


def bound(lo: Lowering, found: Held, receiver: Value, cls: type, node: ast.AST, hint: str | None) -> Value:
    """An attribute of a class of the program, as seen from an object (or from the class itself)."""
    from .calls import call_value

    on_class = isinstance(receiver, ir.Const) and receiver.value is cls
    match found.wrapper:
        case "property" if not on_class:
            return call_value(lo, found.value, [receiver], {}, node, hint)
        case "staticmethod":
            return found.value
        case "classmethod":
            return PartialV(found.value, [ir.Const(cls, cls.__name__)], {})
    if isinstance(found.value, FunctionV) and not on_class:
        return PartialV(found.value, [receiver], {})
    return found.value


# --- named tuples ---------------------------------------------------------------------------------------------------
def namedtuple_(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
                hint: str | None) -> Value:
    """`collections.namedtuple(name, fields)`"""
    from .sequences import items_of

    fields: Any = args[1] if len(args) > 1 else kwargs["field_names"]
    if isinstance(fields, ir.Const) and isinstance(fields.value, str):
        names = tuple(fields.value.replace(",", " ").split())
    else:
        names = tuple(f.value for f in items_of(lo, fields, node))
    if kwargs.keys() - {"field_names"} or not isinstance(args[0], ir.Const):
        lo.fail("AD107", node, "`namedtuple` with options is not compiled", "define it at the top of the module")
    return ir.Const(_class_of_tuples(args[0].value, names), args[0].value)


@functools.cache
def _class_of_tuples(name: str, fields: tuple[str, ...]) -> type:
    return collections.namedtuple(name, fields)


def made_of(cls: Any, items: Any) -> Any:
    """Stands for `cls._make(items)` of a class of named tuples."""
    return cls._make(items)


def new_tuple(cls: Any, *items: Any, **named: Any) -> Any:
    """Stands for the `__new__` that `namedtuple` gives a class."""
    return cls(*items, **named)


def tuple_of_fields(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
                    hint: str | None) -> Value:
    """`Point.__new__(Point, x, y)` as `namedtuple` makes it."""
    first, *items = args
    cls: Any = first.value if isinstance(first, ir.Const) else None
    if not hasattr(cls, "_fields"):
        lo.fail("AD108", node, "a named tuple of a class that is not known when compiling is made here")
    values = dict(zip(cls._fields, items, strict=False)) | kwargs
    for k, d in cls._field_defaults.items():
        values.setdefault(k, ir.Const(d))
    if len(items) > len(cls._fields) or values.keys() != set(cls._fields):
        lo.fail("AD109", node, f"`{cls.__name__}` has the fields {', '.join(cls._fields)}")
    return TupleV([values[k] for k in cls._fields], cls)


def make_(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None) -> Value:
    """`Point._make(items)`"""
    from .sequences import items_of

    cls: Any = args[0].value
    items = items_of(lo, args[1], node, len(cls._fields))
    if len(items) != len(cls._fields):
        lo.fail("AD125", node, f"`{cls.__name__}` has {len(cls._fields)} fields, not {len(items)}")
    return TupleV(items, cls)


def as_dict(lo: Lowering, value: TupleV) -> Value:
    """`point._asdict()`"""
    from .joining import new_heap_frame

    heap = HeapV(dict, new_heap_frame(lo, "fields"))
    heap.slots.update(zip(value.cls._fields, value.items, strict=True))
    return heap


# --- dispatch on the class of the first argument ----------------------------------------------------------------------
def dispatched(lo: Lowering, function: Any, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
               hint: str | None) -> Value:
    """A call of `functools.singledispatch(f)`."""
    from .builtin_objects import class_of
    from .calls import call_value

    return call_value(lo, ir.Const(function.dispatch(class_of(lo, args[0], node))), args, kwargs, node, hint)
