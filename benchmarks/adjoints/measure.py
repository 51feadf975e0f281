"""Generated gradients against the primal and against the adjoint written by hand."""
from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

import ad_compiler
from benchmarks.adjoints.program import Program
from benchmarks.harness import best_times


def agree(found: tuple[Any, ...], expected: tuple[Any, ...]) -> bool:
    """Whether two tuples of cotangents are equal up to rounding."""
    pairs = list(zip(found, expected, strict=True))
    return all(np.shape(one) == np.shape(other) for one, other in pairs) and all(
        np.max(np.abs(one - other)) <= 1e-9 * max(1.0, np.max(np.abs(other))) for one, other in pairs)


def compare(program: Program, size: int, rounds: int) -> dict[str, Any]:
    """One row: times of primal, gradient and hand-written adjoint, and their ratios.

    Raises ArithmeticError if the gradient is not the hand-written one: a wrong result is not worth timing.
    """
    by_hand = program.adjoint
    assert by_hand is not None
    arguments = program.arguments(size, np.random.default_rng(0))
    gradient = ad_compiler.value_and_grad(program.primal, argnums=program.wrt, on_unsupported="error")
    if not agree(gradient(*arguments)[1], by_hand(*arguments)[1]):
        raise ArithmeticError(f"{program.name}, size {size}: the gradient is not the hand-written adjoint's")
    times = best_times({
        "primal": lambda: program.primal(*arguments),
        "gradient": lambda: gradient(*arguments),
        "by hand": lambda: by_hand(*arguments),
    }, rounds)
    return {
        "program": program.name, "size": size, **times,
        "gradient/primal": times["gradient"] / times["primal"],
        "gradient/by hand": times["gradient"] / times["by hand"],
        "by hand/primal": times["by hand"] / times["primal"],
    }


def compare_all(programs: Iterable[Program], rounds: int) -> list[dict[str, Any]]:
    """Rows for the small, the medium and the large size of each program."""
    return [compare(program, size, rounds) for program in programs for size in program.sizes[1:]]
