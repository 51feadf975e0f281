"""Programs with derivatives inside, as people write them: dynamics by potentials, inner optimisation, learning to
learn, equations and their residuals, second-order methods, pullbacks kept and called later."""

# ruff: noqa: B023, B905, E731, E741 - programs as people write them
from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

import ad_compiler as ad

R = np.random.default_rng(0)
x3 = np.array([0.3, -0.5, 0.7])
x4 = np.array([0.4, 0.1, -0.6, 0.9])
M = R.normal(size=(3, 3)) * 0.4
PROGRAMS: list[tuple[Callable[..., Any], tuple[Any, ...]]] = []


def program(*args: Any) -> Callable[..., Any]:
    """Take a function among the programs, to be differentiated by all of these arguments."""

    def taken(f: Callable[..., Any]) -> Callable[..., Any]:
        PROGRAMS.append((f, args))
        return f

    return taken


pot = lambda q: np.sum(q**4) / 4 + 0.5 * np.sum((q[1:] - q[:-1]) ** 2)


@program(x3)
def verlet(q):
    p = np.zeros_like(q)
    dt = 0.1
    for _ in range(6):
        p = p - 0.5 * dt * ad.grad(pot)(q)
        q = q + dt * p
        p = p - 0.5 * dt * ad.grad(pot)(q)
    return 0.5 * np.sum(p**2) + pot(q)


@program(x3, 1.5)
def springs(x0, k):
    def energy(x):
        return 0.5 * k * np.sum((x[1:] - x[:-1] - 1.0) ** 2)

    force = lambda x: -ad.grad(energy)(x)
    x = x0.copy()
    v = np.zeros_like(x0)
    for i in range(10):
        v = v + 0.05 * force(x)
        x = x + 0.05 * v
    return np.sum(x**2)


@program(np.array([0.5, 0.2]))
def minmax(x):
    def inner(x, y):
        return np.sum(x * y) - 0.5 * np.sum(y**2) + 0.1 * np.sum(np.sin(x) * y**2)

    y = np.zeros_like(x)
    for _ in range(20):
        y = y + 0.3 * ad.grad(inner, argnums=1)(x, y)
    return inner(x, y)


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


@program(np.array([1.0, 2.0]))
def newton(a):
    def f(x):
        return np.sum((x**2 - a) ** 2) + 0.1 * np.sum(x**4)

    x = np.ones(2) * 1.2
    for _ in range(4):
        x = x - np.linalg.solve(ad.hessian(f)(x), ad.grad(f)(x))
    return np.sum(x * np.array([1.0, -2.0]))


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


@program(M, x3)
def implicit(A, b):
    z = ad.fixed_point(lambda z: np.tanh(0.5 * A @ z + b), np.zeros(3))
    return np.sum(z**2)


@program(x3)
def vmapgrad(w):
    l = lambda w, x: np.sin(w @ x) ** 2
    g = ad.vmap(ad.grad(l), in_axes=(None, 0))(w, M)
    return np.sum(g**2)


@program(x3)
def jacfwdrev(x):
    f = lambda x: np.sin(M @ x) * x
    H = ad.jacfwd(ad.jacrev(f))(x)
    return np.sum(H**2)


@program(x3)
def lin(x):
    y, l = ad.linearize(lambda x: np.tanh(M @ x), x)
    return np.sum(y * l(np.ones(3))) + np.sum(l(x) ** 2)


@program(x3)
def stored(x):
    pulls = []
    h = x
    for i in range(3):
        h, pb = ad.vjp(lambda z: np.tanh(M @ z) + z * (i + 1) * 0.1, h)
        pulls.append(pb)
    g = np.ones(3)
    for pb in reversed(pulls):
        (g,) = pb(g)
    return np.sum(g**2) + np.sum(h)


@program(x3)
def twice(x):
    y, pb = ad.vjp(np.sin, x)
    (a,) = pb(x)
    (b,) = pb(y)
    return np.sum(a * b)


@program(x3)
def gn(x):
    r = lambda x: np.exp(M @ x) - 1.0
    J = ad.jacobian(r)(x)
    d = np.linalg.solve(J.T @ J + np.eye(3), J.T @ r(x))
    return np.sum((x - d) ** 2)


@program(x4)
def hvp_cg(x):
    f = lambda x: np.sum(np.cosh(x)) + 0.5 * (x @ x) ** 2
    v = np.ones(4)
    for _ in range(3):
        v = ad.hvp(f)(x, v)
        v = v / np.linalg.norm(v)
    return v @ ad.hvp(f)(x, v)


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
def divergence(x):
    f = lambda x: np.tanh(M @ x) ** 2
    return np.trace(ad.jacfwd(f)(x))


