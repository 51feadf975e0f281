"""A NumPy-backed twin of torch's autograd: `import runtime as torch`.

    >>> import runtime as torch
    >>> x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    >>> out = x.pow(2).mul(3).sum()
    >>> out.backward()
    >>> x.grad
    tensor([ 6., 12., 18.])

Same names, same graph (`grad_fn`, `next_functions`), same messages; below a message stands what torch does not
say: the line that saved a value and the line that overwrote it.

Where things are, and how to build on them:

    core         Tensor's slots, nodes, edges               grad_mode    no_grad and friends; LOCAL, MODE
    op, dispatch, row_node: table's rows -> nodes            backward     the engine
    arithmetic   + - * / by hand, for speed                 views, inplace, saved, versions
    ops/         torch's operations by family               own_rows     rows of operations NumPy lacks
    methods      joins ops into Tensor                      traced_array NumPy's front, for the compiler's fallback

*   Compose from tensor operations where speed does not matter: `((x - y) ** 2).mean()` is a graph like any other.
*   A new operation with a node of its own is a row and a call:

        MSE = Op(rule(mse, "x, y", x=Partial(vjp=..., jvp=...), y=..., samples=()), "MseLossBackward0")
        def mse_loss(x, y): return record(MSE, Tensor, (x, y), mse(x._data, y._data))

    `record(op, cls, values, z)` takes the values in the order of the row's signature and the result `z`, an
    ndarray. Formulas are NumPy code (operators and `np.*`), so double backward and forward mode come with them;
    in a formula `out` means the result, so no operand may be called `out` or `g`.
*   `x._data` is the ndarray, `x._req` is `requires_grad`; `leaf(cls, array, requires_grad)` and
    `wrap(cls, array)` from `core` make tensors outside the graph. `Parameter` subclasses `Tensor`: make it with
    `leaf(Parameter, data._data, True)`; results of operations are always plain `Tensor`s.
*   In place: `write(x, function, *args)` from `inplace`; under `no_grad` the in-place arithmetic methods
    (`p.add_(g, alpha=-lr)`) go straight into memory.
*   Floating-point warnings: wrap NumPy calls that may divide by zero in `quiet.ENTER/LEAVE`.
"""
from __future__ import annotations

from typing import Any

from runtime import autograd, creation, draws, methods, row_node
from runtime.dtypes import (
    Size,
    complex64,
    complex128,
    device,
    dtype,
    float16,
    float32,
    float64,
    get_default_dtype,
    int8,
    int16,
    int32,
    int64,
    promote_types,
    set_default_dtype,
    strided,
    uint8,
)
from runtime.given_out import NAMES as OUT_NAMES
from runtime.given_out import with_out
from runtime.grad_mode import (
    enable_grad,
    inference_mode,
    is_grad_enabled,
    is_inference_mode_enabled,
    no_grad,
    set_grad_enabled,
)
from runtime.ops import convert as _convert
from runtime.ops import extra as _extra
from runtime.ops import layout as _layout
from runtime.ops import linalg as _products
from runtime.ops import more as _more
from runtime.ops import order as _order
from runtime.ops import parts as _parts
from runtime.ops.pointwise import where as _where
from runtime.printing import set_printoptions
from runtime.promotion import result_type
from runtime.refusals import CHECKS, refusing
from runtime.special import polygamma
from runtime.tensor import Tensor
from runtime.traced_array import TracedArray

row_node.FRONT[:] = [Tensor, TracedArray]
__version__ = "0.1.0"

_NAMES: dict[str, Any] = {
    **methods.FUNCTIONS, **creation.FUNCTIONS, **draws.FUNCTIONS, **_parts.FREE, **_more.FREE,
    **_layout.FREE, **_order.FREE,
    **_products.FREE, **_convert.FREE, **_extra.FREE,
    **{f"{name}_": methods.W[f"{name}_"] for name in (
        "relu", "exp", "exp2", "expm1", "sigmoid", "tanh", "clamp", "clamp_min", "clamp_max", "clip", "abs", "neg",
        "sqrt", "rsqrt", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "log", "log2", "log10", "log1p",
        "floor", "ceil", "round", "trunc", "frac", "reciprocal", "square", "erf", "zero", "fill", "index_put",
        "nan_to_num")},
    "where": _where, "polygamma": polygamma}
_NAMES |= {_name: refusing(_NAMES[_name], _check) for _name, _check in CHECKS.items()
           if _name in _NAMES and _name not in methods.FUNCTIONS}
_NAMES |= {_name: with_out(_name, _NAMES[_name]) for _name in OUT_NAMES if _name in _NAMES}
globals().update(_NAMES)


def is_tensor(obj: Any) -> bool:
    """Whether `obj` is a tensor."""
    return isinstance(obj, Tensor)


def is_inference(obj: Tensor) -> bool:
    """Whether a tensor was made in inference mode."""
    return obj.is_inference()


def set_num_threads(n: int) -> None:
    """Accepted for compatibility; NumPy decides about threads."""


def get_num_threads() -> int:
    """1: operations here start no threads of their own."""
    return 1


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name in _ALIASES:
        return _ALIASES[name]
    if name in ("is_anomaly_enabled", "is_anomaly_check_nan_enabled", "set_anomaly_enabled"):
        return getattr(import_module("runtime.autograd.anomaly_mode"), name)
    if name in ("nn", "optim", "func", "utils", "viz", "linalg", "fft"):
        return import_module(f"runtime.{name}")
    if name in ("vmap", "pinverse", *_LINEAR):
        module, found = {"vmap": ("func", "vmap"), "pinverse": ("linalg", "pinv")}.get(name, ("linalg", name))
        return getattr(import_module(f"runtime.{module}"), found)
    if name in ("finfo", "iinfo"):
        return getattr(import_module("runtime.dtypes"), name)
    raise AttributeError(f"module 'torch' has no attribute '{name}'")


def _type_names() -> dict[str, Any]:
    """Names of types that are Python's own names too, so that they are not defined in this module."""
    from math import e, inf, nan, pi

    from runtime import dtypes
    from runtime.legacy_types import TYPES

    return {"bool": dtypes.bool_, "int": dtypes.int32, "float": dtypes.float32, "double": float64, "half": float16,
            "long": int64, "short": int16, "cfloat": complex64, "cdouble": complex128, "pi": pi, "inf": inf, "nan": nan,
            "e": e,
            "newaxis": None, **TYPES, "contiguous_format": None, "preserve_format": None}


_LINEAR = ("adjoint", "cholesky", "cholesky_solve", "logdet", "matrix_exp", "matrix_power", "slogdet")


def _linear_method(name: str) -> Any:
    def apply(self: Any, *args: Any, **options: Any) -> Any:
        return __getattr__(name)(self, *args, **options)
    apply.__name__ = apply.__qualname__ = name
    apply.__doc__ = f"`torch.{name}` of this tensor."
    return apply


for _name in ("pinverse", *_LINEAR):
    setattr(Tensor, _name, _linear_method(_name))
_ALIASES = _type_names()
__all__ = [
    "Size", "Tensor", "TracedArray", "autograd", "complex64", "complex128", "device", "dtype", "enable_grad", "float16",
    "float32",
    "float64", "get_default_dtype", "inference_mode", "int8", "int16", "int32", "int64", "is_grad_enabled",
    "is_inference",
    "is_inference_mode_enabled", "is_tensor", "no_grad", "promote_types", "result_type", "set_default_dtype",
    "set_grad_enabled", "set_printoptions", "strided", "uint8", *_NAMES]
