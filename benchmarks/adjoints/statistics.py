"""Likelihoods and spectra over whole arrays."""
from __future__ import annotations

import numpy as np

from benchmarks.adjoints.program import Program


def gaussian_mixture(logits, means, log_scales, x):
    """Negative mean log-likelihood of a mixture of diagonal Gaussians."""
    z = (x[:, None, :] - means) * np.exp(-log_scales)
    log_weights = logits - np.log(np.sum(np.exp(logits)))
    scores = log_weights - np.sum(log_scales, axis=1) - 0.5 * np.sum(z * z, axis=2)
    largest = np.max(scores, axis=1, keepdims=True)
    return -np.mean(largest[:, 0] + np.log(np.sum(np.exp(scores - largest), axis=1)))


def gaussian_mixture_adjoint(logits, means, log_scales, x):
    inverse = np.exp(-log_scales)
    z = (x[:, None, :] - means) * inverse
    weights = np.exp(logits)
    weights /= np.sum(weights)
    scores = np.log(weights) - np.sum(log_scales, axis=1) - 0.5 * np.einsum("nkd,nkd->nk", z, z)
    largest = np.max(scores, axis=1, keepdims=True)
    share = np.exp(scores - largest)
    total = np.sum(share, axis=1, keepdims=True)
    value = -np.mean(largest + np.log(total))

    scores_bar = share
    scores_bar /= -x.shape[0] * total
    sums = np.sum(scores_bar, axis=0)
    weighted = scores_bar[:, :, None] * z
    means_bar = np.sum(weighted, axis=0) * inverse
    log_scales_bar = np.einsum("nkd,nkd->kd", weighted, z) - sums[:, None]
    return value, (sums - weights * np.sum(sums), means_bar, log_scales_bar)


def mixture_arguments(size, rng):
    components, width = 5, 4
    return (rng.normal(size=components), rng.normal(size=(components, width)),
            0.1 * rng.normal(size=(components, width)), rng.normal(size=(size, width)))


def spectrum(x, weights):
    """Weighted logarithm of a power spectrum, with the Fourier sums written out."""
    n = x.size
    angle = 2.0 * np.pi / n * np.outer(np.arange(weights.size), np.arange(n))
    real = np.cos(angle) @ x
    imaginary = np.sin(angle) @ x
    return np.sum(weights * np.log(1.0 + real**2 + imaginary**2))


def spectrum_adjoint(x, weights):
    n = x.size
    angle = 2.0 * np.pi / n * np.outer(np.arange(weights.size), np.arange(n))
    cosine, sine = np.cos(angle), np.sin(angle)
    real = cosine @ x
    imaginary = sine @ x
    power = 1.0 + real**2 + imaginary**2
    logarithm = np.log(power)
    value = np.sum(weights * logarithm)
    power_bar = 2.0 * weights / power
    return value, ((power_bar * real) @ cosine + (power_bar * imaginary) @ sine, logarithm)


def spectrum_arguments(size, rng):
    return rng.normal(size=size), rng.random(size // 2)


def robust_fit(coefficients, x, y):
    """A polynomial fit under Huber's loss, by Horner's rule."""
    fitted = np.full_like(x, coefficients[-1])
    for i in range(len(coefficients) - 2, -1, -1):
        fitted = fitted * x + coefficients[i]
    distance = np.abs(fitted - y)
    return np.mean(np.where(distance < 1.0, 0.5 * distance**2, distance - 0.5))


def robust_fit_adjoint(coefficients, x, y):
    degree = len(coefficients) - 1
    partial = np.empty((degree + 1, x.size))
    partial[degree] = coefficients[degree]
    for i in range(degree - 1, -1, -1):
        np.multiply(partial[i + 1], x, out=partial[i])
        partial[i] += coefficients[i]
    residual = partial[0] - y
    distance = np.abs(residual)
    value = np.mean(np.where(distance < 1.0, 0.5 * distance**2, distance - 0.5))

    fitted_bar = np.clip(residual, -1.0, 1.0) / x.size
    coefficients_bar = np.empty_like(coefficients)
    x_bar = np.zeros_like(x)
    for i in range(degree):
        coefficients_bar[i] = np.sum(fitted_bar)
        x_bar += fitted_bar * partial[i + 1]
        fitted_bar *= x
    coefficients_bar[degree] = np.sum(fitted_bar)
    return value, (coefficients_bar, x_bar)


def robust_arguments(size, rng):
    x = rng.uniform(-1.0, 1.0, size)
    return rng.normal(size=6), x, 3.0 * x**3 - x + rng.standard_t(2, size)


PROGRAMS = (
    Program(gaussian_mixture, gaussian_mixture_adjoint, (0, 1, 2), mixture_arguments, (6, 100, 1000, 10000)),
    Program(spectrum, spectrum_adjoint, (0, 1), spectrum_arguments, (8, 32, 128, 1024), True),
    Program(robust_fit, robust_fit_adjoint, (0, 1), robust_arguments, (7, 100, 1000, 100000)),
)
