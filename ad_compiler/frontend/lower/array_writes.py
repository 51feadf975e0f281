"""Functions and methods of NumPy that write into an array, as the assignments that they abbreviate."""
from __future__ import annotations

import ast
from collections.abc import Callable
from types import EllipsisType, NoneType
from typing import Any

import numpy as np

from ...ir import nodes as ir
from ...ir import prims
from ...ir.types import Array, ListOf, Num, Passive, same_shape
from ..lowering import Lowering
from ..values import Value
from .snippets import run_snippet
from .updates import note_write

INT = Num(np.dtype(np.int64))
_AT = {np.add.at: "+", np.subtract.at: "-"}


def target(lo: Lowering, value: Value, node: ast.AST) -> ir.Var:
    """The array that a call writes into."""
    base = lo.operand(value, node)
    if not isinstance(base, ir.Var) or not isinstance(base.type, Array):
        lo.fail("AD110", node, "this call writes into its argument, which must be an array")
    return base


def written(lo: Lowering, base: ir.Var, text: str, env: dict[str, Value], node: ast.AST) -> Value:
    """Read a few lines that assign to `a`, the array `base`."""
    run_snippet(lo, text + "\nout = None\n", {"a": base, "np": ir.Const(np, "np"), **env}, "out", node)
    return ir.Const(None)


def _array(lo: Lowering, value: Value, node: ast.AST) -> Value:
    """A list as an array; numbers and arrays as they are."""
    arg = lo.operand(value, node)
    if isinstance(arg, ir.Pack) or isinstance(lo.type_of(arg), ListOf):
        return lo.call(np.array, (arg,), text="np.array")
    return arg


def _is_number(lo: Lowering, value: Value) -> bool:
    return isinstance(lo.type_of(value), Num)


def ufunc_at(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
             hint: str | None) -> Value:
    """`np.add.at(a, index, b)`: repeated indices count each time."""
    base = target(lo, args[0], node)
    symbol = _AT.get(function.value)
    if symbol is not None:
        lo.emit(ir.Store(base, lo.operand(args[1]), symbol, lo.number(args[2]), lo.origin, scatter=True))
        note_write(lo, base)
        return ir.Const(None)
    ufunc = function.value.__self__
    env: dict[str, Value] = {"f": ir.Const(ufunc, f"np.{ufunc.__name__}"), "at": _array_of_places(lo, args[1], node)}
    operand = ""
    if len(args) > 2:
        env["b"] = _array(lo, args[2], node)
        operand = ", b"
    if _is_basic(lo, env["at"]):
        return written(lo, base, f"a[at] = f(a[at]{operand})", env, node)
    steps = []
    places = lo.type_of(env["at"])
    by_rows = isinstance(places, Array) and places.ndim == 1 and places.kind in "iu"
    if not by_rows:  # whatever the index selects, one element after the other
        steps.append("at = np.arange(a.size).reshape(a.shape)[at]")
    if operand and not _is_number(lo, env["b"]):
        steps.append(f"b = np.broadcast_to(b, np.shape({'a[at]' if by_rows else 'at'})){'' if by_rows else '.ravel()'}")
        operand = ", b[k]"
    where = "at[k]" if by_rows else flat_index(base, "at[k]")
    steps += [] if by_rows else ["at = at.ravel()"]
    steps += ["for k in range(len(at)):", f"    a[{where}] = f(a[{where}]{operand})"]
    return written(lo, base, "\n".join(steps), env, node)


def _array_of_places(lo: Lowering, index: Value, node: ast.AST) -> Value:
    """A list as an array, one by one in a tuple, which has an index for each axis."""
    arg = lo.operand(index, node)
    if isinstance(arg, ir.Pack) and arg.kind == "tuple":
        return ir.Pack("tuple", tuple(lo.operand(_array_of_places(lo, item, node)) for item in arg.items))
    return arg if isinstance(arg, ir.Pack) and arg.kind == "slice" else _array(lo, arg, node)


def _is_basic(lo: Lowering, index: Value) -> bool:
    """Whether an index is made of numbers, slices, `...` and `None`: nothing is selected twice."""
    if isinstance(index, ir.Pack):
        return index.kind == "slice" or all(_is_basic(lo, item) for item in index.items)
    if isinstance(index, ir.Const):
        return not isinstance(index.value, bool) and isinstance(index.value, (int, slice, EllipsisType, NoneType))
    t = lo.type_of(index)
    return isinstance(t, Num) and t.kind in "iu"


