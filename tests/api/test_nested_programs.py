"""Programs with derivatives inside: gradient, tangent and Hessian-vector product against difference quotients."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from tests.api.nested_programs import PROGRAMS

pytestmark = pytest.mark.filterwarnings("ignore::ad_compiler.interface.batched.LoopFallback")
STEP = 1e-5
EACH = pytest.mark.parametrize(("f", "args"), PROGRAMS, ids=lambda v: getattr(v, "__name__", ""))


def leaves(tree: Any) -> list[Any]:
    """The numbers and arrays of a structure, in order."""
    if isinstance(tree, dict):
        return [leaf for part in tree.values() for leaf in leaves(part)]
    return [leaf for part in tree for leaf in leaves(part)] if isinstance(tree, (tuple, list)) else [tree]


def filled(tree: Any, numbers: Iterator[Any]) -> Any:
    """The structure with other numbers."""
    if isinstance(tree, dict):
        return {key: filled(part, numbers) for key, part in tree.items()}
    return type(tree)(filled(part, numbers) for part in tree) if isinstance(tree, (tuple, list)) else next(numbers)


def along(args: tuple[Any, ...], direction: list[Any], step: float) -> tuple[Any, ...]:
    """The arguments, moved by a step."""
    return filled(args, (x + step * d for x, d in zip(leaves(args), direction, strict=True)))


def directions(args: tuple[Any, ...]) -> list[Any]:
    rng = np.random.default_rng(1)
    return [rng.normal(size=np.shape(x))[()] for x in leaves(args)]


@EACH
def test_gradient_and_tangent(f: Callable[..., Any], args: tuple[Any, ...]) -> None:
    d = directions(args)
    gradient = ad.grad(f, argnums=tuple(range(len(args))), on_unsupported="error")(*args)
    slope = sum(np.sum(a * b) for a, b in zip(leaves(gradient), d, strict=True))
    wanted = (f(*along(args, d, STEP)) - f(*along(args, d, -STEP))) / (2 * STEP)
    assert abs(slope - wanted) <= 1e-5 * (1.0 + abs(wanted))
    _, tangent = ad.jvp(f, args, filled(args, iter(d)), on_unsupported="error")
    assert abs(tangent - slope) <= 1e-9 * (1.0 + abs(slope))


@EACH
def test_second_derivative(f: Callable[..., Any], args: tuple[Any, ...]) -> None:
    d, argnums = directions(args), tuple(range(len(args)))
    gradient = ad.grad(f, argnums=argnums)
    product = ad.hvp(f, args, filled(args, iter(d)), argnums=argnums, on_unsupported="error")
    ends = [leaves(gradient(*along(args, d, sign * STEP))) for sign in (1, -1)]
    for found, up, down in zip(leaves(product), *ends, strict=True):
        np.testing.assert_allclose(found, (up - down) / (2 * STEP), rtol=2e-4, atol=2e-4)
