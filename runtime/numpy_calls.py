"""NumPy's functions on recorded arrays: looked up in the derivative table, run on the arrays, recorded.

Both protocols end here: `np.sin(x)` through `__array_ufunc__`, `np.sum(x)` through `__array_function__`.
"""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ad_compiler import rules
from ad_compiler.rules.row import Row
from runtime.core import Recorded, edge
from runtime.dispatch import Op, record, wants_grad
from runtime.grad_mode import recording
from runtime.own_rows import OWN, OWN_NODES
from runtime.quiet import ENTER, LEAVE, SILENT
from runtime.rare_modes import fresh
from runtime.saved import raw
from runtime.traced_refusals import refused
from runtime.views import how_made, make_view

# torch's node names of NumPy functions; others are named after themselves
NODES = {
    "add": "AddBackward0", "subtract": "SubBackward0", "multiply": "MulBackward0", "divide": "DivBackward0",
    "true_divide": "DivBackward0", "power": "PowBackward1", "negative": "NegBackward0", "absolute": "AbsBackward0",
    "matmul": "MmBackward0", "concatenate": "CatBackward0", "arctan2": "Atan2Backward0", "max": "AmaxBackward0",
    "min": "AminBackward0", "amax": "AmaxBackward0", "amin": "AminBackward0", "log1p": "Log1PBackward0",
    "transpose": "PermuteBackward0", "reshape": "ViewBackward0", "broadcast_to": "ExpandBackward0",
    "expand_dims": "UnsqueezeBackward0", "arcsin": "AsinBackward0", "arccos": "AcosBackward0",
    "arctan": "AtanBackward0", "arcsinh": "AsinhBackward0", "arccosh": "AcoshBackward0", "arctanh": "AtanhBackward0",
    "inv": "LinalgInvExBackward0", "solve": "LinalgSolveExBackward0", "det": "LinalgDetBackward0",
    "slogdet": "LinalgSlogdetBackward0", "cholesky": "LinalgCholeskyExBackward0", "eigh": "LinalgEighBackward0",
    "svd": "LinalgSvdBackward0", "qr": "LinalgQrBackward0", "pinv": "LinalgPinvBackward0",
    "kron": "UnsafeViewBackward0", "einsum": "ViewBackward0",
    "copy": "CloneBackward0", "astype": "ToCopyBackward0", "square": "PowBackward0",
    "clip": "ClampBackward1", "conjugate": "ConjBackward0"}

# a product is named after the ranks of its operands
PRODUCTS = {(1, 1): "DotBackward0", (2, 1): "MvBackward0", (3, 3): "BmmBackward0"}
_OPS: dict[Any, Op] = {}


class NoRule(TypeError):
    """A function was called on a tensor that requires grad, and nobody wrote its derivative."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        refused(self)


def find(function: Any) -> Row | None:
    """The row of a function, in the derivative table or among runtime's own."""
    return OWN.get(function) or rules.find(function)


def op_of(row: Row, function: Any) -> Op:
    """The operation of a row, made at its first use."""
    found = _OPS.get(row)
    if found is None:
        name = getattr(function, "__name__", "call")
        node = OWN_NODES.get(function) or NODES.get(name) or "".join(
            part.capitalize() for part in name.split("_")) + "Backward0"
        found = _OPS[row] = Op(row, node)
    return found


def _product_op(row: Row, function: Any, values: list[Any]) -> Op:
    """The operation of a product of arrays of these ranks."""
    ranks = np.ndim(raw(values[0])), np.ndim(raw(values[1]))
    if ranks not in PRODUCTS:
        return op_of(row, function)
    found = _OPS.get(ranks)
    if found is None:
        found = _OPS[ranks] = Op(row, PRODUCTS[ranks])
    return found


