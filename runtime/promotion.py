"""Operations of two tensors or numbers in the general case: mixed types, modes, broadcasting errors."""
from __future__ import annotations

from typing import Any

import numpy as np

from ad_compiler import rules
from ad_compiler.rules.row import Partial, Row, rule
from runtime import dtypes, own_rows
from runtime.core import Node, Recorded, edge, sequence
from runtime.dispatch import Op, record
from runtime.dtypes import bool_, dtype, int64, of, promote_types
from runtime.grad_mode import recording
from runtime.quiet import ENTER, LEAVE, SILENT
from runtime.rare_modes import fresh
from runtime.row_node import RowNode, as_front, traced_value
from runtime.saved import freed, kept
from runtime.tensor import Tensor

NUMBERS = (int, float, complex)
OPERANDS = ("x1", "x2")


def _op(function: Any, node: str, base: Any) -> Op:
    row = function if isinstance(function, Row) else rules.find(function)
    assert row is not None, function
    return Op(row, node, OPERANDS, base)


class BinaryOp:
    """A ufunc of two operands with its node. `kind` says what the result type is: promoted, float or bool."""

    __slots__ = ("function", "kind", "op")

    def __init__(self, function: Any, node: str | None, kind: str = "promoted", base: Any = None) -> None:
        self.function, self.kind = function.function if isinstance(function, Row) else function, kind
        self.op = None if node is None else _op(function, node, base)


def trunc_divide(x1: Any, x2: Any) -> Any:
    """Quotient rounded towards zero."""
    q = np.trunc(np.true_divide(x1, x2))
    return q.astype(np.result_type(x1, x2), copy=False)


def floor_divide(x1: Any, x2: Any) -> Any:
    """Quotient rounded down; infinite where a float divisor is 0."""
    kind = np.result_type(x1, x2).kind
    return np.floor_divide(x1, x2) if kind in "iub" else np.floor(np.true_divide(x1, x2))


class PowBackward0(RowNode):
    """Backward of a power with a number as exponent, which stays a power in derivatives of any order."""

    __slots__ = ()

    def trace(self, g: Any, keep: bool) -> Any:
        if self.saved is None:
            raise freed(self)
        values = dict(zip((self.op.order[i] for _, i, _ in self.recipe.sources), self.saved, strict=True))
        p = values["x2"]
        if g._data.dtype.kind == "c":
            return super().trace(g, keep)
        x = as_front(traced_value(self, values["x1"], self.versions[list(values).index("x1")]), Tensor)
        if not keep:
            self.saved = None
        if p == 0:
            return g.new_zeros(g._data.shape)
        return g * (binary("pow_scalar", x, p - 1) * p)


def _without_slope(function: Any) -> Row:
    """The row of a piecewise constant function of two operands."""
    zero = Partial(vjp=lambda g: np.zeros_like(g), jvp=lambda d: np.zeros_like(d))
    return rule(function, "x1, x2", samples=(), x1=zero, x2=zero)


