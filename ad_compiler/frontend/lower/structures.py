"""Items and attributes, read and written; structures as operands."""
from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...analysis.indexing import index_type
from ...analysis.infer import Untypable, dim_of
from ...ir import nodes as ir
from ...ir import prims
from ...ir.types import Array, DictOf, Dim, ListOf, Num, Passive, Record, Seq, Type, join
from ..lowering import Lowering, NeedStatic
from ..values import (
    ExternalV,
    FunctionV,
    GeneratorV,
    HeapV,
    IterV,
    MethodV,
    OptionalV,
    PartialV,
    RangeV,
    ShapeV,
    SuperV,
    TupleV,
    Unusable,
    Value,
)
from .optional import present

INT = np.dtype(np.int64)


def is_shape(value: Value) -> bool:
    return isinstance(value, ShapeV)


def to_operand(lo: Lowering, value: Value, node: ast.AST | None = None) -> ir.Arg:
    match value:
        case ir.Var() | ir.Const() | ir.Pack():
            return value
        case TupleV(items, cls, whole):
            if whole is not None:
                return whole
            if cls not in (tuple, list):
                return lo.call(cls, [to_operand(lo, v, node) for v in items],
                               type_=Seq(tuple(_type(lo, v) for v in items), cls), text=cls.__name__)
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
            from .iteration import collect

            return to_operand(lo, collect(lo, value, node), node)
        case OptionalV():
            return to_operand(lo, present(lo, value, node), node)
        case FunctionV() | MethodV() | PartialV() | GeneratorV() | SuperV():
            lo.fail("AD126", node, "a function is used as a number here", "call it, or pass it only to code that does")
        case Unusable(why):
            lo.fail("AD120", node, f"this value cannot be followed: {why}", "use one name for one kind of value")
        case HeapV():
            lo.fail("AD127", node, f"an object of class `{value.cls.__name__}` is used as a plain value here",
                    "use its attributes")
    raise TypeError(value)


def _type(lo: Lowering, value: Value) -> Type:
    return lo.type_of(value) or Passive(None)


def _external_operand(lo: Lowering, value: Any, path: str, node: ast.AST | None) -> ir.Arg:
    from .names import external

    if isinstance(value, (list, tuple)):
        items = [external(lo, v, f"{path}[{i}]", f"{_last(path)}_{i}") for i, v in enumerate(value)]
        return ir.Pack("list" if isinstance(value, list) else "tuple",
                       tuple(to_operand(lo, v, node) for v in items))
    # An object whose identity is what matters (a random generator, a logger): read anew at each call.
    known = lo.hidden.get(path)
    if known is None:
        known = lo.hidden[path] = (ir.Var(_last(path), Passive(type(value))), value)
    return known[0]


def _last(path: str) -> str:
    name = path.replace("]", "").replace("[", "_").rsplit(".", 1)[-1].strip("<>'\"")
    return name if name.isidentifier() else "captured"


# --- indices ----------------------------------------------------------------------------------------------------------
def lower_index(lo: Lowering, node: ast.expr) -> Value:
    """An index expression: a slice is a group, a tuple a tuple."""
    if isinstance(node, ast.Slice):
        parts = [ir.Const(None) if p is None else lo.operand(lo.expr(p)) for p in (node.lower, node.upper, node.step)]
        return ir.Pack("slice", tuple(parts))
    if isinstance(node, ast.Tuple):
        return TupleV([lower_index(lo, e) for e in node.elts])
    return lo.expr(node)


def lower_subscript(lo: Lowering, node: ast.Subscript, hint: str | None) -> Value:
    base = lo.expr(node.value)
    return load_item(lo, base, lower_index(lo, node.slice), node, hint)


def static_int(lo: Lowering, value: Value, node: ast.AST | None) -> int:
    if isinstance(value, ir.Const) and isinstance(value.value, (int, np.integer)):
        return int(value.value)
    from .containers import unroll_instead

    need_value(lo, value, node)
    unroll_instead(lo)
    lo.fail("AD128", node, "this index into a structure must be a constant",
            "index with a constant, loop over the items, or use an array")


def need_value(lo: Lowering, value: Value, node: ast.AST | None) -> None:
    """Ask for the value of an input to join the signature, if `value` is one."""
    if isinstance(value, ir.Var):
        for path, (var, _) in lo.hidden.items():
            if var is value:
                raise NeedStatic(path)


