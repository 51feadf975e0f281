"""Instances of classes: taken apart from the start."""
from __future__ import annotations

import ast
import copy
import dataclasses
import types
from typing import Any

import numpy as np

from ...ir import nodes as ir
from ..emulated import Deque
from ..emulated_tables import Table
from ..lowering import Lowering
from ..source import read_source
from ..values import ExternalV, HeapV, TupleV, Value
from .class_definitions import Held, held_by, new_tuple, tuple_of_fields
from .inlining import call_python
from .joining import new_heap_frame
from .managed_attributes import made_by_class
from .members import note_member
from .pools import in_pool


def construct(lo: Lowering, cls: type, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
              hint: str | None) -> Value:
    """An instance of a class, taken apart from the start."""
    from .calls import call_value

    if issubclass(cls, tuple) and hasattr(cls, "_fields"):
        made = made_by_class(lo, cls, args, kwargs, node)
        if made is not None:
            return made
        return tuple_of_fields(lo, ir.Const(new_tuple), [ir.Const(cls), *args], kwargs, node, hint)
    if issubclass(cls, BaseException) and not written_in_python(cls):
        from .raising import new_error

        return new_error(lo, cls, args)
    if issubclass(cls, np.generic) or cls.__module__ in ("numpy", "builtins"):
        from .tables import call_table

        out = call_table(lo, ir.Const(cls, cls.__name__), args, kwargs, node, hint)
        if out is not None:
            return out
        lo.fail("AD108", node, f"`{cls.__name__}` cannot be created inside differentiated code")
    made = made_by_class(lo, cls, args, kwargs, node)
    if made is not None and not (isinstance(made, HeapV) and issubclass(made.cls, cls)):
        return made
    obj = without_attributes(lo, cls, hint) if made is None else made
    if issubclass(cls, BaseException):
        obj.slots["args"] = TupleV(list(args))
    if dataclasses.is_dataclass(cls) and "__init__" in cls.__dict__ and not _has_source(cls.__init__):
        _dataclass_init(lo, obj, cls, args, kwargs, node)
        return in_pool(lo, obj)
    init = held_by(cls, "__init__")
    note_member(lo, cls, "__init__", init)
    if isinstance(init, Held):
        call_value(lo, init.value, [obj, *args], kwargs, node, hint)
    elif isinstance(init, types.FunctionType):
        call_python(lo, init, [obj, *args], kwargs, node, hint)
    elif (args or kwargs) and made is None:
        lo.fail("AD108", node, f"`{cls.__name__}` is not a Python class that can be read")
    return in_pool(lo, obj)


def without_attributes(lo: Lowering, cls: type, hint: str | None) -> HeapV:
    """An object before its `__init__`."""
    obj = HeapV(cls, new_heap_frame(lo, hint or cls.__name__.lower()))
    _class_numbers(lo, obj, cls)
    return obj


def written_in_python(cls: type) -> bool:
    """Whether a class of errors has a constructor of its own, so that its objects have attributes."""
    return any(isinstance(k.__dict__.get("__init__"), types.FunctionType) for k in cls.__mro__)


def _class_numbers(lo: Lowering, obj: HeapV, cls: type) -> None:
    """Numbers that the class holds are where the object's attributes of that name begin (`self.count += 1`)."""
    from .names import class_path, external

    for k in reversed(cls.__mro__):
        for name, value in vars(k).items():
            if isinstance(value, (int, float, complex)) and not isinstance(value, bool) and not name.startswith("__"):
                obj.slots[name] = external(lo, value, f"{class_path(lo, k)}.{name}", name)


def _has_source(function: Any) -> bool:
    try:
        read_source(function)
    except Exception:
        return False
    return True


