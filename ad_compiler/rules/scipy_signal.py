"""The rows of `scipy.signal`: convolutions and linear filters. Imported where that is in use already."""
from __future__ import annotations

from typing import Any

import numpy as np
import scipy.signal as signal

from ad_compiler.rules.linalg_parts import conj, is_complex
from ad_compiler.rules.row import Partial, Row, rule
from ad_compiler.rules.samples import Draw, Samples, call, calls
from ad_compiler.rules.scipy_calls import linear_through, through

lfilter = through(signal.lfilter)
hilbert = through(signal.hilbert)
detrend = through(signal.detrend)


def in_full(g: Any, one: Any, two: Any, mode: str, axes: Any = None, odd_first: bool = False) -> Any:
    """The cotangent of a convolution of operands with shapes `one` and `two`, as one of the full convolution.

    An odd number of places that mode "same" cut off leaves one more behind, or before if `odd_first`.
    """
    if mode == "full":
        return g
    over = range(g.ndim) if axes is None else [axis % g.ndim for axis in np.atleast_1d(axes)]
    width: list[tuple[Any, Any]] = [(0, 0)] * g.ndim
    for axis in over:
        cut = one[axis] + two[axis] - 1 - g.shape[axis]
        before = cut - cut // 2 if odd_first else cut // 2
        width[axis] = (before, cut - before)
    return np.pad(g, width)


def no_boundary(boundary: str, fillvalue: Any) -> None:
    if boundary not in ("fill", "pad") or not (isinstance(fillvalue, int | float) and fillvalue == 0):
        raise NotImplementedError("two-dimensional convolutions: derivatives for a boundary of zeros only")


def _pairs(*, mixed: bool = True, two: bool = False, **params: Any) -> Samples:
    def build(draw: Draw) -> Any:
        shapes = [((4, 3), (2, 2)), ((3, 5), (3, 2)), ((2, 2), (4, 3))]
        if not two:
            shapes += [((5,), (3,)), ((4,), (2,)), ((3,), (6,))]
        for one, two_ in shapes:
            for mode in ("full", "same", "valid"):
                yield call(draw.real(*one), draw.real(*two_), mode, **params)
        if mixed:
            yield call(draw.complex(4, 3), draw.complex(2, 2), **params)
            yield call(draw.real(4, 3), draw.complex(2, 2), "same", **params)
            yield call(draw.complex(2, 2), draw.complex(4, 3), "valid", **params)
    return Samples(build)


def convolution(function: Any, options: str) -> Row:
    """The row of `convolve` (`method`), `fftconvolve` and `oaconvolve` (`axes`)."""
    offered = through(function)
    if options == "method":
        def vjp(g: Any, other: Any, in1: Any, in2: Any, mode: str, method: str) -> Any:
            return offered(in_full(g, in1, in2, mode), np.flip(other), "valid", method)
        return linear_through(
            function, "in1, in2, mode='full', method='auto'",
            samples=_pairs() + _pairs(mixed=False, method="direct"),
            in1=lambda g, in1_shape, in2, mode, method: vjp(g, in2, in1_shape, in2.shape, mode, method),
            in2=lambda g, in1, in2_shape, mode, method: vjp(g, in1, in1.shape, in2_shape, mode, method))

    def vjp_axes(g: Any, other: Any, in1: Any, in2: Any, mode: str, axes: Any) -> Any:
        return offered(in_full(g, in1, in2, mode, axes), np.flip(other, axes), "valid", axes)
    return linear_through(
        function, "in1, in2, mode='full', axes=None",
        samples=_pairs() + calls(lambda s: call(s.real(3, 5), s.real(3, 2), axes=1),
                                 lambda s: call(s.real(3, 5), s.real(1, 2), "same", axes=(1,))),
        in1=lambda g, in1_shape, in2, mode, axes: vjp_axes(g, in2, in1_shape, in2.shape, mode, axes),
        in2=lambda g, in1, in2_shape, mode, axes: vjp_axes(g, in1, in1.shape, in2_shape, mode, axes))


