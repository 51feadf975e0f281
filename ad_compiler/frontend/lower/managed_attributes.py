"""Attributes that a class manages: `__setattr__`, `__getattr__`, properties, descriptors (`__get__`, `__set__`), and
the objects that `__new__` makes. See https://docs.python.org/3/howto/descriptor.html for who is asked first."""
from __future__ import annotations

import ast
import enum
import functools
import linecache
import types
from typing import Any

from ...ir import nodes as ir
from ..frames import MISSING
from ..lowering import Lowering
from ..values import ExternalV, HeapV, RowV, Value
from .class_definitions import Held, held_by

_WRITTEN_IN_PYTHON = (types.FunctionType, Held)


def class_of_object(base: HeapV | RowV) -> type:
    return base.cls if isinstance(base, HeapV) else base.row.cls


# --- reading --------------------------------------------------------------------------------------------------------
def is_data_descriptor(found: Any) -> bool:
    """Whether what a class holds goes before what the object itself holds under the same name."""
    if isinstance(found, Held):
        return found.wrapper == "property" or _descriptor_method(found.value, "__set__") is not None
    return isinstance(found, property) or _own(type(found), "__set__") is not None


def read_by_descriptor(lo: Lowering, found: Any, receiver: Value, cls: type, name: str, node: ast.AST,
                       hint: str | None) -> Value | None:
    """The value of an attribute whose class holds an object with `__get__` under its name; None where it does not."""
    from .calls import call_method

    holder = _descriptor(lo, found, cls, name, "__get__")
    if holder is None:
        return None
    return call_method(lo, holder, "__get__", [receiver, ir.Const(cls, cls.__name__)], {}, node, hint)


def read_missing(lo: Lowering, receiver: Value, cls: type, name: str, node: ast.AST, hint: str | None) -> Value | None:
    """`obj.name` of an object that has no such attribute, by `__getattr__`; None where its class has none."""
    found = held_by(cls, "__getattr__")
    if not isinstance(found, _WRITTEN_IN_PYTHON):
        return None
    return _call_of_class(lo, found, receiver, cls, "__getattr__", [ir.Const(name)], node, hint)


def refuse_own_reading(lo: Lowering, cls: type, node: ast.AST) -> None:
    if isinstance(held_by(cls, "__getattribute__"), _WRITTEN_IN_PYTHON):
        lo.fail("AD129", node, f"`{cls.__name__}` reads its attributes by a `__getattribute__` of its own")


def attributes_as_dict(lo: Lowering, obj: HeapV, node: ast.AST) -> Value:
    """`obj.__dict__`: the object's attributes by name, as a dict that changes with them."""
    from .made_objects import vars_of_class

    if obj.whole is not None:
        lo.fail("AD129", node, "`__dict__` of an object that is an argument is not followed")
    numbers = [k for k, v in vars_of_class(obj.cls).items() if isinstance(v, (int, float, complex)) and k in obj.slots]
    if numbers or obj.frame.partial:
        lo.fail("AD123", node, f"whether an object itself has `{(numbers or sorted(obj.frame.partial))[0]}`, or its "
                               "class, is not followed", "assign all attributes in `__init__`")
    view = HeapV(dict, obj.frame, frozen=obj.frozen, site=obj.site, depth=obj.depth, rows=obj.rows)
    obj.frame.holder = obj
    return view


# --- writing --------------------------------------------------------------------------------------------------------
def written_by_class(lo: Lowering, base: HeapV | RowV, name: str, value: Value, node: ast.AST) -> bool:
    """`base.name = value` where the class has a `__setattr__` of its own."""
    cls = class_of_object(base)
    found = held_by(cls, "__setattr__")
    if not isinstance(found, _WRITTEN_IN_PYTHON):
        return False
    _call_of_class(lo, found, base, cls, "__setattr__", [ir.Const(name), value], node, None)
    return True


def written_by_descriptor(lo: Lowering, base: HeapV | RowV, name: str, value: Value, node: ast.AST) -> bool:
    """`base.name = value` where the class holds a property or an object with `__set__` under the name."""
    from .calls import call_method, call_value

    cls = class_of_object(base)
    found = held_by(cls, name)
    if isinstance(found, property) or (isinstance(found, Held) and found.wrapper == "property"):
        setter = found.setter if isinstance(found, Held) else None if found.fset is None else ir.Const(found.fset)
        if setter is None:
            lo.fail("AD131", node, f"the property `{name}` of `{cls.__name__}` has no setter")
        call_value(lo, setter, [base, value], {}, node, None)
        return True
    holder = _descriptor(lo, found, cls, name, "__set__")
    if holder is None:
        return False
    call_method(lo, holder, "__set__", [base, value], {}, node, None)
    return True