def load_item(lo: Lowering, base: Value, index: Value, node: ast.AST, hint: str | None) -> Value:
    base = present(lo, base, node)
    match base:
        case ir.Var():
            return _load_from_variable(lo, base, index, node, hint)
        case TupleV(items, cls):
            if isinstance(index, ir.Pack) or (isinstance(index, ir.Const) and isinstance(index.value, slice)):
                return TupleV(items[_static_slice(lo, index, node)], cls if cls is list else tuple)
            if isinstance(index, ir.Var) and (found := _picked(lo, items, index, hint)) is not None:
                return found
            return items[static_int(lo, index, node)]
        case HeapV(cls) if cls is list:
            if isinstance(index, ir.Pack) and any(isinstance(p, ir.Var) for p in index.items):
                from .containers import runtime

                return load_item(lo, runtime(lo, base, node), index, node, hint)
            if isinstance(index, ir.Pack):
                return new_list(lo, list(base.slots.values())[_static_slice(lo, index, node)])
            if isinstance(index, ir.Var):
                from .containers import runtime

                return load_item(lo, runtime(lo, base, node), index, node, hint)
            k = static_int(lo, index, node)
            return base.slots[k % len(base.slots)] if base.slots else _out_of_range(lo, node)
        case HeapV(cls) if cls is dict:
            if not isinstance(index, ir.Const) or index.value not in base.slots:
                lo.fail("AD128", node, "this dict key is not known when compiling, or not in the dict")
            return base.slots[index.value]
        case HeapV(cls):
            from .calls import call_method

            return call_method(lo, base, "__getitem__", [index], {}, node, hint)
        case ShapeV(array):
            t = lo.type_of(array)
            assert isinstance(t, Array)
            if isinstance(index, ir.Pack):
                return TupleV([_dim(lo, array, k) for k in range(t.ndim)][_static_slice(lo, index, node)])
            k = static_int(lo, index, node)
            return _dim(lo, array, k, hint)
        case ExternalV(value, path):
            from .names import external

            if isinstance(index, ir.Const):
                if isinstance(value, (list, tuple, dict)):
                    return external(lo, value[index.value], f"{path}[{index.value!r}]",
                                    _last(f"{path}[{index.value!r}]"))
            if isinstance(value, (list, tuple)) and isinstance(index, (ir.Var, ir.Pack)):
                whole = TupleV([external(lo, v, f"{path}[{i}]", f"{_last(path)}_{i}") for i, v in enumerate(value)],
                               type(value))
                return load_item(lo, whole, index, node, hint)
        case ir.Const() if isinstance(base.value, (str, tuple, list, dict)) and isinstance(index, ir.Const):
            return ir.Const(base.value[index.value])
        case ir.Const() if base.value in (np.r_, np.c_, np.s_, np.index_exp) or base.value is np.ogrid:
            from .arrays import grid_helper

            return grid_helper(lo, base.value, index, node)
        case IterV():
            from .iteration import collect

            return load_item(lo, collect(lo, base, node), index, node, hint)
        case RangeV():
            from .iteration import indexable

            return indexable(lo, base, node).item(lo.operand(index))  # type: ignore[arg-type]
        case _:
            pass
    lo.fail("AD129", node, "this value cannot be indexed")


def _picked(lo: Lowering, items: list[Value], index: ir.Var, hint: str | None) -> Value | None:
    """One of several numbers or arrays of one kind, or of tuples of them, by a number not known when compiling."""
    if items and all(isinstance(v, TupleV) and v.cls is tuple for v in items):
        if len({len(v.items) for v in items}) > 1:  # type: ignore[union-attr]
            return None
        columns = zip(*(v.items for v in items), strict=True)  # type: ignore[union-attr]
        found = [_picked(lo, list(c), index, hint) for c in columns]
        return None if any(f is None for f in found) else TupleV(found)  # type: ignore[arg-type]
    if not items or not all(map(lo.is_number, items)):
        return None
    t = _plain(_type(lo, items[0]))
    for v in items[1:]:
        other = _plain(_type(lo, v))
        t = join(t, other) if isinstance(t, Num) else t if t == other else None
    if t is None or (isinstance(t, Num) and any(_type(lo, v).kind != t.kind for v in items)):  # type: ignore
        return None
    return lo.call(prims.item, (ir.Pack("tuple", tuple(lo.operand(v) for v in items)), index), style="index",
                   type_=t, hint=hint)


