"""Transforms of transforms of programs, found by composing them at random."""

# ruff: noqa: E731 - programs as people write them
from __future__ import annotations

import numpy as np

import ad_compiler as ad

from .registry import program, x3


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
