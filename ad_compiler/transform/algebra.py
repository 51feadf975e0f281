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


def _is(value: Any, number: float) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value == number


def is_number(value: Any) -> bool:
    """Whether an operand is one number: a constant, or a scalar at run time."""
    if isinstance(value, Handle):
        return isinstance(value.type, Num)
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def recent(x: Any) -> tuple[Any, list[Any]] | None:
    """The function and operands of the call that an array stands for, if it would give the same now."""
    if not (isinstance(x, Handle) and isinstance(x._arg, ir.Var)):
        return None
    call = x._emitter.recent.get(x._arg)
    if call is None or call.kwargs or (x._arg in x._emitter.kept and call.function is not np.negative):
        return None
    return call.function, [wrap(x._emitter, a) for a in call.args]


def stretched(x: Any) -> Any:
    """The number that an array is full of, as far as that is known."""
    found = recent(x)
    return found[1][0] if found is not None and found[0] is np.broadcast_to and is_number(found[1][0]) else None


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


def _choice(x: Any) -> tuple[Any, Any, Any] | None:
    """The operands of the `np.where` that an array was just made by."""
    if not (isinstance(x, Handle) and isinstance(x._arg, ir.Var) and x._emitter.factor):
        return None
    call = x._emitter.recent.get(x._arg)
    if call is None or call.function is not np.where or len(call.args) != 3:
        return None
    condition, one, other = (wrap(x._emitter, a) for a in call.args)
    return (condition, one, other) if isinstance(condition, Handle) and same_shape(condition.type, x.type) else None


def masked(x: Any) -> tuple[Any, Any, bool] | None:
    """Condition, value, and whether it stands where the condition holds, of an array just made by
    `np.where(condition, value, 0)` or `np.where(condition, 0, value)`."""
    found = _choice(x)
    if found is None:
        return None
    condition, one, other = found
    return (condition, one, True) if _is(other, 0) else (condition, other, False) if _is(one, 0) else None


def where(condition: Any, value: Any, holds: bool) -> Any:
    """`np.where(condition, value, 0)`, or the other way round."""
    return np.where(condition, value, 0) if holds else np.where(condition, 0, value)


def vanishes(condition: Any, value: Any, other: Any) -> bool:
    """Whether `np.where(x > 0, value, 0)` masks what is zero there anyway: `value` is a multiple of
    `np.maximum(x, 0)`."""
    found = recent(value)
    if found is None or not _is(other, 0) or found[0] not in (np.multiply, np.divide):
        return False
    e = value._emitter
    rectified = [x for x in found[1] if isinstance(x, Handle) and isinstance(x._arg, ir.Var)
                 and x._arg in e.primal and e.primal[x._arg].function is np.maximum]
    if len(rectified) != 1 or not all(x is rectified[0] or is_number(x) for x in found[1]) or (
            found[0] is np.divide and found[1][0] is not rectified[0]) or not isinstance(condition, Handle):
        return False
    test = e.definition.get(condition._arg)  # type: ignore[arg-type]
    x, zero = e.primal[rectified[0]._arg].args
    return (isinstance(test, ir.Call) and test.function is np.greater and test.args[0] is x
            and isinstance(zero, ir.Const) and _is(zero.value, 0) and isinstance(test.args[1], ir.Const)
            and _is(test.args[1].value, 0))


def _under_mask(function: np.ufunc, a: Any, b: Any) -> Any:
    """`np.where(c, a, 0) * b` as `np.where(c, a * b, 0)`: the mask comes last, so that it also hides what `b` has where
    the branch was not taken (`0 * inf`), and branches of one condition can be joined."""
    found = masked(a)
    if found is None or not isinstance(a, Handle) or not (is_number(b) or same_shape(b.type, a.type)):
        return None
    condition, value, holds = found
    inner = _PLAIN[function](value, b)
    if not isinstance(inner, Handle) or inner.dtype != a.dtype:
        return None
    return where(condition, inner, holds)


def joined(a: Any, b: Any) -> Any:
    """The sum of two arrays made by `np.where` with one condition: the sum in each branch."""
    first, second = _choice(a), _choice(b)
    if first is None or second is None or first[0]._arg is not second[0]._arg or a.dtype != b.dtype:
        return None
    one, other = first[1] + second[1], first[2] + second[2]
    sums = [v for v in (one, other) if isinstance(v, Handle)]
    return np.where(first[0], one, other) if sums and all(v.dtype == a.dtype for v in sums) else None


def transposed(x: Handle) -> Any:
    """`x.T` without a transposition of `x`, where `x` is one itself or a product of two matrices or vectors."""
    e = x._emitter
    call = e.definition.get(x._arg) or e.primal.get(x._arg)  # type: ignore[arg-type]
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
        if _is(one, 1):
            return other
        if _is(one, -1):
            return negative(other)
    for one, other in ((a, b), (b, a)):
        found = _scaled(one, other) if is_number(one) else None
        if found is not None:
            return found
    for one, other in ((a, b), (b, a)):  # g * (1 / y) is g / y
        if isinstance(other, Handle) and isinstance(other._arg, ir.Var):
            expr = other._emitter.definition.get(other._arg)
            if isinstance(expr, ir.Call) and expr.function is np.divide and isinstance(
                    expr.args[0], ir.Const) and _is(expr.args[0].value, 1):
                return _divide(one, wrap(other._emitter, expr.args[1]))
    for one, other in ((a, b), (b, a)):
        found = _under_mask(np.multiply, one, other)
        if found is not None:
            return found
    numbers = _both_scaled(a, b)
    if numbers is not None:
        return _multiply(numbers[0], _op(np.multiply, *numbers[1:]))
    return _op(np.multiply, a, b)


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


def _divide(a: Any, b: Any) -> Any:
    if _is(b, 1):
        return a
    found = _under_mask(np.divide, a, b)
    return _op(np.divide, a, b) if found is None else found


def _power(a: Any, b: Any) -> Any:
    if _is(b, 1):
        return a
    return 1 if _is(b, 0) else _op(np.power, a, b)


def _add(a: Any, b: Any) -> Any:
    if isinstance(a, Handle) and isinstance(b, Handle) and a._arg is b._arg and a._emitter.factor and (
            a.dtype.kind == "f"):
        return _multiply(2.0, a)
    if _is(a, 0):
        return b
    return a if _is(b, 0) else _op(np.add, a, b)


def _subtract(a: Any, b: Any) -> Any:
    return a if _is(b, 0) else _op(np.subtract, a, b)


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
