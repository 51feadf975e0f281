"""Calls of functions that stay calls: NumPy, SciPy, math, and whatever has a row in the derivative table."""
from __future__ import annotations

import ast
from typing import Any

import numpy as np

from ...analysis.infer import Untypable
from ...analysis.shapes import call_type
from ...ir import nodes as ir
from ...ir import prims
from ...ir.types import BOOL, Array, ListOf, Num, Seq, Type
from ...rules.calls import innocent
from ...rules.row import Row
from ..emulated_functions import OF_LISTS
from ..lowering import Lowering
from ..values import GeneratorV, HeapV, TupleV, Value
from .collecting import collect
from .draws import is_random, random_call
from .given_out import stored, without_out
from .optional import beside_none
from .reduced import without_axis
from .rows import as_array

_MODULES = ("numpy", "math", "cmath", "scipy")
# A library's Python that is read like the user's, where it has no row: loops over coefficients.
_READABLE = "numpy.polynomial"
# Parameters on which formulas branch: axes, orders, lengths.
_BRANCHED_ON = frozenset({"axis", "axes", "axis1", "axis2", "ind", "n", "ord", "s"})


def is_library(value: Any) -> bool:
    """Whether a function belongs to a library whose functions are called, not read."""
    module = getattr(value, "__module__", None) or getattr(getattr(value, "__self__", None), "__module__", None) or ""
    if isinstance(value, np.ufunc) or isinstance(getattr(value, "__self__", None), (np.ufunc, np.random.RandomState)):
        return True
    return module.split(".")[0] in _MODULES


def written_out(lo: Lowering, value: Any, args: list[Value], kwargs: dict[str, Value]) -> Any:
    """The Python definition of a library function that is read in its place for this call, if there is one."""
    from ...rules.written import definition

    def constant(v: Any) -> Any:
        if isinstance(v, TupleV):
            return v.items
        if isinstance(v, HeapV) and v.cls in (list, dict):
            return v.slots if v.cls is dict else list(v.slots.values())
        return v.value if isinstance(v, ir.Const) else v

    if _module(value) == "math" and value in OF_LISTS and any(isinstance(a, ir.Var) for a in args):
        return OF_LISTS[value]
    return definition(value, tuple(args), kwargs, constant=constant, active=may_be_active, preferred=True)


def collected(lo: Lowering, value: Any, args: list[Value], node: ast.AST) -> list[Value]:
    """The arguments of a function of `math`, which takes lists where it is given generators."""
    if _module(value) != "math":
        return args
    return [collect(lo, a, node) if isinstance(a, GeneratorV) else a for a in args]


def may_be_active(value: Value | list[Value]) -> bool:
    """Whether a value (or one in a structure) is a floating-point variable, which may carry derivatives."""
    if isinstance(value, HeapV):
        return any(map(may_be_active, value.slots.values()))
    if isinstance(value, (ir.Pack, TupleV, list)):
        return any(map(may_be_active, value if isinstance(value, list) else value.items))
    return isinstance(value, ir.Var) and getattr(value.type, "kind", "") in ("f", "c")


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
    if row is None and may_be_active([*args, *kwargs.values()]) and _module_path(value).startswith(_READABLE):
        return None
    if is_random(value):
        return random_call(lo, function, args, kwargs, node, hint)
    in_place = isinstance(getattr(value, "__self__", None), np.ufunc) and getattr(value, "__name__", "") == "at"
    if in_place or (row is not None and row.writes):
        lo.fail("AD107", node, f"`{function.text or value.__name__}`, which writes into its argument, is not compiled",
                "assign with an index instead")
    operands = [lo.operand(as_array(lo, a), node) for a in args]
    if args and isinstance(args[0], TupleV) and args[0].whole is not None and value in _JOINING:
        # a tuple that the program was given
        operands[0] = ir.Pack("tuple", tuple(lo.operand(i, node) for i in args[0].items))
    named = {k: lo.operand(v, node) for k, v in kwargs.items()}
    if row is not None and row.partials:
        joins = value in _JOINING and named.keys() <= {"axis"}
        operands = [o if joins and i == 0 and isinstance(o, ir.Var) else _lists_as_arrays(lo, o)
                    for i, o in enumerate(operands)]
        named = {k: _lists_as_arrays(lo, o) for k, o in named.items()}
    if value in _JOINING and value not in (np.array, np.asarray) and operands:
        operands[0] = _of_arrays(lo, operands[0])
    if row is not None and row.partials:
        operands = [_as_array(lo, row, i, o) for i, o in enumerate(operands)]
        named = {k: _as_array(lo, row, k, o) for k, o in named.items()}
    operands, named, outs = without_out(value, operands, named)
    where = named.pop("where", None) if isinstance(value, np.ufunc) else None
    if where is not None and not (isinstance(where, ir.Const) and where.value is True):
        operands = [_harmless(lo, value, o, where) for o in operands]
    operands, named = without_axis(value, operands, named)
    if row is not None and row.partials:
        _settle(lo, row, operands, named, node)
    text = function.text or getattr(value, "__name__", None)
    if _module(value) == "math" and any(getattr(getattr(o, "type", None), "kind", "") == "c" for o in operands):
        lo.fail("AD107", node, f"`{text}` of a complex number: it is taken of its real part, with a warning",
                f"use `cmath`, or `{text}` of the real part")
    if lo.tries:
        _foresee_errors(lo, value, operands, named, node)
    try:
        type_ = call_type(value, operands, named)
    except Untypable as error:
        if (type_ := beside_none(lo, value, operands, named, "call")) is None:
            return _untypable(lo, value, operands, named, node, error, text)
    if _module(value) == "math" and isinstance(type_, Num):
        type_ = Num(type_.dtype, weak=True)
    result = lo.call(value, operands, named, text=text, hint=hint, type_=type_)
    return stored(lo, result, outs, where, node) if outs else result


