"""Transforms of transforms of programs, found by composing them at random."""

# ruff: noqa: E731 - programs as people write them
from __future__ import annotations

import numpy as np

import ad_compiler as ad

from .registry import M, program, x3


def branching(x):
    if x[0] > 0.2:
        z = x * np.cos(x)
    else:
        z = x**3
    return np.dot(z, x[::-1])


@program(x3)
def third_derivative_of_a_branch(x):
    return np.trace(ad.jacrev(lambda z: np.diag(ad.hessian(branching)(z)))(x))


@program(x3)
def columns_of_a_branch(x):
    columns = ad.vmap(lambda e: ad.hvp(branching)(x, e))(np.eye(3)[:2])
    return np.sum(columns @ np.cos(x))


def recursive(s, x, depth):
    return np.sum(s * x) if depth == 0 else recursive(np.sin(s), x, depth - 1) + s[0]


@program(x3)
def tangent_of_a_checkpointed_gradient(x):
    norm = lambda z: np.sum(ad.grad(lambda w: recursive(w, w, 1))(z) ** 2)
    return np.sum(ad.jvp(ad.checkpoint(ad.grad(norm)), (x,), (np.cos(x),))[1])


def updated(x):
    y = x.copy()
    y[1:] += y[:-1] ** 2
    y[0] *= x[2]
    return y


@program(x3)
def volume_in_a_gradient(x):
    volume = lambda z: np.linalg.slogdet(ad.jacobian(updated)(z) + 5.0 * np.eye(3))[1]
    return np.sum(ad.grad(volume)(x) ** 2) + np.sum(ad.vjp(volume, 1.2 * x)[1](x[0])[0] * x)


@ad.custom_vjp
def exponential(x):
    return np.sum(np.exp(0.5 * x))


exponential.defvjp(lambda x: (exponential(x), x), lambda x, g: (0.5 * g * np.exp(0.5 * x),))


@program(x3)
def steps_down_a_rule_for_each_example(x):
    def after(z):
        start = z
        for _ in range(2):
            z = z - 0.05 * ad.grad(lambda w: exponential(w * w[0]) + w[1])(z)
        return exponential(z * z[0]) + np.sum(z * start)

    return np.sum(ad.vmap(ad.grad(after))(np.outer(np.array([1.0, 0.7]), x)) ** 2)


def shrunk(x):
    while np.sum(x * x) > 0.3:
        x = 0.6 * x + 0.05 * np.sin(x)
    return x


def weighed(x, parts):
    return {"sum": np.sum(shrunk(x) * parts["w"]), "all": (shrunk(x) * parts["s"], x)}


@program(M, x3)
def gradients_of_loops_of_different_length(m, x):
    return np.sum(ad.vmap(ad.grad(lambda z: np.sum(shrunk(z) * x)))(m + 0.5) ** 2)


@program(M, x3)
def structures_of_examples_that_are_not_batched(m, x):
    found = ad.vmap(ad.jacrev(weighed), in_axes=(1, {"w": None, "s": 0}), out_axes=0)(m + 0.5, {"w": x, "s": x})
    return np.sum(found["sum"] ** 2) + np.sum(found["all"][0] * x) + np.sum(found["all"][1])


@program(x3)
def jacobians_without_a_batched_form(x):
    slopes = ad.grad(lambda z: np.sum(shrunk(z) * z))
    several = ad.jacfwd(lambda z, s: (shrunk(z) * s, s**2), argnums=(0, 1))(x, x[0])
    total = np.sum(ad.jacrev(slopes)(x) ** 2) + np.sum(ad.jacobian(slopes)(x) * np.outer(x, x))
    return total + np.sum(several[0][0]) + np.sum(several[0][1] * x) + several[1][1]


@program(x3)
def roots_for_each_example(x):
    def root(z):
        return np.sum(ad.fixed_point(lambda y: 0.3 * np.sin(y) + z, np.zeros_like(z)) * z)

    return np.sum(ad.vmap(ad.grad(root))(np.outer(np.array([1.0, 0.7]), x)))