BINARY = {
    "add": BinaryOp(np.add, "AddBackward0"), "sub": BinaryOp(np.subtract, "SubBackward0"),
    "mul": BinaryOp(np.multiply, "MulBackward0"), "div": BinaryOp(np.divide, "DivBackward0", "float"),
    "rsub": BinaryOp(np.subtract, "RsubBackward1"),
    "pow": BinaryOp(np.power, "PowBackward1"),
    "pow_scalar": BinaryOp(np.power, "PowBackward0", base=PowBackward0),
    "pow_base": BinaryOp(np.power, "PowBackward2"),
    "floor_divide": BinaryOp(floor_divide, None), "div_floor": BinaryOp(_without_slope(floor_divide), "DivBackward2"),
    "div_trunc": BinaryOp(_without_slope(trunc_divide), "DivBackward2"),
    "heaviside": BinaryOp(np.heaviside, None),
    "remainder": BinaryOp(np.remainder, "RemainderBackward1"), "fmod": BinaryOp(np.fmod, "FmodBackward1"),
    "remainder_scalar": BinaryOp(np.remainder, "RemainderBackward0"),
    "fmod_scalar": BinaryOp(np.fmod, "FmodBackward0"),
    "maximum": BinaryOp(np.maximum, "MaximumBackward0"), "minimum": BinaryOp(np.minimum, "MinimumBackward0"),
    "fmax": BinaryOp(own_rows.FMAX, "FmaxBackward0"), "fmin": BinaryOp(own_rows.FMIN, "FminBackward0"),
    "atan2": BinaryOp(np.arctan2, "Atan2Backward0", "float"), "hypot": BinaryOp(np.hypot, "HypotBackward0", "float"),
    "logaddexp": BinaryOp(np.logaddexp, "LogaddexpBackward0", "float"),
    "logaddexp2": BinaryOp(np.logaddexp2, "Logaddexp2Backward0", "float"),
    "copysign": BinaryOp(own_rows.COPYSIGN, "CopysignBackward0", "float"),
    "copysign_scalar": BinaryOp(own_rows.COPYSIGN, "CopysignBackward1", "float"),
    "eq": BinaryOp(np.equal, None, "bool"), "ne": BinaryOp(np.not_equal, None, "bool"),
    "lt": BinaryOp(np.less, None, "bool"), "le": BinaryOp(np.less_equal, None, "bool"),
    "gt": BinaryOp(np.greater, None, "bool"), "ge": BinaryOp(np.greater_equal, None, "bool"),
    "logical_and": BinaryOp(np.logical_and, None, "bool"), "logical_or": BinaryOp(np.logical_or, None, "bool"),
    "logical_xor": BinaryOp(np.logical_xor, None, "bool"), "bitwise_and": BinaryOp(np.bitwise_and, None),
    "bitwise_or": BinaryOp(np.bitwise_or, None), "bitwise_xor": BinaryOp(np.bitwise_xor, None),
    "bitwise_left_shift": BinaryOp(np.left_shift, None), "bitwise_right_shift": BinaryOp(np.right_shift, None)}
NEG = Op(rules.find(np.negative), "NegBackward0", ("x",))

BOOL_MINUS = ("Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` "
              "operator instead.")
BOOL_NEGATION = ("Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, "
                 "use the `~` or `logical_not()` operator instead.")


def number_type(value: Any) -> dtype:
    """The type that a Python number counts as."""
    if isinstance(value, bool):
        return bool_
    if isinstance(value, int):
        return int64
    return dtypes.get_default_dtype() if isinstance(value, float) else dtypes.default_complex()


def _combine(higher: dtype | None, lower: dtype | None) -> dtype | None:
    """torch's rule: a lower-priority operand raises the category, not the precision."""
    if higher is None or lower is None:
        return higher or lower
    if higher.is_complex:
        return higher
    if higher.is_floating_point:
        return higher.to_complex() if lower.is_complex else higher
    if higher is bool_ or lower.is_floating_point or lower.is_complex:
        return promote_types(higher, lower)
    return higher


def result_type(*operands: Any) -> dtype:
    """The type of a result of mixed operands: tensors with dimensions rule over 0-d tensors over numbers."""
    groups: list[dtype | None] = [None, None, None]
    for x in operands:
        if isinstance(x, Recorded):
            rank, d = (0 if x._data.ndim else 1), of(x._data.dtype)
        else:
            rank, d = 2, number_type(x)
        have = groups[rank]
        groups[rank] = d if have is None else promote_types(have, d)
    found = _combine(groups[0], _combine(groups[1], groups[2]))
    assert found is not None
    return found


def operand(value: Any) -> Any:
    """A tensor or a Python number from what stood beside an operator; NotImplemented for anything else."""
    if isinstance(value, Tensor):
        return value
    if isinstance(value, NUMBERS):
        return value
    if isinstance(value, np.ndarray | np.generic):
        from runtime.creation import as_tensor
        if isinstance(value, np.generic) and value.ndim == 0:
            return value.item()
        return as_tensor(kept(value) if recording() else value)
    return NotImplemented


def raw_as(value: Any, d: np.dtype) -> Any:
    """The array or number with this type."""
    if isinstance(value, Recorded):
        return value._data if value._data.dtype == d else value._data.astype(d)
    return value if d.kind in "fc" and not isinstance(value, complex) else np.asarray(value).astype(d)


