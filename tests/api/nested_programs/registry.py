"""The list of programs with derivatives inside, and numbers that several of them use."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

R = np.random.default_rng(0)
x3 = np.array([0.3, -0.5, 0.7])
x4 = np.array([0.4, 0.1, -0.6, 0.9])
M = R.normal(size=(3, 3)) * 0.4
PROGRAMS: list[tuple[Callable[..., Any], tuple[Any, ...]]] = []


def program(*args: Any) -> Callable[..., Any]:
    """Take a function among the programs, to be differentiated by all of these arguments."""

    def taken(f: Callable[..., Any]) -> Callable[..., Any]:
        PROGRAMS.append((f, args))
        return f

    return taken
