"""The hottest operations, by hand: `+ - * /` and negation of tensors.

Each is the same as the table's row for it (a test compares them); what is gained is time. The plain case
(two tensors of one dtype, or a tensor and a Python number; default modes) is handled here, everything else by
`runtime.promotion.binary`.
"""
from __future__ import annotations

from sys import _getframe
from typing import Any

import numpy as np

from runtime.arithmetic_nodes import (
    AddBackward0,
    DivBackward0,
    MmBackward0,
    MulBackward0,
    NegBackward0,
    SubBackward0,
)
from runtime.core import leaf_edge, new, sequence
from runtime.grad_mode import LOCAL, MODE
from runtime.places import user_place
from runtime.promotion import binary
from runtime.quiet import ENTER, LEAVE, SILENT
from runtime.tensor import Tensor

ndarray = np.ndarray
array = np.array
BOOL, F64, F32 = np.dtype("?"), np.dtype("f8"), np.dtype("f4")


def _sum_node(kind: Any, x: Any, y: Any, shapes: Any) -> Any:
    node = new(kind)
    node.edges = ((x._node or leaf_edge(x)) if x._req else None,
                  (y._node or leaf_edge(y)) if y is not None and y._req else None)
    node.shapes = shapes
    node.seq = sequence()
    node.extra = node.place = None
    return node


def add(self: Any, other: Any) -> Any:
    """`self + other`, broadcast."""
    special = MODE.special
    if not special or LOCAL.simple:
        a = self._data
        if type(other) is Tensor:
            b = other._data
            if a.dtype is b.dtype and a.dtype is not BOOL:
                token = ENTER(SILENT)
                try:
                    z = a + b
                except ValueError:
                    return binary("add", self, other)
                finally:
                    LEAVE(token)
                t = new(Tensor)
                t._data = z if type(z) is ndarray else array(z)
                t._ver = t._meta = None
                if (self._req or other._req) and (not special or LOCAL.enabled):
                    t._req = True
                    t._node = _sum_node(AddBackward0, self, other,
                                        None if a.shape == b.shape else (a.shape, b.shape))
                else:
                    t._req = False
                    t._node = None
                return t
        elif (type(other) is float or type(other) is int) and (a.dtype is F64 or a.dtype is F32):
            token = ENTER(SILENT)
            z = a + other
            LEAVE(token)
            t = new(Tensor)
            t._data = z if type(z) is ndarray else array(z)
            t._ver = t._meta = None
            t._req = self._req and (not special or LOCAL.enabled)
            t._node = _sum_node(AddBackward0, self, None, None) if t._req else None
            return t
    return binary("add", self, other)


def sub(self: Any, other: Any) -> Any:
    """`self - other`, broadcast."""
    special = MODE.special
    if not special or LOCAL.simple:
        a = self._data
        if type(other) is Tensor:
            b = other._data
            if a.dtype is b.dtype and a.dtype is not BOOL:
                token = ENTER(SILENT)
                try:
                    z = a - b
                except ValueError:
                    return binary("sub", self, other)
                finally:
                    LEAVE(token)
                t = new(Tensor)
                t._data = z if type(z) is ndarray else array(z)
                t._ver = t._meta = None
                if (self._req or other._req) and (not special or LOCAL.enabled):
                    t._req = True
                    t._node = _sum_node(SubBackward0, self, other,
                                        None if a.shape == b.shape else (a.shape, b.shape))
                else:
                    t._req = False
                    t._node = None
                return t
        elif (type(other) is float or type(other) is int) and (a.dtype is F64 or a.dtype is F32):
            token = ENTER(SILENT)
            z = a - other
            LEAVE(token)
            t = new(Tensor)
            t._data = z if type(z) is ndarray else array(z)
            t._ver = t._meta = None
            t._req = self._req and (not special or LOCAL.enabled)
            t._node = _sum_node(SubBackward0, self, None, None) if t._req else None
            return t
    return binary("sub", self, other)


def mul(self: Any, other: Any) -> Any:
    """`self * other`, broadcast."""
    special = MODE.special
    if not special or LOCAL.simple:
        a = self._data
        if type(other) is Tensor:
            b = other._data
            dtype = a.dtype
            if dtype is b.dtype and (dtype is F64 or dtype is F32):
                token = ENTER(SILENT)
                try:
                    z = a * b
                except ValueError:
                    return binary("mul", self, other)
                finally:
                    LEAVE(token)
                t = new(Tensor)
                t._data = z if type(z) is ndarray else array(z)
                t._ver = t._meta = None
                if (self._req or other._req) and (not special or LOCAL.enabled):
                    t._req = True
                    t._node = node = new(MulBackward0)
                    if other._req:
                        ey = other._node or leaf_edge(other)
                        node.x = self
                        node.vx = 0 if self._ver is None else self._ver.n
                    else:
                        ey = node.x = None
                    if self._req:
                        ex = self._node or leaf_edge(self)
                        node.y = other
                        node.vy = 0 if other._ver is None else other._ver.n
                    else:
                        ex = node.y = None
                    node.edges = (ex, ey)
                    node.shapes = None if a.shape == b.shape else (a.shape, b.shape)
                    node.seq = sequence()
                    node.extra = None
                    frame = _getframe(1)
                    node.place = frame.f_code
                    node.lasti = frame.f_lasti
                else:
                    t._req = False
                    t._node = None
                return t
        elif (type(other) is float or type(other) is int) and (a.dtype is F64 or a.dtype is F32):
            token = ENTER(SILENT)
            z = a * other
            LEAVE(token)
            return _scaled(self, z, MulBackward0, float(other))
    return binary("mul", self, other)


