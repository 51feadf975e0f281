"""The operators of a `TracedArray`, as NumPy's functions; the real and imaginary parts as views."""
from __future__ import annotations

from typing import Any

import numpy as np

from runtime.core import Recorded
from runtime.grad_mode import recording
from runtime.numpy_calls import call
from runtime.traced_writes import store
from runtime.views import AsStridedBackward0, Link, how_made, make_view, take_node

Numbers = (int, float, complex, np.ndarray, np.generic, list, tuple)


def _real(a: np.ndarray) -> np.ndarray:
    return a.real


def _imag(a: np.ndarray) -> np.ndarray:
    return a.imag


def real_part(x: Any) -> Any:
    """The real part of a complex array; it shares memory with `x`."""
    return _part(x, _real)


def imag_part(x: Any) -> Any:
    """The imaginary part of a complex array; it shares memory with `x`."""
    return _part(x, _imag)


def _part(x: Any, take: Any) -> Any:
    data = take(x._data)
    node = None
    if x._req and recording():
        node = take_node(AsStridedBackward0, x, Link(None, take, ()), data.shape)
    return make_view(type(x), x, data, node, take, (), how_made())


def _binary(ufunc: np.ufunc) -> tuple[Any, Any, Any]:
    def forward(self: Any, other: Any) -> Any:
        return call(ufunc, (self, other), {}, type(self)) if _known(self, other) else NotImplemented

    def reflected(self: Any, other: Any) -> Any:
        return call(ufunc, (other, self), {}, type(self)) if _known(self, other) else NotImplemented

    def in_place(self: Any, other: Any) -> Any:
        if not _known(self, other):
            return NotImplemented
        result = call(ufunc, (self, other), {}, type(self))
        # Without dimensions it is a number, unless it was made as an array: `x += 1` gives a number's name a new one.
        written = self._data.ndim or (self._meta is not None and self._meta.cell)
        return store(self, result) if written else result
    return forward, reflected, in_place


def _known(own: Recorded, other: Any) -> bool:
    # a recorded number of Python's is of a class derived from that of recorded arrays
    return isinstance(other, (type(own), *Numbers)) or isinstance(own, type(other))


_BINARY = {"add": np.add, "sub": np.subtract, "mul": np.multiply, "truediv": np.true_divide, "pow": np.power,
           "matmul": np.matmul, "floordiv": np.floor_divide, "mod": np.remainder, "and": np.bitwise_and,
           "or": np.bitwise_or, "xor": np.bitwise_xor, "lshift": np.left_shift, "rshift": np.right_shift}
_COMPARE = {"lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal, "eq": np.equal,
            "ne": np.not_equal}
_UNARY = {"neg": np.negative, "pos": np.positive, "abs": np.absolute, "invert": np.invert}


def _unary(ufunc: np.ufunc) -> Any:
    return lambda self: call(ufunc, (self,), {}, type(self))


def equip(cls: type) -> None:
    """Give a class of recorded arrays NumPy's operators."""
    for name, ufunc in _BINARY.items():
        for prefix, method in zip(("", "r", "i"), _binary(ufunc), strict=True):
            setattr(cls, f"__{prefix}{name}__", method)
    for name, ufunc in _COMPARE.items():
        setattr(cls, f"__{name}__", _binary(ufunc)[0])
    for name, ufunc in _UNARY.items():
        setattr(cls, f"__{name}__", _unary(ufunc))