_convolve = through(signal.convolve)
_convolve2d = through(signal.convolve2d)


def correlate_left(g: Any, in1_shape: Any, in2: Any, mode: str, odd_first: bool = False) -> Any:
    """Cotangent of `in1` in a correlation, for a cotangent that is not conjugated."""
    return _convolve(in_full(g, in1_shape, in2.shape, mode, None, odd_first), in2, "valid")


def correlate_right(g: Any, in1: Any, in2_shape: Any, mode: str, odd_first: bool = False) -> Any:
    """Cotangent of `in2` in a correlation, which conjugates it."""
    full = in_full(g, in1.shape, in2_shape, mode, None, odd_first)
    return np.flip(_convolve(conj(full), np.flip(in1), "valid"))


def convolve2d_cotangent(g: Any, other: Any, in1: Any, in2: Any, mode: str, boundary: str,
                         fillvalue: Any) -> Any:
    no_boundary(boundary, fillvalue)
    return _convolve2d(in_full(g, in1, in2, mode), np.flip(other), "valid")


def conjugated_if_swapped(g: Any, in1: Any, in2: Any, mode: str) -> Any:
    """The cotangent of the correlation proper: SciPy's is its conjugate where it swaps its arguments.

    `correlate2d` does so for "valid" if the first one is the smaller one, and then conjugates that one. (Formulas do
    not compare sizes: the longer of two is half of both and of how much longer it is.)
    """
    if mode != "valid" or not is_complex(g):
        return g
    longest = [(one + two + rest - 1) // 2 for one, two, rest in zip(in1, in2, g.shape, strict=True)]
    rows, columns = ((2 * size - own - 1) // size for own, size in zip(in1, longest, strict=True))  # 1 if shorter
    return np.real(g) + 1j * (1 - 2 * (rows + columns - rows * columns)) * np.imag(g)


def correlate2d_left(g: Any, in1_shape: Any, in2: Any, mode: str, boundary: str, fillvalue: Any) -> Any:
    no_boundary(boundary, fillvalue)
    g = conjugated_if_swapped(g, in1_shape, in2.shape, mode)
    return correlate_left(g, in1_shape, in2, mode, odd_first=True)


def correlate2d_right(g: Any, in1: Any, in2_shape: Any, mode: str, boundary: str, fillvalue: Any) -> Any:
    no_boundary(boundary, fillvalue)
    g = conjugated_if_swapped(g, in1.shape, in2_shape, mode)
    return correlate_right(g, in1, in2_shape, mode, odd_first=True)


def unfiltered(a: Any, x: Any, axis: int) -> Any:
    """`x` through the recursive part of a filter alone."""
    return lfilter(np.ones_like(a[:1]), a, x, axis)


def lag_sums(g: Any, signal_: Any, count: Any, axis: int) -> Any:
    """`sum of g[n] * signal[n - k]` for the lags `k` below `count`, along one axis, over all others."""
    g, signal_ = np.moveaxis(g, axis, -1), np.moveaxis(signal_, axis, -1)
    width = [(0, 0)] * (g.ndim - 1) + [(count - 1, 0)]
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(signal_, width), count, axis=-1)
    return np.tensordot(g, windows, axes=g.ndim)[::-1]


def no_state(zi: Any) -> None:
    if zi is not None:
        raise NotImplementedError("scipy.signal.lfilter with an initial state zi has no derivative here")


def lfilter_input(g: Any, b: Any, a: Any, axis: int, zi: Any) -> Any:
    """Cotangent of the signal: the same filter, backwards in time."""
    no_state(zi)
    return np.flip(lfilter(b, a, np.flip(g, axis), axis), axis)


def lfilter_numerator(g: Any, b_shape: Any, a: Any, x: Any, axis: int, zi: Any) -> Any:
    no_state(zi)
    return lag_sums(g, unfiltered(a, x, axis), b_shape[0], axis)


def lfilter_denominator(g: Any, a: Any, out: Any, axis: int, zi: Any) -> Any:
    no_state(zi)
    return -lag_sums(g, unfiltered(a, out, axis), a.shape[0], axis)


def hilbert_cotangent(g: Any, N: Any, axis: int) -> Any:
    """The transform of a real signal is antisymmetric; `g` is not conjugated."""
    if N is not None:
        raise NotImplementedError("scipy.signal.hilbert with N has no derivative here: pad or cut the signal")
    return np.real(g) - np.imag(hilbert(np.imag(g), axis=axis))


RULES: tuple[Row, ...] = (
    convolution(signal.convolve, "method"), convolution(signal.fftconvolve, "axes"),
    convolution(signal.oaconvolve, "axes"),
    linear_through(
        signal.correlate, "in1, in2, mode='full', method='auto'", holomorphic=False, samples=_pairs(),
        in1=lambda g, in1_shape, in2, mode: correlate_left(g, in1_shape, in2, mode),
        in2=lambda g, in1, in2_shape, mode: correlate_right(g, in1, in2_shape, mode)),
    linear_through(
        signal.convolve2d, "in1, in2, mode='full', boundary='fill', fillvalue=0", samples=_pairs(two=True),
        in1=lambda g, in1_shape, in2, mode, boundary, fillvalue:
            convolve2d_cotangent(g, in2, in1_shape, in2.shape, mode, boundary, fillvalue),
        in2=lambda g, in1, in2_shape, mode, boundary, fillvalue:
            convolve2d_cotangent(g, in1, in1.shape, in2_shape, mode, boundary, fillvalue)),
    linear_through(
        signal.correlate2d, "in1, in2, mode='full', boundary='fill', fillvalue=0", samples=_pairs(two=True),
        holomorphic=False,
        in1=lambda g, in1_shape, in2, mode, boundary, fillvalue:
            correlate2d_left(g, in1_shape, in2, mode, boundary, fillvalue),
        in2=lambda g, in1, in2_shape, mode, boundary, fillvalue:
            correlate2d_right(g, in1, in2_shape, mode, boundary, fillvalue)),
    # a * y = b * x   =>   a * y_dot = b_dot * x + b * x_dot - a_dot * y
    rule(signal.lfilter, "b, a, x, axis=-1, zi=None",
         samples=calls(lambda s: call(s.real(3), s.nonzero(2), s.real(6)),
                       lambda s: call(s.real(2), np.array([2.0, 0.5, -0.3]), s.real(5, 2), axis=0),
                       lambda s: call(s.real(3), np.array([1.5]), s.real(2, 4)),
                       lambda s: call(s.complex(2), np.array([1.0, 0.5j]), s.complex(5))),
         b=Partial(vjp=lambda g, b_shape, a, x, axis, zi: lfilter_numerator(g, b_shape, a, x, axis, zi),
                   jvp=lambda d, a, x, axis: lfilter(d, a, x, axis)),
         a=Partial(vjp=lambda g, a, out, axis, zi: lfilter_denominator(g, a, out, axis, zi),
                   jvp=lambda d, a, out, axis: -lfilter(d, a, out, axis)),
         x=Partial(vjp=lambda g, b, a, axis, zi: lfilter_input(g, b, a, axis, zi),
                   jvp=lambda d, b, a, axis: lfilter(b, a, d, axis))),
    linear_through(signal.hilbert, "x, N=None, axis=-1", holomorphic=False,
                   samples=calls(lambda s: call(s.real(6)), lambda s: call(s.real(5)),
                                 lambda s: call(s.real(4, 2), axis=0)),
                   x=lambda g, N, axis: hilbert_cotangent(g, N, axis)),
    # a symmetric projection
    linear_through(signal.detrend, "data, axis=-1, type='linear', bp=0",
                   samples=calls(lambda s: call(s.real(6)), lambda s: call(s.real(3, 5), 0, "constant"),
                                 lambda s: call(s.real(6), bp=3)),
                   data=lambda g, axis, type, bp: detrend(g, axis, type, bp)),
)