def _dataclass_init(lo: Lowering, obj: HeapV, cls: type, args: list[Value], kwargs: dict[str, Value],
                    node: ast.AST) -> None:
    """What the `__init__` that `dataclass` writes does; values for `InitVar` go to `__post_init__`."""
    from .calls import call_value

    rest, values, passed = dict(kwargs), list(args), []
    for f in cls.__dataclass_fields__.values():  # with those that are no attributes
        only_given = f._field_type is dataclasses._FIELD_INITVAR
        if not only_given and f._field_type is not dataclasses._FIELD:
            continue
        if f.init and values and not f.kw_only:
            value = values.pop(0)
        elif f.init and f.name in rest:
            value = rest.pop(f.name)
        else:
            found = _default_of_field(lo, cls, f, node)
            if found is None:
                continue
            value = found
        if only_given:
            passed.append(value)
        else:
            obj.slots[f.name] = value
    if values or rest:
        lo.fail("AD109", node, f"{cls.__name__}() takes no argument `{next(iter(rest), len(args))}`")
    post = getattr(cls, "__post_init__", None)
    note_member(lo, cls, "__post_init__", post)
    if isinstance(post, Held):
        call_value(lo, post.value, [obj, *passed], {}, node, None)
    if isinstance(post, types.FunctionType):
        call_python(lo, post, [obj, *passed], {}, node, None)


def _default_of_field(lo: Lowering, cls: type, f: dataclasses.Field[Any], node: ast.AST) -> Value | None:
    """What a field holds that is not given; None for one that only `__post_init__` assigns."""
    from .calls import call_value
    from .names import external

    if isinstance(f.default, Held):
        return f.default.value
    if isinstance(f.default, (int, float)):
        return ir.Const(f.default)
    if f.default is not dataclasses.MISSING:
        return external(lo, f.default, f"{cls.__qualname__}.{f.name}=", f.name)
    if f.default_factory is not dataclasses.MISSING:
        return call_value(lo, ir.Const(f.default_factory), [], {}, node, f.name)
    if f.init:
        lo.fail("AD109", node, f"{cls.__name__}() is missing the argument `{f.name}`")
    return None


def deque_(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
           hint: str | None) -> Value:
    """`collections.deque(items, maxlen)`"""
    return construct(lo, Deque, args, kwargs, node, hint)


def defaultdict_(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
                 hint: str | None) -> Value:
    """`collections.defaultdict(factory, ...)`: a dict that makes what is missing."""
    from .builtin_sequences import dict_

    heap = dict_(lo, ir.Const(dict), args[1:], kwargs, node, hint)
    assert isinstance(heap, HeapV)
    if heap.cls is Table:
        heap.frame.set("factory", args[0] if args else ir.Const(None))
    else:
        heap.factory = args[0] if args else None
    return heap


def fields_(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
            hint: str | None) -> Value:
    """`dataclasses.fields(obj)`"""
    from .builtin_objects import class_of

    cls = args[0].value if isinstance(args[0], ir.Const) else class_of(lo, args[0], node)
    return TupleV([ir.Const(f, f.name) for f in dataclasses.fields(cls)])


def replaced(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
             hint: str | None) -> Value:
    """`dataclasses.replace(obj, name=value)`: a new object made from the fields of another."""
    from .attributes import load_attribute

    obj = args[0]
    cls = obj.cls if isinstance(obj, HeapV) else type(obj.value) if isinstance(obj, ExternalV) else None
    if cls is None or not dataclasses.is_dataclass(cls):
        lo.fail("AD107", node, "`dataclasses.replace` takes an object of a dataclass")
    fields = {f.name: kwargs[f.name] if f.name in kwargs else load_attribute(lo, obj, f.name, node)
              for f in dataclasses.fields(cls) if f.init}
    return construct(lo, cls, [], {**fields, **kwargs}, node, hint)


COPY_REPLACE = getattr(copy, "replace", object())  # from 3.13 on


def replaced_copy(obj: Value) -> Any:
    """What reads `copy.replace(obj, ...)`: None where it is the class's own `__replace__`."""
    if isinstance(obj, TupleV) and hasattr(obj.cls, "_fields"):
        return _replaced_tuple
    cls = obj.cls if isinstance(obj, HeapV) else type(obj.value) if isinstance(obj, ExternalV) else None
    own = getattr(cls, "__replace__", None)
    return replaced if own is not None and getattr(own, "__module__", "") == "dataclasses" else None


def _replaced_tuple(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
                    hint: str | None) -> Value:
    from .calls import call_method

    return call_method(lo, args[0], "_replace", [], kwargs, node, hint)
