"""Waveforms, windows and spectra of `scipy.signal` in plain NumPy."""
from __future__ import annotations

from typing import Any

import numpy as np
import scipy.signal as sg

from ad_compiler.rules.written import Written
from ad_compiler.rules.written.options import unsupported


def gaussian(M: int, std: Any, sym: bool = True, *, xp: Any = None, device: Any = None) -> Any:
    """`scipy.signal.windows.gaussian`."""
    count = M if sym else M + 1
    n = np.arange(count) - (count - 1.0) / 2.0
    window = np.exp(-(n**2) / (2 * std * std))
    return window if sym else window[:-1]


def sawtooth(t: Any, width: Any = 1) -> Any:
    """`scipy.signal.sawtooth`; the jumps are not seen."""
    phase = np.mod(t, 2 * np.pi) / (2 * np.pi)
    rising = phase < width
    up = 2 * phase / np.where(np.equal(width, 0), 1, width) - 1
    down = 1 - 2 * (phase - width) / np.where(np.equal(width, 1), 1, 1 - width)
    return np.where(rising, up, down)


def chirp(t: Any, f0: Any, t1: Any, f1: Any, method: str = "linear", phi: Any = 0, vertex_zero: bool = True) -> Any:
    """`scipy.signal.chirp`: a cosine whose frequency moves from `f0` at 0 to `f1` at `t1`."""
    if method in ("linear", "lin", "li"):
        phase = f0 * t + 0.5 * (f1 - f0) / t1 * t * t
    elif method in ("quadratic", "quad", "q"):
        beta = (f1 - f0) / t1**2
        phase = f0 * t + beta * t**3 / 3 if vertex_zero else f1 * t + beta * ((t1 - t) ** 3 - t1**3) / 3
    elif method in ("logarithmic", "log", "lo"):
        beta = t1 / np.log(f1 / f0)
        phase = beta * f0 * ((f1 / f0) ** (t / t1) - 1.0)
    else:
        sing = -f1 * t1 / (f0 - f1)
        phase = -sing * f0 * np.log(np.abs(1 - t / sing))
    return np.cos(2 * np.pi * phase + np.radians(phi))


def gausspulse(t: Any, fc: Any = 1000, bw: Any = 0.5, bwr: Any = -6, tpr: Any = -60, retquad: bool = False,
               retenv: bool = False) -> Any:
    """`scipy.signal.gausspulse`: a cosine under a bell."""
    reference = 10.0 ** (bwr / 20.0)
    a = -((np.pi * fc * bw) ** 2) / (4.0 * np.log(reference))
    envelope = np.exp(-a * t * t)
    inphase, quadrature = envelope * np.cos(2 * np.pi * fc * t), envelope * np.sin(2 * np.pi * fc * t)
    if not retquad and not retenv:
        return inphase
    if not retquad:
        return inphase, envelope
    return (inphase, quadrature, envelope) if retenv else (inphase, quadrature)


def freqz(b: Any, a: Any = 1, worN: Any = 512, whole: bool = False, plot: Any = None, fs: Any = 6.283185307179586,
          include_nyquist: bool = False) -> Any:
    """`scipy.signal.freqz`: the response of a filter on the unit circle."""
    if np.ndim(worN) == 0:
        last = 2 * np.pi if whole else np.pi
        w = np.linspace(0, last, worN, endpoint=include_nyquist and not whole)
    else:
        w = 2 * np.pi * np.asarray(worN) / fs
    z = np.exp(-1j * w)
    response = np.polyval(np.atleast_1d(np.asarray(b))[::-1], z) / np.polyval(np.atleast_1d(np.asarray(a))[::-1], z)
    return w * fs / (2 * np.pi), response


def welch(x: Any, fs: Any = 1.0, window: Any = "hann_periodic", nperseg: Any = None, noverlap: Any = None,
          nfft: Any = None, detrend: Any = "constant", return_onesided: bool = True, scaling: str = "density",
          axis: int = -1, average: str = "mean") -> Any:
    """`scipy.signal.welch` of a real signal: squared spectra of windows, averaged."""
    if detrend not in ("constant", False) or not return_onesided or average != "mean":
        unsupported("scipy.signal.welch: derivatives for constant trends, one side, and the mean")
    lines = np.moveaxis(x, axis, -1)
    size = min(256, np.shape(lines)[-1]) if nperseg is None else nperseg
    weights: Any = sg.get_window("hann" if isinstance(window, str) and window == "hann_periodic" else window, size)
    step = size - (size // 2 if noverlap is None else noverlap)
    parts = np.lib.stride_tricks.sliding_window_view(lines, size, axis=-1)[..., ::step, :]
    if detrend == "constant":
        parts = parts - np.mean(parts, axis=-1, keepdims=True)
    length = size if nfft is None else nfft
    power = np.abs(np.fft.rfft(parts * weights, length, axis=-1)) ** 2
    scale = 1.0 / (fs * np.sum(weights**2)) if scaling == "density" else 1.0 / np.sum(weights) ** 2
    k = np.arange(length // 2 + 1)
    both = np.where((k == 0) | (2 * k == length), 1.0, 2.0)
    spectrum = np.mean(power, axis=-2) * (scale * both)
    return k * fs / length, np.moveaxis(spectrum, -1, axis)


def periodogram(x: Any, fs: Any = 1.0, window: Any = "boxcar", nfft: Any = None, detrend: Any = "constant",
                return_onesided: bool = True, scaling: str = "density", axis: int = -1) -> Any:
    """`scipy.signal.periodogram` of a real signal."""
    return welch(x, fs, window, np.shape(x)[axis], 0, nfft, detrend, return_onesided, scaling, axis)


DEFINITIONS: dict[Any, Written] = {
    sg.windows.gaussian: Written(gaussian), sg.sawtooth: Written(sawtooth), sg.chirp: Written(chirp),
    sg.gausspulse: Written(gausspulse), sg.freqz: Written(freqz), sg.welch: Written(welch),
    sg.periodogram: Written(periodogram),
}
