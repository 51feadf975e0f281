"""Neural networks without a framework: layers as functions, loops over patches, dicts of parameters."""

import numpy as np

from tests.programs.corpus import program


def relu(x):
    return np.maximum(x, 0)


def softmax(x):
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


def cross_entropy(logits, labels):
    p = softmax(logits)
    return -np.mean(np.log(p[np.arange(len(labels)), labels]))


def mlp_loss(params, x, labels):
    h = x
    for layer in params[:-1]:
        h = relu(h @ layer["W"] + layer["b"])
    out = h @ params[-1]["W"] + params[-1]["b"]
    return cross_entropy(out, labels)


def mlp_params(r, sizes):
    return [{"W": r.normal(size=(m, n)) / np.sqrt(m), "b": 0.1 * r.normal(size=n)}
            for m, n in zip(sizes[:-1], sizes[1:])]


program(mlp_loss, lambda r: (mlp_params(r, (3, 5, 4, 3)), r.normal(size=(4, 3)), r.integers(0, 3, size=4)),
        tags="list-of-dicts helper loops fancy-indexing softmax")


def two_layer(W1, b1, W2, b2, x, y):
    """The textbook network with a sigmoid hidden layer and squared loss."""
    z = x.dot(W1) + b1
    a = 1.0 / (1.0 + np.exp(-z))
    yhat = a.dot(W2) + b2
    return 0.5 * ((yhat - y) ** 2).sum() / x.shape[0]


program(two_layer, lambda r: (r.normal(size=(3, 4)), r.normal(size=4), r.normal(size=(4, 2)),
r.normal(size=2),
                              r.normal(size=(5, 3)), r.normal(size=(5, 2))), argnums=(0, 1, 2, 3),
                              analytic=True,
        tags="vector dot-method broadcasting")


def conv2d(images, filters):
    """Valid convolution, images (n, h, w, c) and filters (size, size, c, k), patch by patch."""
    n, h, w, _ = images.shape
    size, _, _, k = filters.shape
    result = np.empty((n, h - size + 1, w - size + 1, k))
    for top in range(result.shape[1]):
        for left in range(result.shape[2]):
            patch = images[:, top:top + size, left:left + size, :, None]
            result[:, top, left] = (patch * filters).sum(axis=(1, 2, 3))
    return result


def conv_layer_loss(image, weights, bias):
    return np.sum(np.tanh(conv2d(image, weights) + bias))


program(conv_layer_loss, lambda r: (r.normal(size=(2, 4, 4, 2)), r.normal(size=(2, 2, 2, 3)),
r.normal(size=3)),
        argnums=(0, 1, 2), tags="loops slices rank-5 newaxis sum-axes")


