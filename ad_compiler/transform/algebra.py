"""Operators of handles: what a formula writes with `+ - * / **`, with ones and zeros left out and factors gathered.

    g * 1               g
    -(-y)               y
    g * (1 / y)         g / y
    0.5 * (2 * x)       1.0 * x is x: numbers meet before they meet an array
"""
from __future__ import annotations

from typing import Any

import numpy as np

from ..ir import nodes as ir
from ..ir import prims
from ..ir.types import Array, Num, same_shape
from .handles import Handle, install, wrap
from .masks import masked, under_mask, where
from .recent import is_literal, is_number, recent, stretched


def _fits(number: Any, array: Handle) -> bool:
    """Whether multiplying by a number keeps an array's dtype."""
    if not isinstance(array.type, Array):
        return False
    if not isinstance(number, Handle):
        return array.dtype.kind == "f"
    return array.dtype.kind == "f" and (number.dtype == array.dtype or (
        number.dtype.kind in "if" and number.type.weak))


def negative(x: Handle) -> Any:
    """`-x`"""
    expr = x._emitter.definition.get(x._arg) if isinstance(x._arg, ir.Var) else None
    # An array may be a view of a buffer that changes before the result is used: only numbers are taken back.
    if isinstance(expr, ir.Call) and expr.function is np.negative and isinstance(x.type, Num):
        return wrap(x._emitter, expr.args[0])
    if x._emitter.factor and isinstance(x.type, Array):
        under = masked(x)
        if under is not None:
            return where(under[0], -under[1], under[2])
        found = recent(x)
        if found is not None and found[0] is np.multiply:
            for number, array in (found[1], found[1][::-1]):
                if is_number(number) and isinstance(array, Handle) and _fits(number, array):
                    return _multiply(-number, array)
    return x._call(np.negative, x, _style="op")


def transposed(x: Handle) -> Any:
    """`x.T` without a transposition of `x`, where `x` is one itself or a product of two matrices or vectors."""
    e = x._emitter
    call = e.definition.get(x._arg) or e.primal.get(x._arg)
    if isinstance(call, ir.Call) and call.function is np.transpose and len(call.args) == 1 and not call.kwargs:
        return wrap(e, call.args[0])
    found = recent(x)
    if found is None or x.ndim != 2:
        return None
    function, args = found
    if function is np.matmul and all(isinstance(a, Handle) and a.ndim == 2 for a in args):
        return args[1].T @ args[0].T
    if function is np.outer and all(isinstance(a, Handle) and a.ndim == 1 and a.dtype == x.dtype for a in args):
        return np.outer(args[1], args[0])
    return None


def _scaled(number: Any, x: Any) -> Any:
    """`number * x` where x was scaled already: the numbers are multiplied instead."""
    found = recent(x) if isinstance(x, Handle) and x._emitter.factor else None
    if found is None:
        return None
    function, args = found
    if not isinstance(x.type, Array):
        return _scaled_number(number, function, args)
    if function is np.multiply:
        for other, array in (args, args[::-1]):
            if is_number(other) and isinstance(array, Handle) and _fits(number, array) and _fits(other, array):
                return _multiply(number * other, array)
        small = _smaller(*args)
        if small is not None and _fits(number, small[0]) and small[0].dtype == x.dtype:
            return _multiply(_multiply(number, small[0]), small[1])
    if function is np.divide and isinstance(args[1], Handle):
        a, b = args
        if is_number(a) and isinstance(b.type, Array) and _fits(a, b) and _fits(number, b):
            return _divide(number * a, b)
        if is_number(b) and isinstance(a, Handle) and _fits(b, a) and _fits(number, a):
            return _multiply(number / b, a)
    if function is np.negative and not isinstance(number, Handle):
        return _multiply(-number, args[0])
    if function is prims.item and isinstance(args[0], Handle) and _fits(number, args[0]) and only_new_axes(args[1]):
        return _multiply(number, args[0])[args[1]]
    return None


def only_new_axes(index: Any) -> bool:
    """Whether an index gives all elements in the same order, with new axes."""
    return isinstance(index, tuple) and all(i is None or (isinstance(i, slice) and all(
        part is None for part in (i.start, i.stop, i.step))) for i in index)


def _scaled_number(number: Any, function: Any, args: list[Any]) -> Any:
    """The same for a scalar: constants are multiplied when compiling."""
    if isinstance(number, Handle) or len(args) != 2 or isinstance(args[0], Handle) or not is_number(args[0]):
        return None
    if function is np.multiply:
        return _multiply(number * args[0], args[1])
    return _divide(number * args[0], args[1]) if function is np.divide else None


def _smaller(a: Any, b: Any) -> tuple[Any, Any] | None:
    """The two factors of an array, the one first that is stretched to the other's shape."""
    if not all(isinstance(x, Handle) and isinstance(x.type, Array) for x in (a, b)):
        return None
    for one, other in ((a, b), (b, a)):
        missing = other.ndim - one.ndim
        dims = zip(one.type.dims, other.type.dims[max(missing, 0):], strict=False)
        if missing >= 0 and (missing or one.type.dims != other.type.dims) and all(
                x == y or (x.known and x.const == 1) for x, y in dims):
            return one, other
    return None


