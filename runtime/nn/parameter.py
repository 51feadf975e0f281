"""`Parameter`: a tensor that a module counts as its own."""
from __future__ import annotations

from typing import Any

from runtime.core import leaf
from runtime.printing import tensor_text
from runtime.tensor import Tensor


class Parameter(Tensor):
    """A leaf on the memory of `data` that modules register when it is assigned to them.

    Raises RuntimeError if `requires_grad` and `data` is not floating point or complex.

    >>> import runtime as torch
    >>> torch.nn.Parameter(torch.ones(2))
    Parameter containing:
    tensor([1., 1.], requires_grad=True)
    """

    __slots__ = ()

    def __new__(cls, data: Any = None, requires_grad: bool = True) -> Any:
        source = Tensor() if data is None else data
        if requires_grad and source._data.dtype.kind not in "fc":
            raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
        return leaf(cls, source._data, requires_grad)

    def __repr__(self, *, tensor_contents: Any = None) -> str:
        return "Parameter containing:\n" + tensor_text(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Parameter:
        if id(self) not in memo:
            memo[id(self)] = leaf(type(self), self._data.copy(), self._req)
        return memo[id(self)]

    def __reduce_ex__(self, protocol: Any) -> Any:
        return _rebuild, (self._data, self._req)


def _rebuild(data: Any, requires_grad: bool) -> Parameter:
    return leaf(Parameter, data, requires_grad)
