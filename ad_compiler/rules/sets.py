"""Sets of values. Each element of the result is one of an operand's, whose first equal one it follows."""
from __future__ import annotations

from typing import Any

import numpy as np

from ad_compiler import support
from ad_compiler.rules.row import Partial, Row, existing, rule
from ad_compiler.rules.samples import Samples, calls
from ad_compiler.rules.samples import call as of

FIRST = "of equal values the first one carries the derivative"
ONE: Samples = calls(lambda s: of(s.distinct(5)), lambda s: of(s.distinct(2, 3)))
TWO: Samples = calls(lambda s: of(np.array([0.5, 2.0, -1.0]), np.array([1.2, 3.5])))


def members(function: Any, signature: str) -> Row:
    """The distinct values of one array."""
    name = signature.split(",")[0]

    def vjp(g: Any, values: Any, shape: Any, out: Any) -> Any:
        return support.scatter(g, support.match_source(values, out), shape)

    def jvp(d: Any, values: Any, out: Any) -> Any:
        return support.gather(d, support.match_source(values, out))

    if name == "ar":
        partial = Partial(vjp=lambda g, ar, ar_shape, out: vjp(g, ar, ar_shape, out),
                          jvp=lambda d, ar, out: jvp(d, ar, out))
    else:
        partial = Partial(vjp=lambda g, x, x_shape, out: vjp(g, x, x_shape, out),
                          jvp=lambda d, x, out: jvp(d, x, out))
    return rule(function, signature, note=FIRST, samples=ONE, **{name: partial})


def absent(source: Any, other: Any, out: Any) -> Any:
    """`source`, without what `other` holds too."""
    return np.where(support.match_source(other, out) < 0, source, -1)


FROM_FIRST = Partial(
    vjp=lambda g, ar1, ar1_shape, out: support.scatter(g, support.match_source(ar1, out), ar1_shape),
    jvp=lambda d, ar1, out: support.gather(d, support.match_source(ar1, out)))
FROM_SECOND = Partial(
    vjp=lambda g, ar1, ar2, ar2_shape, out: support.scatter(
        g, absent(support.match_source(ar2, out), ar1, out), ar2_shape),
    jvp=lambda d, ar1, ar2, out: support.gather(d, absent(support.match_source(ar2, out), ar1, out)))

RULES: tuple[Row, ...] = (
    members(np.unique, "ar"),
    *(members(function, "x") for function in existing(np, "unique_values")),
    rule(np.union1d, "ar1, ar2", note=FIRST, samples=TWO, ar1=FROM_FIRST, ar2=FROM_SECOND),
    rule(np.setxor1d, "ar1, ar2, assume_unique=False", note=FIRST, samples=TWO, ar1=FROM_FIRST,
         ar2=FROM_SECOND),
    rule(np.setdiff1d, "ar1, ar2, assume_unique=False", note=FIRST, samples=TWO, ar1=FROM_FIRST,
         constants=("ar2",)),
)
