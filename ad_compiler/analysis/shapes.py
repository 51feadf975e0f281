"""Shape rules: result types of the functions that build, shape, reduce and multiply arrays.

`call_type(function, args, kwargs)` is the entry. A rule takes the call's arguments as IR operands, under the names
NumPy gives them, and returns a type; parameters that decide a rank (`axis`, `keepdims`) must be constants. The rules
are in modules by family, each with a table `RULES`.
"""
from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..ir import nodes as ir
from ..ir.types import Array, Num, Seq, Type
from ..rules import find
from . import (
    shape_creation,
    shape_factors,
    shape_joining,
    shape_keeping,
    shape_measured,
    shape_moving,
    shape_products,
    shape_reductions,
    shape_spectra,
    shape_statistics,
)
from .infer import Untypable, dims_of, result_dtype, shape_of, type_of, ufunc_type
from .shape_arguments import made, numeric, static
from .stand_ins import stand_in_type

Rule = Callable[..., Type]
RULES: dict[Any, Rule] = {
    **shape_creation.RULES, **shape_joining.RULES, **shape_moving.RULES, **shape_products.RULES,
    **shape_factors.RULES, **shape_reductions.RULES, **shape_statistics.RULES,
    **shape_spectra.RULES, **shape_keeping.RULES, **shape_measured.RULES,
}


def call_type(fn: Any, args: Sequence[ir.Arg], kwargs: dict[str, ir.Arg], style: str = "call") -> Type:
    """The type of a call's result. Raises `Untypable` where it cannot be known."""
    rule = RULES.get(fn)
    if rule is not None:
        try:
            return rule(*args, **kwargs)
        except (TypeError, IndexError, AttributeError, ValueError) as error:
            raise Untypable(str(error)) from error
    if fn is abs and isinstance(type_of(args[0]), Array):
        fn = np.absolute
    if isinstance(fn, np.ufunc) and fn.signature is None and not kwargs.keys() - {"out", "where", "dtype"}:
        t = ufunc_type(fn, [type_of(a) for a in args[: fn.nin]], style == "op")
        dtype = kwargs.get("dtype")
        if dtype is not None and isinstance(t, (Num, Array)):
            t = made(np.dtype(static(dtype)), shape_of(t))
        return t
    if (getattr(fn, "__module__", "") or "").startswith("ad_compiler.support"):
        shaped = _shaped_by_argument(fn, args, kwargs)
        if shaped is not None:
            return shaped
    like = _like_operand(fn, args, kwargs)
    return stand_in_type(fn, args, kwargs) if like is None else like


def _like_operand(fn: Any, args: Sequence[ir.Arg], kwargs: dict[str, ir.Arg]) -> Type | None:
    """The type of a result of which the row says which operand's shape it has."""
    row = find(fn)
    if row is None or not row.like:
        return None
    try:
        bound = row.bind(args, dict(kwargs))
        types = [numeric(bound[name]) for name in row.operands if isinstance(bound[name], (ir.Var, ir.Const, ir.Pack))
                 and not (isinstance(bound[name], ir.Const) and bound[name].value is None)]
        dtype = result_dtype([*types, Num(np.dtype(np.float64))])
        name, shorter, _ = row.like.partition("[:-1]")
        dims = shape_of(numeric(bound[name]))
        found = made(dtype, dims[:-1] if shorter else dims)
        return found if row.results is None else Seq((found, Num(np.dtype(np.int64))))
    except TypeError as error:
        raise Untypable(str(error)) from error


def _shaped_by_argument(fn: Any, args: Sequence[ir.Arg], kwargs: dict[str, ir.Arg]) -> Type | None:
    """Support functions that take the `shape` of their result say so by that parameter's name."""
    plain = inspect.unwrap(fn)
    names = plain.__code__.co_varnames[: plain.__code__.co_argcount]
    given = dict(zip(names, args, strict=False)) | kwargs
    dims = dims_of(given["shape"]) if "shape" in given and names[0] != "shape" else None
    first = type_of(args[0]) if args else None
    return Array(first.dtype, dims) if dims is not None and isinstance(first, (Array, Num)) else None
