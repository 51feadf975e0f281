"""Fields on grids, a transform written out, filters and cameras."""
from __future__ import annotations

import numpy as np

from benchmarks.adjoints.program import Program


def shallow_water(height0, depth, dt, steps):
    """Waves on a periodic basin: heights and two velocities on a staggered grid, in place."""
    h = height0.copy()
    u = np.zeros_like(h)
    v = np.zeros_like(h)
    for step in range(steps):
        u -= dt * (np.roll(h, -1, axis=0) - h)
        v -= dt * (np.roll(h, -1, axis=1) - h)
        flux = depth * (u - np.roll(u, 1, axis=0) + v - np.roll(v, 1, axis=1))
        h -= dt * flux
    return 0.5 * np.sum(h * h) + 0.5 * np.sum(depth * (u * u + v * v))


def shallow_water_arguments(size, rng):
    return rng.random((size, size)), 1.0 + 0.2 * rng.random((size, size)), 0.3, 20


def fdtd(source, coupling, steps):
    """Electric and magnetic fields on a grid, with a source at one edge."""
    n = coupling.shape[0]
    ex = np.zeros((n, n))
    ey = np.zeros((n, n))
    hz = np.zeros((n, n))
    for t in range(steps):
        ey[0, :] = source[t]
        ey[1:, :] -= 0.5 * (hz[1:, :] - hz[:-1, :])
        ex[:, 1:] -= 0.5 * (hz[:, 1:] - hz[:, :-1])
        hz[:-1, :-1] -= coupling[:-1, :-1] * (ex[:-1, 1:] - ex[:-1, :-1] + ey[1:, :-1] - ey[:-1, :-1])
    return 0.5 * np.sum(hz * hz)


def fdtd_arguments(size, rng):
    return rng.normal(size=20), 0.5 + 0.2 * rng.random((size, size)), 20


def fast_fourier(real0, imaginary0):
    """A Fourier transform of a power of two, radix 2, written out on real arrays; a weighted power of the result."""
    re, im = real0, imaginary0
    n = re.shape[0]
    size = 1
    while size < n:
        angle = -np.pi / size * np.arange(size)
        c, s = np.cos(angle), np.sin(angle)
        even_re, odd_re = re[: n // 2].reshape(-1, size), re[n // 2:].reshape(-1, size)
        even_im, odd_im = im[: n // 2].reshape(-1, size), im[n // 2:].reshape(-1, size)
        turned_re = c * odd_re - s * odd_im
        turned_im = c * odd_im + s * odd_re
        re = np.concatenate([even_re + turned_re, even_re - turned_re], axis=1).reshape(n)
        im = np.concatenate([even_im + turned_im, even_im - turned_im], axis=1).reshape(n)
        size = size * 2
    power = re * re + im * im
    return np.sum(np.log(1.0 + power))


def fourier_arguments(size, rng):
    return rng.normal(size=size), rng.normal(size=size)


def kalman(transition, noise, observations):
    """Negative log-likelihood of observations under a linear state-space model, by a Kalman filter."""
    size = transition.shape[0]
    mean = np.zeros(size)
    spread = np.eye(size)
    total = 0.0
    for t in range(observations.shape[0]):
        mean = transition @ mean
        spread = transition @ spread @ transition.T + noise @ noise.T
        innovation = observations[t] - mean[0]
        variance = spread[0, 0] + 0.1
        gain = spread[:, 0] / variance
        total += 0.5 * innovation**2 / variance + 0.5 * np.log(variance)
        mean = mean + gain * innovation
        spread = spread - np.outer(gain, spread[0])
    return total


def kalman_arguments(size, rng):
    return 0.9 * np.eye(size) + 0.1 * rng.normal(size=(size, size)) / size, 0.1 * rng.normal(size=(size, size)), \
        rng.normal(size=15)


def bundle_adjustment(cameras, points, seen):
    """Squared reprojection errors of points in cameras with a rotation vector, a position, a focal length and a
    distortion each."""
    axis = cameras[:, None, :3]
    angle = np.sqrt(np.sum(axis**2, axis=2, keepdims=True) + 1e-12)
    unit = axis / angle
    p = points[None, :, :]
    crossed = np.stack([
        unit[..., 1] * p[..., 2] - unit[..., 2] * p[..., 1],
        unit[..., 2] * p[..., 0] - unit[..., 0] * p[..., 2],
        unit[..., 0] * p[..., 1] - unit[..., 1] * p[..., 0],
    ], axis=2)
    along = np.sum(unit * p, axis=2, keepdims=True)
    turned = p * np.cos(angle) + crossed * np.sin(angle) + unit * along * (1.0 - np.cos(angle))
    local = turned + cameras[:, None, 3:6]
    flat = -local[..., :2] / local[..., 2:]
    radius = np.sum(flat**2, axis=2, keepdims=True)
    shown = cameras[:, None, 6:7] * flat * (1.0 + cameras[:, None, 7:8] * radius)
    return 0.5 * np.sum((shown - seen) ** 2)


def bundle_arguments(size, rng):
    cameras = np.concatenate([
        0.2 * rng.normal(size=(5, 3)), 0.1 * rng.normal(size=(5, 2)), -5.0 + 0.1 * rng.normal(size=(5, 1)),
        1.0 + 0.1 * rng.random((5, 1)), 0.01 * rng.normal(size=(5, 1))], axis=1)
    return cameras, rng.normal(size=(size, 3)), 0.1 * rng.normal(size=(5, size, 2))


PROGRAMS = (
    Program(shallow_water, None, (0, 1), shallow_water_arguments, (4, 20, 80, 320), True),
    Program(fdtd, None, (0, 1), fdtd_arguments, (5, 20, 80, 320)),
    Program(fast_fourier, None, (0, 1), fourier_arguments, (8, 64, 1024, 16384), True),
    Program(kalman, None, (0, 1), kalman_arguments, (3, 4, 16, 64), True),
    Program(bundle_adjustment, None, (0, 1), bundle_arguments, (4, 20, 500, 10000), True),
)
