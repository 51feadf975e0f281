"""Every program of `adjoints/` at three sizes: the generated gradient against the adjoint written by hand.

Targets: gradient/by hand 1.15 in the median and 1.3 at most, gradient/primal 3 in the median. A program
that is refused is listed with the reason.
"""
from __future__ import annotations

from typing import Any

from ad_compiler.errors import CompileError
from benchmarks.adjoints import PROGRAMS
from benchmarks.adjoints.measure import compare_all
from benchmarks.harness import publish, summary


def main(rounds: int = 20) -> None:
    rows: list[dict[str, Any]] = []
    refused = []
    for program in PROGRAMS.values():
        try:
            rows += compare_all([program], rounds)
        except CompileError as error:
            refused.append(f"refused: {program.name}: {str(error).splitlines()[0]}")
    publish("by_hand", rows, [summary(rows, "gradient/by hand"), summary(rows, "gradient/primal"), *refused])


if __name__ == "__main__":
    main()
