"""Masks of `np.where` in adjoint code: they come last, and those of one condition are joined.

    np.where(c, g, 0) * y                           np.where(c, g * y, 0)
    np.where(c, a, 0) + np.where(c, 0, b)           np.where(c, a, b)
"""
from __future__ import annotations

from typing import Any

import numpy as np

from ..ir import nodes as ir
from ..ir.types import same_shape
from .handles import Handle, wrap
from .recent import is_literal, is_number, recent


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
    return (condition, one, True) if is_literal(other, 0) else (condition, other, False) if is_literal(one, 0) else None


def where(condition: Any, value: Any, holds: bool) -> Any:
    """`np.where(condition, value, 0)`, or the other way round."""
    return np.where(condition, value, 0) if holds else np.where(condition, 0, value)


def vanishes(condition: Any, value: Any, other: Any) -> bool:
    """Whether `np.where(x > 0, value, 0)` masks what is zero there anyway: `value` is a multiple of
    `np.maximum(x, 0)`."""
    found = recent(value)
    if found is None or not is_literal(other, 0) or found[0] not in (np.multiply, np.divide):
        return False
    e = value._emitter
    rectified = [x for x in found[1] if isinstance(x, Handle) and isinstance(x._arg, ir.Var)
                 and x._arg in e.primal and e.primal[x._arg].function is np.maximum]
    if len(rectified) != 1 or not all(x is rectified[0] or is_number(x) for x in found[1]) or (
            found[0] is np.divide and found[1][0] is not rectified[0]) or not isinstance(condition, Handle):
        return False
    test = e.definition.get(condition._arg)
    x, zero = e.primal[rectified[0]._arg].args
    return (isinstance(test, ir.Call) and test.function is np.greater and test.args[0] is x
            and isinstance(zero, ir.Const) and is_literal(zero.value, 0) and isinstance(test.args[1], ir.Const)
            and is_literal(test.args[1].value, 0))


def under_mask(function: np.ufunc, a: Any, b: Any) -> Any:
    """`np.where(c, a, 0) * b` as `np.where(c, a * b, 0)`: the mask comes last, so that it also hides what `b` has where
    the branch was not taken (`0 * inf`), and branches of one condition can be joined."""
    found = masked(a)
    fits = is_number(b) or (isinstance(b, Handle) and isinstance(a, Handle) and same_shape(b.type, a.type))
    if found is None or not isinstance(a, Handle) or not fits:
        return None
    condition, value, holds = found
    inner = value * b if function is np.multiply else value / b
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
