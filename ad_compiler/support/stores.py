"""Reading back what was stored through an index that may name an element more than once."""
from __future__ import annotations

from typing import Any

import numpy as np

from ad_compiler.support.dispatch import overridable


@overridable
def written_cotangent(cotangent: Any, index: tuple[Any, ...]) -> Any:
    """`cotangent[index]`, but 0 for writes that a later write to the same element replaced.

    The adjoint of `a[index] = values`: NumPy assigns in order, so the last value is the one that stays.

    >>> written_cotangent(np.array([5.0, 7.0]), ([0, 0, 1],))
    array([0., 5., 7.])
    """
    picked = cotangent[index]
    order = np.arange(np.size(picked)).reshape(np.shape(picked))
    last = np.full(np.shape(cotangent), -1)
    last[index] = order
    return np.where(last[index] == order, picked, np.zeros_like(picked))
