"""Filters of `scipy.signal` in plain NumPy: run both ways, in sections, from a state; resampling."""
from __future__ import annotations

from typing import Any

import numpy as np
import scipy.signal as sg

from ad_compiler.rules.written import Written
from ad_compiler.rules.written.options import unsupported
from ad_compiler.rules.written.padding import odd


def resample(x: Any, num: int, t: Any = None, axis: int = 0, window: Any = None, domain: str = "time") -> Any:
    """`scipy.signal.resample` of a real signal: its spectrum, cut or filled with zeros."""
    if t is not None or window is not None or domain != "time":
        unsupported("scipy.signal.resample: derivatives without t=, window= and domain=")
    axis = axis % np.ndim(x)
    size = np.shape(x)[axis]
    spectrum = np.moveaxis(np.fft.rfft(x, axis=axis), axis, -1)
    fewer = min(num, size)
    kept = spectrum[..., :fewer // 2 + 1]
    if fewer % 2 == 0 and num != size:  # the highest frequency stands for two
        factor = np.where(np.arange(fewer // 2 + 1) == fewer // 2, 2.0 if num < size else 0.5, 1.0)
        kept = kept * np.astype(factor, np.real(spectrum).dtype)
    return np.moveaxis(np.fft.irfft(kept, num), -1, axis) * (num / size)


def padded_ends(x: Any, axis: int, padtype: Any, edge: int) -> Any:
    """A signal continued at both ends before it is filtered."""
    if padtype is None or edge == 0:
        return x
    if padtype == "odd":
        return odd(x, axis, edge, edge, "reflect")
    width = [(edge, edge) if k == axis else (0, 0) for k in range(np.ndim(x))]
    return np.pad(x, width, mode="reflect" if padtype == "even" else "edge")


def filtfilt(b: Any, a: Any, x: Any, axis: int = -1, padtype: Any = "odd", padlen: Any = None, method: str = "pad",
             irlen: Any = None) -> Any:
    """`scipy.signal.filtfilt`: forwards and backwards, each run begun in the filter's steady state.

    A run that starts from the state of a constant input is the filter applied to the signal less its first value.
    """
    if method != "pad":
        unsupported("scipy.signal.filtfilt: derivatives for method 'pad'")
    axis = axis % np.ndim(x)
    x = x * np.ones(1)  # what is filtered is of double precision
    edge = 3 * max(np.size(a), np.size(b)) if padlen is None else padlen
    wide = np.moveaxis(padded_ends(x, axis, padtype, edge), axis, -1)
    there = steady(b, a, wide)
    back = np.flip(steady(b, a, np.flip(there, -1)), -1)
    inner = back[..., edge:np.shape(back)[-1] - edge] if padtype is not None else back
    return np.moveaxis(inner, -1, axis)


def steady(b: Any, a: Any, x: Any) -> Any:
    """A filter over the last axis, begun in the state to which a constant input of the first value leads."""
    gain = np.sum(b) / np.sum(a)
    first = x[..., :1]
    return sg.lfilter(b, a, x - first) + gain * first


def savgol_filter(x: Any, window_length: int, polyorder: int, deriv: int = 0, delta: Any = 1.0, axis: int = -1,
                  mode: str = "interp", cval: Any = 0.0) -> Any:
    """`scipy.signal.savgol_filter`: a correlation, with a polynomial fitted to each end, or the signal continued."""
    axis = axis % np.ndim(x)
    half = window_length // 2
    weights = sg.savgol_coeffs(window_length, polyorder, deriv, delta, use="dot")
    lines = np.moveaxis(x, axis, -1)
    if mode != "interp":
        kind = {"mirror": "reflect", "nearest": "edge", "wrap": "wrap", "constant": "constant"}[mode]
        width = [(half, window_length - 1 - half) if k == np.ndim(x) - 1 else (0, 0) for k in range(np.ndim(x))]
        lines = np.pad(lines, width, mode=kind)
    inner = np.lib.stride_tricks.sliding_window_view(lines, window_length, axis=-1) @ weights
    if mode != "interp":
        return np.moveaxis(inner, -1, axis)
    n = window_length
    first, last = end_weights(n, polyorder, deriv, delta)
    begin, end = lines[..., :n] @ first[:, :half], lines[..., -n:] @ last[:, n - half:]
    return np.moveaxis(np.concatenate([begin, inner, end], axis=-1), -1, axis)


def end_weights(n: int, polyorder: int, deriv: int, delta: Any) -> Any:
    """Weights that turn the values of a window into those of the polynomial fitted to it, at each of its places."""
    columns = [sg.savgol_coeffs(n, polyorder, deriv, delta, pos=place, use="dot") for place in range(n)]
    table = np.stack(columns, axis=1)
    return table, table


def sections(sos: Any, x: Any, axis: int = -1, zi: Any = None) -> Any:
    """`scipy.signal.sosfilt`: one filter after the other."""
    if zi is not None:
        unsupported("scipy.signal.sosfilt: derivatives without zi=")
    x = x * np.ones(1)  # what is filtered is of double precision
    for k in range(np.shape(sos)[0]):
        x = sg.lfilter(sos[k, :3], sos[k, 3:], x, axis)
    return x


def sosfiltfilt(sos: Any, x: Any, axis: int = -1, padtype: Any = "odd", padlen: Any = None) -> Any:
    """`scipy.signal.sosfiltfilt`: forwards and backwards, each run begun in the filter's steady state."""
    axis = axis % np.ndim(x)
    x = x * np.ones(1)
    taps = 2 * np.shape(sos)[0] + 1
    taps = taps - min(int(np.sum(sos[:, 2] == 0)), int(np.sum(sos[:, 5] == 0)))
    edge = 3 * taps if padlen is None else padlen
    wide = np.moveaxis(padded_ends(x, axis, padtype, edge), axis, -1)
    for k in range(np.shape(sos)[0]):
        wide = steady(sos[k, :3], sos[k, 3:], wide)
    wide = np.flip(wide, -1)
    for k in range(np.shape(sos)[0]):
        wide = steady(sos[k, :3], sos[k, 3:], wide)
    back = np.flip(wide, -1)
    inner = back[..., edge:np.shape(back)[-1] - edge] if padtype is not None else back
    return np.moveaxis(inner, -1, axis)


def lfilter(b: Any, a: Any, x: Any, axis: int = -1, zi: Any = None) -> Any:
    """`scipy.signal.lfilter` from a state, of a signal that is longer than the filter.

    The state works like an input of its own, to the recursive part only (transposed direct form II).
    """
    b, a = np.asarray(b) / a[0], np.asarray(a) / a[0]
    order = max(np.shape(a)[0], np.shape(b)[0]) - 1
    b = np.concatenate([b, np.zeros(order + 1 - np.shape(b)[0])])
    a = np.concatenate([a, np.zeros(order + 1 - np.shape(a)[0])])
    lines = np.moveaxis(x, axis, -1)
    n = np.shape(lines)[-1]
    state = np.broadcast_to(np.moveaxis(zi, axis, -1), (*np.shape(lines)[:-1], order))
    pushed = np.concatenate([state, np.zeros((*np.shape(lines)[:-1], n - order))], axis=-1)
    y = sg.lfilter(b, a, lines) + sg.lfilter(np.array([1.0]), a, pushed)
    left = []
    for i in range(order):
        left.append(np.sum(b[i + 1:] * np.flip(lines[..., n - order + i:], -1)
                           - a[i + 1:] * np.flip(y[..., n - order + i:], -1), axis=-1))
    return np.moveaxis(y, -1, axis), np.moveaxis(np.stack(left, axis=-1), -1, axis)


def upfirdn(h: Any, x: Any, up: int = 1, down: int = 1, axis: int = -1, mode: str = "constant", cval: Any = 0) -> Any:
    """`scipy.signal.upfirdn`: zeros put between samples, a convolution, every `down`-th sample."""
    if mode != "constant":
        unsupported("scipy.signal.upfirdn: derivatives for mode 'constant'")
    lines = np.moveaxis(x, axis, -1)
    n = np.shape(lines)[-1]
    room = np.zeros_like(lines, shape=(*np.shape(lines)[:-1], (n - 1) * up + 1))
    room[..., ::up] = lines
    taps = np.reshape(np.asarray(h), (1,) * (np.ndim(x) - 1) + (-1,))
    return np.moveaxis(sg.convolve(room, taps, method="direct")[..., ::down], -1, axis)


def medfilt(volume: Any, kernel_size: Any = None) -> Any:
    """`scipy.signal.medfilt`: the median of each window, zeros outside."""
    size = 3 if kernel_size is None else kernel_size
    sizes = tuple(size) if isinstance(size, list | tuple) else (size,) * np.ndim(volume)
    wide = np.pad(volume, [(k // 2, k // 2) for k in sizes])
    windows = np.lib.stride_tricks.sliding_window_view(wide, sizes)
    return np.median(windows, axis=tuple(range(np.ndim(volume), 2 * np.ndim(volume))))


def convolve2d(in1: Any, in2: Any, mode: str = "full", boundary: str = "fill", fillvalue: Any = 0) -> Any:
    """`scipy.signal.convolve2d` of a picture that goes on beyond its border."""
    rows, columns = np.shape(in2)
    width = ((rows - 1, rows - 1), (columns - 1, columns - 1))
    if boundary in ("fill", "pad"):
        wide = np.pad(in1, width, constant_values=fillvalue)
    else:
        wide = np.pad(in1, width, mode="wrap" if boundary in ("wrap", "circular") else "symmetric")
    full = sg.convolve2d(wide, in2, mode="valid")
    if mode == "full":
        return full
    if mode == "same":
        top, left = (rows - 1) // 2, (columns - 1) // 2
        return full[top:top + np.shape(in1)[0], left:left + np.shape(in1)[1]]
    return sg.convolve2d(in1, in2, mode="valid")


DEFINITIONS: dict[Any, Written] = {
    sg.resample: Written(resample), sg.filtfilt: Written(filtfilt),
    sg.savgol_filter: Written(savgol_filter), sg.sosfilt: Written(sections, preferred=True),
    sg.sosfiltfilt: Written(sosfiltfilt), sg.lfilter: Written(lfilter, covered={"zi": (None,)}),
    sg.upfirdn: Written(upfirdn), sg.medfilt: Written(medfilt),
    sg.convolve2d: Written(convolve2d, covered={"boundary": ("fill",), "fillvalue": (0,)}),
}
