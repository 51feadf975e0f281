"""Items, read and written: of arrays, lists, dicts, tuples, shapes and objects from outside."""
from __future__ import annotations

import ast
import enum
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import numpy as np

from ...analysis.indexing import index_type
from ...analysis.infer import Untypable, type_of
from ...ir import nodes as ir
from ...ir import prims
from ...ir.assumed import exactly
from ...ir.types import BOOL, Array, DictOf, ListOf, Num, Passive, Record, Seq
from ..lowering import Lowering, NeedStatic
from ..values import ExternalV, HeapV, IterV, PickedV, RangeV, RowsV, RowV, ShapeV, TupleV, Value
from .catching import catcher
from .first_attributes import begin
from .grids import HELPERS, grid_helper
from .keyed_outside import keyed_outside
from .managed_attributes import member_called
from .one_shot import named
from .optional import present
from .picked import can_be_picked, each_way, picked
from .picked_items import opened, picked_item
from .pools import pool_instead
from .raising import certain, foresee, impossible
from .ranges import item_of_range
from .row_objects import load, save
from .rows import load_row, point, store_row
from .runtime_lists import created_list, is_uniform, item_type, runtime, unroll_instead
from .stars import refuse_tuple_as_index

INT = np.dtype(np.int64)


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
    return named(lo, load_item(lo, base, lower_index(lo, node.slice), node, hint), node)


def static_int(lo: Lowering, value: Value, node: ast.AST | None) -> int:
    if isinstance(value, ir.Const) and isinstance(value.value, (int, np.integer)):
        return int(value.value)
    if (known := known_size(value)) is not None:
        return known
    need_value(lo, value, node)
    unroll_instead(lo)
    lo.fail("AD128", node, "this index into a structure must be a constant",
            "index with a constant, loop over the items, or use an array")


def known_size(value: Value) -> int | None:
    """An integer that is a size of the call at hand."""
    if isinstance(value, ir.Var) and isinstance(value.type, Num) and value.type.dim is not None:
        return exactly(value.type.dim)
    return None


def need_value(lo: Lowering, value: Value, node: ast.AST | None) -> None:
    """Ask for the value of an input to join the signature, if `value` is one."""
    if isinstance(value, ir.Var):
        for path, (var, _) in lo.hidden.items():
            if var is value:
                raise NeedStatic(path)


def load_item(lo: Lowering, base: Value, index: Value, node: ast.AST, hint: str | None) -> Value:
    """`base[index]`"""
    base, index = present(lo, base, node), present(lo, index, node)
    found = _KINDS[type(base)](lo, base, index, node, hint) if type(base) in _KINDS else None
    if found is None:
        lo.fail("AD129", node, "this value cannot be indexed")
    return found


def _of_tuple(lo: Lowering, base: TupleV, index: Value, node: ast.AST, hint: str | None) -> Value:
    items, cls = base.items, base.cls
    if isinstance(index, ir.Pack) or (isinstance(index, ir.Const) and isinstance(index.value, slice)):
        part = items[_static_slice(lo, index, node)]
        return created_list(lo, part, node, hint) if cls is list else TupleV(part)
    if isinstance(index, ir.Var) and (found := picked_item(lo, base, index, node, hint)) is not None:
        return found
    if isinstance(index, ir.Var) and can_be_picked(items):
        unroll_instead(lo)
        return picked(lo, items, index, node)
    return items[_place(lo, static_int(lo, index, node), len(items), node)]


def _of_heap(lo: Lowering, base: HeapV, index: Value, node: ast.AST, hint: str | None) -> Value:
    if base.cls is list:
        return _of_list(lo, base, index, node, hint)
    if base.cls is dict:
        from .dicts import constant_key
        from .keyed import key_unknown

        index = constant_key(index)
        if isinstance(index, ir.Const) and index.value not in base.slots and base.factory is not None:
            from .calls import call_value

            write_slot(lo, base, index.value, call_value(lo, base.factory, [], {}, node, None), node)
        if isinstance(index, ir.Const) and index.value not in base.slots:
            impossible(lo, KeyError, node, index.value)
        if not isinstance(index, ir.Const) or index.value not in base.slots:
            key_unknown(lo, base, node, "this dict key is not known when compiling, or not in the dict")
        return base.slots[index.value]
    from .calls import call_method

    return call_method(lo, base, "__getitem__", [index], {}, node, hint)


