"""Shadow arrays: cotangents laid out in memory as the arrays they belong to."""
from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided


def shadow_like(x: np.ndarray) -> np.ndarray:
    """Zeros of the shape, dtype and strides of `x`, so that whatever is a view of `x` is a view of its shadow.

    An array that names an element more than once (it cannot be written) gets plain zeros.

    >>> import numpy as np
    >>> shadow_like(np.arange(6.0)[::2]).strides
    (16,)
    """
    plain = np.zeros_like(x)
    if plain.strides == x.strides or x.size == 0 or not x.flags.writeable:
        return plain
    item = x.itemsize
    steps = [(n - 1) * s for n, s in zip(x.shape, x.strides, strict=True)]
    low, high = sum(s for s in steps if s < 0), sum(s for s in steps if s > 0)
    if low % item or high % item or any(s % item for s in x.strides):
        return plain
    memory = np.zeros((high - low) // item + 1, x.dtype)
    return as_strided(memory[-low // item:], x.shape, x.strides)


def copy_like(x: np.ndarray) -> np.ndarray:
    """A copy with the strides of `x`: `reshape` gives views of it where it gives views of `x`.

    >>> import numpy as np
    >>> copy_like(np.ones((2, 4))[:, ::2]).strides
    (32, 16)
    """
    made = shadow_like(x)
    made[...] = x
    return made


def shadow_of(x_bar: np.ndarray, x: np.ndarray, view: np.ndarray) -> np.ndarray:
    """The part of the shadow `x_bar` of `x` that belongs to `view`; new zeros if `view` turned out to be a copy.

    Raises ValueError where the two are not laid out alike (`x` was passed in with overlapping memory).

    >>> import numpy as np
    >>> x, x_bar = np.arange(4.0), np.zeros(4)
    >>> y = x.reshape(2, 2)
    >>> shadow_of(x_bar, x, y)[1, 0] = 7.0
    >>> x_bar
    array([0., 0., 7., 0.])
    """
    if view is x:
        return x_bar
    if not np.may_share_memory(view, x):
        return np.zeros_like(view)
    if x_bar.strides != x.strides:
        raise ValueError(f"an array with strides {x.strides} is both viewed and written: pass a contiguous copy")
    memory = owner(x_bar)
    start = _address(x_bar) - _address(memory) + _address(view) - _address(x)
    return np.ndarray(view.shape, view.dtype, _bytes(memory), start, view.strides)


def _address(x: np.ndarray) -> int:
    return x.__array_interface__["data"][0]


def _bytes(memory: np.ndarray) -> np.ndarray:
    return memory.ravel(order="K").view(np.uint8)


def owner(array: np.ndarray) -> np.ndarray:
    """The array whose memory `array` is a view of."""
    found: Any = array
    base = array.base
    while base is not None:
        if isinstance(base, np.ndarray):
            found = base
        base = getattr(base, "base", None)
    return found


def moved(view: np.ndarray, old: np.ndarray, new: np.ndarray) -> np.ndarray:
    """The view of `new`, a copy of `old` with the same strides, that `view` is of `old`."""
    if view is old:
        return new
    return np.ndarray(view.shape, view.dtype, _bytes(new), _address(view) - _address(old), view.strides)


__all__ = ["copy_like", "moved", "owner", "shadow_like", "shadow_of"]
