"""Check one row of the derivative table against differences of the function it belongs to.

No derivative is written down here. A call is perturbed along a random direction `u`; its central difference
must be the row's jvp, and for a random cotangent `w` the dot-product identity `Re<w, J u> = Re<J' w, u>`
must hold, with PyTorch's inner product `Re sum(conj(w) * v)` where values are complex.
"""
from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from ad_compiler.rules import apply
from ad_compiler.rules.row import Row
from ad_compiler.rules.samples import Call

STEP = 1e-3
TOLERANCE = 2e-7


def is_active(value: Any) -> bool:
    """Whether an argument can carry a derivative: floating or complex numbers, also in (nested) sequences."""
    if isinstance(value, list | tuple):
        return len(value) > 0 and all(is_active(item) for item in value)
    return not isinstance(value, str) and value is not None and np.asarray(value).dtype.kind in "fc"


def tree(function: Callable[..., Any], value: Any, *others: Any) -> Any:
    if isinstance(value, list | tuple):
        return [tree(function, *items) for items in zip(value, *others, strict=True)]
    return function(value, *others)


def leaves(value: Any) -> list[Any]:
    if isinstance(value, list | tuple):
        return [leaf for item in value for leaf in leaves(item)]
    return [value]


# Functions of Hermitian matrices read one triangle: only Hermitian directions mean anything to them.
HERMITIAN = frozenset({np.linalg.cholesky, np.linalg.eigh, np.linalg.eigvalsh})


def admissible(row: Row, u: Any) -> Any:
    return (u + np.conj(np.swapaxes(u, -1, -2))) / 2 if row.function in HERMITIAN else u


def direction(value: Any, rng: np.random.Generator) -> np.ndarray:
    """A random array like `value`, complex if it is."""
    value = np.asarray(value)
    shape, kind = value.shape, value.dtype.kind
    real = rng.uniform(0.3, 1.0, shape) * rng.choice([-1.0, 1.0], shape)
    if kind == "c":
        real = real + 1j * rng.uniform(0.3, 1.0, shape)
    return np.asarray(real, value.dtype if kind in "fc" else float)


def cotangent(out: Any) -> Any:
    """A random cotangent for a result, a tuple for a tuple."""
    rng = np.random.default_rng(6)
    w = tree(lambda leaf: direction(leaf, rng), out)
    return tuple(w) if isinstance(out, tuple) else w


def inner(one: Any, two: Any) -> float:
    """Re<one, two> over all leaves."""
    pairs = zip(leaves(one), leaves(two), strict=True)
    return float(sum(np.sum(np.real(np.conj(a) * b)) for a, b in pairs))


def evaluate(row: Row, bound: dict[str, Any]) -> Any:
    """Call the row's function on copies of the arguments; the value of what it writes where it writes."""
    bound = copy.deepcopy(bound)
    args, kwargs = row.arguments(bound)
    if row.random:
        np.random.seed(7)
    out = row.function(*args, **kwargs)
    return bound[row.writes] if row.writes else out


def shifted(value: Any, u: Any, amount: float) -> Any:
    def move(leaf: Any, part: Any) -> Any:
        there = leaf + amount * part
        return np.asarray(there) if isinstance(leaf, np.ndarray) else there
    moved = tree(move, value, u)
    return tuple(moved) if isinstance(value, tuple) else moved


def difference(row: Row, bound: dict[str, Any], operand: str, u: Any) -> Any:
    """Derivative of the call along `u`, by central differences of fourth order."""
    def at(amount: float) -> Any:
        with np.errstate(all="ignore"):
            return evaluate(row, {**bound, operand: shifted(bound[operand], u, amount * STEP)})
    near, back, far, far_back = at(1), at(-1), at(2), at(-2)
    return tree(lambda a, b, c, d: (8 * (np.asarray(a) - b) - (np.asarray(c) - d)) / (12 * STEP),
                near, back, far, far_back)


def close(one: Any, two: Any, tolerance: float) -> bool:
    return all(np.allclose(a, b, rtol=tolerance, atol=tolerance)
               for a, b in zip(leaves(one), leaves(two), strict=True))


def same(one: np.ndarray, two: np.ndarray) -> bool:
    return np.array_equal(one, two, equal_nan=one.dtype.kind in "fc")


