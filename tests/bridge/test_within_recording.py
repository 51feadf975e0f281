"""Derivatives of functions that a function on the tape makes: what they capture is recorded, and counts."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler import pipeline
from ad_compiler.analysis.stand_ins import stand_in_type
from ad_compiler.errors import Diagnostic, UnsupportedError
from ad_compiler.ir import nodes as ir
from ad_compiler.ir.types import Array, Dim

V = np.array([0.8, -1.3, 2.1])


def by_grad(v: Any) -> Any:
    return np.sum(np.sin(ad.grad(lambda q: np.sum(v * q**3))(np.ones(3))))


def by_grad_at_recorded(v: Any) -> Any:
    return np.sum(np.sin(ad.grad(lambda q: np.sum(v * q**3))(v)))


def by_value_and_grad(v: Any) -> Any:
    value, bars = ad.value_and_grad(lambda q, r: np.sum(v * q**3) * r, argnums=(0, 1))(np.ones(3), 2.0)
    return value + np.sum(np.sin(bars[0])) + bars[1]


def by_grad_twice(v: Any) -> Any:
    return ad.grad(ad.grad(lambda t: np.sum(np.sin(v * t))))(0.7)


def by_vjp(v: Any) -> Any:
    return np.sum(np.sin(ad.vjp(lambda q: v * q**3, np.ones(3))[1](v)[0]))


def by_jvp(v: Any) -> Any:
    return np.sum(np.sin(ad.jvp(lambda q: v * q**3, (np.ones(3),), (v,))[1]))


def by_elementwise_grad(v: Any) -> Any:
    return np.sum(np.sin(ad.elementwise_grad(lambda q: v * q**3)(np.ones(3))))


def by_hvp(v: Any) -> Any:
    return np.sum(ad.hvp(lambda q: np.sum(v * q**3))(np.ones(3), np.ones(3)))


def by_jacobian(v: Any) -> Any:
    return np.sum(np.sin(ad.jacobian(lambda q: v * q**3)(np.ones(3))))


def put_on_the_tape(function: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """The function itself is not compiled; those it makes are."""
    read = pipeline.lower_function

    def refuse(given: Any, *args: Any, **kwargs: Any) -> Any:
        if given is function:
            raise UnsupportedError([Diagnostic("AD100", None, "the tape is asked for", "")])
        return read(given, *args, **kwargs)
    monkeypatch.setattr(pipeline, "lower_function", refuse)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("function", [by_grad, by_grad_at_recorded, by_value_and_grad, by_grad_twice, by_vjp, by_jvp,
                                      by_elementwise_grad, by_hvp, by_jacobian])
def test_captured_arrays_count(function: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    expected = [(function(V + e) - function(V - e)) / 2e-5 for e in 1e-5 * np.eye(3)]
    put_on_the_tape(function, monkeypatch)
    np.testing.assert_allclose(ad.grad(function)(V), expected, rtol=1e-6)


def test_integers_of_stand_ins_are_places_in_every_axis() -> None:
    seen = []

    def look(a: Any, pivots: Any) -> Any:
        seen.append((a.shape[0], pivots.max()))
        return a
    small = Array(np.dtype(float), (Dim(4), Dim(4)))
    pivots = Array(np.dtype(np.int64), (Dim(4),))
    stand_in_type(look, [ir.Var("a", small), ir.Var("p", pivots)], {})
    assert seen and all(place < size for size, place in seen)


def _ruled_inside(x):
    @ad.custom_vjp
    def h(y):
        return y**2
    h.defvjp(lambda y: (y**2, y), lambda r, g: (5 * r * g,))
    return h(x) + h(2 * x)


def _own_pullback(x):
    return ad.vjp(_ruled_inside, x)[1](x)[0]


@pytest.mark.filterwarnings("ignore::ad_compiler.errors.TapeFallback")
def test_the_pullback_of_a_function_on_the_tape_keeps_its_arguments_on_the_record():
    """x * 25 x: the derivative by the point at which the pullback was made was cut off, and the gradient was 0."""
    assert ad.grad(_own_pullback)(2.0) == 100.0
