"""The hottest operations, by hand: `+ - * /`, powers, negation and matrix products of tensors.

Each is the same as the table's row for it (a test compares them); what is gained is time. The plain case
(two tensors of one dtype, or a tensor and a Python number; default modes) is handled here, everything else by
`runtime.promotion.binary`.
"""
from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from runtime.arithmetic_nodes import (
    AddBackward0,
    DivBackward0,
    MmBackward0,
    MulBackward0,
    NegBackward0,
    PowBackward0,
    SubBackward0,
)
from runtime.constants import DOUBLE, F32, F64, SINGLE, constant
from runtime.core import leaf_edge, new, sequence
from runtime.grad_mode import LOCAL, MODE
from runtime.places import user_place
from runtime.promotion import binary
from runtime.quiet import ENTER, LEAVE, SILENT
from runtime.tensor import Tensor

ndarray = np.ndarray
array = np.array
BOOL = np.dtype("?")


def _operation(name: str, doc: str, operate: Callable[[Any, Any], Any], node_of: Callable[..., Any],
               number_node: Callable[..., Any]) -> Any:
    """The operation `operate`: two tensors are recorded by `node_of(x, y, a, b)`, which gets their arrays too, a
    tensor and a number by `number_node(x, number)`."""
    def apply(self: Any, other: Any) -> Any:
        special = MODE.special
        if not special or LOCAL.simple:
            a = self._data
            dtype = a.dtype
            if type(other) is Tensor:
                b = other._data
                if dtype is b.dtype and (dtype is F64 or dtype is F32):
                    token = ENTER(SILENT)
                    try:
                        z = operate(a, b)
                    except ValueError:
                        return binary(name, self, other)
                    finally:
                        LEAVE(token)
                    t = new(Tensor)
                    t._data = z if type(z) is ndarray else array(z)
                    t._ver = t._meta = None
                    if (self._req or other._req) and (not special or LOCAL.enabled):
                        t._req = True
                        t._node = node_of(self, other, a, b)
                    else:
                        t._req = False
                        t._node = None
                    return t
            elif (type(other) is float or type(other) is int) and (dtype is F64 or dtype is F32):
                token = ENTER(SILENT)
                try:
                    c = (SINGLE if dtype is F32 else DOUBLE).get(other)
                    z = operate(a, constant(other, dtype) if c is None else c)
                finally:
                    LEAVE(token)
                t = new(Tensor)
                t._data = z if type(z) is ndarray else array(z)
                t._ver = t._meta = None
                t._req = self._req and (not special or LOCAL.enabled)
                t._node = number_node(self, other) if t._req else None
                return t
        return binary(name, self, other)
    apply.__name__ = apply.__qualname__ = name
    apply.__doc__ = doc
    return apply


def _sum_node(kind: Any) -> Callable[..., Any]:
    def node_of(x: Any, y: Any, a: Any = None, b: Any = None) -> Any:
        node = new(kind)
        if a is None:  # `y` is a number
            node.edges, node.shapes = (x._node or leaf_edge(x), None), None
        else:
            node.edges = ((x._node or leaf_edge(x)) if x._req else None, (y._node or leaf_edge(y)) if y._req else None)
            shapes = a.shape, b.shape
            node.shapes = None if shapes[0] == shapes[1] else shapes
        node.seq = sequence()
        node.extra = node.place = None
        return node
    return node_of


def _number_node(kind: Any) -> Callable[..., Any]:
    """The node of multiplying or dividing by a number, or of raising to one."""
    def node_of(x: Any, number: Any) -> Any:
        node = new(kind)
        node.edges = (x._node or leaf_edge(x), None)
        node.x = node.shapes = node.extra = node.place = None
        node.y = number
        node.vx = node.vy = 0
        node.seq = sequence()
        return node
    return node_of