def copyto(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
           hint: str | None) -> Value:
    """`np.copyto(a, values, where=mask)`"""
    base = target(lo, args[0], node)
    value = lo.number(args[1])
    if len(args) > 3:
        kwargs = {**kwargs, "where": args[3]}
    if "where" in kwargs:
        value = lo.call(np.where, (lo.operand(kwargs["where"]), value, base), text="np.where")
    lo.emit(ir.Store(base, ir.Const(Ellipsis), "", value, lo.origin))
    note_write(lo, base)
    return ir.Const(None)


def fill_diagonal(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
                  hint: str | None) -> Value:
    """`np.fill_diagonal(a, values, wrap)`: values are repeated as needed."""
    base = target(lo, args[0], node)
    assert isinstance(base.type, Array)
    wrap = args[2] if len(args) > 2 else ir.Const(False)
    if not isinstance(wrap, ir.Const):
        lo.fail("AD107", node, "whether the diagonal wraps is not known when compiling", "give `wrap` as a constant")
    value = _array(lo, args[1], node)
    if base.type.ndim == 2 and (wrap.value or not _is_number(lo, value)):
        end = "a.size" if wrap.value else "a.shape[1] * a.shape[1]"
        text = f"at = np.arange(a.size)[:{end}:a.shape[1] + 1]"
        new = "v" if _is_number(lo, value) else "np.resize(v, np.size(at))"
        return written(lo, base, f"{text}\na[{flat_index(base, 'at')}] = {new}", {"v": value}, node)
    n = lo.call(min, (lo.call(prims.shape, (base,), style="attribute", type_=Passive(tuple)),), type_=INT)
    k = lo.call(np.arange, (n,), text="np.arange")
    lo.emit(ir.Store(base, ir.Pack("tuple", (k,) * base.type.ndim), "", lo.number(args[1]), lo.origin))
    note_write(lo, base)
    return ir.Const(None)


def put(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
        hint: str | None) -> Value:
    """`np.put(a, at, values)`: places count through the array as if it were flat; values are repeated as needed."""
    base = target(lo, args[0], node)
    mode = kwargs.get("mode", args[3] if len(args) > 3 else ir.Const("raise"))
    if not isinstance(mode, ir.Const):
        lo.fail("AD107", node, "the mode of `np.put` is not known when compiling", "give it as a constant")
    env = {"at": _array(lo, args[1], node), "v": _array(lo, args[2], node)}
    places, values = (lo.type_of(env[name]) for name in ("at", "v"))
    fits = _is_number(lo, env["v"]) or (
        isinstance(places, Array) and isinstance(values, Array) and same_shape(places, values))
    value = "v" if fits else "np.resize(v, np.size(at))"
    valid = {"wrap": "at = np.mod(at, a.size)\n", "clip": "at = np.clip(at, 0, a.size - 1)\n"}.get(mode.value, "")
    assert isinstance(base.type, Array)
    if not valid and base.type.ndim > 1:
        valid = "at = np.arange(a.size)[at]\n"  # places below zero count from the end
    if not fits:  # where there are no values nothing is written
        valid += "at = np.ravel(at)[:np.size(at) * np.size(v)]\n"
    return written(lo, base, f"{valid}a[{flat_index(base, 'at')}] = {value}", env, node)


def flat_index(base: ir.Var, places: str) -> str:
    """The index, as text, of places that count through the array `a` as if it were flat."""
    assert isinstance(base.type, Array)
    return places if base.type.ndim == 1 else f"np.unravel_index({places}, a.shape)"


def put_along_axis(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
                   hint: str | None) -> Value:
    """`np.put_along_axis(a, at, values, axis)`"""
    base = target(lo, args[0], node)
    assert isinstance(base.type, Array)
    axis = lo.operand(args[3])
    env = {"at": _array(lo, args[1], node), "v": _array(lo, args[2], node)}
    if not isinstance(axis, ir.Const):
        lo.fail("AD110", node, "the axis must be known when compiling", "give it as a constant")
    if axis.value is None:
        return written(lo, base, f"a[{flat_index(base, 'at')}] = v", env, node)
    n = base.type.ndim
    parts = [f"np.arange(a.shape[{d}])[{', '.join(':' if k == d else 'None' for k in range(n))}]" for d in range(n)]
    parts[axis.value] = "at"
    return written(lo, base, f"a[{', '.join(parts)}] = v", env, node)


