"""Derivatives along a direction by running the function nearby: what compiled derivatives are checked against."""
from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from .structure import floating_leaves, is_floating, map_floating, map_leaves

FIRST_STEP = 0.04
LEVELS = 12


def inner(one: Any, other: Any) -> float:
    """The real inner product of two structures of equal shapes: the real part of `sum(conj(one) * other)`."""
    pairs = zip(floating_leaves(one), floating_leaves(other), strict=True)
    return float(sum(np.sum(np.real(np.conj(a) * b)) for (_, a), (_, b) in pairs))


def random_like(tree: Any, rng: np.random.Generator) -> Any:
    """Random numbers in the structure, shapes and dtypes of `tree`; what is no floating number becomes None."""
    def draw(leaf: Any) -> Any:
        found = rng.uniform(0.5, 1.5, np.shape(leaf)) * rng.choice([-1.0, 1.0], np.shape(leaf))
        if np.iscomplexobj(leaf):
            found = found + 1j * rng.uniform(-1.0, 1.0, np.shape(leaf))
        dtype = np.asarray(leaf).dtype
        return np.asarray(found, dtype) if isinstance(leaf, np.ndarray) else dtype.type(found)

    return map_floating(draw, tree)


def moved(args: tuple[Any, ...], direction: tuple[Any, ...], step: float) -> tuple[Any, ...]:
    """Fresh arguments `args + step * direction`, in double precision; all else of them is copied."""
    dots = iter([dot for _, dot in floating_leaves(direction)])

    def move(leaf: Any) -> Any:
        if not is_floating(leaf):
            return copy.deepcopy(leaf)
        double = np.result_type(np.asarray(leaf).dtype, np.float64)
        there = np.asarray(leaf, double) + step * np.asarray(next(dots), double)
        return there if isinstance(leaf, np.ndarray) else there[()] if isinstance(leaf, np.generic) else there.item()

    return map_leaves(move, args)


def slope_along(f: Callable[..., Any], args: tuple[Any, ...], direction: tuple[Any, ...]) -> tuple[np.ndarray, float]:
    """The derivative of `f` at `args` along `direction`, as one real vector over the numbers of the result, and an
    estimate of its error. Central differences over halved steps, extrapolated; `args` are copied, never changed."""
    def at(step: float) -> np.ndarray:
        return as_vector(f(*moved(args, direction, step)))

    best, smallest = at(0.0) * np.nan, np.inf
    row: list[np.ndarray] = []
    for level in range(LEVELS):
        step = FIRST_STEP / 2.0**level
        with np.errstate(all="ignore"):
            new = [(at(step) - at(-step)) / (2.0 * step)]
        for order, older in enumerate(row, start=1):
            new.append(new[-1] + (new[-1] - older) / (4.0**order - 1.0))
            error = float(np.max(np.maximum(np.abs(new[-1] - new[-2]), np.abs(new[-1] - older)), initial=0.0))
            if error < smallest:
                best, smallest = new[-1], error
        if smallest < 1e-12 * max(1.0, float(np.max(np.abs(best), initial=0.0))):
            break
        row = new
    return best, smallest


def as_vector(tree: Any) -> np.ndarray:
    """The floating numbers of a structure as one real vector (real and imaginary parts of complex ones)."""
    parts = [part for _, leaf in floating_leaves(tree)
             for part in ((np.real(leaf), np.imag(leaf)) if np.iscomplexobj(leaf) else (leaf,))]
    return np.concatenate([np.zeros(0), *(np.ravel(np.asarray(part, float)) for part in parts)])
