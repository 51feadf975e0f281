"""Array code (a network, a regression, a Runge-Kutta integrator) against hand-written adjoints.

Targets: gradient/primal at most 3, gradient/by hand at most 1.5.
"""
from __future__ import annotations

from benchmarks.harness import publish, summary

NAMES = ("two_layer_network", "logistic_regression", "lorenz_runge_kutta")


def main(rounds: int = 20) -> None:
    from benchmarks.adjoints import PROGRAMS
    from benchmarks.adjoints.measure import compare_all

    rows = compare_all([PROGRAMS[name] for name in NAMES], rounds)
    publish("vector", rows, [summary(rows, "gradient/primal"), summary(rows, "gradient/by hand")])


if __name__ == "__main__":
    main()
