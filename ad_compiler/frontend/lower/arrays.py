"""Arrays: their attributes and methods, and NumPy's index helpers."""
from __future__ import annotations

import ast
import logging
from collections.abc import Callable
from typing import Any

import numpy as np

from ...ir import nodes as ir
from ...ir import prims
from ...ir.types import BOOL, Array, DictOf, ListOf, Num, Passive, Type
from ..lowering import Lowering
from ..values import ExternalV, MethodV, ShapeV, TupleV, Value
from . import loggers
from .array_writes import put, sorted_in_place
from .deciding import ask_kind
from .draws import draw, generator_of
from .given_out import stored, without_out
from .reduced import without_axis
from .snippets import run_snippet
from .updates import note_write

INT64 = np.dtype(np.int64)
# ndarray method -> the NumPy function of the same meaning, where positional arguments agree.
METHODS: dict[str, Any] = {
    name: getattr(np, name) for name in (
        "sum", "prod", "mean", "std", "var", "max", "min", "argmax", "argmin", "cumsum", "cumprod", "dot", "ravel",
        "swapaxes", "squeeze", "clip", "round", "trace", "diagonal", "take", "repeat", "any", "all", "argsort",
        "nonzero", "compress", "searchsorted", "copy", "astype", "argpartition", "choose")
} | {"flatten": np.ndarray.flatten, "ptp": np.ptp}


def array_attribute(lo: Lowering, base: ir.Var, name: str, node: ast.AST, hint: str | None) -> Value:
    t = base.type
    assert isinstance(t, (Array, Num))
    dims = t.dims if isinstance(t, Array) else ()
    if name in ("shape", "ndim", "size"):
        ask_kind(lo, base)
    if name == "shape":
        return ShapeV(base) if isinstance(t, Array) else TupleV([])
    if name == "ndim":
        return ir.Const(len(dims))
    if name == "size":
        if len(dims) == 1 and not dims[0].known:
            return lo.call(prims.attribute, (base, ir.Const("size")), style="attribute", type_=Num(INT64, dim=dims[0]))
        if all(d.known for d in dims):
            return ir.Const(int(np.prod([d.const for d in dims], dtype=int)))
        return lo.call(prims.attribute, (base, ir.Const("size")), style="attribute", type_=Num(INT64), hint=hint)
    if name == "dtype":
        return ir.Const(t.dtype, f"np.{t.dtype.name}")
    if name in ("itemsize", "nbytes"):
        return lo.call(prims.attribute, (base, ir.Const(name)), style="attribute", type_=Num(INT64))
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
        lo.flat[flat] = base
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
    return call_by_name(lo, base, name, function, args, kwargs, node, hint)


def call_by_name(lo: Lowering, base: ir.Arg, name: str, function: Any, args: list[Value], kwargs: dict[str, Value],
                 node: ast.AST, hint: str | None) -> Value:
    """A method call as a call of the function; an array for the result is written."""
    operands = [lo.operand(a, node) for a in args]
    named = {k: lo.operand(v, node) for k, v in kwargs.items()}
    (base, *operands), named, outs = without_out(function, [base, *operands], named)
    (base, *operands), named = without_axis(function, [base, *operands], named)
    result = lo.call(function, (base, *operands), named, style="method", text=name, hint=hint, node=node)
    return stored(lo, result, outs, None, node) if outs else result


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
    t = lo.type_of(base)
    if isinstance(t, Num):
        return lo.call(float if t.kind == "f" else int if t.kind == "i" else complex, (base,), hint=hint,
                       type_=Num(np.dtype({"f": np.float64, "i": np.int64, "c": np.complex128}.get(t.kind, np.bool_))))
    assert isinstance(t, Array), "only numbers and arrays have items"
    if len(args) == 1 and t.ndim > 1 and not isinstance(args[0], (TupleV, ir.Pack)):
        base = lo.call(np.ravel, (base,), text="np.ravel")  # the place in C order
    index = lo.operand(args[0] if len(args) == 1 else TupleV(list(args))) if args else ir.Pack(
        "tuple", (ir.Const(0),) * t.ndim)
    return lo.call(prims.item, (base, index), style="index", hint=hint,
                   type_=Num(t.dtype, weak=False))


def _fill(lo: Lowering, base: ir.Arg, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
          hint: str | None) -> Value:
    assert isinstance(base, ir.Var)
    lo.emit(ir.Store(base, ir.Const(Ellipsis), "", lo.number(args[0]), lo.origin))
    note_write(lo, base)
    return ir.Const(None)


def _conjugate(name: str, lo: Lowering, base: ir.Arg, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
               hint: str | None) -> Value:
    if getattr(lo.type_of(base), "kind", "c") != "c" and not args and not kwargs:
        return base  # of real numbers NumPy's method gives the array itself, no copy
    return call_by_name(lo, base, name, np.conjugate, args, kwargs, node, hint)


def _tolist(lo: Lowering, base: ir.Arg, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
            hint: str | None) -> Value:
    t = lo.type_of(base)
    if not isinstance(t, Array):
        return _item(lo, base, [], {}, node, hint)
    text = "a"
    for k in reversed(range(t.ndim)):
        text = f"[{text if k < t.ndim - 1 else f'x{k}'} for x{k} in {'a' if k == 0 else f'x{k - 1}'}]"
    return run_snippet(lo, f"out = {text}", {"a": base}, "out", node)


