"""The gradient of a random program without any derivative rule: complex step, confirmed by differences.

An input is *rejected* (no gradient is claimed) if the program raises or warns there, if a decision is so near
a tie that a small perturbation changes the control path, if values grow out of proportion, or if the oracle's
own error estimate is too large.
"""
from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import optree

from tests.oracle import reference_gradient

from .generate import Program
from .overlaps import reads_what_it_wrote
from .recording import Recorded

STEP = 1e-30
NEAR_TIE = 1e-3
LARGEST = 1e5
STEEPEST = 1e3
AGREE = 1e-6
AGREE_SINGLE = 5e-4


class Rejected(Exception):
    """The oracle does not answer for this program and input; the message says why."""


@dataclass(frozen=True)
class Truth:
    """Value and gradient (flat, over all arguments in order), and how the gradient was found."""

    value: float
    gradient: np.ndarray
    method: str

    def miss(self, gradient: np.ndarray) -> float:
        """The largest disagreement, relative to the reference where that is larger than one."""
        if gradient.shape != self.gradient.shape or not np.all(np.isfinite(gradient)):
            return math.inf
        scale = max(1.0, float(np.max(np.abs(self.gradient), initial=0.0)))
        return float(np.max(np.abs(gradient - self.gradient), initial=0.0)) / scale


def tolerance(program: Program) -> float:
    """How far from the oracle, which computes in double precision, a program may be."""
    return AGREE_SINGLE if "float32" in program.text else AGREE


def flat(values: tuple[Any, ...]) -> np.ndarray:
    """Numbers of nested tuples, lists and dicts of floats and arrays, in order, without the integers."""
    leaves = [leaf for leaf in optree.tree_leaves(values) if not isinstance(leaf, int)]
    return np.concatenate([np.zeros(0), *(np.ravel(np.asarray(leaf)) for leaf in leaves)])


def like(args: tuple[Any, ...], vector: np.ndarray) -> tuple[Any, ...]:
    """The numbers of a vector in the structure of the arguments; integers stay."""
    start = 0

    def take(leaf: Any) -> Any:
        nonlocal start
        if isinstance(leaf, int):
            return leaf
        part = vector[start:start + np.size(leaf)].reshape(np.shape(leaf))
        start += np.size(leaf)
        return part if isinstance(leaf, np.ndarray) else part[()]

    return optree.tree_map(take, args)


def shifted(args: tuple[Any, ...], delta: np.ndarray) -> tuple[Any, ...]:
    """Arguments with a flat (real or complex) vector added."""
    return like(args, flat(args) + delta)


def truth(program: Program) -> Truth:
    """Value and gradient of the program at its arguments. Raises `Rejected`."""
    recorded, value = examine(program)
    path = list(recorded.recorder.decisions)
    own_complex = "1j" in program.text  # complex numbers of its own: not analytic
    gradient = None if own_complex else _complex_step(recorded, program.args, value, path)
    found = confirm(program) if gradient is None else Truth(value, gradient, "complex step")
    if np.max(np.abs(found.gradient), initial=0.0) > STEEPEST:
        raise Rejected("steep")
    return found


def examine(program: Program) -> tuple[Recorded, float]:
    """Run once with recording; the program's own value. Raises `Rejected`."""
    try:
        recorded = Recorded(program.text)
        value = recorded.run(program.args)
    except Exception as error:  # whatever a program raises, it is not a case
        raise Rejected(f"raises {type(error).__name__}") from error
    if not isinstance(value,
                      float | np.ndarray) or np.asarray(value).dtype.kind != "f" or np.size(value) != 1:
        raise Rejected("not one number")
    if not np.isfinite(value) or abs(value) > LARGEST:
        raise Rejected("large value")
    if recorded.recorder.margin < NEAR_TIE:
        raise Rejected("near a tie")
    if reads_what_it_wrote(program):
        raise Rejected("NumPy reads what it wrote")
    return recorded, np.asarray(value).item()


def _complex_step(recorded: Recorded, args: tuple[Any, ...], value: float,
                  path: list[Any]) -> np.ndarray | None:
    """Gradient by complex step, or None where the program is not readable on complex numbers."""
    size = flat(args).size
    gradient = np.zeros(size)
    for k in range(size):
        delta = np.zeros(size, complex)
        delta[k] = 1j * STEP
        try:
            result = complex(np.asarray(recorded.run(shifted(args, delta), complex_numbers=True)).item())
        except Exception:  # no complex reading: differences answer instead
            return None
        if recorded.recorder.margin < NEAR_TIE:
            raise Rejected("near a tie")
        if abs(result.real - value) > 1e-9 * max(1.0, abs(value)) or recorded.recorder.decisions != path:
            return None
        gradient[k] = result.imag / STEP
    return gradient


def confirm(program: Program) -> Truth:
    """The same by extrapolated differences that stay on the control path. Raises `Rejected`."""
    recorded, value = examine(program)
    path = list(recorded.recorder.decisions)

    def on_path(*args: Any) -> float:
        result = np.asarray(recorded.run(args)).item()
        return result if recorded.recorder.decisions == path else math.nan

    try:
        found = reference_gradient(on_path, program.args, program.argnums, analytic=False)
    except Exception as error:
        raise Rejected(f"differences raise {type(error).__name__}") from error
    gradient = np.array([probe.slope for probe in found.probes])
    if not np.all(np.isfinite(gradient)) or found.own_error > 0.1 * AGREE * max(1.0, found.scale):
        raise Rejected("differences unsure")
    return Truth(value, gradient, "differences")


def curvature(program: Program, direction: np.ndarray) -> np.ndarray:
    """The Hessian times a direction: differences of complex-step gradients on one path. Raises `Rejected`."""
    recorded, _ = examine(program)
    path = list(recorded.recorder.decisions)

    def gradient(t: float) -> np.ndarray:
        args = shifted(program.args, t * direction)
        value = np.asarray(recorded.run(args)).item()
        if recorded.recorder.decisions != path or "1j" in program.text:
            raise Rejected("second order: another path")
        found = _complex_step(recorded, args, value, path)
        if found is None:
            raise Rejected("second order: no complex reading")
        return found

    def quotient(h: float) -> np.ndarray:
        return (gradient(h) - gradient(-h)) / (2.0 * h)

    coarse, middle, fine = (quotient(h) for h in (4e-4, 2e-4, 1e-4))
    first, second = (4.0 * middle - coarse) / 3.0, (4.0 * fine - middle) / 3.0
    scale = max(1.0, float(np.max(np.abs(second), initial=0.0)))
    if not np.max(np.abs(first - second), initial=0.0) < AGREE * scale or scale > STEEPEST:
        raise Rejected("second order: unsure")
    return second
