"""What `Tensor` can do: the operations of `runtime.ops` as methods, operators and in-place forms."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from runtime import arithmetic, draws, fast_writes, protocols, special
from runtime.core import Recorded
from runtime.hooks import warn_user
from runtime.index_refusals import CHECKS as INDEX_CHECKS
from runtime.inplace import write
from runtime.keyword_names import with_names
from runtime.ops import (
    convert,
    extra,
    index,
    layout,
    linalg,
    more,
    norms,
    order,
    parts,
    pick,
    pointwise,
    reduce,
    scatter_more,
    shape,
    statistics,
    strided,
)
from runtime.ops.pointwise import FUNCTIONS as P
from runtime.promotion import binary, operand
from runtime.refusals import CHECKS, refusing
from runtime.tensor import Tensor

FUNCTIONS: dict[str, Any] = {
    **pointwise.FUNCTIONS, **reduce.FUNCTIONS, **shape.FUNCTIONS, **parts.FUNCTIONS, **pick.FUNCTIONS,
    **order.FUNCTIONS, **linalg.FUNCTIONS,
    **more.FUNCTIONS, **layout.FUNCTIONS, **norms.FUNCTIONS, **special.FUNCTIONS, **strided.FUNCTIONS,
    **scatter_more.FUNCTIONS, **extra.FUNCTIONS, **statistics.FUNCTIONS}
FUNCTIONS |= {name: refusing(FUNCTIONS[name], check) for name, check in (CHECKS | INDEX_CHECKS).items()
              if name in FUNCTIONS}
FUNCTIONS = {name: with_names(name, function) for name, function in FUNCTIONS.items()}

# Functions of which `name_` is the in-place form
IN_PLACE = (
    "abs", "acos", "asin", "atan", "ceil", "clamp", "clamp_min", "clamp_max", "clip", "cos", "cosh", "erf", "exp",
    "exp2",
    "expm1", "floor", "frac", "log", "log10", "log1p", "log2", "neg", "negative", "reciprocal", "relu", "round",
    "rsqrt",
    "sigmoid", "sign", "sin", "sinh", "sqrt", "square", "tan", "tanh", "trunc", "pow", "lerp", "atan2", "fmod",
    "remainder",
    "floor_divide", "hypot", "masked_fill", "index_add", "index_copy", "index_fill", "index_put", "scatter",
    "scatter_add",
    "tril", "triu", "cumsum", "cumprod", "logical_and", "logical_or", "logical_not", "logical_xor", "nan_to_num", "eq",
    "ne", "acosh", "asinh", "atanh", "arccos", "arcsin", "arctan", "deg2rad", "rad2deg", "erfc", "logit", "xlogy",
    "absolute", "addmv", "addr", "baddbmm", "scatter_reduce", "index_reduce", "masked_scatter", "float_power", "fix",
    "lt", "le", "gt", "ge", "copysign", "addmm", "bitwise_and", "bitwise_or", "bitwise_xor", "bitwise_not", "sgn",
    "lgamma", "digamma", "erfinv", "i0", "sinc", "true_divide", "greater", "greater_equal", "less", "less_equal",
    "not_equal", "heaviside", "arccosh", "arcsinh", "arctanh", "arctan2", "gcd", "lcm", "ldexp")


def _in_place(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    def apply(self: Any, *args: Any, **kwargs: Any) -> Any:
        return write(self, function, *args, **kwargs)
    apply.__name__ = apply.__qualname__ = f"{name}_"
    apply.__doc__ = f"`{name}` in place."
    return apply


def in_place_methods() -> dict[str, Callable[..., Any]]:
    """`add_`, `exp_`, ... by name."""
    made = {f"{name}_": _in_place(name, FUNCTIONS[name]) for name in IN_PLACE}
    return made | fast_writes.METHODS | {"copy_": index.copy_, "fill_": index.fill_}


def _iterate(self: Any) -> Any:
    if not self._data.ndim:
        raise TypeError("iteration over a 0-d tensor")
    return iter(parts.unbind(self))


def _reversed(self: Any) -> Any:
    return shape.flip(self, (0,)) if self._data.ndim else self


def _truth(self: Any) -> bool:
    if self._data.size != 1:
        if not self._data.size:
            raise RuntimeError("Boolean value of Tensor with no values is ambiguous")
        raise RuntimeError("Boolean value of Tensor with more than one value is ambiguous")
    return bool(self._data.item())


_WARNED: list[bool] = []  # like torch, the process is warned once


def _number(kind: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def apply(self: Any) -> Any:
        if self._data.size != 1:
            raise ValueError("only one element tensors can be converted to Python scalars")
        if self._req and not _WARNED:
            _WARNED.append(True)
            warn_user("Converting a tensor with requires_grad=True to a scalar may lead to unexpected behavior.\n"
                      "Consider using tensor.detach() first.")
        return kind(self._data.item())
    return apply


def _index(self: Any) -> int:
    if self._data.size != 1 or self._data.dtype.kind not in "iub":
        raise TypeError("only integer tensors of a single element can be converted to an index")
    return int(self._data.item())


def _contains(self: Any, element: Any) -> bool:
    if not isinstance(element, Recorded | int | float | complex | np.generic):
        raise RuntimeError("Tensor.__contains__ only supports Tensor or scalar, but you passed in a "
                           f"{type(element)}.")
    value = element._data if isinstance(element, Recorded) else element
    return bool(np.any(self._data == value))


def _compared(name: str) -> Callable[..., Any]:
    def apply(self: Any, other: Any) -> Any:
        result = binary(name, self, other)
        if result is NotImplemented and name in ("eq", "ne"):
            return name == "ne"
        return result
    return apply


def _matmul_reflected(self: Any, other: Any) -> Any:
    return linalg.matmul(operand(other), self) if isinstance(other, np.ndarray) else NotImplemented


def _matmul(self: Any, other: Any) -> Any:
    """`self @ other`, by the ranks of the operands."""
    return linalg.matmul(self, operand(other) if isinstance(other, np.ndarray) else other)


def _transposed(self: Any) -> Any:
    return shape.PERMUTE(self,
                         tuple(reversed(range(self._data.ndim)))) if self._data.ndim != 2 else shape.PERMUTE(self,
                                                                                                             (1, 0))


def _matrix_transposed(self: Any) -> Any:
    return shape.transpose(self, -2, -1)


def _adjoint(self: Any) -> Any:
    turned = _matrix_transposed(self)
    return P["conj"](turned) if self._data.dtype.kind == "c" else turned


def _matrix_adjoint(self: Any) -> Any:
    n = self._data.ndim
    if n not in (0, 2):
        raise RuntimeError(f"tensor.H is only supported on matrices (2-D tensors). Got {n}-D tensor."
                           + (" For batches of matrices, consider using tensor.mH" if n > 2 else ""))
    return _adjoint(self) if n else self


W = in_place_methods()
OPERATORS: dict[str, Any] = {
    "__add__": arithmetic.add, "__radd__": arithmetic.add, "__sub__": arithmetic.sub, "__rsub__": pointwise.rsub,
    "__mul__": arithmetic.mul, "__rmul__": arithmetic.mul, "__truediv__": arithmetic.divide,
    "__rtruediv__": pointwise.rdiv,
    "__neg__": arithmetic.neg, "__pos__": lambda self: self, "__abs__": P["abs"], "__pow__": pointwise.pow_,
    "__rpow__": pointwise.rpow, "__matmul__": arithmetic.matrix_operator(_matmul), "__rmatmul__": _matmul_reflected,
    "__floordiv__": P["floor_divide"], "__rfloordiv__": pointwise.reversed_("floor_divide"), "__mod__": P["remainder"],
    "__rmod__": pointwise.reversed_("remainder"), "__invert__": P["bitwise_not"], "__and__": P["bitwise_and"],
    "__rand__": P["bitwise_and"], "__or__": P["bitwise_or"], "__ror__": P["bitwise_or"], "__xor__": P["bitwise_xor"],
    "__rxor__": P["bitwise_xor"], "__lshift__": P["bitwise_left_shift"], "__rshift__": P["bitwise_right_shift"],
    **{f"__{name}__": _compared(name) for name in ("eq", "ne", "lt", "le", "gt", "ge")},
    "__iadd__": W["add_"], "__isub__": W["sub_"], "__imul__": W["mul_"], "__itruediv__": W["div_"],
    "__ipow__": W["pow_"],
    "__ifloordiv__": W["floor_divide_"], "__imod__": W["remainder_"], "__iand__": W["bitwise_and_"],
    "__ior__": W["bitwise_or_"], "__ixor__": W["bitwise_xor_"], "__getitem__": index.tensor_getitem,
    "__setitem__": index.tensor_setitem, "__iter__": _iterate,
    "__reversed__": _reversed, "__bool__": _truth, "__float__": _number(float),
    "__int__": _number(int), "__complex__": _number(complex), "__index__": _index, "__contains__": _contains,
    "__array__": protocols.as_array, "__array_ufunc__": protocols.ufunc, "__array_function__": protocols.function}
PROPERTIES: dict[str, Any] = {"T": _transposed, "mT": _matrix_transposed, "H": _matrix_adjoint, "mH": _adjoint,
                              "imag": P["imag"],
                              "real": lambda self: P["real"](self) if self._data.dtype.kind == "c" else self}


def install() -> None:
    """Attach everything to `Tensor`, once."""
    table = {**FUNCTIONS, **convert.METHODS, **strided.METHODS, **W, **OPERATORS, "where": pointwise.where_method,
             "polygamma": special.METHODS["polygamma"],
             "bernoulli": draws.bernoulli, **fast_writes.RESHAPED, "apply_": fast_writes.apply_}
    for name, function in table.items():
        setattr(Tensor, name, function)
    for name, function in PROPERTIES.items():
        setattr(Tensor, name, property(function))


install()
