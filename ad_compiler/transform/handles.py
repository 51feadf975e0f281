"""Handles: what a formula of the derivative table sees when the compiler reads it.

A handle stands for an IR operand of known type. NumPy functions and operators applied to it are recorded as
statements; `.ndim`, `.dtype` and the parameters of the call are plain Python values, so a formula may branch on them.
"""
from __future__ import annotations

import functools
import inspect
from collections.abc import Iterator
from typing import Any, NoReturn

import numpy as np

from ..analysis.indexing import index_type
from ..analysis.infer import type_of
from ..ir import nodes as ir
from ..ir import prims
from ..ir.types import Array, Dim, ListOf, Num, Seq, Type, same_shape
from .emitter import Emitter


class BranchesOnValue(TypeError):
    """A formula asks for the truth of something that is only known at run time."""


def to_arg(value: Any) -> ir.Arg:
    """A value inside a formula as an IR operand."""
    if isinstance(value, Handle):
        return value._arg
    if isinstance(value, ShapeHandle):
        return value.operand()
    if isinstance(value, tuple):
        items = tuple(to_arg(v) for v in value)
        return ir.Const(value) if not items or all(isinstance(i, ir.Const) for i in items) else ir.Pack("tuple", items)
    if isinstance(value, list):
        return ir.Pack("list", tuple(to_arg(v) for v in value))
    if isinstance(value, slice):
        parts = tuple(to_arg(v) for v in (value.start, value.stop, value.step))
        return ir.Pack("slice", parts)
    if isinstance(value, np.dtype):
        return ir.Const(value, f"np.{value.name}")
    return ir.Const(value)


def wrap(emitter: Emitter, arg: ir.Arg) -> Any:
    """An IR operand as a formula sees it: constants are plain values, groups are lists and tuples."""
    if isinstance(arg, ir.Const):
        return arg.value
    if isinstance(arg, ir.Pack):
        items = [wrap(emitter, i) for i in arg.items]
        return slice(*items) if arg.kind == "slice" else items if arg.kind == "list" else tuple(items)
    return Handle(emitter, arg)


class ShapeHandle:
    """The shape of an operand: sizes that are known are integers, the others are read when needed."""

    __slots__ = ("_array", "_dims", "_emitter")

    def __init__(self, emitter: Emitter, array: ir.Var, dims: tuple[Dim, ...]) -> None:
        self._emitter, self._array, self._dims = emitter, array, dims

    def __len__(self) -> int:
        return len(self._dims)

    def _item(self, k: int) -> Any:
        d = self._dims[k]
        if d.known:
            return d.const
        k %= len(self._dims)
        return Handle(self._emitter, self._emitter.call(
            prims.dim, (self._array, ir.Const(k)), style="dim", type_=Num(np.dtype(np.int64), dim=d)))

    def __getitem__(self, k: Any) -> Any:
        if isinstance(k, slice):
            return tuple(self._item(i) for i in range(len(self._dims))[k])
        return self._item(int(k))

    def __iter__(self) -> Iterator[Any]:
        return (self._item(i) for i in range(len(self._dims)))

    def __add__(self, other: Any) -> Any:
        return (*self, *other)

    def __radd__(self, other: Any) -> Any:
        return (*other, *self)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return Handle.__array_function__(self, function, types, args, kwargs)

    def _call(self, function: Any, *args: Any, **kwargs: Any) -> Any:
        return Handle._call(self, function, *args, **kwargs)

    def operand(self) -> ir.Arg:
        if all(d.known for d in self._dims):
            return ir.Const(tuple(d.const for d in self._dims))
        t = Seq(tuple(Num(np.dtype(np.int64), dim=d) for d in self._dims))
        if self._array in self._emitter.maybe_scalar:
            return self._emitter.call(np.shape, (self._array,), text="np.shape", type_=t)
        return self._emitter.call(prims.shape, (self._array,), style="attribute", type_=t)


