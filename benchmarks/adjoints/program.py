"""A benchmark program: ordinary NumPy, and, for many, the adjoint that a good engineer writes for it by hand."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Program:
    """`primal(*arguments)` is a float; `adjoint(*arguments)` is `(value, cotangents of the arguments wrt)`.

    `arguments(size, rng)` makes the input; `sizes` are a tiny one for checking numerically, and a small, a
    medium and a large one for measuring. `analytic` says that complex numbers can be put in, so that the
    complex step checks it.
    """

    primal: Callable[..., Any]
    adjoint: Callable[..., tuple[Any, tuple[Any, ...]]] | None
    wrt: tuple[int, ...]
    arguments: Callable[[int, np.random.Generator], tuple[Any, ...]]
    sizes: tuple[int, int, int, int]
    analytic: bool = False

    @property
    def name(self) -> str:
        return self.primal.__name__