def _settle(lo: Lowering, row: Row, operands: list[ir.Arg], named: dict[str, ir.Arg], node: ast.AST) -> None:
    """Ask for captured values of the parameters that formulas branch on."""
    try:
        bound = row.bind(operands, named)
    except TypeError:
        return  # said when the type is asked for
    for name in _BRANCHED_ON.intersection(bound).difference(row.partials):
        if isinstance(bound[name], (ir.Var, ir.Pack)):
            _need_integers(lo, bound[name], node)


def _need_integers(lo: Lowering, operand: ir.Arg, node: ast.AST) -> None:
    from .items import need_value

    for item in operand.items if isinstance(operand, ir.Pack) else (operand,):
        if isinstance(item, ir.Pack):
            _need_integers(lo, item, node)
        elif isinstance(item, ir.Var) and isinstance(item.type, Num) and item.type.kind == "i":
            need_value(lo, item, node)


def of_table(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
             hint: str | None) -> Value:
    """The handler of a builtin that the derivative table has."""
    out = call_table(lo, function, args, kwargs, node, hint)
    assert out is not None
    return out


def _harmless(lo: Lowering, function: Any, operand: ir.Arg, where: ir.Arg) -> ir.Arg:
    """An operand for `ufunc(..., where=mask)`: what the mask leaves out cannot make the derivative infinite."""
    t = lo.type_of(operand) if isinstance(operand, ir.Var) else None
    if getattr(t, "kind", "") not in ("f", "c"):
        return operand
    return lo.call(np.where, (where, operand, ir.Const(innocent(function))), text="np.where")


def _foresee_errors(lo: Lowering, value: Any, operands: list[ir.Arg], named: dict[str, ir.Arg], node: ast.AST) -> None:
    """Where the program catches what a function raises at numbers outside its domain: asked in front of the call."""
    from ...support import raises
    from .raising import foresee

    name, module = getattr(value, "__name__", ""), _module(value)
    if module == "math":
        kinds: tuple[type, ...] = (ValueError, OverflowError)
    elif _module_path(value).startswith("numpy.linalg") or getattr(np.linalg, name, None) is value:
        kinds = (np.linalg.LinAlgError,)
    else:
        return
    for kind in kinds:
        asked = (ir.Const(kind, kind.__name__), ir.Const(value, name), *operands)
        foresee(lo, kind, lambda a=asked: lo.call(raises, a, named, text="raises", type_=BOOL), node)


def _of_arrays(lo: Lowering, arrays: ir.Arg) -> ir.Arg:
    """A sequence of arrays whose items that are displays of numbers have become arrays."""
    if isinstance(arrays, ir.Var) and isinstance(arrays.type, Seq):
        items = [lo.call(prims.item, (arrays, ir.Const(k)), style="index", type_=t) for k, t in enumerate(
            arrays.type.items)]
        return ir.Pack("tuple", tuple(items))
    if not isinstance(arrays, ir.Pack):
        return arrays
    items = [lo.call(np.array, (i,), text="np.array") if isinstance(i, ir.Pack) else i
             for i in arrays.items]
    return ir.Pack(arrays.kind, tuple(items), arrays.keys)


def _lists_as_arrays(lo: Lowering, operand: ir.Arg) -> ir.Arg:
    """A run-time list of numbers or arrays as an array, also in a display: cotangents are of arrays, and what a formula
    reads of it is what it was here."""
    if isinstance(operand, ir.Var) and isinstance(operand.type, ListOf) and _of_numbers(operand.type):
        return lo.call(np.array, (operand,), text="np.array")
    if not isinstance(operand, ir.Pack) or operand.kind not in ("list", "tuple"):
        return operand
    return ir.Pack(operand.kind, tuple(_lists_as_arrays(lo, i) for i in operand.items), operand.keys)


def _of_numbers(t: Type | None) -> bool:
    return _of_numbers(t.item) if isinstance(t, ListOf) else isinstance(t, (Num, Array))


# These take apart the cotangent of what they make of a list themselves.
_JOINING: set[Any] = {np.array, np.asarray, np.concatenate, np.concat, np.stack, np.hstack, np.vstack,
                      np.column_stack, np.dstack}
def _as_array(lo: Lowering, row: Any, place: int | str, operand: ir.Arg) -> ir.Arg:
    """A list or tuple where the function takes an array is that array."""
    if not isinstance(operand, ir.Pack) or operand.kind not in ("list", "tuple"):
        return operand
    parameters = row.parameters
    found = None if isinstance(place, str) else parameters[min(place, len(parameters) - 1)]
    name = place if found is None else found.name
    one_of_many = found is not None and found.kind == "variadic"  # a block of `block_diag(*blocks)`
    if name not in row.partials or (name in row.sequences and not one_of_many):
        return operand
    return lo.call(np.array, (operand,), text="np.array")


def _module_path(value: Any) -> str:
    return getattr(value, "__module__", None) or ""


def _module(value: Any) -> str:
    return (getattr(value, "__module__", None) or "").split(".")[0]


def _untypable(lo: Lowering, value: Any, operands: list[ir.Arg], named: dict[str, ir.Arg], node: ast.AST,
               error: Untypable, text: str | None) -> Value:
    from .runtime_lists import unroll_instead

    for operand in [*operands, *named.values()]:
        _need_integers(lo, operand, node)
    unroll_instead(lo)
    lo.fail("AD110", node, f"the type of the result of `{text}` cannot be known when compiling"
            + (f": {error}" if str(error) else ""), "give the parameters that decide the result's rank as constants")


__all__ = ["call_table", "is_library"]
