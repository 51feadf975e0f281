"""The nodes of `runtime.arithmetic`: sums, products and quotients of two operands."""
from __future__ import annotations

from typing import Any

import numpy as np

from ad_compiler.rules.arithmetic import power_base
from ad_compiler.support.shapes import fit
from runtime.constants import F32, F64, constant
from runtime.core import Node
from runtime.saved import Packed, attached, freed, modified

ndarray = np.ndarray  # NumPy's own numbers are fast with Python's


def _summed(g: Any, shape: tuple[int, ...]) -> Any:
    """`fit`, with a shorter way for the commonest cases: the shape itself, and a row added to a matrix."""
    have = g.shape
    if have == shape:
        return g
    if have[1:] == shape:
        if len(have) != 2:
            return np.add.reduce(g, 0)
        ones = _ONES.get((have[0], g.dtype))  # NumPy's sum over the first axis takes several times as long as this
        return (_ones(have[0], g.dtype) if ones is None else ones).dot(g)
    return fit(g, shape)


_ONES: dict[tuple[int, Any], Any] = {}


def _ones(n: int, dtype: Any) -> Any:
    """A vector of ones, kept for the next call where it is small."""
    ones = np.ones(n, dtype)
    if n <= 1024 and len(_ONES) < 64:
        _ONES[n, dtype] = ones
    return ones


class Binary(Node):
    """A node of two operands. `shapes` holds both shapes where they differ, so broadcasting must be undone."""

    __slots__ = ("shapes",)

    def undo(self, gx: Any, gy: Any) -> Any:
        """The gradients with the operands' shapes."""
        ex, ey = self.edges
        sx, sy = self.shapes
        return (_summed(gx, sx) if ex is not None else None, _summed(gy, sy) if ey is not None else None)

    def undo_traced(self, gx: Any, gy: Any) -> Any:
        """The same for recorded gradients."""
        ex, ey = self.edges
        if self.shapes is not None:
            sx, sy = self.shapes
            gx = gx.sum_to_size(sx) if ex is not None else None
            gy = gy.sum_to_size(sy) if ey is not None else None
        return (gx if ex is not None else None, gy if ey is not None else None)


class AddBackward0(Binary):
    """Backward of `x + y`."""

    __slots__ = ()

    def run(self, g: Any, keep: bool) -> Any:
        ex, ey = self.edges
        if self.shapes is not None:
            sx, sy = self.shapes
            have = g.shape
            return (None if ex is None else g if have == sx else _summed(g, sx),
                    None if ey is None else g if have == sy else _summed(g, sy))
        return g if ex is None or ey is None else (g, g)

    def trace(self, g: Any, keep: bool) -> Any:
        return self.undo_traced(g, g)


class SubBackward0(Binary):
    """Backward of `x - y`."""

    __slots__ = ()

    def run(self, g: Any, keep: bool) -> Any:
        ex, ey = self.edges
        if self.shapes is not None:
            return self.undo(g, -g)
        if ey is None:
            return g
        return -g if ex is None else (g, -g)

    def trace(self, g: Any, keep: bool) -> Any:
        return self.undo_traced(g, -g if self.edges[1] is not None else None)


class SavesTwo(Binary):
    """A node that saves operands: `x` if the gradient of `y` wants it and the other way round."""

    __slots__ = ("vx", "vy", "x", "y")

    def take(self, keep: bool) -> tuple[Any, Any]:
        """What is saved, and released unless `keep`; raises if it was released before."""
        x, y = self.x, self.y
        if y is Node:
            raise freed(self)
        if not keep:
            self.x = self.y = Node
        return x, y

    def value(self, v: Any, n: int) -> Any:
        """A saved operand as an array or number; raises if it was overwritten."""
        if type(v) is float or type(v) is int:
            return v
        cell = v._ver
        if cell is not None and cell.n != n:
            raise modified(self, v, n)
        return v._data

    def traced(self, v: Any, n: int, of: int) -> Any:
        """A saved operand, the first or the second, for a recorded backward."""
        self.value(v, n)
        return v.unpack() if type(v) is Packed else attached(v, self.edges[of])

    def release(self) -> None:
        self.x = self.y = Node


