"""The other ways to a derivative, checked: forward mode, pullbacks called again, second order."""
from __future__ import annotations

import copy
from typing import Any

import numpy as np
import optree

from .generate import Program
from .loading import Loaded
from .oracle import Rejected, Truth, curvature, flat, like, tolerance
from .subjects import Subject


class Mismatch(Exception):
    """A check failed: its name and what was seen."""

    def __init__(self, check: str, detail: str) -> None:
        super().__init__(f"{check}: {detail}")
        self.check, self.detail = check, detail


def direction(program: Program, size: int) -> np.ndarray:
    """A direction that is the same for the same program."""
    return np.random.default_rng(len(program.text)).uniform(-1.0, 1.0, size)


def tangents_of(args: tuple[Any, ...], along: np.ndarray) -> tuple[Any, ...]:
    """A direction in the structure of the arguments; integers, which have no tangent, have zero."""
    return optree.tree_map(lambda leaf: 0 if isinstance(leaf, int) else leaf, like(args, along))


def check_forward(program: Program, module: Loaded, subject: Subject, expected: Truth) -> None:
    """The tangent along a direction is the gradient's dot product with it."""
    along = direction(program, expected.gradient.size)
    tangent = subject.jvp(module.function, copy.deepcopy(program.args), tangents_of(program.args, along))
    if tangent is None:
        return
    want = float(along @ expected.gradient)
    if not _close(np.asarray(tangent), np.asarray(want), program, float(np.max(np.abs(expected.gradient)))):
        raise Mismatch("forward mode", f"tangent {tangent!r} instead of {want!r}")


def check_pullback(program: Program, module: Loaded, subject: Subject, expected: Truth) -> None:
    """A pullback gives the gradient, its multiples, and the gradient again."""
    pullback = subject.vjp(module.function, copy.deepcopy(program.args))
    if pullback is None:
        return
    for factor in (1.0, -2.0, 1.0):
        got = flat(_as_tuple(pullback(factor)))
        if got.shape != expected.gradient.shape or not _close(got, factor * expected.gradient, program):
            raise Mismatch("pullback", f"\n  of {factor}: {got}\n  expected {factor * expected.gradient}")


def check_structured(program: Program, module: Loaded, subject: Subject, expected: Truth) -> None:
    """The pullback and the tangents of `h`, whose result is a structure, and the gradient of `f_aux`."""
    whole = module.named("h")
    pullback = subject.vjp(whole, copy.deepcopy(program.args))
    if pullback is None:
        return
    got = flat(_as_tuple(pullback(copy.deepcopy(program.cotangents))))
    if got.shape != expected.gradient.shape or not _close(got, expected.gradient, program):
        raise Mismatch("structured pullback", f"\n  got      {got}\n  expected {expected.gradient}")
    along = direction(program, expected.gradient.size)
    tangents = flat((subject.jvp(whole, copy.deepcopy(program.args), tangents_of(program.args, along)),))
    weights, want = flat((program.cotangents,)), float(along @ expected.gradient)
    if tangents.shape != weights.shape or not _close(
            np.asarray(tangents @ weights), np.asarray(want), program, float(np.max(np.abs(expected.gradient)))):
        raise Mismatch("structured tangent", f"{tangents} weighed {tangents @ weights} instead of {want}")
    value, aux, gradient = subject.with_aux(module.named("f_aux"), copy.deepcopy(program.args))
    plain = whole(*copy.deepcopy(program.args))
    same = np.allclose(flat((aux,)), flat((plain,)), rtol=1e-12, atol=1e-12)
    if not same or abs(value - expected.value) > tolerance(program) * max(1.0, abs(expected.value)) or not _close(
            flat(_as_tuple(gradient)), expected.gradient, program):
        raise Mismatch("aux", f"{value} {aux} {gradient} instead of {expected.value} {plain} {expected.gradient}")


def check_second_order(program: Program, module: Loaded, subject: Subject, expected: Truth) -> None:
    """The Hessian-vector product along a direction, where the oracle has an answer."""
    along = direction(program, expected.gradient.size)
    try:
        want = curvature(program, along)
    except Rejected:
        return
    got = subject.hvp(module.function, copy.deepcopy(program.args), like(program.args, along))
    if got is None:
        return
    vector = flat(_as_tuple(got))
    if vector.shape != want.shape or not _close(vector, want, program, factor=10.0):
        raise Mismatch("second order", f"\n  got      {vector}\n  expected {want}")


def _as_tuple(result: Any) -> tuple[Any, ...]:
    """A transform of a function of one argument may give what belongs to it without a tuple."""
    return result if isinstance(result, tuple) else (result,)


def _close(got: np.ndarray, want: np.ndarray, program: Program, size: float = 0.0, factor: float = 1.0) -> bool:
    scale = max(1.0, size, float(np.max(np.abs(want), initial=0.0)))
    return bool(np.max(np.abs(got - want), initial=0.0) <= factor * tolerance(program) * scale)
