"""Filters, transforms written out, spectra; complex arithmetic inside."""

import cmath
import math

import numpy as np

from tests.programs.corpus import program


def iir_filter(b, a, x):
    y = np.zeros(len(x))
    for n in range(len(x)):
        for k in range(len(b)):
            if n - k >= 0:
                y[n] += b[k] * x[n - k]
        for k in range(1, len(a)):
            if n - k >= 0:
                y[n] -= a[k] * y[n - k]
        y[n] /= a[0]
    return np.sum(y ** 2)


program(iir_filter, lambda r: (r.normal(size=3), np.array([1.0, -0.5, 0.2]), r.normal(size=7)),
        argnums=(0, 1, 2),
        tags="recurrence loops branch in-place")


def biquad_direct_form(coefficients, signal):
    b0, b1, b2, a1, a2 = coefficients
    z1 = z2 = 0.0
    out = []
    for sample in signal:
        y = b0 * sample + z1
        z1 = b1 * sample - a1 * y + z2
        z2 = b2 * sample - a2 * y
        out.append(y)
    out = np.array(out)
    return out[-1] * out.sum() + np.max(out) ** 2


program(biquad_direct_form, lambda r: (0.4 * r.normal(size=5), r.normal(size=6)), argnums=(0, 1),
        analytic=True,
        tags="recurrence list-append array-of-list chained-assignment max")


def sine_recurrence(x, y):
    for i in range(1, len(y)):
        y[i] = np.sin(y[i - 1]) * x[i] + y[i]
    return y[-1]


program(sine_recurrence, lambda r: (r.normal(size=8), r.normal(size=8)), argnums=(0, 1), analytic=True,
        mutates=(1,),
        tags="recurrence in-place loops")


def stockham(N, R, K, x):
    """Radix-R Fourier transform of length N = R**K by whole-array stages."""
    i_coord, j_coord = np.mgrid[0:R, 0:R]
    dft = np.exp(-2.0j * np.pi * i_coord * j_coord / R)
    y = x.astype(complex)
    for stage in range(K):
        width = R ** stage
        blocks = R ** (K - stage - 1)
        parts = y.reshape(R, blocks, width)
        angle = np.arange(R)[:, None, None] * np.arange(width)[None, None, :] / (R * width)
        twisted = parts * np.exp(-2.0j * np.pi * angle)
        y = np.einsum("rs,sbw->brw", dft, twisted).reshape(N)
    return y


def power_spectrum(x, template):
    y = stockham(8, 2, 3, x)
    return np.sum((np.abs(y) ** 2 - template) ** 2) / 100


program(power_spectrum, lambda r: (r.normal(size=8), r.uniform(size=8)), argnums=(0, 1),
        tags="complex einsum reshape mgrid astype")


def dft_by_loops(x):
    n = len(x)
    energy = 0.0
    for k in range(n):
        total = 0j
        for t in range(n):
            total += x[t] * cmath.exp(-2j * math.pi * k * t / n)
        energy += (k + 1) * abs(total) ** 2
    return energy / n


program(dft_by_loops, lambda r: (r.normal(size=5),), tags="complex loops cmath scalar abs")


def low_pass_by_fft(x, cutoff):
    spectrum = np.fft.rfft(x)
    frequency = np.fft.rfftfreq(len(x))
    smooth = np.fft.irfft(spectrum / (1 + (frequency / cutoff) ** 2), n=len(x))
    return np.sum(smooth ** 3) + np.angle(spectrum[1])


program(low_pass_by_fft, lambda r: (r.normal(size=8), 0.2), argnums=(0, 1), tags="fft complex angle")


def derivative_of_odd_length(x, length):
    """A spectral derivative; the length of a real inverse transform is known only at run time, and odd."""
    k = 2j * np.pi * np.fft.rfftfreq(x.size, d=length / x.size)
    slope = np.fft.irfft(k * np.fft.rfft(x), n=x.size)
    return np.sum(slope ** 2) + slope[0]


program(derivative_of_odd_length, lambda r: (r.normal(size=7), 2.5), argnums=(0, 1), tags="fft complex")


def convolution_by_fft(a, b):
    n = len(a) + len(b) - 1
    direct = np.convolve(a, b)
    circular = np.fft.ifft(np.fft.fft(a, n) * np.fft.fft(b, n)).real
    return direct @ circular


program(convolution_by_fft, lambda r: (r.normal(size=5), r.normal(size=3)), argnums=(0, 1),
        tags="fft complex real convolve")


def mandelbrot_smooth(c):
    """Escape-time potential: complex iteration until it leaves the disc."""
    z = 0j
    for n in range(50):
        z = z * z + complex(c[0], c[1])
        if abs(z) > 10:
            break
    return math.log(abs(z)) / 2 ** n * 100


