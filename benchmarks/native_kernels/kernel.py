"""One kernel of the native benchmark."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True)
class Kernel:
    """`primal` in plain NumPy, differentiated by the arguments `wrt`; `arguments(size, rng)`; `kind` is "loop" (written
    with loops over elements or rows) or "array" (BLAS and elementwise). `adjoint`: loops for numba that return the
    value and the gradients, written by hand. The rewrite for JAX has the kernel's name in `for_jax`."""

    primal: Callable[..., Any]
    wrt: tuple[int, ...]
    arguments: Callable[[int, np.random.Generator], tuple[Any, ...]]
    sizes: tuple[int, int]
    kind: str = "loop"
    adjoint: Callable[..., Any] | None = None

    @property
    def name(self) -> str:
        return self.primal.__name__
