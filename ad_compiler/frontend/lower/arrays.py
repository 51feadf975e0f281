"""Arrays: their attributes and methods, the calls that write into them, and NumPy's index helpers."""
from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import numpy as np

from ...ir import nodes as ir
from ...ir import prims
from ...ir.types import Array, ListOf, Num, Passive
from ..lowering import Lowering
from ..values import ExternalV, HeapV, MethodV, ShapeV, TupleV, Value
from .assignment import note_write

_INT = np.dtype(np.int64)

# ndarray method -> the NumPy function of the same meaning, where positional arguments agree.
METHODS: dict[str, Any] = {
    name: getattr(np, name) for name in (
        "sum", "prod", "mean", "std", "var", "max", "min", "argmax", "argmin", "cumsum", "cumprod", "dot", "ravel",
        "swapaxes", "squeeze", "clip", "round", "trace", "diagonal", "take", "repeat", "any", "all", "argsort",
        "nonzero", "compress", "searchsorted", "copy", "astype", "conjugate", "argpartition", "choose")
} | {"conj": np.conjugate, "flatten": np.ndarray.flatten, "ptp": np.ptp}


def array_attribute(lo: Lowering, base: ir.Var, name: str, node: ast.AST, hint: str | None) -> Value:
    t = base.type
    assert isinstance(t, (Array, Num))
    dims = t.dims if isinstance(t, Array) else ()
    if name == "shape":
        return ShapeV(base) if isinstance(t, Array) else TupleV([])
    if name == "ndim":
        return ir.Const(len(dims))
    if name == "size":
        if len(dims) == 1 and not dims[0].known:
            return lo.call(prims.attribute, (base, ir.Const("size")), style="attribute", type_=Num(_INT, dim=dims[0]))
        if all(d.known for d in dims):
            return ir.Const(int(np.prod([d.const for d in dims], dtype=int)))
        return lo.call(prims.attribute, (base, ir.Const("size")), style="attribute", type_=Num(_INT), hint=hint)
    if name == "dtype":
        return ir.Const(t.dtype, f"np.{t.dtype.name}")
    if name in ("itemsize", "nbytes"):
        return lo.call(prims.attribute, (base, ir.Const(name)), style="attribute", type_=Num(_INT))
    if name in ("T", "mT"):
        if len(dims) < 2 and name == "T":
            return base
        function = np.transpose if name == "T" else np.matrix_transpose
        return lo.call(function, (base,), style="attribute", text=name, hint=hint)
    if name in ("real", "imag"):
        if t.kind != "c" and name == "real":
            return base
        return lo.call(getattr(np, name), (base,), style="attribute", text=name, hint=hint)
    if name == "flat":
        flat = lo.call(np.ravel, (base,), style="call", text="np.ravel", hint=hint)
        lo.flat.add(flat)
        return flat
    return MethodV(base, name)


def array_method(lo: Lowering, receiver: Value, name: str, args: list[Value], kwargs: dict[str, Value],
                 node: ast.AST, hint: str | None) -> Value:
    base = lo.operand(receiver)
    special = SPECIAL_METHODS.get(name)
    if special is not None:
        return special(lo, base, args, kwargs, node, hint)
    function = METHODS.get(name)
    if function is None:
        lo.fail("AD107", node, f"the array method `{name}` is not supported", "use the NumPy function of that name")
    operands = [lo.operand(a, node) for a in args]
    named = {k: lo.operand(v, node) for k, v in kwargs.items()}
    out = named.pop("out", None)
    result = lo.call(function, (base, *operands), named, style="method", text=name, hint=hint, node=node)
    if isinstance(out, ir.Var):
        lo.emit(ir.Store(out, ir.Const(Ellipsis), "", result, lo.origin))
        note_write(lo, out)
        return out
    return result


