"""The rows of `scipy.fft`. Imported only where `scipy.fft` is in use already.

Fourier transforms share the formulas of `np.fft`. Cosine and sine transforms of types 2 and 3 are each
other's transposes but for one entry, which one of them counts half; those of types 1 and 4 are their own.
"""
from __future__ import annotations

from typing import Any

import numpy as np
import scipy.fft as sf

from ad_compiler.rules.fft import (
    OTHER_NORM,
    along,
    fft_cotangent,
    fftn_cotangent,
    fitted,
    irfft_cotangent,
    irfftn_cotangent,
    many_axes,
    one_axis,
    rfft_cotangent,
    rfftn_cotangent,
    shifts,
)
from ad_compiler.rules.linalg_parts import conj
from ad_compiler.rules.row import Row
from ad_compiler.rules.samples import Draw, Samples, call
from ad_compiler.rules.scipy_calls import linear_through, through

ONE = "x, n=None, axis=-1, norm=None, *, workers=None"
MANY = "x, s=None, axes=None, norm=None, *, workers=None"
TWO = "x, s=None, axes=(-2, -1), norm=None, *, workers=None"
COSINE = "x, type=2, n=None, axis=-1, norm=None, *, workers=None, orthogonalize=None"

_TRANSPOSED_TYPE = {1: 1, 2: 3, 3: 2, 4: 4}


def scaled_ends(x: Any, axis: int, first: float, last: float) -> Any:
    """`x` with its first and its last entry along an axis multiplied by a factor each."""
    def cut(start: Any, stop: Any) -> Any:
        return x[along(x.ndim, axis, slice(start, stop))]
    if last == 1:
        parts = [first * cut(None, 1), cut(1, None)]
    elif first == 1:
        parts = [cut(None, -1), last * cut(-1, None)]
    else:  # type 1, of two entries or more
        parts = [first * cut(None, 1), cut(1, -1), last * cut(-1, None)]
    return np.concatenate(parts, axis=axis)


def trigonometric_transpose(transform: Any, g: Any, kind: int, axis: int, norm: Any, cosine: bool) -> Any:
    """Transpose of `dct` or `dst` of one type; `transform` is the same function."""
    turned = _TRANSPOSED_TYPE[kind]
    if norm == "ortho" or kind == 4 or (kind == 1 and not cosine):
        return transform(g, type=turned, axis=axis, norm=norm)
    if kind == 1:
        return scaled_ends(transform(scaled_ends(g, axis, 2, 2), type=1, axis=axis, norm=norm), axis, 0.5,
                           0.5)
    ends = (2, 1) if cosine else (1, 2)
    if kind == 2:
        return transform(scaled_ends(g, axis, *ends), type=turned, axis=axis, norm=norm)
    return scaled_ends(transform(g, type=turned, axis=axis, norm=norm), axis, 1 / ends[0], 1 / ends[1])


def trigonometric(function: Any, forward: Any) -> Row:
    """The row of `dct`, `dst` or an inverse; `forward` is the function without the inversion."""
    offered, cosine, inverse = through(forward), forward is sf.dct, function is not forward

    def vjp(g: Any, x_shape: Any, kind: int, n: Any, axis: int, norm: Any, orthogonalize: Any) -> Any:
        if orthogonalize is not None and orthogonalize != (norm == "ortho"):
            raise NotImplementedError("cosine and sine transforms: no derivative with an orthogonalize=")
        kind, norm = (_TRANSPOSED_TYPE[kind], OTHER_NORM[norm]) if inverse else (kind, norm)
        x_bar = trigonometric_transpose(offered, g, kind, axis, norm, cosine)
        return x_bar if n is None else fitted(x_bar, [axis], [x_shape[axis]])
    return linear_through(function, COSINE, samples=_cosines(),
                          x=lambda g, x_shape, type, n, axis, norm, orthogonalize:
                              vjp(g, x_shape, type, n, axis, norm, orthogonalize))