class Handle:
    """An operand of the IR, under NumPy's protocols."""

    __slots__ = ("_arg", "_emitter")
    __array_priority__ = 1000.0
    __hash__ = object.__hash__

    def __init__(self, emitter: Emitter, arg: ir.Operand) -> None:
        self._emitter, self._arg = emitter, arg

    def __repr__(self) -> str:
        return f"Handle({self._arg!r}: {self.type})"

    @property
    def type(self) -> Type:
        return type_of(self._arg)

    @property
    def ndim(self) -> int:
        t = self.type
        return t.ndim if isinstance(t, Array) else 0

    @property
    def dtype(self) -> np.dtype[Any]:
        t = self.type
        if not isinstance(t, (Array, Num)):
            raise TypeError(f"{t} has no dtype")
        return t.dtype

    @property
    def shape(self) -> Any:
        t = self.type
        if not isinstance(t, Array):
            return ()
        assert isinstance(self._arg, ir.Var)
        return ShapeHandle(self._emitter, self._arg, t.dims)

    @property
    def size(self) -> Any:
        t = self.type
        if not isinstance(t, Array):
            return 1
        if all(d.known for d in t.dims):
            return int(np.prod([d.const for d in t.dims], dtype=int))
        dim = t.dims[0] if t.ndim == 1 else None
        return Handle(self._emitter, self._emitter.call(
            prims.attribute, (self._arg, ir.Const("size")), style="attribute", type_=Num(np.dtype(np.int64), dim=dim)))

    @property
    def T(self) -> Any:
        if self.ndim < 2:
            return self
        if self._emitter.factor:
            from .algebra import transposed

            found = transposed(self)
            if found is not None:
                return found
        return self._call(np.transpose, self, _style="attribute", _text="T")

    def _call(self, function: Any, *args: Any, _style: str = "call", _text: str | None = None, **kwargs: Any) -> Any:
        e = self._emitter
        while args and args[-1] is None and _is_default(function, len(args) - 1):
            args = args[:-1]
        named = {k: to_arg(v) for k, v in kwargs.items()}
        return result(e, e.call(function, tuple(to_arg(a) for a in args), named, _style, _text))

    def __getitem__(self, index: Any) -> Any:
        t = self.type
        if isinstance(t, Seq):
            return Handle(self._emitter, self._emitter.call(
                prims.item, (self._arg, ir.Const(index)), style="index", type_=t.items[index]))
        arg = to_arg(index)
        return Handle(self._emitter, self._emitter.call(
            prims.item, (self._arg, arg), style="index", type_=index_type(t, arg)[0]))

    def __len__(self) -> int:
        t = self.type
        if isinstance(t, Array) and t.dims[0].known:
            return t.dims[0].const
        if isinstance(t, Seq):
            return len(t.items)
        raise TypeError("the length of this operand is not known when compiling")

    def __iter__(self) -> Iterator[Any]:
        t = self.type
        if isinstance(t, (Seq, Array)) and not isinstance(t, ListOf):
            return (self[i] for i in range(len(self)))
        raise TypeError("a formula iterates over an operand of unknown length")

    def __bool__(self) -> NoReturn:
        raise BranchesOnValue("its derivative depends on a number that is not known when compiling")

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method == "__call__":
            return self._call(ufunc, *inputs, _text=f"np.{ufunc.__name__}", **kwargs)
        return self._call(getattr(ufunc, method), *inputs, _text=f"np.{ufunc.__name__}.{method}", **kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        static = _STATIC.get(function)
        if static is not None:
            return static(*args, **kwargs)
        if function is np.transpose and len(args) == 1 and not kwargs and isinstance(args[0], Handle):
            return args[0].T
        if function is np.where and self._emitter.factor and len(args) == 3:
            from .masks import vanishes

            args = _unstretched(*args)
            if vanishes(*args):
                return args[1]
        if function in (np.sum, np.expand_dims) and self._emitter.factor:
            from . import sums

            found = sums.simpler(function, args, kwargs)
            if found is not None:
                return found
        return self._call(function, *args, _text=_spelled(function), **kwargs)

    def astype(self, dtype: Any) -> Any:
        return self._call(np.astype, self, np.dtype(dtype), _style="method", _text="astype")

    def __neg__(self) -> Any:
        from .algebra import negative

        return negative(self)

    def __pos__(self) -> Any:
        return self

    def __invert__(self) -> Any:
        return self._call(np.invert, self, _style="op")

    def __abs__(self) -> Any:
        return self._call(np.abs, self, _text="np.abs")


def _unstretched(condition: Any, *choices: Any) -> tuple[Any, ...]:
    """The operands of `np.where`, with one number for an array that is full of it."""
    from .recent import stretched

    if not isinstance(condition, Handle):
        return condition, *choices
    numbers = [stretched(x) if isinstance(x, Handle) and same_shape(x.type, condition.type) else None for x in choices]
    return condition, *(x if n is None else n for x, n in zip(choices, numbers, strict=True))


@functools.lru_cache(maxsize=256)
def _is_default(function: Any, place: int) -> bool:
    """Whether None is what a positional argument of a function is if it is not given."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return False
    return place < len(parameters) and parameters[place].default is None


def result(emitter: Emitter, var: ir.Var) -> Any:
    """A call's result; a tuple of known length comes apart."""
    if isinstance(var.type, Seq):
        return tuple(Handle(emitter, emitter.call(prims.item, (var, ir.Const(i)), style="index", type_=t))
                     for i, t in enumerate(var.type.items))
    return Handle(emitter, var)


def _spelled(function: Any) -> str | None:
    module = (getattr(function, "__module__", "") or "").replace("numpy.", "np.").replace("numpy", "np")
    if not module.startswith("np"):
        return None
    if module == "np" and hasattr(np, function.__name__):
        return f"np.{function.__name__}"
    for path, home in (("np.linalg", np.linalg), ("np.fft", np.fft)):
        if getattr(home, function.__name__, None) is function:
            return f"{path}.{function.__name__}"
    return f"np.{function.__name__}" if getattr(np, function.__name__, None) is function else None


def _dtype_of(value: Any) -> Any:
    if isinstance(value, Handle):
        t = value.type
        if isinstance(t, Num) and t.weak:
            return {"f": 0.0, "i": 0, "c": 0j}.get(t.kind, t.dtype)
        return value.dtype
    return value


_STATIC: dict[Any, Any] = {
    np.ndim: lambda a: a.ndim if isinstance(a, Handle) else np.ndim(a),
    np.shape: lambda a: a.shape if isinstance(a, Handle) else np.shape(a),
    np.size: lambda a, axis=None: a.size if axis is None else a.shape[axis],
    np.iscomplexobj: lambda x: x.dtype.kind == "c",
    np.isrealobj: lambda x: x.dtype.kind != "c",
    np.result_type: lambda *args: np.result_type(*map(_dtype_of, args)),
}


def install(operators: dict[str, Any]) -> None:
    """Give handles their binary operators, each with its reflected form, and their comparisons."""
    for name, function in operators.items():
        setattr(Handle, f"__{name}__", lambda a, b, f=function: f(a, b))
        if name not in ("lt", "le", "gt", "ge", "eq", "ne"):
            setattr(Handle, f"__r{name}__", lambda a, b, f=function: f(b, a))