@program(0.7)
def third(t):
    return ad.grad(ad.grad(ad.grad(lambda s: np.sin(s) * s**3)))(t)


@program(0.7)
def nth(t):
    return ad.derivative(lambda s: np.exp(-(s**2)), n=3)(t)


@program(x3)
def valgrad(x):
    v, g = ad.value_and_grad(lambda z: np.sum(z**3))(x)
    return v * np.sum(g)


@program(x3)
def aux(x):
    def f(z):
        return np.sum(z**3), {"m": z * 2}

    (v, a), g = ad.value_and_grad(f, has_aux=True)(x)
    return v + np.sum(a["m"] * g)


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
def jvpin(x):
    y, d = ad.jvp(lambda z: np.sin(z) * z, (x,), (np.cos(x),))
    return np.sum(y * d)


@program(x3)
def cond(x):
    def f(z):
        if np.sum(z) > 0:
            return np.sum(z**3)
        return np.sum(z**2)

    return np.sum(ad.grad(f)(x) ** 2) + np.sum(ad.grad(f)(-x) ** 2)


@program(x3)
def while_gd(x):
    f = lambda y: np.sum((y - x) ** 2) + np.sum(y**4)
    y = np.zeros(3)
    k = 0
    while np.sum(ad.grad(f)(y) ** 2) > 1e-6 and k < 40:
        y = y - 0.1 * ad.grad(f)(y)
        k += 1
    return f(y) + np.sum(y)


@program(x3, 0.5)
def lagrange(q, v):
    L = lambda q, v: 0.5 * np.sum(v**2) * (1 + np.sum(q**2)) - np.sum(np.cos(q))
    vv = v * np.ones(3)
    a = np.linalg.solve(
        ad.hessian(L, argnums=1)(q, vv),
        ad.grad(L, argnums=0)(q, vv) - ad.jacfwd(ad.grad(L, argnums=1), argnums=0)(q, vv) @ vv,
    )
    return np.sum(a**2)


@program(x3)
def elem(x):
    return np.sum(ad.elementwise_grad(lambda z: np.sin(z) * z)(x) ** 2)


@program(x3)
def jacdict(x):
    J = ad.jacrev(lambda d: d["a"] * d["b"])({"a": x, "b": x**2})
    return np.sum(J["a"] ** 2) + np.sum(J["b"])


@program(x3)
def partialf(x):
    f = lambda a, b, z: np.sum(a * z**2 + b * z)
    return np.sum(ad.grad(functools.partial(f, 2.0, x))(x) ** 2)


@program(x3)
def multiarg(x):
    gx, gy = ad.grad(lambda a, b: np.sum(a * b**2), argnums=(0, 1))(x, x**2)
    return np.sum(gx * gy)


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


@program(x3)
def deq_jvp(x):
    f = lambda z: np.tanh(M @ z + x)
    z = np.zeros(3)
    for _ in range(5):
        z = z - np.linalg.solve(ad.jacfwd(lambda y: y - f(y))(z), z - f(z))
    return np.sum(z)


@ad.custom_vjp
def myexp(x):
    return np.exp(x)


myexp.defvjp(lambda x: (np.exp(x), np.exp(x)), lambda r, g: (g * r,))


@program(x3)
def custom_in(x):
    return np.sum(ad.grad(lambda z: np.sum(myexp(z) * z))(x) ** 2)


@program(x3)
def ckptloop(x):
    def f(z):
        for i in ad.checkpointed(range(8), snapshots=2):
            z = z + 0.1 * np.sin(M @ z)
            if np.sum(z) > 3.0:
                break
        return np.sum(z**2)

    return np.sum(ad.grad(f)(x) ** 2)


@program(x3)
def vmap_in(x):
    f = ad.vmap(lambda z, w: np.sum(np.sin(z * w)), in_axes=(0, None))
    return np.sum(f(M, x) ** 2)


@program(x3)
def scanlike(x):
    def step(c, u):
        return np.tanh(M @ c + u), np.sum(c)

    c = x
    outs = []
    for u in M:
        J = ad.jacrev(lambda cc: step(cc, u)[0])(c)
        c, o = step(c, u)
        outs.append(o * np.trace(J))
    return np.sum(np.array(outs))