def _plain(t: Type) -> Type:
    return Num(t.dtype, t.weak) if isinstance(t, Num) else t


def _out_of_range(lo: Lowering, node: ast.AST) -> Value:
    lo.fail("AD128", node, "the list is empty here")


def _dim(lo: Lowering, array: Value, k: int, hint: str | None = None) -> Value:
    t = lo.type_of(array)
    assert isinstance(t, Array)
    d = t.dims[k]
    if d.known:
        return ir.Const(d.const)
    return lo.call(prims.dim, (lo.operand(array), ir.Const(k)), style="dim", type_=Num(INT, dim=d), hint=hint)


def _static_slice(lo: Lowering, index: Value, node: ast.AST) -> slice:
    if isinstance(index, ir.Const):
        return index.value
    assert isinstance(index, ir.Pack)
    return slice(*[None if isinstance(p, ir.Const) and p.value is None else static_int(lo, p, node)
                   for p in index.items])


def _load_from_variable(lo: Lowering, base: ir.Var, index: Value, node: ast.AST, hint: str | None) -> Value:
    t = base.type
    arg = lo.operand(index, node)
    match t:
        case Array():
            try:
                result, _ = index_type(t, arg)
            except Untypable as error:
                lo.fail("AD133", node, f"this index cannot be followed: {error}" if str(error)
                        else "this index cannot be followed", "index with integers, slices, None, ..., masks or arrays")
            return lo.call(prims.item, (base, arg), style="index", type_=result, hint=hint)
        case Seq(items):
            if isinstance(arg, ir.Const):
                return lo.call(prims.item, (base, arg), style="index", type_=items[arg.value], hint=hint)
        case ListOf(item):
            if isinstance(arg, ir.Pack):
                return lo.call(prims.item, (base, arg), style="index", type_=t, hint=hint)
            return lo.call(prims.item, (base, arg), style="index", type_=_known(lo, item, node), hint=hint)
        case DictOf(_, item):
            return lo.call(prims.item, (base, arg), style="index", type_=_known(lo, item, node), hint=hint)
        case Record():
            if isinstance(arg, ir.Const) and t.slot(arg.value) is not None:
                return lo.call(prims.item, (base, arg), style="index", type_=t.slot(arg.value), hint=hint)
        case Passive():
            return lo.call(prims.item, (base, arg), style="index", type_=Passive(None), hint=hint)
    lo.fail("AD129", node, f"a value of type {t} cannot be indexed like this")


def _known(lo: Lowering, item: Type | None, node: ast.AST) -> Type:
    if item is None:
        lo.fail("AD128", node, "the container is empty here: the type of its items is not known")
    return item


def store_item(lo: Lowering, base: Value, index: Value, value: Value, node: ast.AST) -> None:
    from .assignment import note_write

    base = present(lo, base, node)
    match base:
        case ir.Var(type=Array()):
            arg = lo.operand(index, node)
            lo.emit(ir.Store(base, arg, "", lo.number(value, node), lo.origin))
            note_write(lo, base)
        case HeapV(cls) if cls in (list, dict):
            if isinstance(index, ir.Const):
                key = index.value
                if cls is list:
                    key = key % len(base.slots) if base.slots else _out_of_range(lo, node)
                write_slot(lo, base, key, value, node)
                return
            from .containers import runtime

            store_item(lo, runtime(lo, base, node), index, value, node)
        case HeapV():
            from .calls import call_method

            call_method(lo, base, "__setitem__", [index, value], {}, node, None)
        case ir.Var(type=ListOf() | DictOf()):
            from .containers import store

            store(lo, base, lo.operand(index, node), value, node)
        case _:
            lo.fail("AD131", node, "items of this value cannot be assigned",
                    "only arrays, lists and dicts of the program itself can be changed")


def write_slot(lo: Lowering, base: HeapV, key: Any, value: Value, node: ast.AST | None) -> None:
    if base.frozen:
        lo.fail("AD134", node, "this object is changed after two paths have joined their objects into it",
                "change it before the branch or loop ends, or build a new one")
    if base.whole is not None:
        lo.emit(ir.SetSlot(base.whole, key, lo.operand(value, node), lo.origin))  # type: ignore[arg-type]
    base.frame.set(key, value)


# --- attributes -------------------------------------------------------------------------------------------------------
def lower_attribute(lo: Lowering, node: ast.Attribute, hint: str | None) -> Value:
    return load_attribute(lo, lo.expr(node.value), node.attr, node, hint)


