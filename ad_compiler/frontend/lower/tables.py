"""Calls of functions that stay calls: NumPy, SciPy, math, and whatever has a row in the derivative table."""
from __future__ import annotations

import ast
import types
from typing import Any

import numpy as np

from ...analysis.infer import Untypable
from ...analysis.shapes import call_type
from ...ir import nodes as ir
from ...ir.types import Array, Num, Passive
from ..lowering import Lowering
from ..values import TupleV, Value

_MODULES = ("numpy", "math", "cmath", "scipy")


def is_library(value: Any) -> bool:
    """Whether a function belongs to a library whose functions are called, not read."""
    module = getattr(value, "__module__", None) or getattr(getattr(value, "__self__", None), "__module__", None) or ""
    if isinstance(value, np.ufunc) or isinstance(getattr(value, "__self__", None), (np.ufunc, np.random.RandomState)):
        return True
    return module.split(".")[0] in _MODULES


def call_table(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
               hint: str | None) -> Value | None:
    from ...rules import find

    value = function.value
    row = None
    try:
        row = find(value)
    except TypeError:
        return None
    if row is None and not is_library(value):
        return None
    in_place = isinstance(getattr(value, "__self__", None), np.ufunc) and getattr(value, "__name__", "") == "at"
    if in_place or (row is not None and row.writes):
        lo.fail("AD107", node, f"`{function.text or value.__name__}`, which writes into its argument, is not compiled",
                "assign with an index instead")
    operands = [lo.operand(a, node) for a in args]
    named = {k: lo.operand(v, node) for k, v in kwargs.items()}
    if value in _JOINING and operands:
        operands[0] = _of_arrays(lo, operands[0])
    if row is not None and row.partials:
        operands = [_as_array(lo, row, i, o) for i, o in enumerate(operands)]
    out = named.pop("out", None)
    if isinstance(out, ir.Const) and out.value is None:
        out = None
    if isinstance(out, ir.Pack) and len(out.items) == 1:
        out = out.items[0]
    if isinstance(value, np.ufunc) and len(operands) > value.nin:
        out = operands.pop()
    text = function.text or getattr(value, "__name__", None)
    if _is_random(value):
        return random_call(lo, value, operands, named, text, hint)
    if all(isinstance(a, ir.Const) and isinstance(a.value, (int, float)) for a in operands) and not named and \
            value in _FOLDED:
        return ir.Const(value(*[a.value for a in operands]))  # type: ignore[union-attr]
    try:
        type_ = call_type(value, operands, named)
    except Untypable as error:
        return _untypable(lo, value, operands, named, node, error, text)
    if _module(value) == "math" and isinstance(type_, Num):
        type_ = Num(type_.dtype, weak=True)
    result = lo.call(value, operands, named, text=text, hint=hint, type_=type_)
    if out is None:
        return result
    if not isinstance(out, ir.Var) or not isinstance(out.type, Array):
        lo.fail("AD110", node, "`out=` must be an array")
    lo.emit(ir.Store(out, ir.Const(Ellipsis), "", result, lo.origin))
    from .updates import note_write

    note_write(lo, out)
    return out


def _of_arrays(lo: Lowering, arrays: ir.Arg) -> ir.Arg:
    """A sequence of arrays whose items that are displays of numbers have become arrays."""
    if not isinstance(arrays, ir.Pack):
        return arrays
    items = [lo.call(np.array, (i,), text="np.array") if isinstance(i, ir.Pack) else i
             for i in arrays.items]
    return ir.Pack(arrays.kind, tuple(items), arrays.keys)


_JOINING: set[Any] = {np.concatenate, np.stack, np.hstack, np.vstack, np.column_stack, np.dstack}
def _as_array(lo: Lowering, row: Any, position: int, operand: ir.Arg) -> ir.Arg:
    """A list or tuple where the function takes an array is that array."""
    if not isinstance(operand, ir.Pack) or operand.kind not in ("list", "tuple"):
        return operand
    parameters = row.parameters
    name = parameters[position].name if position < len(parameters) else parameters[-1].name
    if name not in row.partials or name in row.sequences:
        return operand
    return lo.call(np.array, (operand,), text="np.array")


_FOLDED: set[Any] = {int, len}


def _module(value: Any) -> str:
    return (getattr(value, "__module__", None) or "").split(".")[0]


def _untypable(lo: Lowering, value: Any, operands: list[ir.Arg], named: dict[str, ir.Arg], node: ast.AST,
               error: Untypable, text: str | None) -> Value:
    from .items import need_value

    for operand in [*operands, *named.values()]:
        items = operand.items if isinstance(operand, ir.Pack) else (operand,)
        for item in items:
            if isinstance(item, ir.Var) and isinstance(item.type, Num) and item.type.kind == "i":
                need_value(lo, item, node)
    lo.fail("AD110", node, f"the type of the result of `{text}` cannot be known when compiling"
            + (f": {error}" if str(error) else ""), "give the parameters that decide the result's rank as constants")


def _is_random(value: Any) -> bool:
    owner = getattr(value, "__self__", None)
    return isinstance(owner, np.random.RandomState) or _module_path(value).startswith("numpy.random")


def _module_path(value: Any) -> str:
    return getattr(value, "__module__", None) or ""


def random_call(lo: Lowering, value: Any, operands: list[ir.Arg], named: dict[str, ir.Arg], text: str | None,
                hint: str | None) -> Value:
    """A draw is a constant for the derivative; its type comes from a generator of our own, never the user's."""
    name = getattr(value, "__name__", "")
    if name in ("seed", "shuffle", "set_state"):
        lo.emit(ir.Effect(ir.Call(value, tuple(operands), tuple(named.items()), "call", text), lo.origin))
        return ir.Const(None)
    return lo.call(value, operands, named, text=text, hint=hint, type_=draw_type(lo, name, operands, named))


def draw_type(lo: Lowering, name: str, operands: list[ir.Arg], named: dict[str, ir.Arg]) -> Any:
    from ...analysis.infer import dims_of

    integers = name in ("randint", "integers", "permutation", "choice", "poisson", "binomial")
    dtype = np.dtype(np.int64 if integers else np.float64)
    if name in ("default_rng", "RandomState", "Generator"):
        return Passive(np.random.Generator)
    if name in ("rand", "randn"):
        dims = tuple(d for o in operands for d in dims_of(o) or ())
        return Array(dtype, dims) if operands else Num(dtype, weak=True)
    position = {"random": 0, "standard_normal": 0, "random_sample": 0}.get(name, 2)
    size = named.get("size", operands[position] if len(operands) > position else None)
    if name == "permutation":
        size = operands[0]
    if size is None or (isinstance(size, ir.Const) and size.value is None):
        return Num(dtype, weak=True)
    dims = dims_of(size)
    if dims is None:
        lo.fail("AD110", None, "the rank of this random draw is not known when compiling")
    return Array(dtype, dims)


__all__ = ["TupleV", "call_table", "is_library", "types"]
