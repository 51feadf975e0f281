"""Attributes, read and written: of objects, classes, modules, arrays."""
from __future__ import annotations

import ast
import dataclasses
import enum
import types
from typing import Any

import numpy as np

from ...ir import nodes as ir
from ...ir import prims
from ...ir.types import Array, Num, Passive, Record, Seq
from ..frames import MISSING
from ..lowering import Lowering
from ..values import ExternalV, FunctionV, HeapV, MethodV, PartialV, PickedV, RowV, SuperV, TupleV, Value
from .class_definitions import Held, bound, held_by, made_of, new_tuple
from .first_attributes import cached, is_kept, on_some_paths
from .items import load_item, store_item, write_slot
from .managed_attributes import (
    attributes_as_dict,
    is_data_descriptor,
    is_made_of_text,
    managed,
    read_by_descriptor,
    read_missing,
    refuse_own_reading,
    written_by_class,
    written_by_descriptor,
)
from .matrices import is_sparse, taken_apart, transposed
from .members import note_member
from .one_shot import named
from .operands import last_name
from .optional import present
from .picked import each_member, each_way
from .pools import pool_instead
from .raising import impossible
from .row_objects import load, save
from .superclasses import nothing, super_attribute


def lower_attribute(lo: Lowering, node: ast.Attribute, hint: str | None) -> Value:
    return named(lo, load_attribute(lo, lo.expr(node.value), node.attr, node, hint), node)


def load_attribute(lo: Lowering, base: Value, name: str, node: ast.AST, hint: str | None = None) -> Value:
    base = present(lo, base, node)
    match base:
        case HeapV(cls) if cls not in (list, dict, set):
            return _object_attribute(lo, base, name, node, hint)
        case RowV() if base.row.cls is not dict:
            if name in dict(base.row.parts):
                return load(lo, base, (name,), hint)
            return _class_attribute(lo, base, base.row.cls, name, node, hint)
        case TupleV(items, cls) if hasattr(cls, "_fields") and name in cls._fields:
            return items[cls._fields.index(name)]
        case TupleV(cls=cls) if hasattr(cls, "_fields") and name not in ("_replace", "_asdict", "_make") and (
                getattr(cls, name, None) is not getattr(tuple, name, None)):
            return _class_attribute(lo, base, cls, name, node, hint)
        case ir.Const():
            return _constant_attribute(lo, base, name, node)
        case ExternalV(value, path):
            return _external_attribute(lo, value, path, name, node, hint)
        case ir.Var(type=Array() | Num()):
            from .arrays import array_attribute

            return array_attribute(lo, base, name, node, hint)
        case ir.Var(type=Record()) if base.type.slot(name) is not None:
            return lo.call(prims.attribute, (base, ir.Const(name)), style="attribute", type_=base.type.slot(name),
                           hint=hint or name)
        case ir.Var(type=Seq(cls=cls)) if name in getattr(cls, "_fields", ()):
            return load_item(lo, base, ir.Const(cls._fields.index(name)), node, hint)
        case SuperV(cls, receiver):
            return super_attribute(lo, cls, receiver, name, node)
        case PickedV():
            return each_way(lo, base, lambda v: load_attribute(lo, v, name, node, hint), hint, node)
        case ir.Var(type=Passive(cls=cls)) if cls is not None and issubclass(cls, enum.Enum):
            return each_member(lo, base, cls, lambda v: load_attribute(lo, v, name, node, hint), hint, node)
        case ir.Var(type=Passive(cls=cls)) if cls is not None and not callable(getattr(cls, name, None)):
            lo.fail("AD129", node, f"the attribute `{name}` of `{cls.__name__}` is not followed")
        case FunctionV(tree) if name in ("__name__", "__doc__", "__module__") and not getattr(
                tree, "decorator_list", ()):  # (`functools.wraps` gives it those of another one)
            named = isinstance(tree, ast.FunctionDef)
            return ir.Const({"__name__": tree.name if named else "<lambda>",
                             "__doc__": ast.get_docstring(tree, clean=False) if named else None,
                             "__module__": base.frame.globals.get("__name__")}[name])
        case FunctionV() | PartialV():
            lo.fail("AD129", node, f"the attribute `{name}` of a function is not supported")
        case ir.Pack() if base.kind == "slice" and name in ("start", "stop", "step"):
            return base.items[("start", "stop", "step").index(name)]
        case _:
            return MethodV(base, name)


def _object_attribute(lo: Lowering, base: HeapV, name: str, node: ast.AST, hint: str | None) -> Value:
    refuse_own_reading(lo, base.cls, node)
    if name in base.slots and not is_kept(base, name) and not is_data_descriptor(held_by(base.cls, name)):
        on_some_paths(lo, base, name, node)
        return base.slots[name]
    if name == "__class__":
        return ir.Const(base.cls, base.cls.__name__)
    if name == "__dict__":
        return attributes_as_dict(lo, base, node)
    return _class_attribute(lo, base, base.cls, name, node, hint)