class MulBackward0(SavesTwo):
    """Backward of `x * y`."""

    __slots__ = ()

    def run(self, g: Any, keep: bool) -> Any:
        x, y = self.x, self.y  # `take` and `value`, written out: no operation is recorded more often
        if x is Node:
            raise freed(self)
        if not keep:
            self.x = self.y = Node
        gx = gy = None
        if y is not None:
            if type(y) is float or type(y) is int:
                gx = g * (constant(y, g.dtype) if type(g) is ndarray and (g.dtype is F32 or g.dtype is F64) else y)
            else:
                cell = y._ver
                if cell is not None and cell.n != self.vy:
                    raise modified(self, y, self.vy)
                gx = g * y._data
        if x is not None:
            cell = x._ver
            if cell is not None and cell.n != self.vx:
                raise modified(self, x, self.vx)
            gy = g * x._data
        if self.shapes is not None:
            return self.undo(gx, gy)
        if x is None:
            return gx
        return gy if y is None else (gx, gy)

    def trace(self, g: Any, keep: bool) -> Any:
        x, y = self.take(keep)
        return self.undo_traced(None if y is None else g * self.traced(y, self.vy, 1),
                                None if x is None else g * self.traced(x, self.vx, 0))


class DivBackward0(SavesTwo):
    """Backward of `x / y`; saves `y`, and `x` if the gradient of `y` is wanted."""

    __slots__ = ()

    def run(self, g: Any, keep: bool) -> Any:
        x, y = self.take(keep)
        b = self.value(y, self.vy)
        if (type(b) is float or type(b) is int) and type(g) is ndarray and (g.dtype is F32 or g.dtype is F64):
            b = constant(b, g.dtype)
        gx = g / b
        gy = None if x is None else -gx * (self.value(x, self.vx) / b)
        if self.shapes is not None:
            return self.undo(gx, gy)
        if x is None:
            return gx
        return (gx, gy) if self.edges[0] is not None else gy

    def trace(self, g: Any, keep: bool) -> Any:
        x, y = self.take(keep)
        b = self.traced(y, self.vy, 1)
        gx = g / b
        return self.undo_traced(gx, None if x is None else -gx * (self.traced(x, self.vx, 0) / b))


class PowBackward0(SavesTwo):
    """Backward of `x ** y` for a number `y`."""

    __slots__ = ()

    def run(self, g: Any, keep: bool) -> Any:
        x, y = self.x, self.y
        if x is Node:
            raise freed(self)
        if not keep:
            self.x = self.y = Node
        cell = x._ver
        if cell is not None and cell.n != self.vx:
            raise modified(self, x, self.vx)
        if y == 2:  # as the formula, without its Python number
            a = x._data
            gx = a + a
            gx = gx * g if type(gx) is not np.ndarray else np.multiply(gx, g, gx)
            return gx
        if y == 0:
            return np.zeros_like(g)
        gx = power_base(x._data, y)
        if type(gx) is not np.ndarray:
            return g * gx
        gx *= g  # a new array, unless the exponent is 1
        return gx

    def trace(self, g: Any, keep: bool) -> Any:
        x, y = self.take(keep)
        x = self.traced(x, self.vx, 0)
        return (g * (x ** (y - 1) * y) if y else g.new_zeros(g.shape),)


class MmBackward0(SavesTwo):
    """Backward of the product of two matrices."""

    __slots__ = ()

    def run(self, g: Any, keep: bool) -> Any:
        x, y = self.x, self.y  # `take` and `value`, written out
        if x is Node:
            raise freed(self)
        if not keep:
            self.x = self.y = Node
        gx = gy = None
        if y is not None:
            cell = y._ver
            if cell is not None and cell.n != self.vy:
                raise modified(self, y, self.vy)
            gx = g.dot(y._data.T)
        if x is None:
            return gx
        cell = x._ver
        if cell is not None and cell.n != self.vx:
            raise modified(self, x, self.vx)
        gy = x._data.T.dot(g)
        return (gx, gy) if y is not None or self.edges[0] is not None else gy

    def trace(self, g: Any, keep: bool) -> Any:
        x, y = self.take(keep)
        return (None if y is None else g @ self.traced(y, self.vy, 1).t(),
                None if x is None else self.traced(x, self.vx, 0).t() @ g)


class NegBackward0(Node):
    """Backward of `-x`."""

    __slots__ = ()

    def run(self, g: Any, keep: bool) -> Any:
        return -g

    def trace(self, g: Any, keep: bool) -> Any:
        return (-g,)


for _kind in (AddBackward0, SubBackward0, MulBackward0, DivBackward0, PowBackward0, MmBackward0, NegBackward0):
    _kind.__module__ = "builtins"
