"""Learning with derivatives inside: inner steps, differential equations by networks, penalties, optimisers."""

# ruff: noqa: B905, E731, E741 - programs as people write them
from __future__ import annotations

import numpy as np

import ad_compiler as ad

from .registry import M, R, program, x3, x4


def mlp(params, x):
    for W, b in params[:-1]:
        x = np.tanh(x @ W + b)
    W, b = params[-1]
    return x @ W + b


params = [(R.normal(size=(2, 4)) * 0.5, np.zeros(4)), (R.normal(size=(4, 1)) * 0.5, np.zeros(1))]
Xd = R.normal(size=(5, 2))
Yd = np.sin(Xd[:, :1])


def mse(p, x, y):
    return np.mean((mlp(p, x) - y) ** 2)


@program(params)
def maml(p):
    loss = 0.0
    for t in range(2):
        xs, ys = Xd * (t + 1), Yd * (t + 1)
        g = ad.grad(mse)(p, xs, ys)
        fast = [(W - 0.1 * gW, b - 0.1 * gb) for (W, b), (gW, gb) in zip(p, g)]
        loss = loss + mse(fast, xs + 0.1, ys)
    return loss


@program(np.array([0.1, 0.05]))
def meta_lr(lrs):
    p = [(W, b) for W, b in params]
    for s in range(2):
        g = ad.grad(mse)(p, Xd, Yd)
        p = [(W - lrs[s] * gW, b - lrs[s] * gb) for (W, b), (gW, gb) in zip(p, g)]
    return mse(p, Xd, Yd)


W1 = R.normal(size=(2, 6)) * 0.5
W2 = R.normal(size=6)


@program({"w1": W1, "w2": W2})
def hnn(p):
    def H(q, pp):
        return np.tanh(np.stack([q, pp]) @ p["w1"]) @ p["w2"]

    q, pp = 0.5, 0.2
    loss = 0.0
    for i in range(4):
        dq, dp = ad.grad(H, argnums=(0, 1))(q, pp)
        q, pp = q + 0.1 * dp, pp - 0.1 * dq
        loss = loss + (q - np.cos(0.1 * (i + 1))) ** 2
    return loss


@program({"W": R.normal(size=(1, 8)) * 0.7, "b": R.normal(size=8) * 0.1, "v": R.normal(size=8)})
def pinn(p):
    def u(t):
        return np.tanh(t * p["W"][0] + p["b"]) @ p["v"]

    ut = ad.grad(u)
    utt = ad.grad(ut)
    r = 0.0
    for t in np.linspace(0.1, 1.0, 4):
        r = r + (utt(t) + u(t)) ** 2
    return r + (u(0.0) - 1) ** 2 + ut(0.0) ** 2


@program({"W": R.normal(size=(2, 6)) * 0.7, "v": R.normal(size=6)})
def pinn_vmap(p):
    def u(z):
        return np.tanh(z @ p["W"]) @ p["v"]

    pts = np.array([[0.1, 0.2], [0.3, -0.4], [0.5, 0.6]])
    H = ad.vmap(ad.hessian(u))(pts)
    return np.sum((H[:, 0, 0] + H[:, 1, 1]) ** 2)


@program(x4)
def entropy_reg(x):
    logZ = lambda x: np.log(np.sum(np.exp(x)))
    p = ad.grad(logZ)(x)
    return -np.sum(p * np.log(p))


@program(x4)
def fisher(x):
    logp = lambda x: x - np.log(np.sum(np.exp(x)))
    J = ad.jacrev(logp)(x)
    p = np.exp(logp(x))
    return np.linalg.slogdet((J.T * p) @ J + np.eye(4))[1]


@program(x3)
def gradpenalty(w):
    D = lambda z: np.sum(np.tanh(w * z) * w)
    pen = 0.0
    for z in M:
        pen = pen + (np.sqrt(np.sum(ad.grad(D)(z) ** 2) + 1e-9) - 1.0) ** 2
    return pen


class Net:
    """An object with weights."""

    def __init__(self, W, b):
        self.W, self.b = W, b

    def __call__(self, x):
        return np.sum(np.tanh(self.W @ x + self.b))


@program(M, x3)
def objnet(W, b):
    n = Net(W, b)
    g = ad.grad(n)(np.ones(3))
    return np.sum(g**2)


@program(x3)
def sgdmom(w):
    l = lambda w: np.sum(np.log(np.cosh(M @ w))) + 0.5 * w @ w
    m = np.zeros(3)
    for t in range(1, 6):
        g = ad.grad(l)(w)
        m = 0.9 * m + 0.1 * g
        w = w - 0.2 * m / (1 - 0.9**t)
    return l(w)


@program(np.array([0.1, 0.2]))
def adamlr(h):
    w = x3
    m = np.zeros(3)
    v = np.zeros(3)
    l = lambda w: np.sum(np.cos(M @ w) * w**2)
    for t in range(1, 5):
        g = ad.grad(l)(w)
        m = 0.9 * m + 0.1 * g
        v = 0.99 * v + 0.01 * g * g
        w = w - h[0] * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.99**t)) + 1e-8) - h[1] * w
    return l(w)
