"""Elementwise operations."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ad_compiler import rules
from ad_compiler.rules.row import Row
from runtime import dtypes, own_rows
from runtime.arithmetic import add, div, mul, neg, power, sub
from runtime.core import Recorded, new
from runtime.dispatch import Op, lone_node, record
from runtime.dtypes import SCALAR_TYPES, as_numpy, of
from runtime.grad_mode import MODE
from runtime.hooks import warn_user
from runtime.ops.bounds import clamp, clamp_max, clamp_min
from runtime.promotion import BINARY, binary, plain, raw_as, result_type
from runtime.quiet import ENTER, LEAVE, SILENT
from runtime.tensor import Tensor


def _unary(name: str, function: Callable[..., Any], node: str, row: Row | None = None, keeps_int: bool = False) -> Any:
    row = row or rules.find(function)
    assert row is not None, name
    op = Op(row, node, (row.operands[0],))
    lone = op.lone

    def apply(self: Any) -> Any:
        a = self._data
        if a.dtype.kind not in "fc" and not keeps_int:
            a = a.astype(dtypes.get_default_dtype().np)
        token = ENTER(SILENT)
        try:
            z = function(a)
        finally:
            LEAVE(token)
        if lone is not None and not MODE.special and z.dtype is a.dtype:  # the plain case of `record`, written out
            t = new(Tensor)
            t._data = z if type(z) is np.ndarray else np.array(z)
            t._ver = t._meta = t._node = None
            t._req = self._req
            if t._req:
                t._node = lone_node(op, self, t, 3)
            return t
        if a.dtype.kind in "fc" and z.dtype != a.dtype and z.dtype.kind == a.dtype.kind:
            z = z.astype(a.dtype)
        return record(op, Tensor, (self,), z)
    apply.__name__ = apply.__qualname__ = name
    apply.__doc__ = f"`{name}` of each element; recorded as `{node}`."
    return apply


def _sign(a: Any) -> Any:
    return np.sign(a) if a.dtype.kind != "b" else a.copy()


def _sgn(a: Any) -> Any:
    return _sign(a)


def _turned(g: Any, x: Any, out: Any) -> Any:
    """The derivative of `z / |z|`, which is its own transpose; 0 for real numbers and at 0."""
    if g.dtype.kind != "c":
        return np.zeros_like(g)
    size = np.abs(x)
    part = np.real(g * np.conj(out)) * out
    return np.where(size == 0, 0, (g - part) / np.where(size == 0, 1, size))


def _conj(a: Any) -> Any:
    return np.conjugate(a) if a.dtype.kind == "c" else a.copy()


def _rsqrt(a: Any) -> Any:
    return 1 / np.sqrt(a)


def _frac(a: Any) -> Any:
    return a - np.trunc(a)


RSQRT = own_rows.elementwise(_rsqrt, "x", x=lambda out: -0.5 * out * out * out, samples=())
FRAC = own_rows.elementwise(_frac, "x", x=lambda: 1, samples=())
constant = own_rows.constant
SGN = own_rows.rule(_sgn, "x", samples=(), holomorphic=False, x=own_rows.Partial(vjp=_turned, jvp=_turned))



def _of_complex(name: str, part: Any) -> Any:
    """An operation that only complex numbers have."""
    def apply(self: Any) -> Any:
        if self._data.dtype.kind != "c":
            raise RuntimeError(f"{name} is not implemented for tensors with non-complex dtypes.")
        return part(self)
    apply.__name__ = apply.__qualname__ = name
    apply.__doc__ = part.__doc__
    return apply


abs_ = _unary("abs", np.absolute, "AbsBackward0", keeps_int=True)
exp = _unary("exp", np.exp, "ExpBackward0")
relu = _unary("relu", own_rows._relu, "ReluBackward0", own_rows.RELU, keeps_int=True)
sigmoid = _unary("sigmoid", own_rows.sigmoid, "SigmoidBackward0", own_rows.SIGMOID)
tanh = _unary("tanh", np.tanh, "TanhBackward0")
sqrt = _unary("sqrt", np.sqrt, "SqrtBackward0")
log = _unary("log", np.log, "LogBackward0")
_SIMPLE = {
    "abs": abs_, "absolute": abs_, "exp": exp, "relu": relu, "sigmoid": sigmoid, "tanh": tanh, "sqrt": sqrt, "log": log,
    "exp2": _unary("exp2", np.exp2, "Exp2Backward0"), "expm1": _unary("expm1", np.expm1, "Expm1Backward0"),
    "log1p": _unary("log1p", np.log1p, "Log1PBackward0"), "log2": _unary("log2", np.log2, "Log2Backward0"),
    "log10": _unary("log10", np.log10, "Log10Backward0"), "sin": _unary("sin", np.sin, "SinBackward0"),
    "cos": _unary("cos", np.cos, "CosBackward0"), "tan": _unary("tan", np.tan, "TanBackward0"),
    "asin": _unary("asin", np.arcsin, "AsinBackward0"), "acos": _unary("acos", np.arccos, "AcosBackward0"),
    "atan": _unary("atan", np.arctan, "AtanBackward0"), "sinh": _unary("sinh", np.sinh, "SinhBackward0"),
    "cosh": _unary("cosh", np.cosh, "CoshBackward0"), "asinh": _unary("asinh", np.arcsinh, "AsinhBackward0"),
    "acosh": _unary("acosh", np.arccosh, "AcoshBackward0"), "atanh": _unary("atanh", np.arctanh, "AtanhBackward0"),
    "erf": _unary("erf", own_rows.erf, "ErfBackward0", own_rows.ERF),
    "rsqrt": _unary("rsqrt", _rsqrt, "RsqrtBackward0", RSQRT),
    "reciprocal": _unary("reciprocal", np.reciprocal, "ReciprocalBackward0"),
    "floor": _unary("floor", np.floor, "FloorBackward0", constant(np.floor), keeps_int=True),
    "ceil": _unary("ceil", np.ceil, "CeilBackward0", constant(np.ceil), keeps_int=True),
    "trunc": _unary("trunc", np.trunc, "TruncBackward0", constant(np.trunc), keeps_int=True),
    "sign": _unary("sign", _sign, "SignBackward0", constant(_sign), keeps_int=True),
    "sgn": _unary("sgn", _sgn, "SgnBackward0", SGN, keeps_int=True),
    "frac": _unary("frac", _frac, "FracBackward0", FRAC, keeps_int=True),
    "conj": _unary("conj", _conj, "ConjBackward0", rules.find(np.conjugate), keeps_int=True),
    "real": _unary("real", np.real, "SelectBackward0", keeps_int=True),
    "imag": _of_complex("imag", _unary("imag", np.imag, "SelectBackward0", keeps_int=True)),
    "angle": _unary("angle", np.angle, "AngleBackward0"),
    "sinc": _unary("sinc", np.sinc, "SincBackward0"),
}
ROUND = Op(constant(np.round), "RoundBackward0", ("x",))
WHERE = Op(rules.find(np.where), "WhereBackward0", ("condition", "x", "y"))


def round_(self: Any, *, decimals: int = 0) -> Any:
    """Rounded to `decimals`, halves to even."""
    return record(ROUND, Tensor, (self,), np.round(self._data, decimals))


def pow_(self: Any, exponent: Any) -> Any:
    """`self ** exponent`; either may be a number."""
    if not isinstance(self, Recorded):
        return binary("pow_base", self, exponent)
    return binary("pow", self, exponent) if isinstance(exponent, Recorded) else power(self, exponent)


def square(self: Any) -> Any:
    """`self ** 2`."""
    return power(self, 2)


def rpow(self: Any, base: Any) -> Any:
    return binary("pow_base", base, self)


def rsub(self: Any, other: Any) -> Any:
    """`other - self`."""
    return binary("rsub", other, self)


def rdiv(self: Any, other: Any) -> Any:
    """`other / self`, as torch records it: the reciprocal, multiplied."""
    if not isinstance(other, int | float | complex):
        return binary("div", other, self)
    return mul(_SIMPLE["reciprocal"](self), other)


# functions that take no numbers, and those that take one in the first place
TENSORS_ONLY = ("atan2", "fmax", "fmin", "logaddexp", "logaddexp2", "maximum", "minimum", "logical_and", "logical_or",
                "logical_xor", "heaviside", "hypot")
NUMBER_FIRST = ("bitwise_and", "bitwise_or", "bitwise_xor", "bitwise_left_shift", "bitwise_right_shift", "remainder",
                "pow", "floor_divide")


def _refuse_numbers(name: str, x: Any, y: Any) -> None:
    """Raise torch's error where a number stands for a tensor that the function wants."""
    kinds = [type(v).__name__ for v in (x, y)]
    if name in TENSORS_ONLY:
        for k, (v, what) in enumerate(((x, "input"), (y, "other" if name != "heaviside" else "values"))):
            if isinstance(v, int | float | complex):
                raise TypeError(f"{name}(): argument '{what}' (position {k + 1}) must be Tensor, not {kinds[k]}")
    elif isinstance(x, int | float | complex) and (name not in NUMBER_FIRST or isinstance(y, int | float | complex)):
        raise TypeError(f"{name}() received an invalid combination of arguments - got ({', '.join(kinds)}), but "
                        "expected one of:")