def _class_attribute(lo: Lowering, receiver: Value, cls: type, name: str, node: ast.AST, hint: str | None) -> Value:
    """An attribute found on the class: a method, a property, a constant."""
    found = held_by(cls, name)
    if found is MISSING:
        made = read_missing(lo, receiver, cls, name, node, hint)
        if made is not None:
            return made
        lo.fail("AD129", node, f"`{cls.__name__}` has no attribute `{name}` here")
    return bind_descriptor(lo, found, receiver, cls, name, node, hint)


def bind_descriptor(lo: Lowering, found: Any, receiver: Value, cls: type, name: str, node: ast.AST,
                    hint: str | None) -> Value:
    import functools

    from .calls import call_value
    from .names import class_path, external
    from .partials import as_method

    note_member(lo, cls, name, found)
    if found is object.__getattribute__ or found is object.__setattr__:
        return PartialV(ir.Const(getattr if found is object.__getattribute__ else found), [receiver], {})
    if name == "__new__" and hasattr(cls, "_fields") and is_made_of_text(getattr(found, "__func__", found)):
        return ir.Const(new_tuple)
    if found is object.__new__:
        return ir.Const(found, "object.__new__")
    if isinstance(found, (types.GetSetDescriptorType, types.MemberDescriptorType)):
        lo.fail("AD129", node, f"the attribute `{name}` of `{cls.__name__}` is not followed")
    if isinstance(found, Held):
        described = read_by_descriptor(lo, found, receiver, cls, name, node, hint)
        return bound(lo, found, receiver, cls, node, hint) if described is None else described
    if isinstance(found, property):
        return call_value(lo, ir.Const(found.fget), [receiver], {}, node, hint)
    if isinstance(found, functools.cached_property):
        return cached(lo, found, receiver, name, node, hint)
    if isinstance(found, staticmethod):
        inner = found.__func__
        return ir.Const(inner) if isinstance(inner, types.FunctionType) else external(
            lo, inner, f"{class_path(lo, cls)}.{name}", name)
    if isinstance(found, classmethod):
        return PartialV(ir.Const(found.__func__), [ir.Const(cls)], {})
    if isinstance(found, types.FunctionType):
        return MethodV(receiver, name, found)
    if hasattr(type(found), "__ad_transform__") and hasattr(type(found), "__get__"):  # with a rule, or a derivative
        return PartialV(ir.Const(found, name), [receiver], {})
    method = as_method(lo, found, receiver, cls, name)
    if method is None:
        method = read_by_descriptor(lo, found, receiver, cls, name, node, hint)
    return external(lo, found, f"{class_path(lo, cls)}.{name}", name) if method is None else method


def _constant_attribute(lo: Lowering, base: ir.Const, name: str, node: ast.AST) -> Value:
    from .names import class_path, external, module_constant

    value = base.value
    if isinstance(value, (str, int, float, complex)) and not isinstance(value, bool):
        if name in ("real", "imag") and not isinstance(value, str):
            return ir.Const(getattr(value, name))
        return MethodV(base, name)
    try:
        found = getattr(value, name)
    except AttributeError:
        whole = f"`{value.__name__}`" if isinstance(value, (types.ModuleType, type)) else repr(value)
        lo.fail("AD129", node, f"{whole} has no attribute `{name}`")
    text = f"{base.text}.{name}" if base.text else None
    if isinstance(value, types.ModuleType):
        note_member(lo, value, name, found)
        if isinstance(found, (int, float)) and module_constant(value, name):
            return ir.Const(found, text)
        out = external(lo, found, f"{value.__name__}.{name}", name)
        return ir.Const(out.value, text) if isinstance(out, ir.Const) and text and not isinstance(
            out.value, (bool, str, type(None))) else out
    if isinstance(value, (np.finfo, np.iinfo)) or (isinstance(value, np.ndarray) and value.dtype == object):
        return ir.Const(found, text)
    if isinstance(value, dataclasses.Field) and name == "name":
        return ir.Const(found)
    if isinstance(value, np.dtype) and isinstance(found, (bool, int, str)):
        return ir.Const(found)  # `x.dtype.itemsize`
    if isinstance(value, np.dtype) and name == "type":
        return ir.Const(found, f"np.{value.name}")
    if isinstance(value, enum.Enum) and name in ("value", "name", "_value_", "_name_"):
        return ir.Const(found)
    if isinstance(value, type) and name == "_make" and hasattr(value, "_fields"):
        return PartialV(ir.Const(made_of, "made_of"), [base], {})
    if isinstance(value, type):
        raw = held_by(value, name)
        if isinstance(raw, (staticmethod, classmethod, Held)):
            return bind_descriptor(lo, raw, base, value, name, node, None)
        return external(lo, found, f"{class_path(lo, value)}.{name}", name)
    if callable(found):
        return ir.Const(found, text)
    return external(lo, found, f"{value!r}.{name}", name)


