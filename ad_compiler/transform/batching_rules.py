"""How calls are batched. A rule gets the batching, the call and its arguments by name, and returns the batched result.

The arguments are IR; `b.value`, `b.align` and `b.lifted` give handles to compute with.
"""
from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import support
from ..analysis.infer import type_of
from ..ir import nodes as ir
from ..ir import prims, visit
from ..ir.axes import hashable
from ..ir.types import Array, ListOf, Num, Seq
from ..rules import find
from .batching_axes import bound_arguments, by_place, sizes_of
from .batching_index import batched_item
from .batching_one_by_one import one_by_one, stacked_type
from .batching_products import PRODUCTS
from .batching_shapes import SHAPES
from .handles import Handle, to_arg, wrap

if TYPE_CHECKING:
    from .batching import Batching

Rule = Callable[..., Any]


class NoRule(Exception):
    """This call has parameters that its rule does not know: it is made for one example after the other."""


def batched_call(b: Batching, target: ir.Var, call: ir.Call) -> Any:
    """The batched value of a call, of which at least one argument is batched or whose result is written."""
    if not any(v in b.batched for v in visit.variables(call)):
        if call.function is prims.item and isinstance(call.args[0], ir.Var) and not isinstance(
                call.args[0].type, Array):
            _refuse_shared(b, target)
        if isinstance(target.type, ListOf):
            return _repeated_items(b, target, call)
        if (made := _created(b, target, call)) is not None:
            return made
        value = Handle(b.emitter, b.emitter.assign(call, target.type, target.hint))
        repeated = b.repeated(value, getattr(target.type, "dtype", None))
        return np.copy(repeated) if value.ndim else repeated
    if call.function is prims.item:
        return batched_item(b, target, call)
    try:
        return _by_rule(b, target, call)
    except NoRule:
        return one_by_one(b, target, call)


def _created(b: Batching, target: ir.Var, call: ir.Call) -> Any:
    """A new array for every example (which the program writes); None for other calls."""
    if call.function in (np.zeros, np.ones, np.empty) and call.args:
        args = (to_arg(b.shape(sizes_of(b, call.args[0]))), *call.args[1:])
        return b.result_of(target, ir.Call(call.function, args, call.kwargs, call.style, call.text))
    plain = {np.zeros_like: np.zeros, np.ones_like: np.ones, np.empty_like: np.empty}.get(call.function)
    if plain is None or len(call.args) != 1 or call.kwargs or not isinstance(type_of(call.args[0]), Array):
        return None
    like = Handle(b.emitter, call.args[0])
    return b.emitted(plain, b.shape(like.shape), dtype=like.dtype, text=f"np.{plain.__name__}")


def _repeated_items(b: Batching, target: ir.Var, call: ir.Call) -> Any:
    """A list of items that are the same for all examples, as the list of a batch."""
    e = b.emitter
    assert isinstance(target.type, ListOf)
    whole = e.assign(call, target.type, target.hint)
    if target.type.item is None:
        return Handle(e, whole)
    items = e.assign(ir.Call(list, (ir.Pack("list", ()),), (), "display"), stacked_type(b, target.type), target.hint)
    count = e.call(len, (whole,), type_=Num(np.dtype(np.int64)), text="len")
    k = ir.Var("k", Num(np.dtype(np.int64)))
    outer, e.block = e.block, ir.Block()
    item = Handle(e, e.call(prims.item, (whole, k), style="index", type_=target.type.item))
    e.emit(ir.Push(items, to_arg(b.repeated(item, getattr(target.type.item, "dtype", None))), e.origin))
    body, e.block = e.block, outer
    e.emit(ir.For(k, ir.Const(0), count, ir.Const(1), body, e.origin))
    return Handle(e, items)


def _refuse_shared(b: Batching, target: ir.Var) -> None:
    """A list or an array that is there already is copied for the batch: others that are the same memory would not see
    what is written into the copy."""
    memory, t = b.aliases.find(target), target.type
    if not isinstance(t, ListOf) and not (isinstance(t, Array) and b.aliases.written(target)):
        return
    if (isinstance(t, ListOf) and isinstance(t.item, ListOf)) or memory in b.taken_over:
        b.refuse(b.stmt, "lists or arrays that may be the same memory are given what differs between examples")
    b.taken_over.add(memory)


#: Functions whose results have as many elements as they find.
_FINDING = {np.nonzero, np.flatnonzero, np.argwhere, np.unique, np.compress, np.extract, np.setdiff1d, np.union1d,
            np.intersect1d, np.trim_zeros}