def load_attribute(lo: Lowering, base: Value, name: str, node: ast.AST, hint: str | None = None) -> Value:
    base = present(lo, base, node)
    match base:
        case HeapV(cls) if cls not in (list, dict):
            return _object_attribute(lo, base, name, node, hint)
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
        case SuperV(cls, receiver):
            return _super_attribute(lo, cls, receiver, name, node)
        case FunctionV() | PartialV():
            lo.fail("AD129", node, f"the attribute `{name}` of a function is not supported")
        case ir.Pack() if base.kind == "slice" and name in ("start", "stop", "step"):
            return base.items[("start", "stop", "step").index(name)]
        case _:
            return MethodV(base, name)


def _object_attribute(lo: Lowering, base: HeapV, name: str, node: ast.AST, hint: str | None) -> Value:
    if name in base.slots:
        return base.slots[name]
    return _class_attribute(lo, base, base.cls, name, node, hint)


def _class_attribute(lo: Lowering, receiver: Value, cls: type, name: str, node: ast.AST, hint: str | None) -> Value:
    """An attribute found on the class: a method, a property, a constant."""
    found = next((k.__dict__[name] for k in cls.__mro__ if name in k.__dict__), None)
    if found is None:
        lo.fail("AD129", node, f"`{cls.__name__}` has no attribute `{name}` here")
    return bind_descriptor(lo, found, receiver, cls, name, node, hint)


def bind_descriptor(lo: Lowering, found: Any, receiver: Value, cls: type, name: str, node: ast.AST,
                    hint: str | None) -> Value:
    import functools
    import types

    from .calls import call_value
    from .names import external

    if isinstance(found, property):
        return call_value(lo, ir.Const(found.fget), [receiver], {}, node, hint)
    if isinstance(found, functools.cached_property):
        return call_value(lo, ir.Const(found.func), [receiver], {}, node, hint)
    if isinstance(found, staticmethod):
        return ir.Const(found.__func__)
    if isinstance(found, classmethod):
        return PartialV(ir.Const(found.__func__), [ir.Const(cls)], {})
    if isinstance(found, types.FunctionType):
        return MethodV(receiver, name, found)
    return external(lo, found, f"{cls.__module__}.{cls.__qualname__}.{name}", name)


def _super_attribute(lo: Lowering, cls: type, receiver: Value, name: str, node: ast.AST) -> Value:
    own = receiver.cls if isinstance(receiver, HeapV) else type(receiver.value)  # type: ignore[union-attr]
    mro = own.__mro__
    for k in mro[mro.index(cls) + 1:]:
        if name in k.__dict__:
            return bind_descriptor(lo, k.__dict__[name], receiver, own, name, node, None)
    if name == "__init__":
        return ir.Const(_nothing)
    lo.fail("AD129", node, f"no base class of `{cls.__name__}` has `{name}`")


def _nothing(*_args: Any, **_kwargs: Any) -> None:
    """`object.__init__`"""


def _constant_attribute(lo: Lowering, base: ir.Const, name: str, node: ast.AST) -> Value:
    import types

    from .names import external, module_constant

    value = base.value
    if isinstance(value, (str, int, float, complex)) and not isinstance(value, bool):
        if name in ("real", "imag") and not isinstance(value, str):
            return ir.Const(getattr(value, name))
        return MethodV(base, name)
    try:
        found = getattr(value, name)
    except AttributeError:
        lo.fail("AD129", node, f"{value!r} has no attribute `{name}`")
    text = f"{base.text}.{name}" if base.text else None
    if isinstance(value, types.ModuleType):
        if isinstance(found, (int, float)) and module_constant(value, name):
            return ir.Const(found, text)
        out = external(lo, found, f"{value.__name__}.{name}", name)
        return ir.Const(out.value, text) if isinstance(out, ir.Const) and text and not isinstance(
            out.value, (bool, str, type(None))) else out
    if isinstance(value, type):
        raw = next((k.__dict__[name] for k in value.__mro__ if name in k.__dict__), found)
        if isinstance(raw, (staticmethod, classmethod)):
            return bind_descriptor(lo, raw, base, value, name, node, None)
        return external(lo, found, f"{value.__module__}.{value.__qualname__}.{name}", name)
    if callable(found):
        return ir.Const(found, text)
    return external(lo, found, f"{value!r}.{name}", name)


