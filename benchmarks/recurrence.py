"""A recurrence over single elements: the gradient is linear in the length, and under 4 primals.

    y[i] = sin(y[i-1]) * x[i] + y[i]

Once with `np.sin`, once with `math.sin`, whose primal is several times faster, and once in machine code: the native
backend's gradient beside the primal compiled by numba.
"""
from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

import ad_compiler
from benchmarks.adjoints import PROGRAMS
from benchmarks.harness import best_times, publish, summary

LENGTHS = (1_000, 10_000, 100_000)


def math_recurrence(x, y0):
    """The same recurrence with the standard library's sine."""
    y = y0.copy()
    for i in range(1, len(y)):
        y[i] = math.sin(y[i - 1]) * x[i] + y[i]
    return np.sum(y)


def measure(f: Callable[..., Any], label: str, length: int, rounds: int, native: bool = False) -> dict[str, Any]:
    """One row of times. The gradient is of both arguments."""
    arguments = PROGRAMS["recurrence"].arguments(length, np.random.default_rng(0))
    gradient = ad_compiler.value_and_grad(
        f, argnums=(0, 1), on_unsupported="error", backend="native" if native else "numpy")
    primal = f
    if native:
        import numba

        primal = numba.njit(f)
        np.testing.assert_allclose(gradient(*arguments)[0], primal(*arguments), rtol=1e-10)
        assert all(special.main.backend == "native" for special in gradient.used)
    times = best_times({"primal": lambda: primal(*arguments), "gradient": lambda: gradient(*arguments)}, rounds)
    return {
        "sine": label, "length": length, **times,
        "gradient per element": times["gradient"] / length,
        "gradient/primal": times["gradient"] / times["primal"],
    }


def main() -> None:
    rows = [
        measure(f, label, length, rounds=max(5, 100_000 // length))
        for f, label in ((PROGRAMS["recurrence"].primal, "np.sin"), (math_recurrence, "math.sin"))
        for length in LENGTHS
    ]
    machine = [measure(PROGRAMS["recurrence"].primal, "native, primal by numba", length, rounds=20, native=True)
               for length in LENGTHS]
    publish("recurrence", rows + machine, [
        summary(rows, "gradient/primal"), f"native: {summary(machine, 'gradient/primal')}"])


if __name__ == "__main__":
    main()
