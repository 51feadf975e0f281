"""`ufunc.reduceat` of ufuncs that have no row for it: a reduction of each segment."""
from __future__ import annotations

from typing import Any

import numpy as np

from ad_compiler.rules.ufunc_methods import ORDERED
from ad_compiler.rules.written import Written
from ad_compiler.rules.written.splitting import along


def last_hypot(part: Any, axis: int = 0, dtype: Any = None) -> Any:
    """Here `np.hypot` leaves a single entry as it is, where `np.hypot.reduce` gives its absolute value."""
    return np.take(np.hypot.accumulate(part, axis=axis, dtype=dtype), -1, axis=axis)


def reduceat_of(ufunc: np.ufunc) -> Any:
    """`ufunc.reduceat` by `ufunc.reduce`."""
    reduce = last_hypot if ufunc is np.hypot else ufunc.reduce

    def reduceat(array: Any, indices: Any, axis: int = 0, dtype: Any = None) -> Any:
        """One reduction for each index, up to the next one; of an index that is not below the next, its entry."""
        ends = [*indices[1:], np.shape(array)[axis]]
        parts = [array[along(axis, slice(start, end if start < end else start + 1), np.ndim(array))]
                 for start, end in zip(indices, ends, strict=True)]
        return np.stack([reduce(part, axis=axis, dtype=dtype) for part in parts], axis=axis)

    return reduceat


DEFINITIONS: dict[Any, Written] = {
    ufunc.reduceat: Written(reduceat_of(ufunc))
    for ufunc in (np.multiply, *ORDERED, np.logaddexp, np.logaddexp2, np.hypot, np.fmax, np.fmin)}