def maxpool2d(x):
    n, h, w, c = x.shape
    pooled = np.zeros((n, h // 2, w // 2, c))
    for i in range(h // 2):
        for j in range(w // 2):
            pooled[:, i, j] = x[:, 2 * i:2 * i + 2, 2 * j:2 * j + 2].max(axis=(1, 2))
    return pooled


def lenet(images, filters1, bias1, filters2, bias2, dense, bias3, labels):
    x = images
    for filters, bias in [(filters1, bias1), (filters2, bias2)]:
        x = maxpool2d(relu(conv2d(x, filters) + bias))
    flat = x.reshape(len(x), -1)
    return cross_entropy(flat @ dense + bias3, labels)


program(lenet, lambda r: (r.normal(size=(2, 10, 10, 1)), r.normal(size=(3, 3, 1, 2)), r.normal(size=2),
                          r.normal(size=(3, 3, 2, 3)), r.normal(size=3), r.normal(size=(3, 4)),
                          r.normal(size=4), np.array([1, 3])),
        argnums=(1, 2, 3, 4, 5, 6), tags="loops slices max-axes reshape helper")


def batchnorm2d(x, eps=1e-5):
    centred = x - x.mean(axis=0)
    return centred / np.sqrt(np.mean(centred ** 2, axis=0) + eps)


def resnet_block(x, conv1, conv2):
    """Two convolutions with normalisation and a shortcut; the second is padded by hand."""
    y = batchnorm2d(conv2d(x, conv1))
    padded = np.zeros((y.shape[0], y.shape[1] + 2, y.shape[2] + 2, y.shape[3]))
    padded[:, 1:-1, 1:-1, :] = relu(y)
    y = batchnorm2d(conv2d(padded, conv2))
    return np.sum(relu(x + y) ** 2)


program(resnet_block, lambda r: (r.normal(size=(3, 3, 3, 2)), r.normal(size=(1, 1, 2, 2)),
                                 r.normal(size=(3, 3, 2, 2))), argnums=(0, 1, 2),
        tags="loops slices default-argument padding")


def batchnorm_train(x, gamma, beta, running):
    """Batch normalisation that also updates running statistics kept in a dict."""
    mu = x.mean(axis=0)
    var = x.var(axis=0)
    running["mean"] = 0.9 * running["mean"] + 0.1 * mu
    running["var"] = 0.9 * running["var"] + 0.1 * var
    normal = (x - mu) / np.sqrt(var + 1e-5)
    y = gamma * normal + beta
    return np.sum(y ** 3) + running["mean"].sum() * running["var"].sum()


program(batchnorm_train, lambda r: (r.normal(size=(5, 3)), r.normal(size=3), r.normal(size=3),
                                    {"mean": np.zeros(3), "var": np.ones(3)}), argnums=(0, 1, 2),

        mutates=(3,), tags="dict-store mean var broadcasting")


def layer_norm(x, gain, shift, eps=1e-6):
    centred = x - x.mean(-1, keepdims=True)
    return gain * centred / np.sqrt((centred ** 2).mean(-1, keepdims=True) + eps) + shift


def attention(x, Wq, Wk, Wv, Wo, gain, shift):
    """One head, causal mask."""
    q, k, v = x @ Wq, x @ Wk, x @ Wv
    scores = q @ k.T / np.sqrt(k.shape[-1])
    mask = np.triu(np.ones(scores.shape, dtype=bool), k=1)
    scores[mask] = -1e9
    weights = softmax(scores)
    return np.sum(layer_norm(x + weights @ v @ Wo, gain, shift) ** 3)


program(attention, lambda r: (r.normal(size=(4, 3)), *(r.normal(size=(3, 3)) for _ in range(4)),
                              *r.normal(size=(2, 3))), argnums=(0, 1, 2, 3, 4, 5, 6),
        tags="softmax mask-store triu transpose helper")


def multihead_attention(x, Wqkv, Wo, heads):
    B, T, C = x.shape
    q, k, v = np.split(x @ Wqkv, 3, axis=-1)
    q = q.reshape(B, T, heads, C // heads).transpose(0, 2, 1, 3)
    k = k.reshape(B, T, heads, C // heads).transpose(0, 2, 1, 3)
    v = v.reshape(B, T, heads, C // heads).transpose(0, 2, 1, 3)
    att = softmax(q @ k.swapaxes(-2, -1) / (C // heads) ** 0.5)
    y = (att @ v).transpose(0, 2, 1, 3).reshape(B, T, C)
    return np.einsum("btc,cd->btd", y, Wo).var()


program(multihead_attention, lambda r: (r.normal(size=(2, 3, 4)), r.normal(size=(4, 12)), r.normal(size=(4,
4)), 2),
        argnums=(0, 1, 2), tags="split reshape transpose swapaxes einsum batched-matmul")


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def lstm(xs, Wx, Wh, b):
    n = Wh.shape[0]
    h = np.zeros(n)
    c = np.zeros(n)
    for x in xs:
        z = x @ Wx + h @ Wh + b
        i, f, o, g = sigmoid(z[:n]), sigmoid(z[n:2 * n]), sigmoid(z[2 * n:3 * n]), np.tanh(z[3 * n:])
        c = f * c + i * g
        h = o * np.tanh(c)
    return h @ h + c.sum()


program(lstm, lambda r: (r.normal(size=(4, 2)), r.normal(size=(2, 12)), r.normal(size=(3, 12)),
r.normal(size=12)),
        argnums=(0, 1, 2, 3), analytic=True, tags="recurrent tuple-assignment row-iteration slices")


def gru_cell(h, x, p):
    z = sigmoid(x @ p["Wz"] + h @ p["Uz"] + p["bz"])
    r = sigmoid(x @ p["Wr"] + h @ p["Ur"] + p["br"])
    candidate = np.tanh(x @ p["Wh"] + (r * h) @ p["Uh"] + p["bh"])
    return (1 - z) * h + z * candidate


def gru(params, xs):
    h = np.zeros((xs.shape[1], 2))
    states = []
    for t in range(xs.shape[0]):
        h = gru_cell(h, xs[t], params)
        states.append(h)
    return np.sum(np.array(states) ** 2)


def gru_params(r):
    return {f"{kind}{gate}": r.normal(size={"W": (3, 2), "U": (2, 2), "b": (2,)}[kind])
            for kind in "WUb" for gate in "zrh"}


program(gru, lambda r: (gru_params(r), r.normal(size=(3, 2, 3))), analytic=True,
        tags="recurrent dict list-append array-of-list")


def language_rnn(embed, recur, decode, bias, out_bias, text):
    """Next-letter prediction: one-hot inputs, the hidden states of all steps in a dict."""
    states = {0: np.zeros(len(bias))}
    surprise = 0
    for step, (letter, following) in enumerate(zip(text, text[1:]), start=1):
        one_hot = np.zeros(embed.shape[1])
        one_hot[letter] = 1
        states[step] = np.tanh(embed @ one_hot + recur @ states[step - 1] + bias)
        scores = decode @ states[step] + out_bias
        surprise = surprise + np.log(np.sum(np.exp(scores))) - scores[following]
    return surprise / len(states)


program(language_rnn, lambda r: (r.normal(size=(3, 4)), r.normal(size=(3, 3)), r.normal(size=(4, 3)),
                                 r.normal(size=3), r.normal(size=4), [0, 2, 1, 3, 0]),
        argnums=(0, 1, 2, 3, 4), analytic=True,
        tags="recurrent dict-int-keys one-hot integer-list enumerate-start constant-store")


def embedding_bag(table, weights, sentences, labels):
    """Word vectors looked up with repeats, averaged per sentence."""
    loss = 0.0
    for words, label in zip(sentences, labels):
        bag = table[words].mean(axis=0)
        score = bag @ weights
        loss += np.log1p(np.exp(-label * score))
    return loss / len(labels)


program(embedding_bag, lambda r: (r.normal(size=(5, 3)), r.normal(size=3), [[0, 1, 1], [4, 2], [3, 1, 0, 3]],
                                  [1, -1, 1]), argnums=(0, 1), analytic=True,
        tags="fancy-indexing repeated-indices zip ragged-lists")


def dropout_mlp(W1, W2, x, mask):
    h = np.where(x @ W1 > 0, x @ W1, 0.01 * (x @ W1))
    h *= mask / 0.8
    logits = h @ W2
    logits -= logits.max(axis=1)[:, None]
    return np.mean(np.log(np.exp(logits).sum(axis=1)) - logits[:, 0])


program(dropout_mlp, lambda r: (r.normal(size=(3, 5)), r.normal(size=(5, 3)), r.normal(size=(4, 3)),
                                (r.uniform(size=(4, 5)) < 0.8).astype(float)), argnums=(0, 1, 2),
        tags="where in-place max newaxis")


def autoencoder_with_im2col(images, kernel, decoder):
    B, H, W = images.shape
    k = kernel.shape[0]
    columns = np.zeros((B, (H - k + 1) * (W - k + 1), k * k))
    position = 0
    for top in range(H - k + 1):
        for left in range(W - k + 1):
            columns[:, position] = images[:, top:top + k, left:left + k].reshape(B, -1)
            position += 1
    code = np.tanh(columns @ kernel.ravel())
    rebuilt = (code @ decoder).reshape(images.shape)
    return np.mean((rebuilt - images) ** 2)


program(autoencoder_with_im2col, lambda r: (r.normal(size=(2, 4, 3)), r.normal(size=(2, 2)),
r.normal(size=(6, 12))),
        argnums=(0, 1, 2), tags="im2col loops counter reshape ravel")
