"""`torch.FloatTensor` and its like: the names of tensor types before dtypes, as constructors and in `isinstance`."""
from __future__ import annotations

from typing import Any

import numpy as np

from runtime import dtypes
from runtime.core import Recorded, leaf
from runtime.tensor import Tensor


class _TensorType(type):
    """The class of the types: a tensor is an instance of the type of its dtype."""

    dtype: Any

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, Tensor) and instance.dtype is cls.dtype

    def __call__(cls, *args: Any) -> Any:
        """`LongTensor([1, 2])` converts, `LongTensor(2, 3)` is uninitialised memory of that shape."""
        d = cls.dtype.np
        if not args or all(type(a) is int for a in args):
            return leaf(Tensor, np.empty(args or (0,), d))
        given = args[0]._data if isinstance(args[0], Recorded) else args[0]
        return leaf(Tensor, np.array(given, d))


TYPES: dict[str, Any] = {dtypes.TENSOR_TYPES[d.name]: _TensorType(dtypes.TENSOR_TYPES[d.name], (), {
    "dtype": d, "__module__": "torch"}) for d in dtypes.ALL if d.name in dtypes.TENSOR_TYPES}
