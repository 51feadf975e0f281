"""Arithmetic: sums, products, quotients, powers, remainders."""
from __future__ import annotations

import operator
from typing import Any

import numpy as np

from ad_compiler.rules.row import Row, alias, elementwise, zero
from ad_compiler.rules.samples import call as of
from ad_compiler.rules.samples import calls, nonzero, pairs, positive, reals


def power_base(x1: Any, x2: Any) -> Any:
    """d/dx1 x1**x2 = x2 * x1**(x2 - 1), and 0 for x2 = 0 also where x1 is 0."""
    if isinstance(x2, int | float | complex):
        return 0 if x2 == 0 else 1 if x2 == 1 else 2 * x1 if x2 == 2 else x2 * x1 ** (x2 - 1)
    return x2 * x1 ** np.where(np.logical_and(x1 == 0, x2 == 0), 1, x2 - 1)


def power_exponent(x1: Any, out: Any) -> Any:
    """d/dx2 x1**x2 = log(x1) * x1**x2; at x1 = 0 it is 0 for x2 >= 0."""
    return out * np.log(np.where(x1 == 0, 1, x1))


ADD = elementwise(np.add, "x1, x2", x1=lambda: 1, x2=lambda: 1, samples=pairs(also_complex=True))
SUBTRACT = elementwise(np.subtract, "x1, x2", x1=lambda: 1, x2=lambda: -1, samples=pairs(also_complex=True))
MULTIPLY = elementwise(np.multiply, "x1, x2", x1=lambda x2: x2, x2=lambda x1: x1,
                       samples=pairs(also_complex=True))
DIVIDE = elementwise(
    np.divide, "x1, x2", x1=lambda x2: 1 / x2, x2=lambda x2, out: -out / x2,
    samples=pairs(nonzero=["x2"], also_complex=True))
POWER = elementwise(
    np.power, "x1, x2", x1=power_base, x2=power_exponent,
    note="0**0 has derivative 0 in the base; 0**x2 has derivative 0 in the exponent for x2 >= 0",
    samples=pairs(0.3, 2.0, low2=-2.0, high2=3.0, also_complex=True) + calls(
        lambda s: [of(s.nonzero(3), n) for n in (0, 1, 2, 3, -1)],
        lambda s: [of(s.real(3, low=0.3), p) for p in (0.0, 0.5, 2.0)],
        lambda s: of(np.array([0.0, 1.5]), 2),
        lambda s: of(s.nonzero(3), np.array([2, 3, -1]))))
NEGATIVE = elementwise(np.negative, "x", x=lambda: -1, samples=reals(also_complex=True))
POSITIVE = elementwise(np.positive, "x", x=lambda: 1, samples=reals(also_complex=True))

# x1 = floor(x1 / x2) * x2 + remainder, the floor being constant
MOD = elementwise(
    np.remainder, "x1, x2", x1=lambda: 1, x2=lambda x1, x2: -np.floor(x1 / x2),
    note="the jumps at multiples of x2 are not seen", samples=pairs(nonzero=["x1", "x2"]))
FMOD = elementwise(
    np.fmod, "x1, x2", x1=lambda: 1, x2=lambda x1, x2: -np.trunc(x1 / x2),
    note="the jumps at multiples of x2 are not seen", samples=pairs(nonzero=["x1", "x2"]))

RULES: tuple[Row, ...] = (
    ADD, *alias(ADD, operator.add),
    SUBTRACT, *alias(SUBTRACT, operator.sub),
    MULTIPLY, *alias(MULTIPLY, operator.mul),
    DIVIDE, *alias(DIVIDE, operator.truediv),
    POWER, *alias(POWER, np.float_power, operator.pow),
    NEGATIVE, *alias(NEGATIVE, operator.neg),
    POSITIVE, *alias(POSITIVE, operator.pos),
    MOD, *alias(MOD, operator.mod),
    FMOD,
    elementwise(np.square, "x", x=lambda x: 2 * x, samples=reals(also_complex=True)),
    elementwise(np.reciprocal, "x", x=lambda out: -(out**2), samples=nonzero(also_complex=True)),
    elementwise(np.sqrt, "x", x=lambda out: 0.5 / out, samples=positive(also_complex=True),
                note="infinite at 0, with NumPy's warning"),
    elementwise(np.cbrt, "x", x=lambda out: 1 / (3 * out**2), samples=nonzero(), note="infinite at 0"),
    elementwise(np.hypot, "x1, x2", x1=lambda x1, out: x1 / np.where(out == 0, 1, out),
                x2=lambda x2, out: x2 / np.where(out == 0, 1, out), note="0 where both are 0",
                samples=pairs(nonzero=["x1", "x2"])),
    *zero(np.floor_divide, operator.floordiv, reason="piecewise constant"),
    *zero(np.gcd, np.lcm, np.left_shift, np.right_shift, np.bitwise_and, np.bitwise_or, np.bitwise_xor,
          np.invert, np.bitwise_count, reason="defined on integers only"),
)
