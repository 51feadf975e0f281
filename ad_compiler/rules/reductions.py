"""Sums, products and means over axes."""
from __future__ import annotations

from typing import Any

import numpy as np

from ad_compiler.rules.row import Partial, Row, rule
from ad_compiler.rules.samples import Samples, calls, reals
from ad_compiler.rules.samples import call as of

AXES: Samples = reals((3, 4), also_complex=True).with_params(
    axis=(None, 0, -1, (0, 1), (-2,)), keepdims=(False, True),
) + reals((), (0,), (3,), (2, 0), (2, 3, 4)) + calls(
    lambda s: of(s.real(2, 3, 4), axis=(0, 2)), lambda s: of(s.real(0, 3), axis=0))


def spread(g: Any, axis: Any, keepdims: Any) -> Any:
    """The cotangent of a reduction, with the reduced axes put back: it broadcasts against the operand."""
    return g if keepdims or axis is None else np.expand_dims(g, axis)


def masked(value: Any, where: Any) -> Any:
    """`value` where a reduction's `where=` lets the operand in, else 0."""
    return value if where is True else np.where(where, value, 0)


RULES: tuple[Row, ...] = (
    rule(np.sum, "a, axis=None, dtype=None, *, keepdims=False, initial=0, where=True",
         a=Partial(vjp=lambda g, axis, keepdims, where: masked(spread(g, axis, keepdims), where),
                   jvp=lambda d, axis, keepdims, where: np.sum(d, axis=axis, keepdims=keepdims, where=where)),
         initial=Partial(vjp=lambda g: g, jvp=lambda d: d),
         samples=AXES),
)
