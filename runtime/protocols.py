"""NumPy's protocols for tensors: `np.sin(t)`, `array * t`, `np.asarray(t)`."""
from __future__ import annotations

from typing import Any

import numpy as np

from runtime.core import Recorded, alias, leaf
from runtime.grad_mode import LOCAL
from runtime.numpy_calls import call
from runtime.ops.convert import NUMPY_GRAD
from runtime.promotion import binary, operand
from runtime.tensor import Tensor

# ufuncs that operators between an array and a tensor end in: torch's promotion applies
_OPERATORS = {
    np.add: "add", np.subtract: "sub", np.multiply: "mul", np.true_divide: "div", np.power: "pow",
    np.floor_divide: "floor_divide", np.remainder: "remainder", np.maximum: "maximum", np.minimum: "minimum",
    np.equal: "eq", np.not_equal: "ne", np.less: "lt", np.less_equal: "le", np.greater: "gt", np.greater_equal: "ge"}


def as_array(self: Any, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
    """The memory as an ndarray; raises if it requires grad, unless grad mode is off."""
    if self._req and LOCAL.enabled:
        raise RuntimeError(NUMPY_GRAD)
    return self._data if dtype is None or dtype == self._data.dtype else self._data.astype(dtype)


def ufunc(self: Any, function: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
    """A ufunc with a tensor among its operands, recorded; results are tensors."""
    if method == "__call__" and function in _OPERATORS and not kwargs and len(inputs) == 2:
        x, y = (_tensor(v) for v in inputs)
        return binary(_OPERATORS[function], x, y)
    out = kwargs.get("out")
    if out is not None:
        return _into(function, method, inputs, kwargs)
    return call(function if method == "__call__" else getattr(function, method), tuple(map(_front, inputs)), kwargs,
                Tensor)


def _tensor(v: Any) -> Any:
    found = operand(v)
    return leaf(Tensor, np.asarray(v)) if found is NotImplemented else found


def _front(v: Any) -> Any:
    return alias(v, Tensor) if isinstance(v, Recorded) and not isinstance(v, Tensor) else v


def _into(function: Any, method: str, inputs: Any, kwargs: dict[str, Any]) -> Any:
    """A ufunc with `out=`: an array cannot carry the record of tensors that require grad."""
    from runtime.traced_writes import store

    (out,) = kwargs.pop("out")
    value = ufunc(inputs[0], function, method, *inputs, **kwargs)
    if isinstance(out, Tensor):
        return out.copy_(value)
    return store(out, value)


def function(self: Any, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
    """One of NumPy's functions with a tensor among its arguments, recorded; results are tensors."""
    return call(func, args, kwargs, Tensor)