def _by_rule(b: Batching, target: ir.Var, call: ir.Call) -> Any:
    function = call.function
    if hasattr(type(function), "batched_form"):
        return _with_its_rule(b, target, call)
    if function in _FINDING or (function is np.where and len(call.args) == 1):
        b.refuse(b.stmt, f"how many elements `{call.text or function.__name__}` finds differs between examples",
                 "use np.where with three arguments")
    if function is list and isinstance(type_of(call.args[0]), ListOf):
        return b.result_of(target, ir.Call(list, (b.operand(call.args[0]),), (), call.style, call.text))
    if function in _SAME_TYPE and len(call.args) == 1:
        return _converted(b, call)
    if function in _OF_PYTHON and len(call.args) == _OF_PYTHON[function].nin:
        return _elementwise(b, target, ir.Call(_OF_PYTHON[function], call.args, call.kwargs, "call",
                                               f"np.{_OF_PYTHON[function].__name__}"))
    if (isinstance(function, np.ufunc) and function.signature is None) or function in _ELEMENTWISE:
        return _elementwise(b, target, call)
    shaped = {**SHAPES, **PRODUCTS, **_OTHERS}.get(function)
    if shaped is not None:
        plain = by_place(function, call)
        return shaped(b, target, plain, bound_arguments(function, plain))
    row = find(function)
    if row is not None and row.kind == "elementwise" and function.__module__ not in _OF_NUMBERS and (
            max(map(b.rank, call.args), default=-1) == b.rank(target)):  # (windows are as long as a number says)
        return _elementwise(b, target, call)
    raise NoRule


def _with_its_rule(b: Batching, target: ir.Var, call: ir.Call) -> Any:
    """A call of a function with a derivative rule of its own: of the function for many examples, which has one too."""
    form = call.function.batched_form(tuple(map(hashable, map(b.axes_of, call.args))))
    if form is None:
        raise NoRule
    return b.result_of(target, ir.Call(form, tuple(map(b.operand, call.args)), (), "call", form.__name__))


# --- elementwise ------------------------------------------------------------------------------------------------------
_ELEMENTWISE = {np.where, np.clip, np.real, np.imag, np.angle, np.round, np.around, np.nan_to_num, np.sinc, np.i0,
                np.isclose, abs, round, np.unwrap}
_OF_PYTHON: dict[Any, Any] = {prims.and_: np.logical_and, prims.or_: np.logical_or, prims.not_: np.logical_not}
_OF_PYTHON |= {getattr(math, name): getattr(np, np_name) for name, np_name in (
    ("sin", "sin"), ("cos", "cos"), ("tan", "tan"), ("asin", "arcsin"), ("acos", "arccos"), ("atan", "arctan"),
    ("atan2", "arctan2"), ("sinh", "sinh"), ("cosh", "cosh"), ("tanh", "tanh"), ("asinh", "arcsinh"),
    ("acosh", "arccosh"), ("atanh", "arctanh"), ("exp", "exp"), ("expm1", "expm1"), ("log1p", "log1p"),
    ("log2", "log2"), ("log10", "log10"), ("sqrt", "sqrt"), ("fabs", "abs"), ("pow", "power"), ("floor", "floor"),
    ("ceil", "ceil"), ("hypot", "hypot"), ("copysign", "copysign"), ("isnan", "isnan"), ("isinf", "isinf"),
    ("isfinite", "isfinite"), ("degrees", "degrees"), ("radians", "radians"), ("fmod", "fmod"))}


_OF_NUMBERS = ("math", "cmath", "builtins")  # modules whose functions take no arrays


def _elementwise(b: Batching, target: ir.Var, call: ir.Call) -> Any:
    if call.function is np.where and len(call.args) != 3:
        raise NoRule
    if call.style == "op" and all(isinstance(a, ir.Pack) for a in call.args):  # tuples, as Python compares them
        raise NoRule
    t = target.type.items[0] if isinstance(target.type, Seq) else target.type
    rank = t.ndim if isinstance(t, Array) else 0
    args = tuple(to_arg(b.align(a, rank)) for a in call.args)
    kwargs = tuple((k, to_arg(b.align(a, rank))) for k, a in call.kwargs)
    style = "call" if call.function in _OF_PYTHON.values() else call.style
    if call.function is np.hypot and len(args) != 2:  # `math.hypot` of any number of coordinates
        return np.sqrt(sum(b.align(a, rank) ** 2 for a in call.args))
    return b.result_of(target, ir.Call(call.function, args, kwargs, style, call.text))


_SAME_TYPE = {float, complex, int, bool, np.float64, np.float32, np.complex128, np.complex64, np.int64, np.int32}


def _converted(b: Batching, call: ir.Call) -> Any:
    value = b.value(call.args[0])
    dtype = np.dtype(call.function)
    return np.copy(value) if value.dtype == dtype else value.astype(dtype)


# --- what keeps the batch by itself -----------------------------------------------------------------------------------
def _as_it_is(b: Batching, target: ir.Var, call: ir.Call, bound: dict[str, Any]) -> Any:
    """A function of the last axes, or of each element, whose first argument alone is batched."""
    first, *rest = call.args
    if any(map(b.is_batched, rest)) or any(b.is_batched(a) for _, a in call.kwargs) or isinstance(first, ir.Pack):
        raise NoRule
    args = (to_arg(b.value(first)), *map(b.operand, rest))
    return b.result_of(target, ir.Call(call.function, args, call.kwargs, call.style, call.text))


