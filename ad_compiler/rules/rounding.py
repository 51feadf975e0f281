"""Rounding, signs, and taking floating-point numbers apart."""
from __future__ import annotations

import numpy as np

from ad_compiler.rules.row import Partial, Row, elementwise, linear, rule, zero
from ad_compiler.rules.samples import call as of
from ad_compiler.rules.samples import calls, nonzero, pairs

RULES: tuple[Row, ...] = (
    *zero(np.floor, np.ceil, np.trunc, np.rint, np.round, np.around, np.fix, np.spacing,
          reason="piecewise constant"),
    elementwise(np.heaviside, "x1, x2", x2=lambda x1: x1 == 0, note="0 in x1, also at the jump",
                constants=("x1",),
                samples=pairs() + calls(lambda s: of(np.array([0.0, 1.0, 0.0]), s.real(3)))),
    elementwise(np.copysign, "x1, x2", x1=lambda x1, x2: np.sign(x1) * np.copysign(1, x2),
                note="0 at x1 = 0", constants=("x2",), samples=pairs(nonzero=["x1", "x2"])),
    elementwise(np.nextafter, "x1, x2", x1=lambda: 1, constants=("x2",), samples=pairs()),
    rule(np.modf, "x", results=2, samples=nonzero(),
         x=Partial(vjp=lambda g: g[0], jvp=lambda d: (d, np.zeros_like(d)))),
    rule(np.frexp, "x", results=2, samples=nonzero((3,), (2, 3), ()),
         note="0 at the powers of 2 for the exponent",
         x=Partial(vjp=lambda g, out: None if g[0] is None else np.ldexp(g[0], -out[1]),
                   jvp=lambda d, out: (np.ldexp(d, -out[1]), np.zeros_like(out[1])))),
    linear(np.ldexp, "x1, x2", x1=lambda g, x2: np.ldexp(g, x2),
           samples=calls(lambda s: of(s.real(3), np.array([1, -2, 3])), lambda s: of(s.real(2, 3), 2),
                         lambda s: of(s.real(), np.array([1, 2])))),
    rule(np.divmod, "x1, x2", results=2, samples=pairs(nonzero=["x1", "x2"]),
         note="the jumps of the quotient are not seen",
         x1=Partial(vjp=lambda g: g[1], jvp=lambda d: (np.zeros_like(d), d)),
         x2=Partial(vjp=lambda g, out: None if g[1] is None else -g[1] * out[0],
                    jvp=lambda d, out: (np.zeros_like(d), -d * out[0]))),
)