def _external_attribute(lo: Lowering, value: Any, path: str, name: str, node: ast.AST, hint: str | None) -> Value:
    from .names import external

    if isinstance(value, (list, tuple, dict, set, np.random.Generator, np.random.RandomState)):
        return MethodV(ExternalV(value, path), name)
    own = getattr(value, "__dict__", {})
    if name in own or name in getattr(type(value), "__slots__", ()):
        return external(lo, getattr(value, name), f"{path}.{name}", name)
    found = next((k.__dict__[name] for k in type(value).__mro__ if name in k.__dict__), None)
    if found is not None:
        return bind_descriptor(lo, found, ExternalV(value, path), type(value), name, node, hint)
    try:
        return external(lo, getattr(value, name), f"{path}.{name}", name)
    except AttributeError:
        lo.fail("AD129", node, f"`{_last(path)}` has no attribute `{name}`")


def store_attribute(lo: Lowering, base: Value, name: str, value: Value, node: ast.AST) -> None:
    if isinstance(base, HeapV):
        setter = next((k.__dict__[name] for k in base.cls.__mro__ if name in k.__dict__), None)
        if isinstance(setter, property):
            from .calls import call_value

            call_value(lo, ir.Const(setter.fset), [base, value], {}, node, None)
            return
        write_slot(lo, base, name, value, node)
        return
    if isinstance(base, ir.Var) and isinstance(base.type, Array) and name in ("real", "imag", "flat", "T"):
        view = load_attribute(lo, base, name, node)
        store_item(lo, view, ir.Const(Ellipsis), value, node)
        return
    lo.fail("AD131", node, f"the program assigns the attribute `{name}` of an object from outside it",
            "pass the object as an argument, or return the new value")


# --- sequences --------------------------------------------------------------------------------------------------------
def new_list(lo: Lowering, items: Sequence[Value]) -> HeapV:
    from .branches import new_heap_frame

    heap = HeapV(list, new_heap_frame(lo, ""))
    heap.slots.update(enumerate(items))
    return heap


def items_of(lo: Lowering, value: Value, node: ast.AST, count: int | None = None,
             hints: Sequence[str | None] = ()) -> list[Value]:
    """The items of a value that is unpacked; `count` says how many are wanted where the value does not know."""
    def hint(i: int) -> str | None:
        return hints[i] if i < len(hints) else None

    value = present(lo, value, node)
    match value:
        case TupleV(items):
            return list(items)
        case HeapV(cls) if cls is list or cls is dict:
            return list(value.slots.values()) if cls is list else [ir.Const(k) for k in value.slots]
        case ShapeV(array):
            t = lo.type_of(array)
            assert isinstance(t, Array)
            return [_dim(lo, array, k, hint(k)) for k in range(t.ndim)]
        case ir.Var(type=Seq(items)):
            return [lo.call(prims.item, (value, ir.Const(i)), style="index", type_=t, hint=hint(i))
                    for i, t in enumerate(items)]
        case ir.Var(type=Array(dims=(first, *_))):
            n = first.const if first.known else count
            if n is None:
                lo.fail("AD125", node, "how many values are unpacked here is not known")
            return [load_item(lo, value, ir.Const(i), node, hint(i)) for i in range(n)]
        case ir.Var(type=ListOf()) if count is not None:
            return [load_item(lo, value, ir.Const(i), node, hint(i)) for i in range(count)]
        case ir.Const() if isinstance(value.value, (tuple, list, str)):
            return [ir.Const(v) for v in value.value]
        case ExternalV(external, path) if isinstance(external, (list, tuple)):
            from .names import external as outside

            return [outside(lo, v, f"{path}[{i}]", hint(i) or f"{_last(path)}_{i}") for i, v in enumerate(external)]
        case ExternalV(external, path) if isinstance(external, dict):
            return [ir.Const(k) for k in external]
        case RangeV(start, stop, step) if all(isinstance(x, ir.Const) for x in (start, stop, step)):
            return [ir.Const(k) for k in range(start.value, stop.value, step.value)]  # type: ignore[union-attr]
        case IterV() | GeneratorV():
            from .iteration import collect

            return items_of(lo, collect(lo, value, node), node, count, hints)
        case _:
            lo.fail("AD125", node, "this value cannot be unpacked")


__all__ = ["Dim", "dim_of", "is_shape", "items_of", "load_attribute", "load_item", "lower_index", "new_list",
           "store_attribute", "store_item", "to_operand"]
