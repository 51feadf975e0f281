"""Copies and conversions: to other types, to Python and to NumPy."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ad_compiler import rules
from runtime import dtypes, own_rows
from runtime.core import Recorded, leaf, new
from runtime.dispatch import Op, record
from runtime.dtypes import TENSOR_TYPES, as_numpy, of
from runtime.grad_mode import LOCAL
from runtime.quiet import ENTER, LEAVE, SILENT
from runtime.tensor import Tensor

CLONE = Op(rules.find(np.copy), "CloneBackward0", ("a",))


def _converted(x: Any, dtype: Any) -> Any:
    return np.asarray(x).astype(dtype)


TO = Op(own_rows.cast(_converted), "ToCopyBackward0")
NUMPY_GRAD = "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead."


def clone(self: Any, *, memory_format: Any = None) -> Any:
    """A copy, recorded."""
    return record(CLONE, Tensor, (self,), self._data.copy(order="K"))


def copied_for_grad(self: Any) -> Any:
    """The copy that becomes a leaf's `.grad` in a recorded backward."""
    from runtime.ops.index import COPY
    from runtime.rare_modes import fresh
    return record(COPY, Tensor, (fresh(Tensor, np.empty_like(self._data)), self), self._data.copy())


def contiguous(self: Any, memory_format: Any = None) -> Any:
    """Itself if its memory is in order, else a copy."""
    return self if self._data.flags.c_contiguous else record(CLONE, Tensor, (self,), np.ascontiguousarray(self._data))


def to(self: Any, *args: Any, dtype: Any = None, device: Any = None, copy: bool = False, non_blocking: bool = False,
       memory_format: Any = None) -> Any:
    """Converted to a dtype (or the dtype of a tensor); itself if it has it."""
    for a in args:
        if isinstance(a, Recorded):
            dtype = of(a._data.dtype)
        elif isinstance(a, str | dtypes.device):
            dtypes.device(a)
        elif isinstance(a, dtypes.dtype) or a in (float, int, bool, complex):
            dtype = a
    if dtype is None or as_numpy(dtype) == self._data.dtype:
        return clone(self) if copy else self
    d = as_numpy(dtype)
    source = self._data.real if self._data.dtype.kind == "c" and d.kind != "c" else self._data
    token = ENTER(SILENT)
    try:
        return record(TO, Tensor, (self, d), source.astype(d))
    finally:
        LEAVE(token)


def _caster(dtype: Any) -> Callable[..., Any]:
    def apply(self: Any, memory_format: Any = None) -> Any:
        return to(self, dtype)
    apply.__name__ = dtype.name
    apply.__doc__ = f"Converted to {dtype!r}."
    return apply


def type_as(self: Any, other: Any) -> Any:
    """Converted to the dtype of another tensor."""
    return to(self, other)


def type_(self: Any, dtype: Any = None) -> Any:
    """The name of the tensor type; with an argument, the conversion."""
    if dtype is None:
        return f"torch.{TENSOR_TYPES[of(self._data.dtype).name]}"
    if isinstance(dtype, str):
        name = dtype.removeprefix("torch.")
        return to(self, next(d for d in dtypes.ALL if TENSOR_TYPES[d.name] == name))
    return to(self, getattr(dtype, "dtype", dtype))  # a tensor type such as torch.LongTensor has one


def item(self: Any) -> Any:
    """The only element, as a Python number."""
    if self._data.size != 1:
        raise RuntimeError(f"a Tensor with {self._data.size} elements cannot be converted to Scalar")
    return self._data.item()


def numpy(self: Any, *, force: bool = False) -> np.ndarray:
    """The memory as an ndarray; raises if it requires grad, unless grad mode is off."""
    if self._req and not force and LOCAL.enabled:
        raise RuntimeError(NUMPY_GRAD)
    return self._data


def tolist(self: Any) -> Any:
    """Nested lists of Python numbers."""
    return self._data.tolist()


def size(self: Any, dim: Any = None) -> Any:
    """The shape, or the length of one dimension."""
    from runtime.ops.reduce import axis_of
    return self.shape if dim is None else self._data.shape[axis_of(dim, self._data.ndim)]


def numel(self: Any) -> int:
    """The number of elements."""
    return self._data.size