program(mandelbrot_smooth, lambda r: (np.array([0.45, 0.35]),), tags="complex break scalar abs math")


def complex_argument(z):
    w = z ** 2 + 1j * np.conj(z)
    w[0] *= z[1]
    return np.sum(np.abs(w) ** 2) + np.sum(w.imag * z.real)


program(complex_argument, lambda r: (r.normal(size=3) + 1j * r.normal(size=3),),
        tags="complex complex-argument conj imag in-place")


def schroedinger_crank_nicolson(potential, width):
    x = np.linspace(-1, 1, 7)
    psi = np.exp(-(x / width) ** 2 + 2j * x)
    n = len(x)
    H = np.diag(potential) + 2 * np.eye(n) - np.eye(n, k=1) - np.eye(n, k=-1)
    forward = np.eye(n) - 0.05j * H
    backward = np.eye(n) + 0.05j * H
    for _ in range(3):
        psi = np.linalg.solve(backward, forward @ psi)
    return np.vdot(psi[:3], psi[:3]).real + np.sum(psi.imag ** 3)


program(schroedinger_crank_nicolson, lambda r: (r.normal(size=7), 0.6), argnums=(0, 1),
        tags="complex solve diag eye vdot real imag")


def impedance_ladder(R, C, frequencies):
    total = 0.0
    for f in frequencies:
        w = 2 * math.pi * f
        Z = complex(R[-1], 0.0)
        for resistance, capacity in zip(R[-2::-1], C[::-1]):
            parallel = 1 / (1 / Z + 1j * w * capacity)
            Z = resistance + parallel
        total += abs(Z) + Z.imag * 0.1
    return total


program(impedance_ladder, lambda r: (r.uniform(1, 2, size=4), r.uniform(0.1, 0.3, size=3), [0.5, 1.0, 2.0]),
        argnums=(0, 1), tags="complex zip reversed-slice scalar abs")


def real_and_imaginary_views(x):
    z = np.zeros(3, dtype=complex)
    z.real = x[:3]
    z.imag[:] = x[3:] * x[:3]
    part = z.real
    part *= 2.0
    return np.sum((z * z).real) + np.sum(np.abs(z * np.exp(1j * z.imag)))


program(real_and_imaginary_views, lambda r: (r.normal(size=6),), tags="complex real imag view-write in-place")


def lms_adaptive_filter(signal, desired, rate):
    taps = np.zeros(3)
    total = 0.0
    for n in range(2, len(signal)):
        window = signal[n - 2:n + 1][::-1]
        error = desired[n] - taps @ window
        taps += rate * error * window
        total += error ** 2
    return total + np.sum(taps)


program(lms_adaptive_filter, lambda r: (r.normal(size=8), r.normal(size=8), 0.1), argnums=(0, 1, 2),
        tags="slices reversed-slice in-place recurrence")


def dynamic_time_warping(a, b):
    n, m = len(a), len(b)
    D = np.full((n + 1, m + 1), np.inf)
    D[0, 0] = 0.0
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            D[i, j] = (a[i - 1] - b[j - 1]) ** 2 + min(D[i - 1, j], D[i, j - 1], D[i - 1, j - 1])
    return D[n, m]


program(dynamic_time_warping, lambda r: (r.normal(size=5), r.normal(size=4)), argnums=(0, 1),
        tags="dynamic-programming min infinity loops full")


def soft_edit_distance(a, b, gap):
    previous = [j * gap for j in range(len(b) + 1)]
    for i, x in enumerate(a, start=1):
        current = [i * gap]
        for j, y in enumerate(b, start=1):
            options = (previous[j] + gap, current[j - 1] + gap, previous[j - 1] + (x - y) ** 2)
            current.append(-0.5 * np.log(sum(np.exp(-2.0 * o) for o in options)))
        previous = current
    return previous[-1]


program(soft_edit_distance, lambda r: (r.normal(size=4), r.normal(size=3), 0.8), argnums=(0, 1, 2),
        analytic=True,
        tags="dynamic-programming list-append enumerate generator rebinding")


def haar_wavelet(x):
    """In-place lifting, coarse part kept at the front by repeated halving."""
    c = x.copy()
    n = len(c)
    while n > 1:
        half = n // 2
        even, odd = c[:n:2].copy(), c[1:n:2].copy()
        c[:half] = (even + odd) / np.sqrt(2)
        c[half:n] = (even - odd) / np.sqrt(2)
        n = half
    shrunk = np.sign(c) * np.maximum(np.abs(c) - 0.1, 0)
    return np.sum(shrunk ** 2) + c[0]


program(haar_wavelet, lambda r: (r.normal(size=8),), tags="while strided-slice in-place sign maximum")