def _product_node(kind: Any, depth: int = 3) -> Callable[..., Any]:
    """The node of a product: each operand is saved for the gradient of the other. The user is `depth` frames up."""
    def node_of(x: Any, y: Any, a: Any, b: Any) -> Any:
        node = new(kind)
        if y._req:
            ey = y._node or leaf_edge(y)
            node.x = x
            node.vx = 0 if x._ver is None else x._ver.n
        else:
            ey = node.x = None
        if x._req:
            ex = x._node or leaf_edge(x)
            node.y = y
            node.vy = 0 if y._ver is None else y._ver.n
        else:
            ex = node.y = None
        node.edges = (ex, ey)
        node.shapes = None if kind is MmBackward0 or a.shape == b.shape else (a.shape, b.shape)
        node.seq = sequence()
        node.extra = None
        node.place, node.lasti = user_place(depth)
        return node
    return node_of


def _quotient_node(x: Any, y: Any, a: Any, b: Any) -> Any:
    node = new(DivBackward0)
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
    node.place, node.lasti = user_place(3)
    return node


add = _operation("add", "`self + other`, broadcast.", operator.add, _sum_node(AddBackward0), _sum_node(AddBackward0))
sub = _operation("sub", "`self - other`, broadcast.", operator.sub, _sum_node(SubBackward0), _sum_node(SubBackward0))
mul = _operation("mul", "`self * other`, broadcast.", operator.mul, _product_node(MulBackward0),
                 _number_node(MulBackward0))
divide = _operation("div", "`self / other`, broadcast.", operator.truediv, _quotient_node, _number_node(DivBackward0))


def div(self: Any, other: Any, *, rounding_mode: str | None = None) -> Any:
    """`self / other`, broadcast; `rounding_mode` may be "floor" or "trunc"."""
    if rounding_mode is None:
        return divide(self, other)
    if rounding_mode not in ("floor", "trunc"):
        raise RuntimeError("div expected rounding_mode to be one of None, 'trunc', or 'floor' but found "
                           f"'{rounding_mode}'")
    return binary(f"div_{rounding_mode}", self, other)


def power(self: Any, exponent: Any) -> Any:
    """`self ** exponent` for a number as exponent."""
    a = self._data
    dtype = a.dtype
    if (MODE.special and not LOCAL.simple) or not (dtype is F64 or dtype is F32) or not (
            type(exponent) is float or type(exponent) is int):
        return binary("pow_scalar", self, exponent)
    token = ENTER(SILENT)
    try:
        z = a ** exponent
    finally:
        LEAVE(token)
    t = new(Tensor)
    t._data = z if type(z) is ndarray else array(z)
    t._ver = t._meta = t._node = None
    t._req = self._req and (not MODE.special or LOCAL.enabled)
    if t._req:
        t._node = node = new(PowBackward0)
        node.edges = (self._node or leaf_edge(self), None)
        node.x, node.vx, node.y = self, 0 if self._ver is None else self._ver.n, exponent
        node.shapes = node.extra = None
        node.seq = sequence()
        node.place, node.lasti = user_place(3)
    return t


def matrix_operator(general: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """`self @ other`: two matrices of real numbers here, `general` for everything else."""
    node_of = _product_node(MmBackward0)

    def apply(self: Any, other: Any) -> Any:
        if type(other) is not Tensor or (MODE.special and not LOCAL.simple):
            return general(self, other)
        a, b = self._data, other._data
        dtype = a.dtype
        if a.ndim != 2 or b.ndim != 2 or dtype is not b.dtype or not (dtype is F32 or dtype is F64) or (
                a.shape[1] != b.shape[0]):
            return general(self, other)
        token = ENTER(SILENT)
        try:
            z = a.dot(b)  # what `a @ b` is for two matrices, in half the time where they are small
        finally:
            LEAVE(token)
        t = new(Tensor)
        t._data = z
        t._ver = t._meta = t._node = None
        t._req = (self._req or other._req) and (not MODE.special or LOCAL.enabled)
        if t._req:
            t._node = node_of(self, other, a, b)
        return t
    apply.__name__ = apply.__qualname__ = "matmul"
    apply.__doc__ = general.__doc__
    return apply


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
