"""Gradients that touch only part of an array: the backward of indexing and of views.

`x[i]` inside a loop must cost the size of `x[i]`, not of `x`. So its backward does not build an array of zeros
with one entry filled; it returns a `Piece`, and the engine adds the pieces that meet at `x` into one buffer.
"""
from __future__ import annotations

from typing import Any

import numpy as np


def overlaps(view: np.ndarray) -> bool:
    """Whether elements of a view may share memory with each other."""
    reach = view.itemsize
    for step, n in sorted((abs(s), n) for s, n in zip(view.strides, view.shape, strict=True) if n > 1):
        if step < reach:
            return True
        reach += step * (n - 1)
    return False


class Piece:
    """A sum of parts of an array of `shape`; `+` with arrays and other pieces adds into an owned buffer.

    `where` is an index tuple, or a `runtime.views.Link` that takes a view of the buffer. `unique` says that an
    index names no element twice.
    """

    __slots__ = ("_buffer", "dtype", "shape", "unique", "value", "where")

    __array_ufunc__ = None  # so that ndarray + piece asks the piece

    def __init__(self, shape: tuple[int, ...], dtype: np.dtype, where: Any, value: Any,
                 unique: bool = True) -> None:
        self.shape, self.dtype, self.where, self.value, self.unique = shape, dtype, where, value, unique
        self._buffer: Any = None

    def add_to(self, buffer: np.ndarray) -> None:
        """Add the part to a full-size array in place."""
        where = self.where
        if not self.unique:
            np.add.at(buffer, where, self.value)
        elif type(where) is tuple:
            buffer[where] += self.value
        else:
            view = where.written(buffer)
            if view is not None and view.flags.writeable and not overlaps(view):
                view += self.value
            else:  # several elements of the view are one of the buffer's, or it cannot be taken of this buffer
                places = where.of(where.laid_out(np.arange(buffer.size).reshape(buffer.shape)))
                flat = buffer.reshape(-1)
                np.add.at(flat, places, self.value)
                buffer[...] = flat.reshape(buffer.shape)

    def _zeros(self) -> np.ndarray:
        axes = getattr(self.where, "axes", None)
        if axes is None:
            return np.zeros(self.shape, self.dtype)
        return np.zeros([self.shape[k] for k in axes], self.dtype).transpose(np.argsort(axes))

    def dense(self) -> np.ndarray:
        """The whole array. It belongs to the caller."""
        if self._buffer is None:
            self._buffer = self._zeros()
            self.add_to(self._buffer)
        return self._buffer

    def merged_into(self, total: Any) -> Any:
        """`total`, an array of the caller's or a piece, with the parts added in place."""
        if type(total) is Piece:
            return total + self
        if self._buffer is not None:
            total += self._buffer
        else:
            self.add_to(total)
        return total

    def __add__(self, other: Any) -> Piece:
        buffer = self.dense()
        if type(other) is Piece:
            if other._buffer is None:
                other.add_to(buffer)
            else:
                buffer += other._buffer
        else:
            buffer += other
        return self

    def __radd__(self, other: Any) -> Any:
        if self._buffer is None:
            total = np.array(other)
            self.add_to(total)
            self._buffer = total
        else:
            self._buffer += other
        return self