def _external_attribute(lo: Lowering, value: Any, path: str, name: str, node: ast.AST, hint: str | None) -> Value:
    from .names import external

    if hasattr(type(value), "n_sequence_fields") and name in type(value).__match_args__:  # `sys.float_info.epsilon`
        return ir.Const(getattr(value, name))
    if name == "cache_clear" and hasattr(value, "cache_parameters"):
        return ir.Const(nothing)  # what the function returns does not depend on what it remembers
    if isinstance(value, dict) and not hasattr(type(value), name) and hasattr(value, name):  # a dict whose keys are
        return external(lo, getattr(value, name), f"{path}.{name}", name)  # attributes as well
    if isinstance(value, (list, tuple, dict, set, np.random.Generator, np.random.RandomState)):
        return MethodV(ExternalV(value, path), name)
    if name == "T" and is_sparse(value):
        return transposed(lo, ExternalV(value, path))
    if name in ("multiply", "toarray", "sum", "diagonal") and is_sparse(value):
        return load_attribute(lo, taken_apart(lo, ExternalV(value, path), node), name, node, hint)
    own = getattr(value, "__dict__", {})
    if name in own or name in getattr(type(value), "__slots__", ()):
        return external(lo, getattr(value, name), f"{path}.{name}", name)
    found = held_by(type(value), name)
    if found is not MISSING and not isinstance(found, (types.MemberDescriptorType, types.GetSetDescriptorType)):
        return bind_descriptor(lo, found, ExternalV(value, path), type(value), name, node, hint)
    try:
        return external(lo, getattr(value, name), f"{path}.{name}", name)
    except AttributeError:
        lo.fail("AD129", node, f"`{last_name(path)}` has no attribute `{name}`")


def store_attribute(lo: Lowering, base: Value, name: str, value: Value, node: ast.AST) -> None:
    base = present(lo, base, node)
    if isinstance(base, (HeapV, RowV)):
        if not written_by_class(lo, base, name, value, node):
            store_plainly(lo, base, name, value, node)
        return
    if isinstance(base, ir.Var) and isinstance(base.type, Array) and name in ("real", "imag", "flat", "T"):
        view = load_attribute(lo, base, name, node)
        store_item(lo, view, ir.Const(Ellipsis), value, node)
        return
    if isinstance(base, ir.Var) and isinstance(base.type, Array) and name == "shape":
        from .calls import call_method

        renamed(lo, base, call_method(lo, base, "reshape", [value], {}, node, None))
        return
    if isinstance(lo.type_of(base), (Num, Array)) and not hasattr(np.ndarray, name):
        impossible(lo, AttributeError, node, f"numbers and arrays have no attribute {name!r} to assign")
        lo.fail("AD129", node, f"numbers and arrays have no attribute `{name}` to assign")
    pool_instead(lo, base)
    lo.fail("AD131", node, f"the program assigns the attribute `{name}` of an object from outside it",
            "pass the object as an argument, or return the new value")


def store_plainly(lo: Lowering, base: HeapV | RowV, name: str, value: Value, node: ast.AST) -> None:
    """What `object.__setattr__` does."""
    if name in ("__dict__", "__class__"):
        lo.fail("AD131", node, f"`{name}` of an object is assigned", "assign its attributes one by one")
    if written_by_descriptor(lo, base, name, value, node):
        return
    if isinstance(base, RowV):
        save(lo, base, name, value, node)
    else:
        write_slot(lo, base, name, value, node)


def delete_attribute(lo: Lowering, base: Value, name: str, node: ast.AST) -> None:
    """`del base.name`"""
    own = isinstance(base, HeapV) and base.whole is None and not base.frozen and name in base.slots
    if not isinstance(base, HeapV) or not own or managed(base.cls, name):
        lo.fail("AD100", node, f"`del` of the attribute `{name}` of this object is not followed")
    base.frame.set(name, MISSING)


def renamed(lo: Lowering, old: ir.Var, new: Value) -> None:
    """All names of an array mean another view of its memory from now on (`x.shape = ...`)."""
    frames: list[Any] = []
    for frame in [lo.frame, *lo.stack]:
        while frame is not None and not any(frame is f for f in frames):
            frames.append(frame)
            frame = frame.parent
    for frame in frames:  # it grows: objects hold what they hold in frames of their own
        for name, value in list(frame.env.items()):
            if value is old:
                frame.set(name, new)
            elif isinstance(value, HeapV) and not any(value.frame is f for f in frames):
                frames.append(value.frame)
            elif isinstance(value, TupleV) and _holds(value, old):
                lo.fail("AD131", None, f"the shape of an array that `{name}` holds is assigned", "use `reshape`")


def _holds(value: Value, array: ir.Var) -> bool:
    from .trees import leaves

    return any(v is array for v in leaves(value))
