"""Dynamics by potentials, and equations solved by methods that take derivatives."""

# ruff: noqa: B023, E731 - programs as people write them
from __future__ import annotations

import numpy as np

import ad_compiler as ad

from .registry import M, program, x3, x4

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


@program(np.array([1.0, 2.0]))
def newton(a):
    def f(x):
        return np.sum((x**2 - a) ** 2) + 0.1 * np.sum(x**4)

    x = np.ones(2) * 1.2
    for _ in range(4):
        x = x - np.linalg.solve(ad.hessian(f)(x), ad.grad(f)(x))
    return np.sum(x * np.array([1.0, -2.0]))


@program(M, x3)
def implicit(A, b):
    z = ad.fixed_point(lambda z: np.tanh(0.5 * A @ z + b), np.zeros(3))
    return np.sum(z**2)


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
def deq_jvp(x):
    f = lambda z: np.tanh(M @ z + x)
    z = np.zeros(3)
    for _ in range(5):
        z = z - np.linalg.solve(ad.jacfwd(lambda y: y - f(y))(z), z - f(z))
    return np.sum(z)


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
