"""Neural networks written out in NumPy."""
from __future__ import annotations

import numpy as np

from benchmarks.adjoints.program import Program


def two_layer_network(w1, b1, w2, b2, x, labels):
    """Cross-entropy of a network with one hidden layer."""
    hidden = np.tanh(x @ w1 + b1)
    scores = hidden @ w2 + b2
    shifted = scores - np.max(scores, axis=1, keepdims=True)
    log_sum = np.log(np.sum(np.exp(shifted), axis=1))
    return np.mean(log_sum - shifted[np.arange(labels.size), labels])


def two_layer_network_adjoint(w1, b1, w2, b2, x, labels):
    hidden = np.tanh(x @ w1 + b1)
    scores = hidden @ w2 + b2
    shifted = scores - np.max(scores, axis=1, keepdims=True)
    weights = np.exp(shifted)
    total = np.sum(weights, axis=1)
    rows = np.arange(labels.size)
    value = np.mean(np.log(total) - shifted[rows, labels])

    scores_bar = weights
    scores_bar /= total[:, None]
    scores_bar[rows, labels] -= 1.0
    scores_bar /= labels.size
    hidden_bar = scores_bar @ w2.T
    hidden_bar *= 1.0 - hidden * hidden
    return value, (x.T @ hidden_bar, np.sum(hidden_bar, axis=0),
                   hidden.T @ scores_bar, np.sum(scores_bar, axis=0))


def two_layer_arguments(size, rng):
    features, hidden, classes = size, size, 10
    return (
        rng.normal(size=(features, hidden)) / np.sqrt(features), rng.normal(size=hidden),
        rng.normal(size=(hidden, classes)) / np.sqrt(hidden), rng.normal(size=classes),
        rng.normal(size=(4 * size, features)), rng.integers(0, classes, 4 * size),
    )


def logistic_regression(w, b, x, y):
    """Log-loss of a linear classifier with weight decay."""
    z = x @ w + b
    return np.mean(np.logaddexp(0.0, z) - y * z) + 0.01 * np.dot(w, w)


def logistic_regression_adjoint(w, b, x, y):
    z = x @ w + b
    value = np.mean(np.logaddexp(0.0, z) - y * z) + 0.01 * np.dot(w, w)
    z_bar = (1.0 / (1.0 + np.exp(-z)) - y) / z.size
    return value, (z_bar @ x + 0.02 * w, np.sum(z_bar))


def logistic_arguments(size, rng):
    x = rng.normal(size=(20 * size, size))
    return rng.normal(size=size) / np.sqrt(size), 0.1, x, (rng.random(20 * size) < 0.5).astype(float)


def attention(wq, wk, wv, x):
    """One head of self-attention; half the mean square of what it gives."""
    q, k, v = x @ wq, x @ wk, x @ wv
    scores = q @ k.T / np.sqrt(q.shape[1])
    weights = np.exp(scores - np.max(scores, axis=1, keepdims=True))
    weights = weights / np.sum(weights, axis=1, keepdims=True)
    mixed = weights @ v
    return 0.5 * np.mean(mixed**2)


def attention_adjoint(wq, wk, wv, x):
    q, k, v = x @ wq, x @ wk, x @ wv
    scale = 1.0 / np.sqrt(q.shape[1])
    scores = q @ k.T * scale
    weights = np.exp(scores - np.max(scores, axis=1, keepdims=True))
    weights /= np.sum(weights, axis=1, keepdims=True)
    mixed = weights @ v
    value = 0.5 * np.mean(mixed**2)

    mixed_bar = mixed / mixed.size
    v_bar = weights.T @ mixed_bar
    weights_bar = mixed_bar @ v.T
    weights_bar -= np.sum(weights_bar * weights, axis=1, keepdims=True)
    scores_bar = weights_bar
    scores_bar *= weights
    scores_bar *= scale
    return value, (x.T @ (scores_bar @ k), x.T @ (scores_bar.T @ q), x.T @ v_bar)


