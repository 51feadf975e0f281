"""Tensors from nothing: data, constants, ranges."""
from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import Any

import numpy as np

from runtime import dtypes
from runtime.core import Recorded, leaf, mark_inference
from runtime.dtypes import as_numpy, get_default_dtype
from runtime.grad_mode import LOCAL, MODE
from runtime.tensor import Tensor

NEGATIVE_STRIDES = (
    "At least one stride in the given numpy array is negative, and tensors with negative strides are not currently "
    "supported. (You can probably work around this by making a copy of your array  with array.copy().) ")
ONLY_FLOATS = "Only Tensors of floating point and complex dtype can require gradients"


def new_leaf(data: np.ndarray, requires_grad: bool = False) -> Tensor:
    """A new leaf, an inference tensor where the mode says so. Raises RuntimeError for integers with gradients."""
    if requires_grad and data.dtype.kind not in "fc":
        raise RuntimeError(ONLY_FLOATS)
    t = leaf(Tensor, data, builtins.bool(requires_grad))
    if MODE.special and LOCAL.inference:
        mark_inference(t)
    return t


def as_shape(size: Sequence[Any]) -> tuple[int, ...]:
    """A shape from lengths one by one or from one sequence of them."""
    if len(size) == 1 and not isinstance(size[0], int | np.integer):
        size = tuple(size[0])
    out = tuple(int(n) for n in size)
    if any(n < 0 for n in out):
        raise RuntimeError(f"Trying to create tensor with negative dimension {min(out)}: {list(out)}")
    return out


def _first_type(data: Any) -> str:
    while isinstance(data, list | tuple):
        if not data:
            return "list"
        data = data[0]
    return type(data).__name__


def _check_nested(data: Any, depth: int = 0) -> None:
    if isinstance(data, list | tuple) and data and isinstance(data[0], list | tuple):
        n = len(data[0])
        for item in data:
            if not isinstance(item, list | tuple):
                raise TypeError(f"not a sequence at dim {depth + 1}")
            if len(item) != n:
                raise ValueError(f"expected sequence of length {n} at dim {depth + 1} (got {len(item)})")
        for item in data:
            _check_nested(item, depth + 1)


def _array(data: Any, dtype: Any) -> np.ndarray:
    """A new array of user data, by torch's rules for the dtype."""
    if isinstance(data, Recorded):
        return np.array(data._data, None if dtype is None else as_numpy(dtype))
    if isinstance(data, list | tuple):
        _check_nested(data)
        data = _plain(data)
    if dtype is not None:
        return np.array(data, as_numpy(dtype))
    array = np.array(data)
    if array.dtype.kind in "US":
        raise TypeError("new(): invalid data type 'str'")
    if array.dtype.kind == "O":
        raise RuntimeError(f"Could not infer dtype of {_first_type(data)}")
    if not isinstance(data, np.ndarray | np.generic):
        floats = array.dtype == np.float64 and not _has_numpy(data)
        if floats or array.size == 0:
            array = array.astype(get_default_dtype().np)
        elif array.dtype == np.complex128 and not _has_numpy(data):
            array = array.astype(dtypes.default_complex().np)
    return array


def _plain(data: Any) -> Any:
    if isinstance(data, list | tuple):
        return [_plain(item) for item in data]
    return data._data.item() if isinstance(data, Recorded) and data._data.size == 1 else data


def _has_numpy(data: Any) -> builtins.bool:
    while isinstance(data, list | tuple) and data:
        data = data[0]
    return isinstance(data, np.ndarray | np.generic)


def tensor(data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """A new leaf on a copy of `data` (numbers, nested sequences, arrays).

    >>> tensor([1.0, 2.0], requires_grad=True)
    tensor([1., 2.], requires_grad=True)
    """
    dtypes.device(device or "cpu")
    return new_leaf(_array(data, dtype), requires_grad)


def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Tensor:
    """`data` as a tensor; memory of arrays is shared where the dtype allows."""
    if isinstance(data, Tensor):
        return data if dtype is None or data.dtype is dtype else data.to(dtype)
    if isinstance(data, np.ndarray) and (dtype is None or as_numpy(dtype) == data.dtype):
        return from_numpy(data)
    return tensor(data, dtype=dtype)


def asarray(obj: Any, *, dtype: Any = None, device: Any = None, copy: Any = None,
            requires_grad: bool = False) -> Tensor:
    """`obj` as a tensor, copied if `copy` says so."""
    t = tensor(obj, dtype=dtype) if copy else as_tensor(obj, dtype)
    return t.requires_grad_(requires_grad) if requires_grad else t


def from_numpy(array: np.ndarray) -> Tensor:
    """A tensor on the memory of `array`: writes to one are seen in the other.

    Raises TypeError for dtypes that torch does not have, ValueError for negative strides.
    """
    if not isinstance(array, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(array).__name__})")
    dtypes.of(array.dtype)
    if any(stride < 0 for stride in array.strides):
        raise ValueError(NEGATIVE_STRIDES)
    return new_leaf(array.view(np.ndarray) if type(array) is not np.ndarray else array)