def _reshape(lo: Lowering, base: ir.Arg, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
             hint: str | None) -> Value:
    shape = args[0] if len(args) == 1 else TupleV(list(args))
    named = {k: lo.operand(v) for k, v in kwargs.items() if k != "shape"}
    shape = kwargs.get("shape", shape)
    return lo.call(np.reshape, (base, lo.operand(shape)), named, style="method", text="reshape", hint=hint, node=node)


def _transpose(lo: Lowering, base: ir.Arg, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
               hint: str | None) -> Value:
    if not args or (isinstance(args[0], ir.Const) and args[0].value is None):
        return lo.call(np.transpose, (base,), style="method", text="transpose", hint=hint)
    axes = args[0] if len(args) == 1 else TupleV(list(args))
    return lo.call(np.transpose, (base, lo.operand(axes)), style="method", text="transpose", hint=hint, node=node)


def _item(lo: Lowering, base: ir.Arg, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
          hint: str | None) -> Value:
    t = lo.type_of(base)  # type: ignore[arg-type]
    if isinstance(t, Num):
        return lo.call(float if t.kind == "f" else int if t.kind == "i" else complex, (base,), hint=hint,
                       type_=Num(np.dtype({"f": np.float64, "i": np.int64, "c": np.complex128}.get(t.kind, np.bool_))))
    index = lo.operand(args[0] if len(args) == 1 else TupleV(list(args))) if args else ir.Pack(
        "tuple", (ir.Const(0),) * t.ndim)  # type: ignore[union-attr]
    return lo.call(prims.item, (base, index), style="index", hint=hint,
                   type_=Num(t.dtype, weak=False))  # type: ignore[union-attr]


def _fill(lo: Lowering, base: ir.Arg, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
          hint: str | None) -> Value:
    assert isinstance(base, ir.Var)
    lo.emit(ir.Store(base, ir.Const(Ellipsis), "", lo.number(args[0]), lo.origin))
    note_write(lo, base)
    return ir.Const(None)


def _sort(lo: Lowering, base: ir.Arg, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
          hint: str | None) -> Value:
    assert isinstance(base, ir.Var)
    named = {k: lo.operand(v) for k, v in kwargs.items()}
    result = lo.call(np.sort, (base, *[lo.operand(a) for a in args]), named, text="np.sort")
    lo.emit(ir.Store(base, ir.Const(Ellipsis), "", result, lo.origin))
    note_write(lo, base)
    return ir.Const(None)


def _tolist(lo: Lowering, base: ir.Arg, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
            hint: str | None) -> Value:
    t = lo.type_of(base)  # type: ignore[arg-type]
    if isinstance(t, Array) and t.ndim == 1:
        return base  # type: ignore[return-value]
    lo.fail("AD107", node, "`tolist` of this value is not supported", "index the array instead")


SPECIAL_METHODS: dict[str, Callable[..., Value]] = {
    "reshape": _reshape, "transpose": _transpose, "item": _item, "fill": _fill, "sort": _sort, "tolist": _tolist,
    "astype": lambda *a: _astype(*a),
}


# --- calls that write into an array -----------------------------------------------------------------------------------
_AT = {np.add.at: "+", np.subtract.at: "-", np.multiply.at: "*", np.divide.at: "/"}


def _ufunc_at(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
              hint: str | None) -> Value:
    base = lo.operand(args[0])
    assert isinstance(base, ir.Var)
    symbol = _AT[function.value]
    if symbol not in "+-":
        lo.fail("AD107", node, "`ufunc.at` is supported for add and subtract", "write the loop out")
    lo.emit(ir.Store(base, lo.operand(args[1]), symbol, lo.number(args[2]), lo.origin, scatter=True))
    note_write(lo, base)
    return ir.Const(None)


def _copyto(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
            hint: str | None) -> Value:
    base = lo.operand(args[0])
    assert isinstance(base, ir.Var)
    value = lo.number(args[1])
    if "where" in kwargs:
        value = lo.call(np.where, (lo.operand(kwargs["where"]), value, base), text="np.where")
    lo.emit(ir.Store(base, ir.Const(Ellipsis), "", value, lo.origin))
    note_write(lo, base)
    return ir.Const(None)