def attention_arguments(size, rng):
    width = max(2, size // 4)
    wq, wk, wv = rng.normal(size=(3, width, width)) / np.sqrt(width)
    return wq, wk, wv, rng.normal(size=(size, width))


def lstm(w, u, b, x):
    """Mean square of the last state of a long short-term memory cell, after reading a sequence."""
    width = u.shape[0]
    h = np.zeros((x.shape[1], width))
    c = np.zeros((x.shape[1], width))
    for t in range(x.shape[0]):
        gates = x[t] @ w + h @ u + b
        i = 1.0 / (1.0 + np.exp(-gates[:, :width]))
        f = 1.0 / (1.0 + np.exp(-gates[:, width:2 * width]))
        o = 1.0 / (1.0 + np.exp(-gates[:, 2 * width:3 * width]))
        g = np.tanh(gates[:, 3 * width:])
        c = f * c + i * g
        h = o * np.tanh(c)
    return 0.5 * np.mean(h * h)


def lstm_adjoint(w, u, b, x):
    width = u.shape[0]
    steps, batch, _ = x.shape
    h = np.zeros((steps + 1, batch, width))
    c = np.zeros((steps + 1, batch, width))
    acts = np.empty((steps, batch, 4 * width))
    tanh_c = np.empty((steps, batch, width))
    for t in range(steps):
        gates = x[t] @ w + h[t] @ u + b
        a = acts[t]
        a[:, :3 * width] = 1.0 / (1.0 + np.exp(-gates[:, :3 * width]))
        a[:, 3 * width:] = np.tanh(gates[:, 3 * width:])
        i, f, o, g = a[:, :width], a[:, width:2 * width], a[:, 2 * width:3 * width], a[:, 3 * width:]
        c[t + 1] = f * c[t] + i * g
        tanh_c[t] = np.tanh(c[t + 1])
        h[t + 1] = o * tanh_c[t]
    value = 0.5 * np.mean(h[steps] * h[steps])

    w_bar, u_bar, b_bar = np.zeros_like(w), np.zeros_like(u), np.zeros_like(b)
    h_bar = h[steps] / h[steps].size
    c_bar = np.zeros((batch, width))
    gates_bar = np.empty((batch, 4 * width))
    for t in reversed(range(steps)):
        a = acts[t]
        i, f, o, g = a[:, :width], a[:, width:2 * width], a[:, 2 * width:3 * width], a[:, 3 * width:]
        c_bar += h_bar * o * (1.0 - tanh_c[t] * tanh_c[t])
        gates_bar[:, :width] = c_bar * g * i * (1.0 - i)
        gates_bar[:, width:2 * width] = c_bar * c[t] * f * (1.0 - f)
        gates_bar[:, 2 * width:3 * width] = h_bar * tanh_c[t] * o * (1.0 - o)
        gates_bar[:, 3 * width:] = c_bar * i * (1.0 - g * g)
        c_bar *= f
        w_bar += x[t].T @ gates_bar
        u_bar += h[t].T @ gates_bar
        b_bar += np.sum(gates_bar, axis=0)
        h_bar = gates_bar @ u.T
    return value, (w_bar, u_bar, b_bar)


def lstm_arguments(size, rng):
    features, batch, steps = size, 8, 12
    return (
        rng.normal(size=(features, 4 * size)) / np.sqrt(features),
        rng.normal(size=(size, 4 * size)) / np.sqrt(size),
        rng.normal(size=4 * size), rng.normal(size=(steps, batch, features)),
    )


def convolution(kernels, images):
    """Rectified filters over images, written as a loop over the kernel's offsets."""
    _, height, width = images.shape
    count, side, _ = kernels.shape
    rows, columns = height - side + 1, width - side + 1
    out = np.zeros((images.shape[0], count, rows, columns))
    for i in range(side):
        for j in range(side):
            out += images[:, None, i:i + rows, j:j + columns] * kernels[None, :, i, j, None, None]
    return 0.5 * np.mean(np.maximum(out, 0.0) ** 2)


def convolution_adjoint(kernels, images):
    _, height, width = images.shape
    count, side, _ = kernels.shape
    rows, columns = height - side + 1, width - side + 1
    out = np.zeros((images.shape[0], count, rows, columns))
    for i in range(side):
        for j in range(side):
            out += images[:, None, i:i + rows, j:j + columns] * kernels[None, :, i, j, None, None]
    np.maximum(out, 0.0, out=out)
    value = 0.5 * np.mean(out**2)

    out /= out.size
    kernels_bar, images_bar = np.empty_like(kernels), np.zeros_like(images)
    for i in range(side):
        for j in range(side):
            window = images[:, i:i + rows, j:j + columns]
            kernels_bar[:, i, j] = np.einsum("ncrs,nrs->c", out, window)
            images_bar[:, i:i + rows, j:j + columns] += np.einsum("ncrs,c->nrs", out, kernels[:, i, j])
    return value, (kernels_bar, images_bar)


def convolution_arguments(size, rng):
    return rng.normal(size=(4, 3, 3)), rng.normal(size=(3, size, size))


PROGRAMS = (
    Program(two_layer_network, two_layer_network_adjoint, (0, 1, 2, 3), two_layer_arguments,
            (3, 16, 64, 256)),
    Program(logistic_regression, logistic_regression_adjoint, (0, 1), logistic_arguments, (3, 8, 40, 150)),
    Program(attention, attention_adjoint, (0, 1, 2), attention_arguments, (8, 32, 128, 512)),
    Program(lstm, lstm_adjoint, (0, 1, 2), lstm_arguments, (2, 8, 32, 128)),
    Program(convolution, convolution_adjoint, (0, 1), convolution_arguments, (5, 16, 64, 256)),
)
