"""Result types of Fourier transforms: they keep the sizes of their argument, but for the halves of real ones.

    np.fft.fft2(x)          (n, m)
    np.fft.rfft(x)          (n // 2 + 1,)
    np.fft.irfft(y)         (2 * n - 2,)
"""
from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..ir import nodes as ir
from ..ir.types import Array, Dim, Type, size, unknown_dim
from .infer import dim_of
from .shape_arguments import axes_of, numeric
from .stand_ins import stand_in_type

_NONE = ir.Const(None)
_LAST = ir.Const(-1)
_LAST_TWO = ir.Const((-2, -1))
_HALVED = {np.fft.rfft, np.fft.ihfft, np.fft.rfft2, np.fft.rfftn}
_DOUBLED = {np.fft.irfft, np.fft.hfft, np.fft.irfft2, np.fft.irfftn}


def _is_none(arg: ir.Arg) -> bool:
    return isinstance(arg, ir.Const) and arg.value is None


def _type(fn: Any, a: ir.Arg, axes: Sequence[int], length: ir.Arg) -> Type:
    """The type of a transform along axes, of which the last one may have its length given."""
    t = numeric(a)
    assert isinstance(t, Array)
    dtype = fn(np.ones((2,) * t.ndim, t.dtype)).dtype
    dims = list(t.dims)
    if axes:
        last = axes[-1]
        if not _is_none(length):
            dims[last] = dim_of(length)
        if fn in _HALVED:
            dims[last] = _half(dims[last])
        elif fn in _DOUBLED and _is_none(length):
            dims[last] = dims[last].scaled(2) + -2
    return Array(dtype, tuple(dims))


def _half(dim: Dim) -> Dim:
    return size(dim.const // 2 + 1) if dim.known else unknown_dim()


def _along_one(fn: Any) -> Callable[..., Type]:
    def rule(a: ir.Arg, n: ir.Arg = _NONE, axis: ir.Arg = _LAST, norm: ir.Arg = _NONE) -> Type:
        t = numeric(a)
        return _type(fn, a, axes_of(axis, len(getattr(t, "dims", ()))), n)

    return rule


def _along_many(fn: Any, usual: ir.Const) -> Callable[..., Type]:
    def rule(a: ir.Arg, s: ir.Arg = _NONE, axes: ir.Arg = usual, norm: ir.Arg = _NONE) -> Type:
        if not _is_none(s):
            return stand_in_type(fn, (a, s, axes, norm), {})
        t = numeric(a)
        return _type(fn, a, axes_of(axes, len(getattr(t, "dims", ()))), _NONE)

    return rule


def _shifted(x: ir.Arg, axes: ir.Arg = _NONE) -> Type:
    return numeric(x)


RULES: dict[Any, Callable[..., Type]] = {
    **{fn: _along_one(fn) for fn in (np.fft.fft, np.fft.ifft, np.fft.rfft, np.fft.irfft, np.fft.hfft, np.fft.ihfft)},
    **{fn: _along_many(fn, _LAST_TWO) for fn in (np.fft.fft2, np.fft.ifft2, np.fft.rfft2, np.fft.irfft2)},
    **{fn: _along_many(fn, _NONE) for fn in (np.fft.fftn, np.fft.ifftn, np.fft.rfftn, np.fft.irfftn)},
    np.fft.fftshift: _shifted, np.fft.ifftshift: _shifted,
}
