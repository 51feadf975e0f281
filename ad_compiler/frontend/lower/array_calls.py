"""NumPy functions that need more than a row of the table: those that write, or ask for a shape."""
from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import numpy as np

from ...ir import nodes as ir
from ...ir.types import Array, ListOf, Num
from ...rules.product_einsum import parse, spelled_out, subscripts
from ..lowering import Lowering
from ..values import HeapV, ShapeV, TupleV, Value
from .array_writes import WRITING
from .arrays import array_attribute, same_dtype
from .deciding import ask_kind
from .grids import open_mesh
from .type_facts import TYPE_FACTS


def _array_display(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
                   hint: str | None) -> Value:
    """`np.array` of numbers, of nested displays, of an array (a copy)."""
    from .collecting import collect
    from .tables import call_table

    first = args[0]
    from ..values import GeneratorV, IterV, RangeV

    if isinstance(first, (GeneratorV, IterV, RangeV)):
        first = collect(lo, first, node)
    if (empty := _nothing(first)) is not None and "dtype" not in kwargs and len(args) == 1:
        return ir.Const(np.array(empty))
    if isinstance(first, ir.Const) and first.value is None and _floating(kwargs.get("dtype")):
        first = ir.Const(np.nan)  # as NumPy reads it
    t = lo.type_of(first) if isinstance(first, (ir.Var, ir.Const)) else None
    if function.value is np.asarray:
        copy = kwargs.pop("copy", None)
        if isinstance(copy, ir.Const) and copy.value:
            function = ir.Const(np.array)
        elif isinstance(t, Array) and len(args) == 1 and same_dtype(t, kwargs.get("dtype")) and "order" not in kwargs:
            return first
    if isinstance(t, ListOf) and isinstance(t.item, Array):
        return lo.call(np.stack, (lo.operand(first),), text="np.stack", hint=hint)
    out = call_table(lo, function, [first, *args[1:]], kwargs, node, hint)
    assert out is not None
    return out


def _nothing(value: Value) -> list[Any] | None:
    """A display of nothing but None, `[[None] * n]`: the place of a measurement that is still to come."""
    items = list(value.slots.values()) if isinstance(value, HeapV) and value.cls is list else (
        value.items if isinstance(value, TupleV) else [])
    found = [v.value if isinstance(v, ir.Const) else _nothing(v) for v in items]
    nothing = items and all(f is None if isinstance(v, ir.Const) else f is not None
                            for v, f in zip(items, found, strict=True))
    return found if nothing else None


def _floating(dtype: Value | None) -> bool:
    return isinstance(dtype, ir.Const) and dtype.value is not None and np.dtype(dtype.value).kind == "f"


def _measured(lo: Lowering, value: Value, node: ast.AST) -> Value:
    """What has the sizes of a value: of a run-time list, the array that NumPy makes of it."""
    value = lo.number(value, node)
    if isinstance(lo.type_of(value), ListOf):
        return _array_display(lo, ir.Const(np.array), [value], {}, node, None)
    return value


def _np_shape(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
              hint: str | None) -> Value:
    array = _measured(lo, args[0], node)
    ask_kind(lo, array)
    return ShapeV(array) if isinstance(lo.type_of(array), Array) else TupleV([])


def _np_size(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
             hint: str | None) -> Value:
    base = lo.operand(_measured(lo, args[0], node))
    if isinstance(base, ir.Var) and isinstance(base.type, Array):
        if len(args) > 1:
            from .items import load_item

            ask_kind(lo, base)
            return load_item(lo, ShapeV(base), args[1], node, hint)
        return array_attribute(lo, base, "size", node, hint)
    return ir.Const(1)


def _np_ndim(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
             hint: str | None) -> Value:
    array = _measured(lo, args[0], node)
    ask_kind(lo, array)
    t = lo.type_of(array)
    return ir.Const(t.ndim if isinstance(t, Array) else 0)


def _like(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
          hint: str | None) -> Value:
    """`np.zeros_like` and its kin, of a run-time list too."""
    from .tables import call_table

    if args and isinstance(lo.type_of(args[0]), ListOf):
        args = [_measured(lo, args[0], node), *args[1:]]
    out = call_table(lo, function, args, kwargs, node, hint)
    assert out is not None
    return out


def _isscalar(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
              hint: str | None) -> Value:
    ask_kind(lo, args[0])
    return ir.Const(isinstance(lo.type_of(args[0]), Num))