def call(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], cls: Any) -> Any:
    """`function(*args, **kwargs)`, where some arguments are recorded arrays; results are of class `cls`.

    Raises NoRule if a gradient would be lost.
    """
    row = find(function)
    if row is None or row.kind == "zero":
        return _without_rule(function, row, args, kwargs, cls)
    bound = row.bind(args, kwargs)
    if bound.get("order") in ("A", "K") and function in _READ_IN_ORDER and isinstance(bound["a"], Recorded):
        args, kwargs = _in_order(bound)
        bound = row.bind(args, kwargs)
    for name in row.operands:
        if type(bound[name]) in (list, tuple):
            bound[name] = _operand(bound[name], name in row.sequences, cls, function is np.block)
    if recording():
        _refuse_parameters(row, bound)
    if row.writes and isinstance(bound[row.writes], Recorded):
        return _write(function, row, bound, args, kwargs, cls)
    plain_args, plain_kwargs = raw(args), {k: raw(v) for k, v in kwargs.items()}
    token = ENTER(SILENT)
    try:
        z = _unwrapped(function)(*plain_args, **plain_kwargs)
    finally:
        LEAVE(token)
    if type(z) is float or type(z) is complex:
        z = np.asarray(z)[()]  # SciPy's norm of a vector is a number of Python's
    values = [bound[p.name] for p in row.parameters]
    op = _product_op(row, function, values) if function is np.matmul else op_of(row, function)
    if not isinstance(z, np.ndarray | np.generic) and op.results is None:
        if isinstance(z, tuple | list) and recording() and wants_grad(list(bound.values())):
            raise NoRule(f"np.{row.name} gives several results here, of which its row in the table says nothing")
        return z
    if isinstance(z, np.ndarray) and z.dtype.kind == "O" and recording() and wants_grad(list(bound.values())):
        raise NoRule(f"np.{row.name} gives an array of objects here, of which nothing is recorded: give it numbers")
    if row.view != "never" and isinstance(z, np.ndarray):
        first = values[op.places[0][1]]
        if type(first) in (list, tuple) and first:
            first = first[0]  # (of several operands the result is no view)
        if isinstance(first, Recorded) and (z.base is not None
                                            or z is first._data) and np.may_share_memory(z, first._data):
            if not (cls.numbers and z.ndim and z.flags.writeable and _is_number(first)):
                return _view(function, op, first, values, z, cls, plain_args, plain_kwargs)
            z = z.copy()  # of a number NumPy makes a new array
    if row.view == "never" and isinstance(z, np.ndarray) and z.base is not None and any(
            isinstance(v, Recorded) and np.may_share_memory(z, v._data) for v in values):
        z = z.copy()  # what NumPy happened not to copy: the row says that nobody may see a write through it
        z.flags.writeable = False
    return _like(z, record(op, cls, values, z))


def _is_number(x: Recorded) -> bool:
    """Whether a recorded array stands for a number, which has no memory that could be written."""
    return not x._data.ndim and (x._meta is None or not x._meta.cell)


#: Functions that may read an array in the order of its memory.
_READ_IN_ORDER = (np.reshape, np.ravel, np.ndarray.flatten)


