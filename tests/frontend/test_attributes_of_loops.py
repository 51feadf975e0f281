"""Attributes that a loop gives to objects made before it: `self.inputs = x` in the first call of a method."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from tests.differences import central_differences

# pyright: reportAttributeAccessIssue=false
X = np.array([0.31, 0.72, 1.23, 0.54])


class Layer:
    def __init__(self, inputs, outputs, phase):
        self.weights = np.sin(np.arange(inputs * outputs).reshape(outputs, inputs) + phase)

    def forward(self, a):
        self.inputs = a
        self.outputs = np.tanh(self.weights @ a)
        return self.outputs

    def backward(self, cotangent, rate):
        inner = cotangent * (1 - self.outputs**2)
        back = self.weights.T @ inner
        self.weights = self.weights - rate * np.outer(inner, self.inputs)
        return back


class State:
    scale = 2.0

    def __init__(self):
        self.count = 0


def trained(x):
    layers, total = [Layer(4, 3, 1.0), Layer(3, 1, 2.0)], 0.0
    for step in range(len(x)):
        a = x * x[step]
        for layer in layers:
            a = layer.forward(a)
        total += (a[0] - 0.5) ** 2
        cotangent = 2 * (a - 0.5)
        for layer in reversed(layers):
            cotangent = layer.backward(cotangent, 0.1)
    return total + layers[0].outputs.sum()


def read_from_the_second_on(x):
    state, total = State(), 0.0
    for v in x:
        if state.count > 0:
            total += state.last * v
        state.last = v * v
        state.count += 1
    return total * state.last


def on_one_path(x):
    state, total = State(), 0.0
    for v in x:
        if v > 0.6:
            state.items = [v, v * 2]
            total += sum(state.items)
    return total + state.items[1]


def of_its_class_until_then(x):
    state, total = State(), 0.0
    for v in x:
        total += state.scale * v
        state.scale = v
    return total * state.scale


def objects_in_objects(x):
    states, total = [State(), State()], 0.0
    for v in x:
        for state in states:
            state.inner = State()
            state.inner.scale = v
            state.inner.count += 1
            total += state.inner.scale * state.inner.count
    return total + states[0].inner.scale


def begun_lazily(x):
    state, total = State(), 0.0
    for v in x:
        if not hasattr(state, "last"):
            state.last = 3.0 * v
        total += state.last
        state.last = v * total
    return total


def or_a_default(x):
    state, total = State(), 0.0
    for v in x:
        total += getattr(state, "last", 1.0) * v
        state.last = v * v
    return total


def checked(program: Callable[[Any], Any], **options: Any) -> None:
    value, gradient = ad.value_and_grad(program, **options)(X)
    np.testing.assert_allclose(value, program(X), rtol=1e-15)
    np.testing.assert_allclose(gradient, central_differences(program, X), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("program", [trained, read_from_the_second_on, on_one_path, of_its_class_until_then,
                                     objects_in_objects], ids=lambda f: f.__name__)
def test_derivatives(program: Callable[[Any], Any]) -> None:
    checked(program, on_unsupported="error")


@pytest.mark.parametrize("program", [begun_lazily, or_a_default], ids=lambda f: f.__name__)
def test_whether_it_is_there_is_not_known(program: Callable[[Any], Any]) -> None:
    with pytest.raises(ad.errors.CompileError, match="AD123"):
        ad.grad(program, on_unsupported="error")(X)
    with pytest.warns(ad.errors.TapeFallback):
        checked(program)