def _einsum(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
            hint: str | None) -> Value:
    """`np.einsum`; of one array without a sum it is a view, of which the writes and reads are those of the array."""
    from .tables import call_table

    text = args[0].value if isinstance(args[0], ir.Const) else None
    if text is None and len(args) > 1 and not isinstance(args[0], ir.Const):
        args = _with_letters(args)
        text = args[0].value if isinstance(args[0], ir.Const) else None
    if isinstance(text, str) and len(args) == 2 and not kwargs.keys() - {"optimize"}:
        array = lo.number(args[1], node)
        if isinstance(array, ir.Var) and isinstance(array.type, Array):
            before, after = _terms(text, array.type.ndim)
            if set(before) == set(after) and len(before) == array.type.ndim and len(set(after)) == len(after):
                return _looked_at(lo, array, before, after, hint)
    out = call_table(lo, function, args, kwargs, node, hint)
    assert out is not None
    return out


def _with_letters(args: list[Value]) -> list[Value]:
    """The arguments of `np.einsum(a, [0, 1], b, [1, 2], [0, 2])` with letters; as they are if they are no constants."""
    count = len(args) // 2
    axes = [_constants(a) for a in (*args[1:2 * count:2], *args[2 * count:])]
    if None in axes:
        return args
    terms = [subscripts(one) for one in axes if one is not None]
    text = ",".join(terms[:count]) + ("->" + terms[-1] if len(args) % 2 else "")
    return [ir.Const(text), *args[:2 * count:2]]


def _constants(value: Value) -> list[Any] | None:
    """The items of a list or tuple of constants."""
    if isinstance(value, ir.Const):
        return list(value.value) if isinstance(value.value, (list, tuple)) else None
    items = list(value.slots.values()) if isinstance(value, HeapV) and value.cls is list else getattr(
        value, "items", None) if isinstance(value, (TupleV, ir.Pack)) else None
    if items is None or not all(isinstance(i, ir.Const) for i in items):
        return None
    return [i.value for i in items]


def _terms(text: str, ndim: int) -> tuple[str, str]:
    """The letters of the axes of one array, and of the result."""
    inputs, after = parse(text, [ndim] * (text.count(",") + 1))
    spelled, after = spelled_out(inputs, after, [ndim] * len(inputs))
    return spelled[0], after


def _looked_at(lo: Lowering, array: ir.Var, before: str, after: str, hint: str | None) -> Value:
    """`np.einsum('iij->ji', a)` as the diagonal of a transpose."""
    if len(before) == len(after):
        axes = tuple(before.index(letter) for letter in after)
        return lo.call(np.transpose, (array, ir.Const(axes)), text="np.transpose", hint=hint)
    if len(before) > len(after) + 1 or before.count(after[-1]) != 2:
        return _diagonals(lo, array, before, after, hint)
    axes = (*(before.index(letter) for letter in after), before.rindex(after[-1]))
    if axes != tuple(range(len(axes))):
        array = lo.call(np.transpose, (array, ir.Const(axes)), text="np.transpose", hint=hint)
    n = len(axes)
    places = () if n == 2 else (ir.Const(0), ir.Const(n - 2), ir.Const(n - 1))
    found = lo.call(np.diagonal, (array, *places), text="np.diagonal", hint=hint)
    lo.diagonals[found] = array  # NumPy lets this one be written
    return found


def _diagonals(lo: Lowering, array: ir.Var, before: str, after: str, hint: str | None) -> Value:
    """One diagonal after the other, which goes to the end: read-only here, though NumPy lets it be written."""
    repeated = next((c for c in before if before.count(c) > 1), None)
    if repeated is None:
        return lo.call(np.transpose, (array, ir.Const(tuple(map(before.index, after)))), text="np.transpose", hint=hint)
    first = before.index(repeated)
    second = before.index(repeated, first + 1)
    places = (ir.Const(0), ir.Const(first), ir.Const(second))
    array = lo.call(np.diagonal, (array, *places), text="np.diagonal", hint=hint)
    rest = "".join(c for k, c in enumerate(before) if k not in (first, second)) + repeated
    return _diagonals(lo, array, rest, after, hint)


ARRAY_CALLS: dict[Any, Callable[..., Value]] = {
    **WRITING, **TYPE_FACTS,
    np.array: _array_display, np.asarray: _array_display, np.shape: _np_shape, np.size: _np_size,
    np.zeros_like: _like, np.ones_like: _like, np.empty_like: _like, np.full_like: _like,
    np.ndim: _np_ndim, np.isscalar: _isscalar, np.ix_: open_mesh, np.einsum: _einsum,
}