def dim(self: Any) -> int:
    """The number of dimensions."""
    return self._data.ndim


def stride(self: Any, dim: Any = None) -> Any:
    """Steps between elements along each dimension, counted in elements."""
    steps = tuple(s // self._data.itemsize for s in self._data.strides)
    return steps if dim is None else steps[dim]


def is_contiguous(self: Any, memory_format: Any = None) -> bool:
    """Whether the memory is in order."""
    return self._data.flags.c_contiguous


def data_ptr(self: Any) -> int:
    """The address of the first element."""
    return self._data.ctypes.data


def element_size(self: Any) -> int:
    """Bytes per element."""
    return self._data.itemsize


def is_floating_point(self: Any) -> bool:
    """Whether elements are floats."""
    return self._data.dtype.kind == "f"


def is_complex(self: Any) -> bool:
    """Whether elements are complex."""
    return self._data.dtype.kind == "c"


def is_nonzero(self: Any) -> bool:
    """Whether the only element is not zero."""
    return bool(self)


def _maker(name: str) -> Callable[..., Any]:
    def apply(self: Any, *args: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
        from runtime import creation
        return getattr(creation, name)(*args, dtype=dtype or of(self._data.dtype), requires_grad=requires_grad)
    apply.__name__ = f"new_{name}"
    apply.__doc__ = f"`torch.{name}` with this tensor's dtype."
    return apply


def cpu(self: Any) -> Any:
    """Itself: every tensor is on the CPU."""
    return self


def deepcopy(self: Any, memo: dict[int, Any]) -> Any:
    """A leaf's deep copy; raises for a tensor with history."""
    if not self.is_leaf:
        raise RuntimeError("Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol "
                           "at the "
                           "moment.  If you were attempting to deepcopy a module, this may be because of a "
                           "torch.nn.utils.weight"
                           "_norm usage, see https://github.com/pytorch/pytorch/pull/103001")
    import copy

    t = new(type(self))
    t._data, t._node, t._ver, t._meta, t._req = self._data.copy(), None, None, None, False
    memo[id(self)] = t
    if self._req:
        t._allow_grad(True, "")
    if self._meta is not None and self._meta.grad is not None:
        t.grad = copy.deepcopy(self._meta.grad, memo)
    t.__dict__.update(copy.deepcopy(self.__dict__, memo))
    return t


def _rebuild(cls: Any, data: np.ndarray, requires_grad: bool, attributes: dict[str, Any]) -> Any:
    t = leaf(cls, data, requires_grad)
    t.__dict__.update(attributes)
    return t


def shallow(self: Any) -> Any:
    """For `copy.copy`: a leaf on the same memory."""
    return _rebuild(type(self), self._data, self._req, dict(self.__dict__))


def reduce_ex(self: Any, protocol: Any) -> Any:
    """For pickle: data, `requires_grad` and attributes. What had a history is a leaf afterwards."""
    return _rebuild, (type(self), self._data.copy(), self._req, dict(self.__dict__))


METHODS: dict[str, Any] = {f.__name__: f for f in (
    clone, copied_for_grad, contiguous, to, type_as, item, numpy, tolist, size, numel, dim, stride, is_contiguous,
    data_ptr,
    element_size, is_floating_point, is_complex, is_nonzero, cpu)} | {
        "type": type_, "nelement": numel, "ndimension": dim, "float": _caster(dtypes.float32),
        "double": _caster(dtypes.float64), "half": _caster(dtypes.float16), "int": _caster(dtypes.int32),
        "long": _caster(dtypes.int64), "short": _caster(dtypes.int16), "byte": _caster(dtypes.uint8),
        "bool": _caster(dtypes.bool_), "char": _caster(dtypes.int8), "cfloat": _caster(dtypes.complex64),
        "cdouble": _caster(dtypes.complex128), "new_tensor": _maker("tensor"), "new_zeros": _maker("zeros"),
        "new_ones": _maker("ones"), "new_empty": _maker("empty"), "new_full": _maker("full"), "__deepcopy__": deepcopy,
        "__reduce_ex__": reduce_ex, "__copy__": shallow}
FREE: dict[str, Any] = {"clone": clone, "numel": numel, "is_floating_point": is_floating_point,
                        "is_complex": is_complex,
                        "is_nonzero": is_nonzero}
