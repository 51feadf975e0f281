"""Python's numbers as arrays without dimensions, kept: NumPy takes half the time over one that it takes over a number.

    >>> import numpy as np
    >>> from runtime.constants import constant
    >>> constant(0.5, np.dtype("f4"))
    array(0.5, dtype=float32)

An operation of an array with such a constant of its dtype has the value and dtype that it has with the number.
"""
from __future__ import annotations

from typing import Any

import numpy as np

F64, F32 = np.dtype("f8"), np.dtype("f4")
SINGLE: dict[Any, np.ndarray] = {}
DOUBLE: dict[Any, np.ndarray] = {}
LIMIT = 256


def constant(number: float, dtype: np.dtype) -> Any:
    """`number` (a float or int) as an array of `dtype`, which is single or double precision. Zero stays a number: 0.0
    and -0.0 are one key. Raises OverflowError for an int that no float can hold."""
    kept = SINGLE if dtype is F32 else DOUBLE
    found = kept.get(number)
    if found is not None:
        return found
    if not number:
        return number
    if len(kept) >= LIMIT:
        kept.clear()
    found = kept[number] = np.array(number, dtype)
    found.setflags(write=False)
    return found
