"""What a call of a gradient costs besides the code that was generated: tests of the arguments, and the result.

Targets: 1.5 us for up to three arrays or floats, 2 us for a dict of eight arrays, 0.3 us per further leaf. The figure
is the time of the gradient minus that of the emitted function called by hand.
"""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import ad_compiler
from benchmarks.harness import best_times, publish

WEIGHT = 2.0


def constant(x):
    return 1.0


def captured(x):
    return WEIGHT


def three(x, y, z):
    return 1.0


def three_with_defaults(x, y, z=1.0, *, steps=3):
    return 1.0


def structure(params):
    return 1.0


def arrays(count: int) -> dict[str, np.ndarray]:
    return {f"weight_{k}": np.ones((3, 4)) for k in range(count)}


def cases() -> dict[str, tuple[Callable[..., Any], tuple[Any, ...], Any]]:
    """A function, its arguments, and what it is differentiated by."""
    vector = np.ones(5)
    return {
        "a float": (constant, (1.0,), 0),
        "an array": (constant, (vector,), 0),
        "an array, and a captured number": (captured, (vector,), 0),
        "three arrays": (three, (vector, vector, vector), (0, 1, 2)),
        "two arrays and a float": (three, (vector, vector, 1.0), (0, 1, 2)),
        "defaults": (three_with_defaults, (vector, vector), (0, 1)),
        "a dict of 8 arrays": (structure, (arrays(8),), 0),
        "a dict of 16 arrays": (structure, (arrays(16),), 0),
        "a list of 8 pairs": (structure, ([(vector, 1.0)] * 8,), 0),
    }


def measure(name: str, f: Callable[..., Any], args: tuple[Any, ...], argnums: Any) -> dict[str, Any]:
    """One row: the gradient, the emitted function alone, and the difference."""
    gradient = ad_compiler.value_and_grad(f, argnums=argnums)
    for _ in range(3):
        gradient(*args)
    special = next(iter(gradient.used))
    values = dict(zip(gradient.target.names, gradient.target.arguments(args, {}), strict=True))
    inputs, hidden = special.inputs(values), special.hidden(f)
    emitted = special.main.call
    times = best_times({"gradient": lambda: gradient(*args), "emitted": lambda: emitted(*inputs, **hidden)}, rounds=30)
    return {"arguments": name, **times, "overhead": times["gradient"] - times["emitted"]}


def main() -> None:
    publish("overhead", [measure(name, *case) for name, case in cases().items()])


if __name__ == "__main__":
    main()