def _put(lo: Lowering, base: ir.Arg, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
         hint: str | None) -> Value:
    return put(lo, ir.Const(np.put), [base, *args], kwargs, node, hint)


SPECIAL_METHODS: dict[str, Callable[..., Value]] = {
    "reshape": _reshape, "transpose": _transpose, "item": _item, "fill": _fill, "sort": sorted_in_place("sort"),
    "partition": sorted_in_place("partition"), "put": _put, "tolist": _tolist,
    "conj": lambda *a: _conjugate("conj", *a), "conjugate": lambda *a: _conjugate("conjugate", *a),
    "astype": lambda *a: _astype(*a), "compress": lambda *a: _compress(*a), "view": lambda *a: _view(*a),
}


def same_dtype(t: Array, dtype: Value | None) -> bool:
    return dtype is None or (isinstance(dtype, ir.Const) and dtype.value is not None
                             and np.dtype(dtype.value) == t.dtype)


def _astype(lo: Lowering, base: ir.Arg, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
            hint: str | None) -> Value:
    given = {**dict(zip(("dtype", "order", "casting", "subok", "copy"), args, strict=False)), **kwargs}
    dtype = given.get("dtype")
    order, copy = (given.get(name, ir.Const(default)) for name, default in (("order", "K"), ("copy", True)))
    if not isinstance(order, ir.Const) or not isinstance(copy, ir.Const):
        lo.fail("AD110", node, "whether `astype` copies, and in which order, depends on values",
                "say it by constants")
    t = lo.type_of(base)
    stays = not copy.value and isinstance(t, Array) and same_dtype(t, dtype)
    if order.value != "K":
        return lo.call(np.asarray if stays else np.array, (base, lo.operand(dtype)), {"order": order}, hint=hint,
                       node=node, text="np.asarray" if stays else "np.array")
    if stays:
        return base
    return lo.call(np.astype, (base, lo.operand(dtype)), style="method", text="astype", hint=hint,
                   node=node)


def _compress(lo: Lowering, base: ir.Arg, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
              hint: str | None) -> Value:
    """`x.compress(condition)`: the array comes second in the function."""
    from .calls import call_value

    condition = args[0] if args else kwargs.pop("condition")
    return call_value(lo, ir.Const(np.compress, "np.compress"), [condition, base, *args[1:]], kwargs, node, hint)


def _view(lo: Lowering, base: ir.Arg, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
          hint: str | None) -> Value:
    """`x.view()`: another array on the same memory."""
    kinds = [a.value for a in [*args, *kwargs.values()] if isinstance(a, ir.Const)]
    if len(kinds) != len(args) + len(kwargs) or any(k is not np.ndarray for k in kinds):
        lo.fail("AD107", node, "`view` with another dtype reads numbers as other numbers", "use astype")
    index = ir.Const(Ellipsis)
    return lo.call(prims.item, (base, index), style="index", hint=hint, type_=lo.type_of(base))


def _kind(t: Any) -> str:
    return "list" if isinstance(t, ListOf) else "dict" if isinstance(t, DictOf) else str(t)


# What methods of texts give.
_OF_TEXTS: dict[str, Type] = {
    **dict.fromkeys(("startswith", "endswith", "isdigit", "isalpha", "isupper", "islower", "isspace", "isalnum",
                     "isidentifier", "isnumeric", "isdecimal"), BOOL),
    **dict.fromkeys(("upper", "lower", "strip", "lstrip", "rstrip", "replace", "title", "capitalize", "join", "format",
                     "center", "ljust", "rjust", "zfill", "casefold", "swapcase", "removeprefix", "removesuffix"),
                    Passive(str)),
    **dict.fromkeys(("count", "find", "rfind", "index", "rindex"), Num(np.dtype(np.int64)))}


def passive_method(lo: Lowering, receiver: Value, name: str, args: list[Value], kwargs: dict[str, Value],
                   node: ast.AST, hint: str | None) -> Value:
    """A method of an object that carries no derivatives: a text, a random generator, a file."""
    if generator_of(receiver) is not None:
        return draw(lo, receiver, name, args, kwargs, node, hint)
    operands = [lo.operand(a, node) for a in args]
    named = {k: lo.operand(v, node) for k, v in kwargs.items()}
    base = lo.operand(receiver, node)
    if isinstance(base, ir.Var) and not isinstance(base.type, (Passive, Num)):
        lo.fail("AD107", node, f"the method `{name}` of a {_kind(base.type)} is not supported here")
    cls = type(receiver.value) if isinstance(receiver, (ir.Const, ExternalV)) else getattr(base.type, "cls", None)
    if cls is logging.Logger and name in loggers.LEVELS:
        return loggers.logged(lo, ir.Const(getattr(cls, name)), [receiver, *args], kwargs, node, hint)
    if isinstance(base, ir.Const) and all(isinstance(o, ir.Const) for o in operands) and not named:
        return ir.Const(getattr(base.value, name)(*[o.value for o in operands]))
    if cls is str or cls is None:
        return lo.call(getattr, (base, *operands), named, style="passive", text=name, hint=hint,
                       type_=_OF_TEXTS.get(name, Passive(None)) if cls is str else Passive(None))
    lo.fail("AD107", node, f"the method `{name}` of a `{cls.__name__}` is not supported")