def _in_order(bound: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments with the order that the memory of the array at hand makes of "A" or "K"."""
    flags = bound["a"]._data.flags
    order = "F" if flags.fnc else "C" if flags.c_contiguous or bound["order"] == "A" else "K"
    shape = (bound["shape"],) if "shape" in bound else ()
    return (bound["a"], *shape), {"order": order}


def _refuse_parameters(row: Row, bound: dict[str, Any]) -> None:
    """A parameter with derivatives that the row does not have would be taken for a constant: raise instead.

    Lists of plain numbers (the counts of a probability) become the arrays that elementwise formulas take them for.
    """
    for name, value in bound.items():
        if isinstance(value, (Recorded, list, tuple, dict)) and name not in row.partials and name not in row.constants:
            if wants_grad(list(value.values()) if isinstance(value, dict) else value):
                raise NoRule(f"np.{row.name} has no derivative with respect to {name!r} in the table, and a value that "
                             "requires grad went in")
            if row.kind == "elementwise" and type(value) in (list, tuple) and all(map(np.isscalar, value)):
                bound[name] = np.asarray(value)


def _operand(value: Any, many: bool, cls: Any, blocks: bool) -> Any:
    """A list where the row wants an array, or a sequence of arrays some of which are lists (unless of `blocks`)."""
    if not many:
        return joined(value, cls)
    nested = [type(item) in (list, tuple) for item in value]
    if blocks and all(nested):
        return value
    return [joined(v, cls) if n else v for v, n in zip(value, nested, strict=True)] if any(nested) else value


def joined(value: Any, cls: Any) -> Any:
    """`np.array(value)` for nested sequences that may hold recorded numbers."""
    if isinstance(value, Recorded) or not wants_grad(value):
        return value if isinstance(value, Recorded) else np.asarray(raw(value))
    items = [joined(item, cls) for item in value]
    if any(np.shape(item) != np.shape(items[0]) for item in items):
        raise ValueError("a sequence of arrays of different shapes holds values with derivatives: it is no array")
    return call(np.stack, (items,), {}, cls)


def _like(z: Any, result: Any) -> Any:
    """Several results in the container that the function gives."""
    if type(result) is not tuple:
        return result
    if hasattr(z, "_fields"):
        return type(z)(*result)
    return list(result) if type(z) is list else result


def _write(function: Any, row: Row, bound: dict[str, Any], args: Any, kwargs: Any, cls: Any) -> None:
    """A function that writes into an argument: the row describes the argument's new value."""
    from runtime.traced_writes import write_traced

    target = bound[row.writes]

    def written(before: Any) -> Any:
        data = before._data.copy()
        function(*(data if a is target else raw(a) for a in args),
                 **{k: data if v is target else raw(v) for k, v in kwargs.items()})
        values = [before if p.name == row.writes else bound[p.name] for p in row.parameters]
        return record(op_of(row, function), cls, values, data)

    write_traced(target, written)


def _unwrapped(function: Any) -> Callable[..., Any]:
    return function


def _view(function: Any, op: Op, x: Recorded, values: list[Any], z: np.ndarray, cls: Any, args: Any,
          kwargs: Any) -> Any:
    """A result that shares memory with its operand."""
    if z is x._data:
        z = z.view()
    position = next((k for k, a in enumerate(args) if a is x._data), 0)
    node = edge(record(op, cls, values, z)) if x._req and recording() else None
    return make_view(cls, x, z, node, retake, (function, position, args, kwargs),
                     how_made())


def retake(base: np.ndarray, function: Any, position: int, args: Any, kwargs: Any) -> np.ndarray:
    """The same view of another array."""
    return function(*(base if k == position else a for k, a in enumerate(args)), **kwargs)


def _without_rule(function: Any, row: Row | None, args: Any, kwargs: Any, cls: Any) -> Any:
    if row is None and recording() and wants_grad([*args, *kwargs.values()]):
        name = getattr(function, "__name__", repr(function))
        raise NoRule(f"np.{name} has no derivative in the table, and a tensor that requires grad went in; call it on "
                     f"x.detach() if it is to be a constant")
    token = ENTER(SILENT)
    try:
        z = function(*raw(args), **{k: raw(v) for k, v in kwargs.items()})
    finally:
        LEAVE(token)
    return fronted(z, cls)


def fronted(z: Any, cls: Any) -> Any:
    """Arrays in a result as recorded arrays outside the graph."""
    if isinstance(z, np.ndarray | np.generic):
        return fresh(cls, z)
    if type(z) in (list, tuple):
        return type(z)(fronted(item, cls) for item in z)
    if isinstance(z, tuple) and hasattr(z, "_fields"):
        return type(z)(*(fronted(item, cls) for item in z))
    return z