def _fill_diagonal(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
                   hint: str | None) -> Value:
    base = lo.operand(args[0])
    assert isinstance(base, ir.Var) and isinstance(base.type, Array)
    n = lo.call(min, (lo.call(prims.shape, (base,), style="attribute", type_=Passive(tuple)),), type_=Num(_INT))
    k = lo.call(np.arange, (n,), text="np.arange")
    lo.emit(ir.Store(base, ir.Pack("tuple", (k,) * base.type.ndim), "", lo.number(args[1]), lo.origin))
    note_write(lo, base)
    return ir.Const(None)


def _put(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
         hint: str | None) -> Value:
    base = lo.operand(args[0])
    assert isinstance(base, ir.Var) and isinstance(base.type, Array)
    flat = base if base.type.ndim == 1 else lo.call(np.ravel, (base,), text="np.ravel")
    lo.emit(ir.Store(flat, lo.operand(args[1]), "", lo.number(args[2]), lo.origin))
    note_write(lo, base)
    return ir.Const(None)


def _array_display(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
                   hint: str | None) -> Value:
    """`np.array` of numbers, of nested displays, of an array (a copy)."""
    from .iteration import collect
    from .tables import call_table

    first = args[0]
    from ..values import GeneratorV, IterV, RangeV

    if isinstance(first, (GeneratorV, IterV, RangeV)):
        first = collect(lo, first, node)
    t = lo.type_of(first) if isinstance(first, (ir.Var, ir.Const)) else None
    if function.value is np.asarray and isinstance(t, Array) and len(args) == 1 and _same_dtype(t, kwargs.get("dtype")):
        return first
    if isinstance(t, ListOf) and isinstance(t.item, Array):
        return lo.call(np.stack, (lo.operand(first),), text="np.stack", hint=hint)
    out = call_table(lo, function, [first, *args[1:]], kwargs, node, hint)
    assert out is not None
    return out


def _same_dtype(t: Array, dtype: Value | None) -> bool:
    return dtype is None or (isinstance(dtype, ir.Const) and dtype.value is not None
                             and np.dtype(dtype.value) == t.dtype)


def _astype(lo: Lowering, base: ir.Arg, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
            hint: str | None) -> Value:
    dtype, copy = args[0] if args else kwargs.get("dtype"), kwargs.get("copy")
    t = lo.type_of(base)  # type: ignore[arg-type]
    if isinstance(copy, ir.Const) and not copy.value and isinstance(t, Array) and _same_dtype(t, dtype):
        return base  # type: ignore[return-value]
    return lo.call(np.astype, (base, lo.operand(dtype)), style="method", text="astype", hint=hint,  # type: ignore
                   node=node)


def _np_shape(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
              hint: str | None) -> Value:
    if isinstance(lo.type_of(args[0]), Array):
        return ShapeV(args[0])
    return TupleV([])


def _np_size(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
             hint: str | None) -> Value:
    base = lo.operand(args[0])
    if isinstance(base, ir.Var) and isinstance(base.type, Array):
        if len(args) > 1:
            from .structures import load_item

            return load_item(lo, ShapeV(base), args[1], node, hint)
        return array_attribute(lo, base, "size", node, hint)
    return ir.Const(1)


def _np_ndim(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
             hint: str | None) -> Value:
    t = lo.type_of(lo.number(args[0]))
    return ir.Const(t.ndim if isinstance(t, Array) else 0)


def _isscalar(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
              hint: str | None) -> Value:
    return ir.Const(isinstance(lo.type_of(args[0]), Num))


