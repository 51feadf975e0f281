"""The nodes of `runtime.arithmetic`: sums, products and quotients of two operands."""
from __future__ import annotations

from typing import Any

import numpy as np

from ad_compiler.support.shapes import fit
from runtime.core import Node
from runtime.saved import Packed, freed, modified


def _summed(g: Any, shape: tuple[int, ...]) -> Any:
    """`fit`, with a shorter way for the commonest cases: the shape itself, and a row added to a matrix."""
    have = g.shape
    if have == shape:
        return g
    return np.add.reduce(g, 0) if have[1:] == shape else fit(g, shape)


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
        if self.shapes is not None:
            return self.undo(g, g)
        edges = self.edges
        return g if edges[0] is None or edges[1] is None else (g, g)

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

    def value(self, v: Any, n: int) -> Any:
        """A saved operand as an array or number; raises if it was overwritten."""
        if type(v) is float or type(v) is int:
            return v
        cell = v._ver
        if n != (0 if cell is None else cell.n):
            raise modified(self, v, n)
        return v._data

    def traced(self, v: Any, n: int) -> Any:
        """A saved operand for a recorded backward."""
        self.value(v, n)
        return v.unpack() if type(v) is Packed else v

    def release(self) -> None:
        self.x = self.y = Node


class MulBackward0(SavesTwo):
    """Backward of `x * y`."""

    __slots__ = ()

    def run(self, g: Any, keep: bool) -> Any:
        x, y = self.x, self.y
        if x is Node:
            raise freed(self)
        if not keep:
            self.x = self.y = Node
        gx = gy = None
        if y is not None:
            if type(y) is float:
                gx = g * y
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
        x, y = self.x, self.y
        if x is Node:
            raise freed(self)
        if not keep:
            self.x = self.y = Node
        gx = None if y is None else g * self.traced(y, self.vy)
        gy = None if x is None else g * self.traced(x, self.vx)
        return self.undo_traced(gx, gy)


class DivBackward0(SavesTwo):
    """Backward of `x / y`; saves `y`, and `x` if the gradient of `y` is wanted."""

    __slots__ = ()

    def run(self, g: Any, keep: bool) -> Any:
        x, y = self.x, self.y
        if y is Node:
            raise freed(self)
        if not keep:
            self.x = self.y = Node
        b = y if type(y) is float else self.value(y, self.vy)
        gx = g / b
        gy = None if x is None else -gx * (self.value(x, self.vx) / b)
        if self.shapes is not None:
            return self.undo(gx, gy)
        if x is None:
            return gx
        return (gx, gy) if self.edges[0] is not None else gy

    def trace(self, g: Any, keep: bool) -> Any:
        x, y = self.x, self.y
        if y is Node:
            raise freed(self)
        if not keep:
            self.x = self.y = Node
        b = self.traced(y, self.vy)
        gx = g / b
        gy = None if x is None else -gx * (self.traced(x, self.vx) / b)
        return self.undo_traced(gx, gy)


class MmBackward0(SavesTwo):
    """Backward of the product of two matrices."""

    __slots__ = ()

    def run(self, g: Any, keep: bool) -> Any:
        x, y = self.x, self.y
        if x is Node:
            raise freed(self)
        if not keep:
            self.x = self.y = Node
        if x is None:
            return g @ self.value(y, self.vy).T
        if y is None:
            gy = self.value(x, self.vx).T @ g
            return gy if self.edges[0] is None else (None, gy)
        return g @ self.value(y, self.vy).T, self.value(x, self.vx).T @ g

    def trace(self, g: Any, keep: bool) -> Any:
        x, y = self.x, self.y
        if x is Node:
            raise freed(self)
        if not keep:
            self.x = self.y = Node
        return (None if y is None else g @ self.traced(y, self.vy).t(),
                None if x is None else self.traced(x, self.vx).t() @ g)


class NegBackward0(Node):
    """Backward of `-x`."""

    __slots__ = ()

    def run(self, g: Any, keep: bool) -> Any:
        return -g

    def trace(self, g: Any, keep: bool) -> Any:
        return (-g,)


for _kind in (AddBackward0, SubBackward0, MulBackward0, DivBackward0, MmBackward0, NegBackward0):
    _kind.__module__ = "builtins"