def _scaled(x: Any, z: Any, kind: Any, factor: float) -> Any:
    """The result `z` of multiplying or dividing `x` by a number."""
    t = new(Tensor)
    t._data = z if type(z) is ndarray else array(z)
    t._ver = t._meta = None
    t._req = x._req and (not MODE.special or LOCAL.enabled)
    if not t._req:
        t._node = None
        return t
    t._node = node = new(kind)
    node.edges = (x._node or leaf_edge(x), None)
    node.x = node.shapes = node.extra = node.place = None
    node.y = factor
    node.vy = 0
    node.seq = sequence()
    return t


def div(self: Any, other: Any, *, rounding_mode: str | None = None) -> Any:
    """`self / other`, broadcast; `rounding_mode` may be "floor" or "trunc"."""
    if rounding_mode is not None:
        return binary("floor_divide" if rounding_mode == "floor" else "trunc_divide", self, other)
    special = MODE.special
    if not special or LOCAL.simple:
        a = self._data
        if type(other) is Tensor:
            b = other._data
            dtype = a.dtype
            if dtype is b.dtype and (dtype is F64 or dtype is F32):
                token = ENTER(SILENT)
                try:
                    z = a / b
                except ValueError:
                    return binary("div", self, other)
                finally:
                    LEAVE(token)
                return _quotient(self, other, a, b, z)
        elif (type(other) is float or type(other) is int) and other and (a.dtype is F64 or a.dtype is F32):
            token = ENTER(SILENT)
            z = a / other
            LEAVE(token)
            return _scaled(self, z, DivBackward0, float(other))
    return binary("div", self, other)


def _quotient(x: Any, y: Any, a: Any, b: Any, z: Any) -> Any:
    t = new(Tensor)
    t._data = z if type(z) is ndarray else array(z)
    t._ver = t._meta = None
    if not (x._req or y._req) or (MODE.special and not LOCAL.enabled):
        t._req = False
        t._node = None
        return t
    t._req = True
    t._node = node = new(DivBackward0)
    ex = (x._node or leaf_edge(x)) if x._req else None
    ey = (y._node or leaf_edge(y)) if y._req else None
    node.x = x if ey is not None else None
    node.vx = 0 if x._ver is None else x._ver.n
    node.y = y
    node.vy = 0 if y._ver is None else y._ver.n
    node.edges = (ex, ey)
    node.shapes = None if a.shape == b.shape else (a.shape, b.shape)
    node.seq = sequence()
    node.extra = None
    frame = _getframe(2)
    node.place = frame.f_code
    node.lasti = frame.f_lasti
    return t


def mm(self: Any, other: Any) -> Any:
    """The product of two real matrices in the plain case; None where that is not the case."""
    a, b = self._data, other._data
    dtype = a.dtype
    if (MODE.special and not LOCAL.simple) or dtype is not b.dtype or not (dtype is F32 or dtype is F64) or (
            a.shape[1] != b.shape[0]):
        return None
    t = new(Tensor)
    t._data = a @ b
    t._ver = t._meta = t._node = None
    t._req = False
    if not (self._req or other._req) or (MODE.special and not LOCAL.enabled):
        return t
    t._req = True
    t._node = node = new(MmBackward0)
    node.x = node.y = ex = ey = None
    if other._req:
        ey = other._node or leaf_edge(other)
        node.x, node.vx = self, 0 if self._ver is None else self._ver.n
    if self._req:
        ex = self._node or leaf_edge(self)
        node.y, node.vy = other, 0 if other._ver is None else other._ver.n
    node.edges = (ex, ey)
    node.shapes = node.extra = None
    node.seq = sequence()
    node.place, node.lasti = user_place()
    return t


def neg(self: Any) -> Any:
    """`-self`."""
    if MODE.special or self._data.dtype is BOOL:
        return binary("neg", self, None)
    t = new(Tensor)
    z = -self._data
    t._data = z if type(z) is ndarray else array(z)
    t._ver = t._meta = None
    t._req = self._req
    t._node = None
    if self._req:
        t._node = node = new(NegBackward0)
        node.edges = (self._node or leaf_edge(self),)
        node.seq = sequence()
        node.extra = node.place = None
    return t