def _ix(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
        hint: str | None) -> Value:
    n = len(args)
    out: list[Value] = []
    for k, a in enumerate(args):
        index = ir.Pack("tuple", tuple(ir.Pack("slice", (ir.Const(None),) * 3) if i == k else ir.Const(None)
                                       for i in range(n)))
        array = lo.call(np.asarray, (lo.operand(a),), text="np.asarray")
        out.append(lo.call(prims.item, (array, index), style="index",
                           type_=_index_type(lo, array, index)))
    return TupleV(out)


def _index_type(lo: Lowering, array: ir.Var, index: ir.Arg) -> Any:
    from ...analysis.indexing import index_type

    return index_type(array.type, index)[0]


def grid_helper(lo: Lowering, helper: Any, index: Value, node: ast.AST) -> Value:
    """`np.s_[...]` is its index; `np.r_[...]` of arrays and numbers joins them; `np.c_` stacks columns."""
    if helper in (np.s_, np.index_exp):
        return index
    items = index.items if isinstance(index, TupleV) else [index]
    parts: list[ir.Arg] = []
    for item in items:
        operand = lo.operand(item, node)
        if isinstance(operand, ir.Pack) and operand.kind == "slice":
            start, stop, step = (ir.Const({0: 0, 1: None, 2: 1}[i]) if isinstance(p, ir.Const) and p.value is None
                                 else p for i, p in enumerate(operand.items))
            operand = lo.call(np.arange, (start, stop, step), text="np.arange")
        if helper is np.r_:
            operand = lo.call(np.atleast_1d, (operand,), text="np.atleast_1d",
                              type_=_at_least_1d(lo.type_of(operand)))  # type: ignore[arg-type]
        parts.append(operand)
    function = np.concatenate if helper is np.r_ else np.column_stack
    return lo.call(function, (ir.Pack("tuple", tuple(parts)),), text=f"np.{function.__name__}", node=node)


def _at_least_1d(t: Any) -> Any:
    from ...ir.types import ONE

    return t if isinstance(t, Array) and t.ndim else Array(t.dtype, (ONE,))


def passive_method(lo: Lowering, receiver: Value, name: str, args: list[Value], kwargs: dict[str, Value],
                   node: ast.AST, hint: str | None) -> Value:
    """A method of an object that carries no derivatives: a text, a random generator, a file."""
    operands = [lo.operand(a, node) for a in args]
    named = {k: lo.operand(v, node) for k, v in kwargs.items()}
    base = lo.operand(receiver, node)
    cls = type(receiver.value) if isinstance(receiver, (ir.Const, ExternalV)) else getattr(base.type, "cls", None)
    if isinstance(base, ir.Const) and all(isinstance(o, ir.Const) for o in operands) and not named:
        return ir.Const(getattr(base.value, name)(*[o.value for o in operands]))  # type: ignore[union-attr]
    if cls in (np.random.Generator, np.random.RandomState):
        from .tables import draw_type

        if name in ("shuffle", "seed"):
            lo.emit(ir.Effect(ir.Call(getattr, (base, *operands), tuple(named.items()), "passive", name), lo.origin))
            return ir.Const(None)
        return lo.call(getattr, (base, *operands), named, style="passive", text=name, hint=hint,
                       type_=draw_type(lo, name, operands, named))
    if cls is str or cls is None:
        return lo.call(getattr, (base, *operands), named, style="passive", text=name, hint=hint, type_=Passive(None))
    lo.fail("AD107", node, f"the method `{name}` of a `{cls.__name__}` is not supported")


ARRAY_CALLS: dict[Any, Callable[..., Value]] = {
    **dict.fromkeys(_AT, _ufunc_at), np.copyto: _copyto, np.fill_diagonal: _fill_diagonal, np.put: _put,
    np.array: _array_display, np.asarray: _array_display, np.shape: _np_shape, np.size: _np_size,
    np.ndim: _np_ndim, np.isscalar: _isscalar, np.ix_: _ix,
}
__all__ = ["ARRAY_CALLS", "HeapV", "array_attribute", "array_method", "grid_helper", "passive_method"]
