"""What evaluating a call does beside giving a value: whether it may be dropped, moved, or done twice.

`pure`     no effect that anyone could see, and the same result for the same arguments and memory
`harmless` pure, and it cannot raise
`reads`    the result depends on the contents of memory (of an array, a list), so it must not move across a write
`fresh`    the result shares no memory with anything else
"""
from __future__ import annotations

import builtins
import math
from itertools import combinations
from typing import Any

import numpy as np

from .. import rules
from ..ir import nodes as ir
from ..ir import prims
from ..ir.assumed import clash
from ..ir.types import Array, Dim, Num, Passive, Seq

_BUILTINS = frozenset(getattr(builtins, n) for n in (
    "abs", "all", "any", "bool", "complex", "dict", "divmod", "enumerate", "float", "format", "int", "isinstance",
    "len", "list", "map", "max", "min", "pow", "range", "repr", "reversed", "round", "set", "slice", "sorted", "str",
    "sum", "tuple", "type", "zip"))
_CANNOT_RAISE = frozenset({
    np.add, np.subtract, np.multiply, np.negative, np.positive, np.less, np.less_equal, np.greater, np.greater_equal,
    np.equal, np.not_equal, prims.and_, prims.or_, prims.not_, prims.is_, prims.is_not})
# Functions of NumPy that do something, or depend on more than their arguments.
_IMPURE = frozenset({
    np.copyto, np.put, np.place, np.putmask, np.fill_diagonal, np.put_along_axis, np.save, np.savez, np.savetxt,
    np.load, np.loadtxt, np.fromfile, np.genfromtxt, np.seterr, np.errstate, np.set_printoptions, np.empty,
    np.empty_like})
_FRESH = frozenset({
    np.zeros, np.ones, np.full, np.empty, np.zeros_like, np.ones_like, np.full_like, np.empty_like, np.arange,
    np.linspace, np.eye, np.identity, np.copy, np.tile, np.repeat, np.concatenate, np.stack, np.vstack, np.hstack,
    np.sum, np.prod, np.mean, np.cumsum, np.cumprod, np.dot, np.outer, np.where, np.array, np.max, np.min, np.var,
    np.std, np.vdot, np.inner, np.tensordot, np.roll, np.diff, np.tril, np.triu, np.sort, np.argsort, np.take, np.pad,
    np.kron, np.cross, np.linalg.solve, np.linalg.inv, np.linalg.cholesky, np.linalg.norm})
_ALL = ir.Pack("slice", (ir.Const(None), ir.Const(None), ir.Const(None)))
_pure: dict[Any, bool] = {}


def is_pure(call: ir.Call) -> bool:
    """Whether a call has no effect and its result may be computed at another time, or never."""
    if call.style == "passive":
        base = call.args[0]
        return (isinstance(base, ir.Const) and isinstance(base.value, str)) or (
            isinstance(base, ir.Var) and isinstance(base.type, Passive) and base.type.cls is str)
    if call.style != "call" and call.style != "method":
        return True
    function = call.function
    try:
        known = _pure.get(function)
    except TypeError:
        return False
    if known is None:
        known = _function_is_pure(function)
        if getattr(function, "__module__", "") != "__main__":
            _pure[function] = known
    return known


def _function_is_pure(function: Any) -> bool:
    if isinstance(function, (np.ufunc, type)) and function is not type:
        return isinstance(function, np.ufunc) or function in _BUILTINS or issubclass(
            function, (np.generic, BaseException))
    if getattr(function, "stateful", False):
        return False
    if function in _IMPURE:
        # a fresh array of any contents does nothing to anyone
        return function in (np.empty, np.empty_like)
    if function in _BUILTINS or getattr(math, getattr(function, "__name__", ""), None) is function:
        return True
    row = rules.find(function)
    if row is not None:
        return not row.random and not row.writes
    module = getattr(function, "__module__", None) or ""
    return module.startswith(("ad_compiler.support", "ad_compiler.ir.prims", "_operator"))


def can_drop(value: ir.Expr) -> bool:
    """Whether an expression may go if nobody reads it. What surely raises in the call at hand stays, and says so."""
    return not isinstance(value, ir.Call) or (is_pure(value) and not _shapes_clash(value))


def _shapes_clash(call: ir.Call) -> bool:
    """Whether the shapes of the operands cannot be broadcast, or multiplied as matrices, in the call at hand."""
    function = call.function
    if not isinstance(function, np.ufunc) and function is not np.where and function is not np.dot:
        return False
    shapes = [a.type.dims for a in call.args if isinstance(a, ir.Var) and isinstance(a.type, Array)]
    if len(shapes) < 2 or not all(shapes):
        return False
    if function is np.matmul or function is np.dot:
        return clash(shapes[0][-1], shapes[1][-2:][0])
    return any(clash(a, b) for one, other in combinations(shapes, 2)
               for a, b in zip(reversed(one), reversed(other), strict=False))