def _of_list(lo: Lowering, base: HeapV, index: Value, node: ast.AST, hint: str | None) -> Value:
    if isinstance(index, ir.Var) and can_be_picked(list(base.slots.values())):
        return _of_tuple(lo, TupleV(list(base.slots.values())), index, node, hint)
    if isinstance(index, ir.Var) or (isinstance(index, ir.Pack) and any(isinstance(p, ir.Var) for p in index.items)):
        return load_item(lo, runtime(lo, base, node), index, node, hint)
    if isinstance(index, ir.Pack):
        return created_list(lo, list(base.slots.values())[_static_slice(lo, index, node)], node, hint)
    k = static_int(lo, index, node)
    if not -len(base.slots) <= k < len(base.slots) and base.site is not None and catcher(lo, IndexError) is None:
        runtime(lo, base, node)  # it may have grown when this is done: in a loop, or never
    return base.slots[_place(lo, k, len(base.slots), node)]


def _of_shape(lo: Lowering, base: ShapeV, index: Value, node: ast.AST, hint: str | None) -> Value:
    t = lo.type_of(base.array)
    assert isinstance(t, Array)
    if isinstance(index, ir.Pack):
        return TupleV([dimension(lo, base.array, k) for k in range(t.ndim)][_static_slice(lo, index, node)])
    return dimension(lo, base.array, _place(lo, static_int(lo, index, node), t.ndim, node), hint)


def _of_external(lo: Lowering, base: ExternalV, index: Value, node: ast.AST, hint: str | None) -> Value | None:
    from .dicts import constant_key
    from .names import external
    from .operands import last_name

    value, path, index = base.value, base.path, constant_key(index)
    if any(value is h for h in HELPERS):
        return grid_helper(lo, value, index, node)
    if isinstance(value, Mapping) and (known := known_size(index)) is not None:
        index = ir.Const(known)
    if isinstance(index, ir.Const) and isinstance(value, Mapping) and index.value not in value:
        impossible(lo, KeyError, node, index.value)
        lo.fail("AD128", node, f"`{path}` has no key {index.value!r}")
    if isinstance(value, (list, tuple)) and isinstance(index, ir.Const) and isinstance(index.value, int):
        _place(lo, index.value, len(value), node)
    if isinstance(index, ir.Const) and isinstance(value, (list, tuple, Mapping)):
        return external(lo, value[index.value], f"{path}[{index.value!r}]", last_name(f"{path}[{index.value!r}]"))
    if isinstance(value, (list, tuple)) and isinstance(index, (ir.Var, ir.Pack)):
        return load_item(lo, opened(lo, base), index, node, hint)
    if isinstance(value, Mapping) and value and not isinstance(index, ir.Const):
        return keyed_outside(lo, base, index, node, hint)
    return None


def _of_constant(lo: Lowering, base: ir.Const, index: Value, node: ast.AST, hint: str | None) -> Value | None:
    if isinstance(base.value, str) and isinstance(index, (ir.Var, ir.Pack)) and known_size(index) is None and (
            isinstance(index, ir.Var) or any(isinstance(v, ir.Var) for v in index.items)):
        return lo.call(prims.item, (base, index), style="index", type_=Passive(str), hint=hint)
    if isinstance(base.value, (str, bytes, tuple, list)) and isinstance(index, ir.Pack) and index.kind == "slice":
        return ir.Const(base.value[_static_slice(lo, index, node)])
    if isinstance(base.value, (str, tuple, list, dict)) and isinstance(index, ir.Const):
        return ir.Const(base.value[index.value])
    if isinstance(base.value, enum.EnumMeta) and isinstance(index, ir.Const):
        return member_called(lo, base.value, index.value)
    return None


