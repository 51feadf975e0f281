"""The rows of `np.linalg`; its products stand with the others in `products`."""
from __future__ import annotations

from typing import Any

import numpy as np

from ad_compiler.rules import linalg_decompose, linalg_norms, linalg_solve
from ad_compiler.rules.linalg_parts import as_matrix, column, transpose
from ad_compiler.rules.row import Row, linear, zero
from ad_compiler.rules.samples import call, calls


def band(x: Any, offset: int) -> Any:
    """The matrices `x` with zeros off one diagonal."""
    return np.triu(np.tril(x, offset), offset)


def on_diagonal(g: Any, shape: Any, offset: int) -> Any:
    """Matrices of this shape with the vectors `g` on one diagonal, zero elsewhere."""
    before = max(-offset, 0)
    width = [(0, 0)] * (g.ndim - 1) + [(before, shape[-2])]
    padded = np.pad(g, width)[..., : shape[-2]]  # an offset beyond the matrix has an empty diagonal
    return band(column(padded) * np.ones_like(g, shape=shape), offset)


def trace_cotangent(g: Any, x: Any, offset: int) -> Any:
    """`g` times a diagonal of ones: the identity for main diagonals of square matrices."""
    return as_matrix(g) * band(np.ones_like(x), offset)


_OFFSETS = calls(*(lambda s, k=k, shape=shape: call(s.real(*shape), offset=k)
                   for k in (0, 1, -1) for shape in ((3, 3), (2, 4), (4, 2), (2, 3, 3))),
                 lambda s: call(s.complex(3, 3)))

RULES: tuple[Row, ...] = (
    *linalg_solve.ROWS, *linalg_decompose.ROWS, *linalg_norms.ROWS,
    linear(np.linalg.matrix_transpose, "x, /", view="always", x=lambda g: transpose(g),
           samples=calls(lambda s: call(s.real(2, 3)), lambda s: call(s.complex(2, 3, 4)))),
    linear(np.linalg.trace, "x, /, *, offset=0, dtype=None", samples=_OFFSETS,
           x=lambda g, x, offset: trace_cotangent(g, x, offset)),
    linear(np.linalg.diagonal, "x, /, *, offset=0", view="always", samples=_OFFSETS,
           x=lambda g, x_shape, offset: on_diagonal(g, x_shape, offset)),
    *zero(np.linalg.matrix_rank, reason="an integer: piecewise constant"),
)