def managed(cls: type, name: str) -> bool:
    """Whether a class has a say in deleting an attribute of its objects."""
    return isinstance(held_by(cls, "__delattr__"), _WRITTEN_IN_PYTHON) or is_data_descriptor(held_by(cls, name))


# --- making ---------------------------------------------------------------------------------------------------------
def made_by_class(lo: Lowering, cls: type, args: list[Value], kwargs: dict[str, Value], node: ast.AST) -> Value | None:
    """`cls(*args)` up to `__init__`, where the class has a `__new__` of its own; None where it has none."""
    from .calls import call_value
    from .inlining import call_python

    if (member := _member(lo, cls, args, kwargs)) is not None:
        return member
    if isinstance(_own(type(cls), "__call__"), types.FunctionType):
        lo.fail("AD108", node, f"the metaclass of `{cls.__name__}` makes its objects in a way of its own")
    found = held_by(cls, "__new__")
    first = ir.Const(cls, cls.__name__)
    if isinstance(found, Held):
        return call_value(lo, found.value, [first, *args], kwargs, node, None)
    made = found.__func__ if isinstance(found, staticmethod) else found
    if not isinstance(made, types.FunctionType) or is_made_of_text(made):
        return None
    return call_python(lo, made, [first, *args], kwargs, node, None)


def _member(lo: Lowering, cls: type, args: list[Value], kwargs: dict[str, Value]) -> Value | None:
    """The member of an enumeration that a constant is the value of; None for other calls and other classes."""
    match args:
        case [ir.Const(value=value)] if type(cls).__call__ is enum.EnumMeta.__call__ and not kwargs:
            kind = type(value) if isinstance(value, (bool, int, float, str)) else None
            return next((member_called(lo, cls, name) for name, m in cls.__members__.items() if m is value or (
                type(m.value) is kind and m.value == value)), None)
    return None


def member_called(lo: Lowering, cls: type, name: Any) -> Value | None:
    """`cls[name]` of an enumeration; None where there is no such member."""
    from .names import external

    if type(cls).__getitem__ is not enum.EnumMeta.__getitem__ or name not in cls.__members__:
        return None
    return external(lo, cls.__members__[name], f"{cls.__module__}.{cls.__qualname__}.{name}", name)


def is_made_of_text(function: types.FunctionType) -> bool:
    """Whether a function has no source, as the `__new__` that `namedtuple` makes."""
    return function.__code__.co_filename.startswith("<") and function.__code__.co_filename not in linecache.cache


def bare_object(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None
                ) -> Value:
    """`object.__new__(cls)`"""
    from .objects import without_attributes

    cls = args[0].value if args and isinstance(args[0], ir.Const) else None
    if not isinstance(cls, type) or (cls.__new__ is not object.__new__ and not _python_new(cls)):
        lo.fail("AD108", node, "an object of a class that is not known when compiling is made here")
    return without_attributes(lo, cls, hint)


def _python_new(cls: type) -> bool:
    return next(k for k in cls.__mro__ if not isinstance(
        vars(k).get("__new__"), (staticmethod, *_WRITTEN_IN_PYTHON)) and "__new__" in vars(k)) is object


# --- of descriptors -------------------------------------------------------------------------------------------------
def _own(cls: type, name: str) -> types.FunctionType | Held | None:
    found = held_by(cls, name)
    return found if isinstance(found, _WRITTEN_IN_PYTHON) else None


def _descriptor_method(value: Value, name: str) -> Any:
    from .protocols import method_of

    return method_of(value, name)


def _descriptor(lo: Lowering, found: Any, cls: type, name: str, method: str) -> Value | None:
    """The object with a method `__get__` or `__set__` that a class holds."""
    from .names import class_path

    if found is MISSING or isinstance(found, (functools.cached_property, property)):
        return None
    if isinstance(found, Held):
        return found.value if not found.wrapper and _descriptor_method(found.value, method) is not None else None
    if _own(type(found), method) is None or hasattr(type(found), "__ad_transform__"):
        return None
    owner = next(k for k in cls.__mro__ if vars(k).get(name) is found)
    return ExternalV(found, f"{class_path(lo, owner)}.__dict__[{name!r}]")


def _call_of_class(lo: Lowering, found: Any, receiver: Value, cls: type, name: str, args: list[Value], node: ast.AST,
                   hint: str | None) -> Value:
    from .attributes import bind_descriptor
    from .calls import call_value

    return call_value(lo, bind_descriptor(lo, found, receiver, cls, name, node, None), args, {}, node, hint)
