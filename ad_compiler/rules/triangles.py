"""Diagonals and triangles of matrices."""
from __future__ import annotations

from typing import Any

import numpy as np

from ad_compiler import support
from ad_compiler.rules.row import Row, linear
from ad_compiler.rules.samples import Samples, calls, reals
from ad_compiler.rules.samples import call as of

TRIANGLES: Samples = reals((3, 4), (2, 3, 3), (3,)).with_params(k=(0, -1, 1))


def on_diagonal(g: Any, shape: Any, offset: Any, axis1: int, axis2: int) -> Any:
    """Zeros of `shape` with `g` on a diagonal."""
    return support.scatter(g, support.diagonal_source(shape, offset, axis1, axis2), shape)


RULES: tuple[Row, ...] = (
    linear(np.tril, "m, k=0", m=lambda g, k: np.tril(g, k), samples=TRIANGLES),
    linear(np.triu, "m, k=0", m=lambda g, k: np.triu(g, k), samples=TRIANGLES),
    linear(np.diag, "v, k=0", view="maybe",
           v=lambda g, v_shape, v_ndim, k: np.diag(g, k) if v_ndim == 1 else on_diagonal(g, v_shape, k, 0, 1),
           samples=reals((3,), (3, 3), (2, 4)).with_params(k=(0, 1, -1))),
    linear(np.diagflat, "v, k=0", v=lambda g, v_shape, k: np.reshape(np.diag(g, k), v_shape),
           samples=reals((3,), (2, 2), ()).with_params(k=(0, 1, -2))),
    linear(np.diagonal, "a, offset=0, axis1=0, axis2=1", view="always",
           a=lambda g, a_shape, offset, axis1, axis2: on_diagonal(g, a_shape, offset, axis1, axis2),
           samples=reals((3, 4)).with_params(offset=(0, 1, -1))
           + reals((2, 3, 4)).with_params(axis1=(0, -1), axis2=(1,))),
    linear(np.trace, "a, offset=0, axis1=0, axis2=1, dtype=None",
           a=lambda g, a_shape, offset, axis1, axis2: on_diagonal(
               np.expand_dims(g, -1), a_shape, offset, axis1, axis2),
           samples=reals((3, 4)).with_params(offset=(0, 1, -1)) + calls(
               lambda s: of(s.real(2, 3, 4), 0, 1, 2), lambda s: of(s.complex(2, 2)))),
)
