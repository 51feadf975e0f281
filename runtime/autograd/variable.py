"""`torch.autograd.Variable`, which older programs wrap their tensors in: today a tensor is one."""
from __future__ import annotations

import warnings
from typing import Any

from runtime.tensor import Tensor


class _VariableMeta(type):
    """Calling `Variable` gives a tensor, and every tensor is an instance of it."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, Tensor)

    def __call__(cls, data: Any = None, requires_grad: bool | None = None, volatile: bool | None = None) -> Tensor:
        if volatile:
            warnings.warn("volatile was removed and now has no effect. Use `with torch.no_grad():` instead.",
                          stacklevel=2)
        if data is None:
            return Tensor()
        if not isinstance(data, Tensor):
            raise TypeError(f"Variable data has to be a tensor, but got {type(data).__name__}")
        if requires_grad and data._data.dtype.kind not in "fc":
            raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
        return data.detach().requires_grad_(bool(requires_grad))


class Variable(metaclass=_VariableMeta):
    """`Variable(tensor, requires_grad=False)`: the tensor's memory and version without its history.

    >>> import runtime as torch
    >>> x = torch.autograd.Variable(torch.ones(2), requires_grad=True)
    >>> (x * x).sum().backward()
    >>> x.grad
    tensor([2., 2.])
    """


Variable.__module__ = "torch.autograd.variable"
