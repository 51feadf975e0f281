"""Trigonometric and hyperbolic functions, their inverses, and angles."""
from __future__ import annotations

from typing import Any

import numpy as np

from ad_compiler import support
from ad_compiler.rules.row import Partial, Row, elementwise, rule
from ad_compiler.rules.samples import call as of
from ad_compiler.rules.samples import calls, pairs, reals


def sinc_slope(x: Any, out: Any) -> Any:
    """(cos(pi x) - sinc(x)) / x, near 0 by its series."""
    square = (np.pi * x) ** 2
    near = -(np.pi**2) / 3 * x * (1 - square / 10 + square**2 / 280 - square**3 / 15120)
    return np.where(np.abs(x) < 0.03, near, (np.cos(np.pi * x) - out) / np.where(x == 0, 1, x))


def squared_radius(x1: Any, x2: Any) -> Any:
    """x1**2 + x2**2, and 1 at the origin."""
    square = x1**2 + x2**2
    return np.where(square == 0, 1, square)


def within(x: Any, dtype: Any) -> Any:
    """1 - x**2; on the branch cuts of the arc sine with the sign of the zero that it has beside them."""
    return -(x * x - 1) if dtype.kind == "c" else 1 - x**2


UNIT = reals(low=-0.9, high=0.9, also_complex=True)

RULES: tuple[Row, ...] = (
    elementwise(np.sin, "x", x=lambda x: np.cos(x), samples=reals(also_complex=True)),
    elementwise(np.cos, "x", x=lambda x: -np.sin(x), samples=reals(also_complex=True)),
    elementwise(np.tan, "x", x=lambda out: 1 + out**2, samples=reals(low=-1, high=1, also_complex=True)),
    elementwise(np.arcsin, "x", x=lambda x, x_dtype: 1 / np.sqrt(within(x, x_dtype)), samples=UNIT),
    elementwise(np.arccos, "x", x=lambda x, x_dtype: -1 / np.sqrt(within(x, x_dtype)), samples=UNIT),
    elementwise(np.arctan, "x", x=lambda x: 1 / (1 + x**2), samples=UNIT),
    elementwise(np.sinh, "x", x=lambda x: np.cosh(x), samples=reals(also_complex=True)),
    elementwise(np.cosh, "x", x=lambda x: np.sinh(x), samples=reals(also_complex=True)),
    elementwise(np.tanh, "x", x=lambda out: 1 - out**2, samples=reals(low=-1, high=1, also_complex=True)),
    elementwise(np.arcsinh, "x", x=lambda x: 1 / np.sqrt(1 + x**2), samples=UNIT),
    # two roots, not one of a difference: the branch cut of the complex function lies where theirs does
    elementwise(np.arccosh, "x", x=lambda x: 1 / (np.sqrt(x - 1) * np.sqrt(x + 1)),
                samples=reals(low=1.3, high=3, also_complex=True)),
    elementwise(np.arctanh, "x", x=lambda x: 1 / (1 - x**2), samples=UNIT),
    elementwise(np.arctan2, "x1, x2", x1=lambda x1, x2: x2 / squared_radius(x1, x2),
                x2=lambda x1, x2: -x1 / squared_radius(x1, x2), samples=pairs(nonzero=["x1", "x2"]),
                note="0 at the origin"),
    elementwise(np.deg2rad, "x", x=lambda: np.pi / 180, samples=reals()),
    elementwise(np.radians, "x", x=lambda: np.pi / 180, samples=reals()),
    elementwise(np.rad2deg, "x", x=lambda: 180 / np.pi, samples=reals()),
    elementwise(np.degrees, "x", x=lambda: 180 / np.pi, samples=reals()),
    elementwise(np.sinc, "x", x=lambda x, out: sinc_slope(x, out),
                samples=reals() + calls(lambda s: of(np.array([0.0, 0.02, 0.5])))),
    elementwise(np.i0, "x", x=lambda x: support.bessel_i1(x), samples=reals((3,), (2, 3), ())),
    rule(np.unwrap, "p, discont=None, axis=-1, *, period=6.283185307179586",
         p=Partial(vjp=lambda g: g, jvp=lambda d: d), note="the whole periods added are constant",
         samples=calls(lambda s: of(s.real(3)), lambda s: of(s.real(2, 3), axis=0),
                       lambda s: of(np.array([0.8, -1.3, 2.1, 0.4]), period=0.9))),
)