def is_fresh(value: ir.Expr) -> bool:
    """Whether the value surely shares no memory with any other."""
    if isinstance(value, ir.Const):
        return isinstance(value.value, (int, float, complex, str, np.generic, type(None)))
    if not isinstance(value, ir.Call):
        return False
    function = value.function
    if value.style == "op":
        return function not in (prims.and_, prims.or_)
    if value.style not in ("call", "method"):
        return False
    if isinstance(function, np.ufunc):
        return not any(k == "out" for k, _ in value.kwargs)
    if function is np.einsum:
        return bool(value.args[2:]) or _sums(value.args[0])  # of one operand it may be a view
    try:
        return function in _FRESH and not any(k in ("copy", "out") for k, _ in value.kwargs)
    except TypeError:
        return False


def _sums(subscripts: ir.Arg) -> bool:
    """Whether the subscripts of one operand of `np.einsum` surely leave an axis out."""
    text = subscripts.value if isinstance(subscripts, ir.Const) else None
    if not isinstance(text, str) or not text.replace("->", "").isalpha() or "->" not in text:
        return False
    own, out = text.split("->")
    return len(set(own)) == len(own) and len(out) < len(own)


def conduct(call: ir.Call, target: ir.Var) -> tuple[bool, bool]:
    """Of a pure call: whether it may raise, and whether it reads memory."""
    style = call.style
    if style == "op":
        return _op(call)
    if style == "dim":
        return False, False
    if style == "attribute":
        return False, call.function is prims.attribute and not _array(call.args[0])
    if style == "index":
        return _index(call, target)
    if style == "display":
        return False, False
    numbers = all(map(_number, call.args)) and all(_number(a) for _, a in call.kwargs)
    # a function of numbers has no shapes to compare; whole numbers have no negative powers
    return not (numbers and isinstance(call.function, np.ufunc) and call.function is not np.power), not numbers


def _op(call: ir.Call) -> tuple[bool, bool]:
    numbers = all(map(_number, call.args))
    if call.function not in _CANNOT_RAISE:
        return True, not numbers
    return not (numbers or _same_shapes(call.args)), not numbers


def _same_shapes(args: tuple[ir.Arg, ...]) -> bool:
    """Whether operands are numbers, and arrays of one known shape."""
    dims = None
    for a in args:
        if _number(a):
            continue
        if not (isinstance(a, ir.Var) and isinstance(a.type, Array)) or (dims is not None and a.type.dims != dims):
            return False
        dims = a.type.dims
    return True


def _index(call: ir.Call, target: ir.Var) -> tuple[bool, bool]:
    base, index = call.args[0], call.args[1]
    if not _array(base):
        return True, not (isinstance(base, ir.Var) and isinstance(base.type, Seq))
    items = index.items if isinstance(index, ir.Pack) and index.kind == "tuple" else (index,)
    slices = all(isinstance(i, ir.Pack) and i.kind == "slice" for i in items)
    if slices and isinstance(target.type, Array):
        return False, False  # a view: where it is, not what it holds
    basic = all((isinstance(i, ir.Pack) and i.kind == "slice") or (_number(i) and not _boolean(i))
                or (isinstance(i, ir.Const) and (i.value is None or i.value is Ellipsis)) for i in items)
    return not _within(base.type.dims, items), not (basic and isinstance(target.type, Array))


def _within(dims: tuple[Dim, ...], items: tuple[ir.Arg, ...]) -> bool:
    """Whether an index of slices and whole numbers is surely in range: of axes whose sizes are known."""
    kept = [i for i in items if not (isinstance(i, ir.Const) and i.value is None)]
    dots = next((k for k, i in enumerate(kept) if isinstance(i, ir.Const) and i.value is Ellipsis), None)
    if dots is not None:
        kept[dots:dots + 1] = [_ALL] * (len(dims) - len(kept) + 1)
    return len(kept) <= len(dims) and all(
        (isinstance(i, ir.Pack) and i.kind == "slice") or (
            isinstance(i, ir.Const) and type(i.value) is int and d.known and -d.const <= i.value < d.const)
        for i, d in zip(kept, dims[:len(kept)], strict=True))


def _array(arg: ir.Arg) -> bool:
    return isinstance(arg, ir.Var) and isinstance(arg.type, Array)


def _boolean(arg: ir.Arg) -> bool:
    return (isinstance(arg, ir.Var) and isinstance(arg.type, Num) and arg.type.kind == "b") or (
        isinstance(arg, ir.Const) and isinstance(arg.value, (bool, np.bool_)))


def _number(arg: ir.Arg) -> bool:
    """Whether an operand's value cannot be changed by writing to memory."""
    if isinstance(arg, ir.Var):
        return isinstance(arg.type, Num)
    if isinstance(arg, ir.Const):
        return not isinstance(arg.value, (np.ndarray, list, dict, set))
    return all(map(_number, arg.items)) if isinstance(arg, ir.Pack) else False


__all__ = ["can_drop", "conduct", "is_fresh", "is_pure"]