def active_operands(row: Row, bound: dict[str, Any]) -> list[str]:
    return [name for name in row.operands if is_active(bound[name])]


def pullback(row: Row, bound: dict[str, Any], operand: str, w: Any) -> Any:
    """The operand's cotangent, from no more than the residuals that the row asks for."""
    out = evaluate(row, bound)
    return apply.vjp(row, operand, w, apply.residuals(row, bound, out, [operand]))


def check_call(row: Row, call: Call) -> int:
    """Check every active operand of one call; gives the number of operands checked."""
    bound = row.bind(call.args, call.kwargs)
    out = evaluate(row, bound)
    rng = np.random.default_rng(5)
    active = active_operands(row, bound)
    for operand in active:
        u = admissible(row, tree(lambda leaf: direction(leaf, rng), bound[operand]))
        w = cotangent(out)
        expected = difference(row, bound, operand, u)
        check_forward(row, bound, out, operand, u, expected)
        check_reverse(row, bound, operand, u, w, expected)
    return len(active)


def check_forward(row: Row, bound: dict[str, Any], out: Any, operand: str, u: Any, expected: Any) -> None:
    tangent = apply.jvp(row, {operand: u}, {**bound, "out": out})
    for part, value in zip(leaves(tangent), leaves(out), strict=True):
        assert np.shape(part) == np.shape(value), f"{row.name}: jvp of {operand} has shape {np.shape(part)}"
        assert part.dtype == np.asarray(value).dtype, f"{row.name}: jvp of {operand} has dtype {part.dtype}"
    large = apply.jvp(row, {operand: tree(lambda leaf: 1000 * leaf, u)}, {**bound, "out": out})
    assert close(large, tree(lambda leaf: 1000 * np.asarray(leaf), tangent), 1e-6), (
        f"{row.name}: the jvp with respect to {operand} is not linear in the tangent")
    assert close(tangent, expected, TOLERANCE), (
        f"{row.name}: jvp with respect to {operand} is\n{tangent}\ndifferences give\n{expected}\nin {bound}")


def check_reverse(row: Row, bound: dict[str, Any], operand: str, u: Any, w: Any, expected: Any) -> None:
    before = copy.deepcopy(bound)
    bar = pullback(row, bound, operand, w)
    for part, value in zip(leaves(bar), leaves(bound[operand]), strict=True):
        value = np.asarray(value)
        assert np.shape(part) == value.shape, f"{row.name}: vjp of {operand} has shape {np.shape(part)}"
        assert part.dtype == value.dtype, f"{row.name}: vjp of {operand} has dtype {part.dtype}"
    forward, reverse = inner(w, expected), inner(bar, u)
    assert np.isclose(forward, reverse, rtol=TOLERANCE, atol=TOLERANCE), (
        f"{row.name}: <w, Ju> = {forward} but <J'w, u> = {reverse} with respect to {operand}, in {bound}")
    again = pullback(row, bound, operand, w)
    assert close(bar, again, 0.0), f"{row.name}: a second pullback differs"
    unchanged = zip(leaves(list(before.values())), leaves(list(bound.values())), strict=True)
    assert all(same(a, b) for a, b in unchanged if isinstance(a, np.ndarray)), (
        f"{row.name}: the pullback wrote into an argument")


def recast(call: Call, change: Callable[[np.ndarray], Any]) -> Call:
    """The call with `change` applied to every floating or complex array of it."""
    def over(value: Any) -> Any:
        if isinstance(value, list | tuple):
            return type(value)(over(item) for item in value)
        if isinstance(value, np.ndarray) and value.dtype.kind in "fc":
            return np.asarray(change(value)).reshape(value.shape)  # a 0-d array stays one
        return value
    return Call(tuple(over(a) for a in call.args), {k: over(v) for k, v in call.kwargs.items()})


def single(value: np.ndarray) -> np.ndarray:
    return value.astype(np.complex64 if value.dtype.kind == "c" else np.float32)


def strided(value: np.ndarray) -> np.ndarray:
    """The same values in memory that is neither C- nor Fortran-contiguous."""
    if value.ndim == 0:
        return value
    room = np.full((*value.shape[:-1], 2 * value.shape[-1] + 1), np.nan, value.dtype)
    room[..., 1::2] = value
    return room[..., 1::2]
