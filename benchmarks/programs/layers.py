"""Blocks of image networks, and a solver that runs until it is done."""
from __future__ import annotations

import numpy as np

from benchmarks.adjoints.program import Program


def correlate(images, kernels):
    """Images (batch, channels, rows, columns) correlated with kernels (filters, channels, side, side)."""
    side = kernels.shape[2]
    rows, columns = images.shape[2] - side + 1, images.shape[3] - side + 1
    out = np.zeros((images.shape[0], kernels.shape[0], rows, columns))
    for i in range(side):
        for j in range(side):
            out += np.einsum("bcrs,fc->bfrs", images[:, :, i:i + rows, j:j + columns], kernels[:, :, i, j])
    return out


def pool(images):
    """Means over blocks of two by two."""
    upper, lower = images[:, :, ::2], images[:, :, 1::2]
    return 0.25 * (upper[..., ::2] + upper[..., 1::2] + lower[..., ::2] + lower[..., 1::2])


def lenet(kernels1, kernels2, weights, images, targets):
    """Two convolutions with pooling and a linear layer, under cross-entropy."""
    x = np.maximum(correlate(images, kernels1), 0.0)
    x = pool(x)
    x = np.maximum(correlate(x, kernels2), 0.0)
    x = pool(x)
    scores = x.reshape(images.shape[0], -1) @ weights
    scores = scores - np.max(scores, axis=1, keepdims=True)
    return np.mean(np.log(np.sum(np.exp(scores), axis=1)) - np.sum(scores * targets, axis=1))


def lenet_arguments(size, rng):
    # sides 16 -> 14 -> 7 is odd: 18 -> 16 -> 8 -> 6 -> 3
    features = 4 * 3 * 3
    targets = np.eye(10)[rng.integers(10, size=size)]
    return (0.3 * rng.normal(size=(3, 1, 3, 3)), 0.3 * rng.normal(size=(4, 3, 3, 3)),
            rng.normal(size=(features, 10)) / 6.0, rng.normal(size=(size, 1, 18, 18)), targets)


def normalized(x, scale, shift):
    """Batch normalization over all but the channels."""
    mean = np.mean(x, axis=(0, 2, 3), keepdims=True)
    variance = np.mean((x - mean) ** 2, axis=(0, 2, 3), keepdims=True)
    return (x - mean) / np.sqrt(variance + 1e-5) * scale[None, :, None, None] + shift[None, :, None, None]


def padded(x):
    """One row and column of zeros around each image."""
    out = np.zeros((x.shape[0], x.shape[1], x.shape[2] + 2, x.shape[3] + 2))
    out[:, :, 1:-1, 1:-1] = x
    return out


def residual_block(kernels1, kernels2, scales, shifts, images):
    """Two normalized convolutions and the images added to them."""
    x = correlate(padded(images), kernels1)
    x = np.maximum(normalized(x, scales[0], shifts[0]), 0.0)
    x = correlate(padded(x), kernels2)
    x = normalized(x, scales[1], shifts[1])
    return 0.5 * np.mean(np.maximum(x + images, 0.0) ** 2)


def residual_arguments(size, rng):
    channels = 4
    return (*0.2 * rng.normal(size=(2, channels, channels, 3, 3)), 1.0 + 0.1 * rng.normal(size=(2, channels)),
            0.1 * rng.normal(size=(2, channels)), rng.normal(size=(2, channels, size, size)))


def conjugate_gradients(a, b):
    """The energy of the solution of `(a.T a + 1) x = b`, by conjugate gradients until the residual is small."""
    x = np.zeros_like(b)
    r = b
    p = b
    rr = np.dot(r, r)
    while rr > 1e-16:
        q = a.T @ (a @ p) + p
        step = rr / np.dot(p, q)
        x = x + step * p
        r = r - step * q
        new = np.dot(r, r)
        p = r + new / rr * p
        rr = new
    return 0.5 * np.dot(x, b)


def solver_arguments(size, rng):
    return rng.normal(size=(size, size)) / (2.0 * np.sqrt(size)), rng.normal(size=size)


PROGRAMS = (
    Program(lenet, None, (0, 1, 2), lenet_arguments, (2, 4, 32, 256)),
    Program(residual_block, None, (0, 1, 2, 3), residual_arguments, (4, 8, 32, 128)),
    Program(conjugate_gradients, None, (0, 1), solver_arguments, (4, 20, 100, 400)),
)