def putmask(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
            hint: str | None) -> Value:
    """`np.putmask(a, mask, values)`: values are repeated to the array's shape."""
    base = target(lo, args[0], node)
    env = {"mask": args[1], "v": _array(lo, args[2], node)}
    t = lo.type_of(env["v"])
    fits = isinstance(t, Num) or (t is not None and same_shape(t, base.type))
    new = "mask, v" if fits else "mask & (np.size(v) > 0), np.resize(v, a.shape)"
    return written(lo, base, f"a[...] = np.where({new}, a)", env, node)


def place(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
          hint: str | None) -> Value:
    """`np.place(a, mask, values)`: the first values go where the mask holds, repeated as needed."""
    base = target(lo, args[0], node)
    env = {"mask": args[1], "v": _array(lo, args[2], node)}
    value = "v" if _is_number(lo, env["v"]) else "np.resize(v, np.count_nonzero(mask))"
    return written(lo, base, f"a[mask] = {value}", env, node)


def sorted_in_place(name: str) -> Callable[..., Value]:
    """`a.sort()`, `a.partition(k)`"""
    def run(lo: Lowering, base: ir.Arg, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
            hint: str | None) -> Value:
        assert isinstance(base, ir.Var)
        named = {k: lo.operand(v) for k, v in kwargs.items()}
        result = lo.call(getattr(np, name), (base, *[lo.operand(a) for a in args]), named, text=f"np.{name}", node=node)
        lo.emit(ir.Store(base, ir.Const(Ellipsis), "", result, lo.origin))
        note_write(lo, base)
        return ir.Const(None)

    return run


def store_flat(lo: Lowering, base: ir.Var, index: Value, value: Value, node: ast.AST) -> None:
    """`a.flat[index] = value`"""
    v = _array(lo, value, node)
    whole = isinstance(index, ir.Const) and index.value is Ellipsis
    if whole:
        written(lo, base, "a[...] = v" if _is_number(lo, v) else "a[...] = np.resize(v, a.shape)", {"v": v}, node)
        return
    places = "at" if lo.is_number(index) and _is_number(lo, index) else "np.arange(a.size)[at]"
    env = {"at": index if isinstance(index, (ir.Var, ir.Const, ir.Pack)) else lo.operand(index), "v": v}
    written(lo, base, f"a[{flat_index(base, places)}] = v", env, node)


def _by_position(handler: Callable[..., Value], names: tuple[str, ...]) -> Callable[..., Value]:
    """A handler whose arguments may be given by name; those that it reads by name are left out of `names`."""
    def run(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
            hint: str | None) -> Value:
        args, rest = list(args), dict(kwargs)
        for name in names[len(args):]:
            if name in rest:
                args.append(rest.pop(name))
        return handler(lo, function, args, rest, node, hint)

    return run



def on_diagonal(lo: Lowering, stmt: ir.Store) -> ir.Store:
    """A write to a diagonal of the last two axes as a write to the array: `np.einsum("ii->i", a)[...] = v`."""
    array = lo.diagonals[stmt.base]
    assert isinstance(array.type, Array)
    rank = array.type.ndim
    length = lo.call(prims.dim, (array, ir.Const(rank - 1)), style="dim", type_=Num(INT.dtype, dim=array.type.dims[-1]))
    places: ir.Arg = lo.call(np.arange, (length,), text="np.arange", hint="diagonal")
    if stmt.index is not None and not (isinstance(stmt.index, ir.Const) and stmt.index.value is Ellipsis):
        if rank > 2:
            lo.fail("AD107", None, "a write to a part of this diagonal is not compiled", "write to the array itself")
        places = lo.call(prims.item, (places, stmt.index), style="index")
    before = () if rank == 2 else (ir.Const(Ellipsis),)
    return ir.Store(array, ir.Pack("tuple", (*before, places, places)), stmt.op, stmt.value, stmt.origin, stmt.scatter)


WRITING: dict[Any, Callable[..., Value]] = {
    np.copyto: _by_position(copyto, ("dst", "src")),
    np.fill_diagonal: _by_position(fill_diagonal, ("a", "val", "wrap")),
    np.put: _by_position(put, ("a", "ind", "v")), np.place: _by_position(place, ("arr", "mask", "vals")),
    np.putmask: _by_position(putmask, ("a", "mask", "values")),
    np.put_along_axis: _by_position(put_along_axis, ("arr", "indices", "values", "axis")),
}