def broadcast_error(x: Any, y: Any) -> RuntimeError:
    """torch's error for shapes that do not broadcast."""
    a, b = np.shape(x), np.shape(y)
    n = max(len(a), len(b))
    left, right = (1,) * (n - len(a)) + a, (1,) * (n - len(b)) + b
    for k in reversed(range(n)):
        if left[k] != right[k] and 1 not in (left[k], right[k]):
            return RuntimeError(f"The size of tensor a ({left[k]}) must match the size of tensor b ({right[k]}) at "
                                f"non-singleton dimension {k}")
    return RuntimeError(f"shapes {list(a)} and {list(b)} do not broadcast")


def binary(name: str, x: Any, y: Any) -> Any:
    """One of `BINARY` on two tensors or numbers (at least one a tensor), by torch's promotion.

    Returns NotImplemented for an operand that is neither a tensor, an array nor a number.
    """
    if name == "neg":
        return _neg(x)
    x, y = operand(x), operand(y)
    if x is NotImplemented or y is NotImplemented:
        return NotImplemented
    entry = BINARY[f"{name}_scalar" if name in BY_NUMBER and not isinstance(y, Recorded) else name]
    d = result_type(x, y)
    if entry.kind == "float" and not (d.is_floating_point or d.is_complex):
        d = dtypes.get_default_dtype()
    if name in ("sub", "rsub") and d is bool_:
        raise RuntimeError(BOOL_MINUS)
    a, b = raw_as(x, d.np), raw_as(y, d.np)
    if name in DIVIDES and d.np.kind in "iu" and not np.all(b):
        raise RuntimeError("ZeroDivisionError")
    token = ENTER(SILENT)
    try:
        z = entry.function(a, b)
    except ValueError as error:
        if "negative integer powers" in str(error):
            raise RuntimeError("Integers to negative integer powers are not allowed.") from None
        raise broadcast_error(a, b) from None
    finally:
        LEAVE(token)
    if entry.kind != "bool" and z.dtype != d.np and d is not bool_:
        z = z.astype(d.np)
    if name == "div" and type(y) in (int, float) and not y:
        y = d.np.type(y)  # Python's numbers refuse what NumPy's do
    if entry.op is None:
        return without_derivative(name, x, y, z) if name in NO_DERIVATIVE else plain(z)
    return record(entry.op, Tensor, (x, y), z)


DIVIDES = ("floor_divide", "remainder", "fmod", "div_floor", "div_trunc")
BY_NUMBER = ("remainder", "fmod", "copysign")  # a number as second operand has a node of its own
NO_DERIVATIVE = {"heaviside": "aten::heaviside", "floor_divide": "aten::floor_divide", "scatter": "aten::scatter"}


class NotDerived(Node):
    """Where torch has no derivative: raises when a gradient arrives."""

    __slots__ = ("operation",)

    def run(self, g: Any, keep: bool) -> Any:
        raise RuntimeError(f"derivative for {self.operation} is not implemented")

    trace = run

    def name(self) -> str:
        return "torch::autograd::NotImplemented"


NotDerived.__name__ = "NotImplemented"
NotDerived.__module__ = "builtins"


def without_derivative(name: str, x: Any, y: Any, z: Any) -> Any:
    """The result `z` of an operation of which torch has no derivative."""
    t = plain(z)
    if recording() and z.dtype.kind in "fc" and any(isinstance(v, Recorded) and v._req for v in (x, y)):
        node = NotDerived()
        node.edges = tuple(edge(v) if isinstance(v, Recorded) else None for v in (x, y))
        node.seq, node.extra, node.place, node.lasti = sequence(), None, None, 0
        node.operation = NO_DERIVATIVE[name]
        t._node, t._req = node, True
    return t


def plain(z: Any) -> Any:
    """A tensor outside the graph; marked in inference mode."""
    return fresh(Tensor, z)


def _neg(x: Any) -> Any:
    if of(x._data.dtype) is bool_:
        raise RuntimeError(BOOL_NEGATION)
    return record(NEG, Tensor, (x,), -x._data)