def _of_iterator(lo: Lowering, base: IterV, index: Value, node: ast.AST, hint: str | None) -> Value:
    from .collecting import collect

    return load_item(lo, collect(lo, base, node), index, node, hint)


def _place(lo: Lowering, k: int, count: int, node: ast.AST) -> int:
    """The place that an index means in a structure of this length."""
    if not -count <= k < count:
        certain(lo, IndexError, node, "index out of range")
        lo.fail("AD128", node, f"index {k} is out of range: there are {count} items here" if count
                else "the list is empty here")
    return k % count


def dimension(lo: Lowering, array: Value, k: int, hint: str | None = None) -> Value:
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
            refuse_tuple_as_index(lo, arg, node)
            if base in lo.flat:  # what the array holds now
                base = lo.call(np.ravel, (lo.flat[base],), text="np.ravel", hint=base.hint)
                if not lo.is_number(index):
                    found = lo.call(prims.item, (base, arg), style="index", hint=hint)
                    return lo.call(np.copy, (found,), style="method", text="copy", hint=hint)
            _foresee_range(lo, base, index, node)
            try:
                result, _ = index_type(t, arg)
            except Untypable as error:
                lo.fail("AD133", node, f"this index cannot be followed: {error}" if str(error)
                        else "this index cannot be followed", "index with integers, slices, None, ..., masks or arrays")
            return lo.call(prims.item, (base, arg), style="index", type_=result, hint=hint)
        case Seq(items):
            if isinstance(arg, ir.Const):
                return lo.call(prims.item, (base, arg), style="index", type_=items[arg.value], hint=hint)
        case ListOf(item, site):
            if isinstance(arg, ir.Pack):
                return lo.call(prims.item, (base, arg), style="index", type_=t, hint=hint)
            _foresee_range(lo, base, index, node)
            return lo.call(prims.item, (base, arg), style="index", type_=item_type(lo, item, node, site), hint=hint)
        case DictOf(_, item):
            return lo.call(prims.item, (base, arg), style="index", type_=item_type(lo, item, node), hint=hint)
        case Record():
            if isinstance(arg, ir.Const) and t.slot(arg.value) is not None:
                return lo.call(prims.item, (base, arg), style="index", type_=t.slot(arg.value), hint=hint)
        case Num(weak=False) if (isinstance(arg, ir.Const) and arg.value is Ellipsis) or (
                isinstance(arg, ir.Pack) and not arg.items):  # NumPy's numbers are arrays without axes
            return base
        case Num(weak=False) if isinstance(flag := type_of(arg), Num) and flag.kind == "b":
            array = lo.call(np.array, (base,), text="np.array", node=node)
            return lo.call(prims.item, (array, arg), style="index", type_=index_type(array.type, arg)[0], hint=hint)
        case Passive():
            return lo.call(prims.item, (base, arg), style="index", type_=Passive(None), hint=hint)
    lo.fail("AD129", node, f"a value of type {t} cannot be indexed like this")


def _of_row(lo: Lowering, base: RowV, index: Value, node: ast.AST, hint: str | None) -> Value:
    if base.row.cls is not dict:
        from .calls import call_method

        return call_method(lo, base, "__getitem__", [index], {}, node, hint)
    if not isinstance(index, ir.Const) or index.value not in dict(base.row.parts):
        lo.fail("AD128", node, "this dict key is not known when compiling, or not in the dict")
    return load(lo, base, (index.value,), hint)


_KINDS: dict[type, Callable[..., Value | None]] = {
    ir.Var: _load_from_variable, TupleV: _of_tuple, HeapV: _of_heap, ShapeV: _of_shape, ExternalV: _of_external,
    ir.Const: _of_constant, IterV: _of_iterator, RangeV: item_of_range, RowV: _of_row,
    RowsV: lambda lo, base, index, node, hint: load_row(lo, base, index, node),
    PickedV: lambda lo, base, index, node, hint: each_way(
        lo, base, lambda v: load_item(lo, v, index, node, hint), hint, node),
}


