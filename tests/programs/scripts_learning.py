"""Longer programs with a model to fit: scripts of machine learning."""

import numpy as np

from tests.programs.corpus import program


def transformer_block(x, p):
    """Pre-norm block: attention over heads in a Python loop, then a gated feed-forward part."""
    def norm(z, g):
        return z / np.sqrt(np.mean(z * z, axis=-1, keepdims=True) + 1e-5) * g

    n, d = x.shape
    heads = p["heads"]
    size = d // heads
    h = norm(x, p["g1"])
    outputs = []
    for k in range(heads):
        part = slice(k * size, (k + 1) * size)
        q, key, value = h @ p["q"][:, part], h @ p["k"][:, part], h @ p["v"][:, part]
        score = q @ key.T / np.sqrt(size) + np.where(np.tri(n) > 0, 0.0, -1e9)
        score = np.exp(score - score.max(axis=1, keepdims=True))
        outputs.append(score / score.sum(axis=1, keepdims=True) @ value)
    x = x + np.concatenate(outputs, axis=1) @ p["o"]
    h = norm(x, p["g2"])
    gate = h @ p["up"]
    x = x + (gate / (1 + np.exp(-gate))) @ p["down"]
    return np.mean(x ** 2)


def block_parameters(r, d):
    p = {name: r.normal(size=(d, d)) / 2 for name in "qkvo"}
    gains = {"g1": np.ones(d), "g2": np.ones(d)}
    return {**p, **gains, "up": r.normal(size=(d, 6)), "down": r.normal(size=(6, d))}


def transformer_loss(x, weights):
    return transformer_block(x, {**weights, "heads": 2})


program(transformer_loss, lambda r: (r.normal(size=(3, 4)), block_parameters(r, 4)), argnums=(0, 1),
        tags="dict-merge closure slice-variables list-append concatenate where tri argument-dict",
        analytic=True)


def radial_basis_fit(centres, width, X, y):
    """Interpolation weights by least squares, then the error at fresh points."""
    def features(points):
        out = np.empty((len(points), len(centres) + 1))
        for k, c in enumerate(centres):
            out[:, k] = np.exp(-np.sum((points - c) ** 2, axis=1) / width ** 2)
        out[:, -1] = 1.0
        return out
    A = features(X)
    w = np.linalg.solve(A.T @ A + 1e-2 * np.eye(A.shape[1]), A.T @ y)
    fresh = X + 0.1
    prediction = features(fresh) @ w
    return np.mean((prediction - np.sin(fresh[:, 0])) ** 2) + 1e-3 * w @ w


program(radial_basis_fit, lambda r: (r.normal(size=(3, 2)), 1.2, r.normal(size=(6, 2)), r.normal(size=6)),
        argnums=(0, 1, 2, 3), tags="closure empty column-store constant-store solve enumerate")


def neural_style_gram(image, filters):
    """Feature correlations of convolved patches gathered by fancy indices."""
    rows = np.arange(3)[:, None] + np.arange(2)[None, :]
    patches = image[rows[:, None, :, None], rows[None, :, None, :]].reshape(9, 4)
    features = np.maximum(patches @ filters, 0.05 * (patches @ filters))
    gram = features.T @ features / features.size
    target = np.eye(len(gram)) * 0.5
    return ((gram - target) ** 2).sum() + np.abs(np.diff(image, axis=0)).mean()


program(neural_style_gram, lambda r: (r.normal(size=(4, 4)), r.normal(size=(4, 3))), argnums=(0, 1),
        tags="fancy-indexing repeated-indices reshape maximum abs newaxis")