def _cosines() -> Samples:
    def build(draw: Draw) -> Any:
        for kind in (1, 2, 3, 4):
            for norm in (None, "ortho", "forward"):
                yield call(draw.real(5), kind, norm=norm)
                yield call(draw.real(4, 3), kind, axis=0, norm=norm)
        yield call(draw.real(5), 2, 3)
        yield call(draw.real(3), 3, 5)
        yield call(draw.real(1), 2)
    return Samples(build)


RULES: tuple[Row, ...] = (
    linear_through(sf.fft, ONE, samples=one_axis(),
                   x=lambda g, x_shape, n, axis, norm: fft_cotangent(g, x_shape, n, axis, norm, np.fft.fft)),
    linear_through(sf.ifft, ONE, samples=one_axis(),
                   x=lambda g, x_shape, n, axis, norm: fft_cotangent(g, x_shape, n, axis, norm, np.fft.ifft)),
    linear_through(sf.rfft, ONE, samples=one_axis(real=True),
                   x=lambda g, x_shape, n, axis, norm: rfft_cotangent(g, x_shape, n, axis, norm, np.fft.fft)),
    linear_through(sf.ihfft, ONE, samples=one_axis(real=True),
                   x=lambda g, x_shape, n, axis, norm:
                       rfft_cotangent(g, x_shape, n, axis, norm, np.fft.ifft)),
    linear_through(sf.irfft, ONE, samples=one_axis(lengths=(None, 2, 5, 8, 9, 1)), holomorphic=False,
                   x=lambda g, x_shape, n, axis, norm: irfft_cotangent(g, x_shape, n, axis, norm)),
    linear_through(sf.hfft, ONE, samples=one_axis(lengths=(None, 2, 5, 8, 9, 1)), holomorphic=False,
                   x=lambda g, x_shape, n, axis, norm:
                       conj(irfft_cotangent(g, x_shape, n, axis, OTHER_NORM[norm]))),
    linear_through(sf.fftn, MANY, samples=many_axes(keep=False),
                   x=lambda g, x_shape, s, axes, norm:
                       fftn_cotangent(g, x_shape, s, axes, norm, np.fft.fftn)),
    linear_through(sf.ifftn, MANY, samples=many_axes(keep=False),
                   x=lambda g, x_shape, s, axes, norm:
                       fftn_cotangent(g, x_shape, s, axes, norm, np.fft.ifftn)),
    linear_through(sf.fft2, TWO, samples=many_axes(two=True, keep=False),
                   x=lambda g, x_shape, s, axes, norm:
                       fftn_cotangent(g, x_shape, s, axes, norm, np.fft.fft2)),
    linear_through(sf.ifft2, TWO, samples=many_axes(two=True, keep=False),
                   x=lambda g, x_shape, s, axes, norm:
                       fftn_cotangent(g, x_shape, s, axes, norm, np.fft.ifft2)),
    linear_through(sf.rfftn, MANY, samples=many_axes(real=True, keep=False),
                   x=lambda g, x_shape, s, axes, norm: rfftn_cotangent(g, x_shape, s, axes, norm)),
    linear_through(sf.rfft2, TWO, samples=many_axes(real=True, two=True, keep=False),
                   x=lambda g, x_shape, s, axes, norm: rfftn_cotangent(g, x_shape, s, axes, norm)),
    linear_through(sf.irfftn, MANY, samples=many_axes(keep=False), holomorphic=False,
                   x=lambda g, x_shape, s, axes, norm: irfftn_cotangent(g, x_shape, s, axes, norm, even=False)),
    linear_through(sf.irfft2, TWO, samples=many_axes(two=True, keep=False), holomorphic=False,
                   x=lambda g, x_shape, s, axes, norm: irfftn_cotangent(g, x_shape, s, axes, norm, even=False)),
    trigonometric(sf.dct, sf.dct), trigonometric(sf.idct, sf.dct), trigonometric(sf.dst, sf.dst),
    trigonometric(sf.idst, sf.dst),
    linear_through(sf.fftshift, "x, axes=None", samples=shifts(),
                   x=lambda g, axes: np.fft.ifftshift(g, axes)),
    linear_through(sf.ifftshift, "x, axes=None", samples=shifts(),
                   x=lambda g, axes: np.fft.fftshift(g, axes)),
)