def _foresee_range(lo: Lowering, base: ir.Var, index: Value, node: ast.AST) -> None:
    """Where the program catches IndexError: a test that one number is a valid index."""
    if lo.tries and isinstance(index, (ir.Var, ir.Const)) and lo.is_number(index) and not isinstance(
            lo.type_of(index), Array):
        from .comparisons import compare
        from .iteration import length

        def outside() -> ir.Operand:
            count = length(lo, base, node)
            above = compare(lo, ast.GtE(), index, count, node, None)
            below = compare(lo, ast.Lt(), index, lo.call(np.negative, (count,), style="op", type_=Num(INT)), node, None)
            return lo.call(prims.or_, (above, below), style="op", type_=BOOL)

        foresee(lo, IndexError, outside, node)


def store_item(lo: Lowering, base: Value, index: Value, value: Value, node: ast.AST) -> None:
    from .dicts import constant_key
    from .keyed import key_unknown
    from .list_slices import store_slice
    from .updates import note_write

    base, index = present(lo, base, node), present(lo, index, node)
    sliced = isinstance(index, ir.Pack) and index.kind == "slice"
    match base:
        case RowsV() | ir.Var(type=ListOf()) if sliced:
            store_slice(lo, base, index, value, node)
        case HeapV(cls) if sliced and cls is list:
            store_slice(lo, base, index, value, node)
        case ir.Var(type=Array()) if base in lo.flat:
            from .array_writes import store_flat

            store_flat(lo, lo.flat[base], index, value, node)
        case ir.Var(type=Array()):
            arg = lo.operand(index, node)
            lo.emit(ir.Store(base, arg, "", lo.number(value, node), lo.origin))
            note_write(lo, base)
        case RowsV():
            store_row(lo, base, index, value, node)
        case RowV() if base.row.cls is dict and isinstance(index, ir.Const):
            save(lo, base, index.value, value, node)
        case HeapV(cls) if cls in (list, dict):
            index = constant_key(index) if cls is dict else index
            if cls is dict and not isinstance(index, ir.Const):
                key_unknown(lo, base, node, "this dict key is not known when compiling")
            if isinstance(index, ir.Const):
                key = index.value
                if cls is list:
                    key = _place(lo, key, len(base.slots), node)
                write_slot(lo, base, key, value, node)
                return
            store_item(lo, runtime(lo, base, node), index, value, node)
        case HeapV() | RowV():
            from .calls import call_method

            call_method(lo, base, "__setitem__", [index, value], {}, node, None)
        case ir.Var(type=ListOf() | DictOf()):
            from .lists import store

            store(lo, base, lo.operand(index, node), value, node)
        case _:
            if isinstance(lo.type_of(base), Num):
                impossible(lo, TypeError, node, "a number does not support item assignment")
            lo.fail("AD131", node, "items of this value cannot be assigned",
                    "only arrays, lists and dicts of the program itself can be changed")


def _change_joined(lo: Lowering, base: HeapV, node: ast.AST | None) -> NoReturn:
    """An object is changed of which several paths, or iterations, have one each: a list must be one at run time, an
    object be told by its number."""
    if base.cls is list and base.site is not None and is_uniform(lo, base):
        runtime(lo, base, node)
    pool_instead(lo, base)
    lo.fail("AD134", node, "this object is changed after two paths have joined their objects into it",
            "change it before the branch or loop ends, or build a new one")


def write_slot(lo: Lowering, base: HeapV, key: Any, value: Value, node: ast.AST | None) -> None:
    if base.frozen and base.rows is not None:
        point(lo, base.rows)
    if base.frozen:
        _change_joined(lo, base, node)
    if base.whole is not None:
        lo.emit(ir.SetSlot(base.whole, key, lo.operand(value, node), lo.origin))
    if base.frame in lo.remembered:
        lo.fail("AD142", node, f"`{key}` is assigned after a function that remembers its results has read it",
                "do not keep the results")
    obj = base.frame.holder  # (`base` may be its `__dict__`)
    if obj.cls not in (list, dict, set) and key not in obj.slots:
        begin(lo, obj, key)
    base.frame.set(key, value)
