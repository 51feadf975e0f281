"""Python's functions of complex numbers: `cmath`."""
from __future__ import annotations

import cmath
from typing import Any

import numpy as np

from ad_compiler.rules.complex_numbers import across
from ad_compiler.rules.row import Partial, Row, elementwise, rule, zero
from ad_compiler.rules.samples import Samples, calls
from ad_compiler.rules.samples import call as of
from ad_compiler.rules.scalars import NUMPY_ROWS

NUMBERS: Samples = calls(lambda s: [of(0.7 + 0.4j), of(0.3 - 0.9j), of(-0.6 + 0.5j)])
BEYOND: Samples = calls(lambda s: [of(1.7), of(-1.4)])
TWINS = (("asinh", np.arcsinh), ("atan", np.arctan), ("atanh", np.arctanh), ("cos", np.cos), ("cosh", np.cosh),
         ("exp", np.exp), ("log10", np.log10), ("sin", np.sin), ("sinh", np.sinh), ("sqrt", np.sqrt),
         ("tan", np.tan), ("tanh", np.tanh))


def polar_vjp(g: Any, x: Any) -> Any:
    outwards = None if g[0] is None else g[0] * np.sign(x)
    around = None if g[1] is None else g[1] * across(x)
    return around if outwards is None else outwards if around is None else outwards + around


def polar_jvp(d: Any, x: Any) -> Any:
    return np.real(np.conj(np.sign(x)) * d), np.real(np.conj(across(x)) * d)


RULES: tuple[Row, ...] = (
    *(elementwise(getattr(cmath, name), "x", x=NUMPY_ROWS[function].partials["x"], samples=NUMBERS)
      for name, function in TWINS),
    # A real argument beyond these functions' real domain has a complex result, so the formulas read the result:
    # the root of 1 - x**2 in NumPy's own rows would be NaN there.
    elementwise(cmath.asin, "x", x=lambda out: 1 / np.cos(out), samples=NUMBERS + BEYOND),
    elementwise(cmath.acos, "x", x=lambda out: -1 / np.sin(out), samples=NUMBERS + BEYOND),
    elementwise(cmath.acosh, "x", x=lambda out: 1 / np.sinh(out), samples=NUMBERS + BEYOND),
    elementwise(cmath.log, "z, base=None", z=lambda z,
                base: 1 / z if base is None else 1 / (z * np.log(base)),
                base=lambda base, out: -out / (base * np.log(base)),
                samples=NUMBERS + calls(lambda s: of(0.7 + 0.4j, 2.5 + 0.5j))),
    rule(cmath.phase, "z", holomorphic=False, note="0 at 0", samples=NUMBERS,
         z=Partial(vjp=lambda g, z: g * across(z), jvp=lambda d, z: np.real(np.conj(across(z)) * d))),
    rule(cmath.polar, "x", holomorphic=False, results=2, note="0 at 0", samples=NUMBERS,
         x=Partial(vjp=polar_vjp, jvp=polar_jvp)),
    elementwise(cmath.rect, "r, phi", r=lambda phi: np.exp(1j * phi), phi=lambda out: 1j * out,
                samples=calls(lambda s: of(0.7, 1.2))),
    *zero(cmath.isclose, cmath.isfinite, cmath.isinf, cmath.isnan, reason="a truth value"),
)