def _multiply(a: Any, b: Any) -> Any:
    if not isinstance(a, Handle) and not isinstance(b, Handle):
        return a * b
    for one, other in ((a, b), (b, a)):
        if is_literal(one, 1) and _neutral(other):
            return other
        if is_literal(one, -1) and _neutral(other):
            return negative(other)
    for one, other in ((a, b), (b, a)):
        found = _scaled(one, other) if is_number(one) else None
        if found is not None:
            return found
    for one, other in ((a, b), (b, a)):  # g * (1 / y) is g / y
        if isinstance(other, Handle) and isinstance(other._arg, ir.Var):
            expr = other._emitter.definition.get(other._arg)
            if isinstance(expr, ir.Call) and expr.function is np.divide and isinstance(
                    expr.args[0], ir.Const) and is_literal(expr.args[0].value, 1):
                return _divide(one, wrap(other._emitter, expr.args[1]))
    for one, other in ((a, b), (b, a)):
        found = under_mask(np.multiply, one, other)
        if found is not None:
            return found
    for one, other in ((a, b), (b, a)):
        found = _onto_smaller(one, other)
        if found is not None:
            return _multiply(*found)
    numbers = _both_scaled(a, b)
    if numbers is not None:
        return _multiply(numbers[0], _op(np.multiply, *numbers[1:]))
    return _op(np.multiply, a, b)


def _onto_smaller(small: Any, large: Any) -> tuple[Any, Any] | None:
    """`small * (number * x)` as `(small * number) * x`, where `small` is stretched to the shape of x."""
    parts = recent(large) if isinstance(large, Handle) and large._emitter.factor else None
    if parts is None or parts[0] is not np.multiply:
        return None
    for number, x in (parts[1], parts[1][::-1]):
        if is_number(number) and isinstance(x, Handle) and _fits(number, x) and x.dtype == large.dtype:
            pair = _smaller(small, x)
            if pair is not None and pair[0] is small and _fits(number, small) and small.dtype == x.dtype:
                return _multiply(number, small), x
    return None


def _both_scaled(a: Any, b: Any) -> tuple[Any, Any, Any] | None:
    """`(s * x) * (r * y)` as the number s * r and the arrays x and y."""
    found = []
    for factor in (a, b):
        parts = recent(factor) if isinstance(factor, Handle) and factor._emitter.factor and isinstance(
            factor.type, Array) else None
        if parts is None or parts[0] is not np.multiply:
            return None
        scaled = next(((n, x) for n, x in (parts[1], parts[1][::-1]) if is_number(n) and isinstance(x, Handle)
                       and _fits(n, x)), None)
        if scaled is None:
            return None
        found.append(scaled)
    (s, x), (r, y) = found
    return (s * r, x, y) if x.dtype == y.dtype and same_shape(x.type, y.type) else None


def _neutral(other: Any) -> bool:
    """Whether 0 added or 1 multiplied changes nothing: 1.0 times a truth value is a number, and adds up as one."""
    return not isinstance(other, Handle) or other.dtype.kind != "b"


def _divide(a: Any, b: Any) -> Any:
    if is_literal(b, 1) and _neutral(a):
        return a
    found = under_mask(np.divide, a, b)
    return _op(np.divide, a, b) if found is None else found


def _power(a: Any, b: Any) -> Any:
    if is_literal(b, 1):
        return a
    return 1 if is_literal(b, 0) else _op(np.power, a, b)


def _add(a: Any, b: Any) -> Any:
    if isinstance(a, Handle) and isinstance(b, Handle) and a._arg is b._arg and a._emitter.factor and (
            a.dtype.kind == "f"):
        return _multiply(2.0, a)
    if is_literal(a, 0) and _neutral(b):
        return b
    return a if is_literal(b, 0) and _neutral(a) else _op(np.add, a, b)


def _subtract(a: Any, b: Any) -> Any:
    return a if is_literal(b, 0) and _neutral(a) else _op(np.subtract, a, b)


def _op(ufunc: np.ufunc, a: Any, b: Any) -> Any:
    handle = a if isinstance(a, Handle) else b
    if handle._emitter.factor and ufunc.signature is None:
        for one, other in ((a, b), (b, a)):
            number = stretched(one)
            if number is not None and isinstance(other, Handle) and same_shape(one.type, other.type) and _fits(
                    number, other) and other.dtype == one.dtype:
                a, b = (number, b) if one is a else (a, number)
                return _PLAIN[ufunc](a, b) if ufunc in _PLAIN else handle._call(ufunc, a, b, _style="op")
    return handle._call(ufunc, a, b, _style="op")


_PLAIN = {np.add: _add, np.subtract: _subtract, np.multiply: _multiply, np.divide: _divide}


def _plain(ufunc: np.ufunc) -> Any:
    return lambda a, b: _op(ufunc, a, b)


install({"add": _add, "sub": _subtract, "mul": _multiply, "truediv": _divide, "pow": _power,
         **{name: _plain(ufunc) for name, ufunc in (
             ("matmul", np.matmul), ("floordiv", np.floor_divide), ("mod", np.remainder), ("and", np.bitwise_and),
             ("or", np.bitwise_or), ("xor", np.bitwise_xor), ("lt", np.less), ("le", np.less_equal),
             ("gt", np.greater), ("ge", np.greater_equal), ("eq", np.equal), ("ne", np.not_equal))}})