def _two(name: str, doc: str = "") -> Any:
    def apply(self: Any, other: Any) -> Any:
        if not isinstance(self, Recorded) or not isinstance(other, Recorded):
            _refuse_numbers(name, self, other)
        return binary(name, self, other)
    apply.__name__ = apply.__qualname__ = name
    apply.__doc__ = doc or f"`{name}` of two tensors, or a tensor and a number, broadcast."
    return apply


def reversed_(name: str) -> Any:
    """The operation with its operands exchanged."""
    return lambda self, other: binary(name, other, self)


_TWO = {name: _two(name) for name in BINARY if name not in (
    "pow_scalar", "pow_base", "rsub", "div_floor", "div_trunc", "remainder_scalar", "fmod_scalar", "copysign_scalar",
    "add", "sub", "mul", "div")}


def alpha_form(plain_form: Any) -> Any:
    """`add` and `sub` as functions: with `alpha`, and refusing what is no operand."""
    def apply(input: Any, other: Any, *, alpha: Any = 1) -> Any:
        if not isinstance(input, Recorded):
            input, other = other, input
            if plain_form is sub:
                return rsub(input, other)
        result = plain_form(input, other if alpha == 1 else mul(other, alpha) if isinstance(other, Recorded)
                            else other * alpha)
        if result is NotImplemented:
            raise TypeError(f"{plain_form.__name__}(): argument 'other' (position 2) must be Tensor, not "
                            f"{type(other).__name__}")
        return result
    apply.__name__ = apply.__qualname__ = plain_form.__name__
    apply.__doc__ = plain_form.__doc__
    return apply


