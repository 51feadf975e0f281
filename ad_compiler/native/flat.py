"""The memory of an array as a kernel sees it: elements numbered from the first one, without checks.

    p = flat(x)             # x: float64[:, ::1]
    p[i * n + j]            # x[i, j]

In machine code `flat(x)` is a pointer. Run uncompiled it is a one-dimensional view of the same memory, so that the
text of a kernel is also an ordinary Python program. That text imports this module; `machine_numba` tells numba of it.
"""
from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np


class _Flat:
    """`flat(x)`, or `flat(x, np.int64)` for the same memory as numbers of another type."""

    def __call__(self, x: Any, dtype: Any = None) -> Any:
        if x.size == 0:
            return np.zeros(1, dtype or x.dtype)
        back = [slice(None, None, -1 if step < 0 else 1) for step in x.strides]
        low = x[tuple(back)] if back else x  # the same elements, the one that comes first in memory first
        behind = sum((n - 1) * -step for n, step in zip(x.shape, x.strides, strict=True) if step < 0) // x.itemsize
        reach = sum((n - 1) * abs(step) for n, step in zip(x.shape, x.strides, strict=True)) // x.itemsize + 1
        line = np.lib.stride_tricks.as_strided(low, (reach,), (x.itemsize,))
        if behind:
            return _Shifted(line, behind)
        return line if dtype is None else line.view(dtype)


class _Shifted:
    """A line of numbers of which number 0 is not the first."""

    def __init__(self, line: np.ndarray, behind: int) -> None:
        self.line, self.behind = line, behind

    def __getitem__(self, place: int) -> Any:
        return self.line[place + self.behind]

    def __setitem__(self, place: int, value: Any) -> None:
        self.line[place + self.behind] = value


flat = _Flat()


@cache
def tell_numba() -> None:
    """Tell numba what `flat` means in machine code, once per process and before a kernel is compiled: whether kernels
    run as Python may change after this module has been imported."""
    from numba.core import types
    from numba.core.imputils import impl_ret_borrowed
    from numba.extending import lower_builtin, type_callable

    @type_callable(flat)
    def _type(context: Any) -> Any:
        def typer(x: Any, dtype: Any = None) -> Any:
            if not isinstance(x, types.Array):
                return None
            return types.CPointer(x.dtype if dtype is None else dtype.dtype)
        return typer

    def pointer(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        array = context.make_array(sig.args[0])(context, builder, args[0])
        kind = context.get_value_type(sig.return_type)
        return impl_ret_borrowed(context, builder, sig.return_type, builder.bitcast(array.data, kind))

    lower_builtin(flat, types.Array)(pointer)
    lower_builtin(flat, types.Array, types.NumberClass)(pointer)