def _filled(fill: Any, size: Sequence[Any], dtype: Any, requires_grad: bool) -> Tensor:
    d = get_default_dtype().np if dtype is None else as_numpy(dtype)
    return new_leaf(np.full(as_shape(size), fill, d), requires_grad)


def zeros(*size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False,
          layout: Any = None) -> Tensor:
    """Zeros of a shape."""
    return _filled(0, size, dtype, requires_grad)


def ones(*size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False,
         layout: Any = None) -> Tensor:
    """Ones of a shape."""
    return _filled(1, size, dtype, requires_grad)


def empty(*size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False,
          memory_format: Any = None) -> Tensor:
    """Memory of a shape; its values are whatever they are."""
    return _filled(0, size, dtype, requires_grad)


NUMBERS = (builtins.bool, builtins.int, builtins.float, builtins.complex, np.generic)


def full(size: Any, fill_value: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """A constant of a shape; the dtype follows the value."""
    value = fill_value.item() if isinstance(fill_value, Recorded) else fill_value
    if not isinstance(value, NUMBERS):
        raise TypeError(f"full(): argument 'fill_value' (position 2) must be Number, not {type(value).__name__}")
    if dtype is None:
        dtype = (dtypes.bool_ if isinstance(value, builtins.bool) else dtypes.int64 if isinstance(value, int) else
                 get_default_dtype() if isinstance(value, float) else dtypes.default_complex())
    return new_leaf(np.full(as_shape((size,)), value, as_numpy(dtype)),
                 requires_grad)


def arange(start: Any, end: Any = None, step: Any = 1, *, dtype: Any = None, device: Any = None,
           requires_grad: bool = False) -> Tensor:
    """`start, start + step, ...` below `end`."""
    if end is None:
        start, end = 0, start
    start, end, step = (v.item() if isinstance(v, Recorded) else v for v in (start, end, step))
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if (end - start) * step < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    if dtype is None:
        floats = any(isinstance(v, float) for v in (start, end, step))
        dtype = get_default_dtype() if floats else dtypes.int64
    count = int(np.ceil((end - start) / step))
    return new_leaf((start + step * np.arange(count)).astype(as_numpy(dtype)), requires_grad)


def linspace(start: Any, end: Any, steps: int, *, dtype: Any = None, device: Any = None,
             requires_grad: bool = False) -> Tensor:
    """`steps` numbers from `start` to `end`, both included."""
    if steps < 0:
        raise RuntimeError("number of steps must be non-negative")
    d = get_default_dtype().np if dtype is None else as_numpy(dtype)
    return new_leaf(np.linspace(float(start), float(end), steps).astype(d), requires_grad)


def logspace(start: Any, end: Any, steps: int, base: float = 10.0, *, dtype: Any = None, device: Any = None,
             requires_grad: bool = False) -> Tensor:
    """`base` to the powers from `start` to `end`."""
    if steps < 0:
        raise RuntimeError("number of steps must be non-negative")
    d = get_default_dtype().np if dtype is None else as_numpy(dtype)
    return new_leaf((base ** np.linspace(float(start), float(end), steps)).astype(d), requires_grad)


def eye(n: int, m: int | None = None, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """The identity matrix."""
    for name, count in (("n", n), ("m", m)):
        if count is not None and count < 0:
            raise RuntimeError(f"{name} must be greater or equal to 0, got {count}")
    return new_leaf(np.eye(n, m, dtype=get_default_dtype().np if dtype is None else as_numpy(dtype)), requires_grad)


def like(make: Any) -> Any:
    """`make` with the shape and dtype of a tensor."""
    def apply(input: Any, *args: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False,
             memory_format: Any = None, **kwargs: Any) -> Tensor:
        return make(input._data.shape, *args, dtype=dtype or input.dtype, requires_grad=requires_grad, **kwargs)
    apply.__name__ = f"{make.__name__}_like"
    apply.__doc__ = f"`{make.__name__}` with the shape and dtype of a tensor."
    return apply


zeros_like, ones_like, empty_like, full_like = map(like, (zeros, ones, empty, full))


def complex(real: Tensor, imag: Tensor) -> Tensor:
    """A complex tensor from its parts, recorded."""
    from runtime.arithmetic import add, mul
    return add(real, mul(imag, 1j))


FUNCTIONS = {f.__name__: f for f in (
    tensor, as_tensor, asarray, from_numpy, zeros, ones, empty, full, arange, linspace, logspace, eye, zeros_like,
    ones_like, empty_like, full_like, complex)}