def addcmul(self: Any, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Any:
    """`self + value * tensor1 * tensor2`."""
    return _three("AddcmulBackward0", self, tensor1, tensor2, value)


def addcdiv(self: Any, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Any:
    """`self + value * tensor1 / tensor2`."""
    return _three("AddcdivBackward0", self, tensor1, tensor2, value)


def lerp(self: Any, end: Any, weight: Any) -> Any:
    """`self + weight * (end - self)`."""
    d = result_type(self, end).np
    z = own_rows.lerp(raw_as(self, d), raw_as(end, d), weight._data if isinstance(weight, Recorded) else weight)
    op = THREE["LerpBackward1" if isinstance(weight, Recorded) else "LerpBackward0"]
    return record(op, Tensor, (self, end, weight), z)


THREE = {"AddcmulBackward0": Op(own_rows.ADDCMUL, "AddcmulBackward0"),
         "AddcdivBackward0": Op(own_rows.ADDCDIV, "AddcdivBackward0"),
         "LerpBackward0": Op(own_rows.LERP, "LerpBackward0"), "LerpBackward1": Op(own_rows.LERP, "LerpBackward1")}


def _three(name: str, x: Any, a: Any, b: Any, value: Any) -> Any:
    op = THREE[name]
    d = result_type(x, a, b).np
    token = ENTER(SILENT)
    try:
        z = op.row.function(raw_as(x, d), raw_as(a, d), raw_as(b, d), value)
    finally:
        LEAVE(token)
    return record(op, Tensor, (x, a, b, value), z)


def where(condition: Any, input: Any = None, other: Any = None) -> Any:
    """`input` where `condition` holds, else `other`; with the condition alone, the indices where it holds."""
    if input is None:
        return tuple(plain(i) for i in np.nonzero(np.atleast_1d(condition._data)))
    if condition._data.dtype.kind != "b":
        if condition._data.dtype != np.uint8:
            raise RuntimeError("where expected condition to be a boolean tensor, but got a tensor with dtype "
                               f"{SCALAR_TYPES[of(condition._data.dtype).name]}")
        warn_user("where received a uint8 condition tensor. This behavior is deprecated and will be removed in a "
                  "future version of PyTorch. Use a boolean condition instead.")
    d = result_type(input, other)
    z = np.where(condition._data, raw_as(input, d.np), raw_as(other, d.np)).astype(d.np, copy=False)
    return record(WHERE, Tensor, (condition._data, input, other), z)


def where_method(self: Any, condition: Any, other: Any) -> Any:
    """`self` where `condition` holds, else `other`."""
    return where(condition, self, other)


def _test(name: str, function: Callable[..., Any]) -> Any:
    def apply(self: Any) -> Any:
        return plain(function(self._data))
    apply.__name__ = name
    apply.__doc__ = f"`{name}` of each element, as a tensor of bool."
    return apply


def allclose(input: Any, other: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> bool:
    """Whether all elements agree within the tolerances."""
    return bool(np.allclose(input._data, other._data, rtol, atol, equal_nan))


def isclose(input: Any, other: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Any:
    """Where elements agree within the tolerances."""
    return plain(np.isclose(input._data, other._data, rtol, atol, equal_nan))


def equal(input: Any, other: Any) -> bool:
    """Whether both have the same shape and elements."""
    return input._data.shape == other._data.shape and bool(np.all(input._data == other._data))


def logical_not(self: Any) -> Any:
    """Where elements are zero or False."""
    return plain(np.logical_not(self._data))


def bitwise_not(self: Any) -> Any:
    """Each element's bits inverted."""
    if of(self._data.dtype).is_floating_point:
        raise TypeError("~ (operator.invert) is only implemented on integer and Boolean-type tensors")
    return plain(np.invert(self._data))


def cast_number(value: Any, dtype: Any) -> Any:
    """A number as an array of a torch dtype."""
    return np.asarray(value, as_numpy(dtype))


FUNCTIONS: dict[str, Any] = {
    **_SIMPLE, **_TWO, "add": alpha_form(add), "sub": alpha_form(sub), "subtract": alpha_form(sub), "mul": mul,
    "multiply": mul, "div": div, "divide": div, "true_divide": div, "neg": neg, "negative": neg, "pow": pow_,
    "rsub": rsub, "square": square,
    "round": round_, "clamp": clamp, "clip": clamp, "clamp_min": clamp_min, "clamp_max": clamp_max, "addcmul": addcmul,
    "addcdiv": addcdiv, "lerp": lerp, "isnan": _test("isnan", np.isnan), "isinf": _test("isinf", np.isinf),
    "isfinite": _test("isfinite", np.isfinite), "signbit": _test("signbit", np.signbit), "allclose": allclose,
    "isclose": isclose, "equal": equal, "logical_not": logical_not, "bitwise_not": bitwise_not,
    "arcsin": _SIMPLE["asin"], "arccos": _SIMPLE["acos"], "arctan": _SIMPLE["atan"], "arctan2": _TWO["atan2"],
    "greater": _TWO["gt"], "greater_equal": _TWO["ge"], "less": _TWO["lt"], "less_equal": _TWO["le"],
    "not_equal": _TWO["ne"], "fix": _SIMPLE["trunc"]}
