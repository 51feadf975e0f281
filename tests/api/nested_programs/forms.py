"""Each way to take a derivative inside a program, and what is done with what it gives."""

# ruff: noqa: B023, E731, E741 - programs as people write them
from __future__ import annotations

import functools

import numpy as np

import ad_compiler as ad

from .registry import M, program, x3


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


@ad.custom_vjp
def myexp(x):
    return np.exp(x)


myexp.defvjp(lambda x: (np.exp(x), np.exp(x)), lambda r, g: (g * r,))


@program(x3)
def custom_in(x):
    return np.sum(ad.grad(lambda z: np.sum(myexp(z) * z))(x) ** 2)


@program(x3)
def vmap_in(x):
    f = ad.vmap(lambda z, w: np.sum(np.sin(z * w)), in_axes=(0, None))
    return np.sum(f(M, x) ** 2)
