"""The native backend: gradients in machine code beside the NumPy backend's, the hand-written NumPy adjoint, and numba's
primal where numba takes the program as it is.

A program of which a loop is left in Python, or whose gradient differs from the NumPy backend's by more than rounding,
is marked and counts as failed.
"""
from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

import ad_compiler
from benchmarks.adjoints import PROGRAMS
from benchmarks.adjoints.program import Program
from benchmarks.harness import best_times, publish, summary


def by_numba(primal: Callable[..., Any], arguments: tuple[Any, ...]) -> Callable[..., Any] | None:
    """The program compiled by numba as it stands; None where numba does not take it."""
    import numba

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compiled = numba.njit(primal)
            compiled(*arguments)
    except Exception:  # numba's errors have no common class, and some are Python's
        return None
    return compiled


def agree(expected: Any, found: Any) -> bool:
    """Whether two values with their gradients are equal up to rounding."""
    left, right = [expected[0], *expected[1]], [found[0], *found[1]]
    return all(np.allclose(a, b, rtol=1e-9, atol=1e-11 * max(1.0, float(np.max(np.abs(a)))))
               for a, b in zip(left, right, strict=True))


def measure(name: str, program: Program, size: int, rounds: int, seconds: float) -> dict[str, Any]:
    """One row: times of the sides, compile time, and ratios."""
    arguments = program.arguments(size, np.random.default_rng(0))
    plain = ad_compiler.value_and_grad(program.primal, argnums=program.wrt)
    native = ad_compiler.value_and_grad(program.primal, argnums=program.wrt, backend="native")
    expected = plain(*arguments)
    began = time.perf_counter()
    found = native(*arguments)
    first = time.perf_counter() - began
    (special,) = native.used
    primal = by_numba(program.primal, arguments)
    sides: dict[str, Callable[[], Any]] = {
        "native": lambda: native(*arguments), "numpy": lambda: plain(*arguments),
        "primal": lambda: program.primal(*arguments)}
    if primal is not None:
        sides["numba primal"] = lambda: primal(*arguments)
    times = best_times(sides, rounds, seconds=seconds)
    same = "" if agree(expected, found) else " WRONG"
    return {
        "program": name, "size": size, "backend": special.main.backend + same, "first call": first, **times,
        "numba primal": times.get("numba primal"),
        "numpy/native": times["numpy"] / times["native"],
        "native/numba primal": times["native"] / times["numba primal"] if primal else None,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--programs", nargs="*", default=list(PROGRAMS))
    parser.add_argument("--size", type=int, default=2, help="which of a program's sizes: 1 small, 2 medium, 3 large")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=4.0, help="per program")
    chosen = parser.parse_args()
    rows = [measure(name, PROGRAMS[name], PROGRAMS[name].sizes[chosen.size], chosen.rounds, chosen.seconds)
            for name in chosen.programs]
    whole = sum(row["backend"] == "native" for row in rows)
    notes = [summary(rows, "numpy/native"), f"native: {whole} of {len(rows)}"]
    if any(row["native/numba primal"] for row in rows):
        notes.append(summary(rows, "native/numba primal"))
    publish("native", rows, notes)


if __name__ == "__main__":
    main()