def _array_of(b: Batching, target: ir.Var, call: ir.Call, bound: dict[str, Any]) -> Any:
    """`np.array(...)` of an array, or of lists of numbers and arrays; the axes of `ndmin` come behind the batch."""
    (first, *rest) = call.args
    if isinstance(first, ir.Var) and isinstance(first.type, ListOf):
        stacked = np.array if isinstance(first.type.item, (Num, Array)) else None
        if stacked is None or rest or call.kwargs:
            raise NoRule
        found = b.emitter.call(np.stack, (b.operand(first), ir.Const(1)), text="np.stack",
                               type_=stacked_type(b, target.type))
        return Handle(b.emitter, found)
    if not isinstance(target.type, Array):
        raise NoRule
    if isinstance(first, ir.Pack):
        value = b.value(first)
        dtype = bound.get("dtype")
        found = value.astype(dtype.value) if isinstance(dtype, ir.Const) and dtype.value is not None else value
    else:
        dims = target.type.dims[target.type.ndim - b.rank(first):]
        kwargs = tuple((name, value) for name, value in call.kwargs if name != "ndmin")
        found = _as_it_is(b, ir.Var(target.hint, Array(target.type.dtype, dims)), replace(call, kwargs=kwargs), bound)
    missing = target.type.ndim + 1 - found.ndim
    return np.expand_dims(found, tuple(range(1, 1 + missing))) if missing else found


def _solve(b: Batching, target: ir.Var, call: ir.Call, bound: dict[str, Any]) -> Any:
    a, right = bound["a"], bound["b"]
    if b.rank(right) == 1:
        if not b.is_batched(a) and b.rank(a) == 2:  # the batch is a matrix of right-hand sides
            return np.linalg.solve(b.value(a), b.value(right).T).T
        stacked = (slice(None), *[None] * (b.rank(a) - 2)) if b.is_batched(right) else ()
        column = b.value(right)[(*stacked, Ellipsis, None)]
        return np.linalg.solve(b.value(a), column)[..., 0]
    rank = max(b.rank(a), b.rank(right))
    return np.linalg.solve(b.align(a, rank), b.align(right, rank))


def _full_like(b: Batching, target: ir.Var, call: ir.Call, bound: dict[str, Any]) -> Any:
    a, fill = call.args[:2]
    if dict(call.kwargs).get("shape") is not None:
        raise NoRule
    like = b.lifted(a)
    dtype = bound.get("dtype")
    named = {"dtype": dtype.value} if isinstance(dtype, ir.Const) and dtype.value is not None else {}
    return np.full_like(like, b.align(fill, b.rank(a)), **named)


def _filled(b: Batching, target: ir.Var, call: ir.Call, bound: dict[str, Any]) -> Any:
    """`np.full(shape, fill)` with a fill that is batched."""
    shape, fill = call.args[:2]
    if b.is_batched(shape):
        raise NoRule
    rest = wrap(b.emitter, shape)
    rest = rest if isinstance(rest, (tuple, list)) else (rest,)
    rank, dtype = len(rest), bound.get("dtype")
    found = np.copy(np.broadcast_to(b.align(fill, rank), b.shape(rest)))
    return found.astype(dtype.value) if isinstance(dtype, ir.Const) and dtype.value is not None else found


def _shaped(b: Batching, target: ir.Var, call: ir.Call, given: dict[str, Any]) -> Any:
    sizes = to_arg(b.shape(sizes_of(b, given["shape"])))
    return b.result_of(target, ir.Call(call.function, (to_arg(b.lifted(given["value"])), sizes, *call.args[2:]), (),
                                       call.style, call.text))


_LAST_AXES = (np.linalg.inv, np.linalg.det, np.linalg.slogdet, np.linalg.cholesky, np.linalg.eigh, np.linalg.eigvalsh,
              np.linalg.eig, np.linalg.eigvals, support.complex_eig, support.complex_eigvals,
              np.linalg.svd, np.linalg.qr, np.linalg.pinv, np.linalg.matrix_power,
              np.tril, np.triu, np.matrix_transpose, np.copy, np.asarray, np.ascontiguousarray, np.asanyarray,
              np.astype, np.ndarray.copy, np.interp)
_LIKE = (np.zeros_like, np.ones_like, np.empty_like)


def _like(b: Batching, target: ir.Var, call: ir.Call, bound: dict[str, Any]) -> Any:
    """`np.zeros_like(a)`, or with another shape."""
    named = dict(call.kwargs)
    if "shape" not in named:
        return _as_it_is(b, target, call, bound)
    shape = to_arg(b.shape(sizes_of(b, named.pop("shape"))))
    return b.result_of(target, ir.Call(call.function, tuple(map(b.operand, call.args)), (
        *named.items(), ("shape", shape)), call.style, call.text))


_OTHERS: dict[Any, Rule] = {
    **dict.fromkeys(_LAST_AXES, _as_it_is), **dict.fromkeys(_LIKE, _like),
    support.shaped: _shaped, np.array: _array_of, np.asarray: _array_of, np.linalg.solve: _solve,
    np.full_like: _full_like, np.full: _filled,
}


__all__ = ["NoRule", "batched_call"]
