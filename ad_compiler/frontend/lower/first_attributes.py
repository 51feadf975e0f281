"""Attributes that an object has only after some path has assigned them: those of its class until then, and values
that `functools.cached_property` keeps."""
from __future__ import annotations

import ast
import functools
import types
from typing import Any

from ...ir import nodes as ir
from ..frames import MISSING
from ..lowering import Lowering
from ..values import HeapV, OptionalV, RowV, Value
from .class_definitions import Held, held_by


def begin(lo: Lowering, obj: HeapV, name: str) -> None:
    """Before an attribute is assigned for the first time: on paths that do not assign it, the object has what its
    class has. A cached property is None until its value is kept."""
    found: Any = held_by(obj.cls, name)
    value: Value = MISSING
    if isinstance(found, Held):
        value = found.value if found.setter is None and not found.wrapper else MISSING
    elif isinstance(found, functools.cached_property):
        value = ir.Const(None)
    elif found is not MISSING and not _bound_when_read(found):
        from .names import class_path, external

        owner = next(k for k in obj.cls.__mro__ if name in vars(k))
        value = external(lo, found, f"{class_path(lo, owner)}.{name}", name)
    if value is not MISSING:
        obj.frame.env[name] = value  # not noted: it has been so on all paths


def _bound_when_read(found: Any) -> bool:
    """Whether what a class holds is something else when it is read from an object."""
    return hasattr(type(found), "__get__") or isinstance(found, (types.FunctionType, property))


def on_some_paths(lo: Lowering, obj: HeapV, name: str, node: ast.AST) -> None:
    """An attribute is read that only some paths have assigned. Python raises on the others, and nobody sees the value
    that stands for it, unless the program goes on then."""
    goes_on = any(t.handlers for t in lo.tries) or any("__getattr__" in vars(k) for k in obj.cls.__mro__)
    if goes_on and name in obj.frame.partial:
        lo.fail("AD123", node, f"whether an object has `{name}` depends on the path taken",
                "give it on every path, with a value that says it is not there")


def cached(lo: Lowering, found: functools.cached_property[Any], obj: Value, name: str, node: ast.AST,
           hint: str | None) -> Value:
    """`obj.name` of a cached property: computed when it is first read, and kept."""
    from .calls import call_value
    from .conditions import choose

    def compute() -> Value:
        return call_value(lo, ir.Const(found.func), [obj], {}, node, hint)

    if isinstance(obj, RowV):
        lo.read_once.add(obj.rows.site)
        changed_after_reading(lo, obj, node)
    if not isinstance(obj, HeapV):  # it does not change
        return compute()
    kept = obj.slots.get(name, ir.Const(None))
    if isinstance(kept, OptionalV):
        value = choose(lo, kept.given, lambda: kept.value, compute, hint or name, node)
    else:
        value = compute()
    if isinstance(value, OptionalV) or (isinstance(value, ir.Const) and value.value is None):
        lo.fail("AD123", node, f"the cached property `{name}` may be None", "compute it where it is needed")
    if obj.frozen:  # nor does this one, any more
        return value
    if name not in obj.slots:
        begin(lo, obj, name)
    obj.frame.set(name, value)
    return value


def is_kept(obj: HeapV, name: str) -> bool:
    """Whether an attribute is what a cached property keeps, and may not have been computed on this path."""
    found = held_by(obj.cls, name)
    value = obj.slots.get(name)
    return isinstance(found, functools.cached_property) and (
        isinstance(value, OptionalV) or (isinstance(value, ir.Const) and value.value is None))


def changed_after_reading(lo: Lowering, obj: RowV, node: ast.AST) -> None:
    """Objects in a list of unknown length do not keep cached properties: they are computed again, which is the same
    as long as nothing writes to the objects."""
    if obj.rows.site in lo.read_once and obj.rows.site in lo.written_rows:
        lo.fail("AD123", node, "an object in a list is changed, and a cached property, or a function that remembers "
                "its results, may keep what it was before", "compute it before the object is put into the list")
