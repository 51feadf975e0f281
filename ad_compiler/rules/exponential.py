"""Exponentials and logarithms."""
from __future__ import annotations

import numpy as np

from ad_compiler.rules.row import Row, elementwise
from ad_compiler.rules.samples import pairs, positive, reals

LN2 = 0.6931471805599453
LN10 = 2.302585092994046

RULES: tuple[Row, ...] = (
    elementwise(np.exp, "x", x=lambda out: out, samples=reals(also_complex=True)),
    elementwise(np.exp2, "x", x=lambda out: LN2 * out, samples=reals(also_complex=True)),
    elementwise(np.expm1, "x", x=lambda out: out + 1, samples=reals(also_complex=True)),
    elementwise(np.log, "x", x=lambda x: 1 / x, samples=positive(also_complex=True)),
    elementwise(np.log2, "x", x=lambda x: 1 / (LN2 * x), samples=positive(also_complex=True)),
    elementwise(np.log10, "x", x=lambda x: 1 / (LN10 * x), samples=positive(also_complex=True)),
    elementwise(np.log1p, "x", x=lambda x: 1 / (1 + x), samples=positive(low=-0.7, also_complex=True)),
    elementwise(np.logaddexp, "x1, x2", x1=lambda x1, out: np.exp(x1 - out),
                x2=lambda x2, out: np.exp(x2 - out), samples=pairs()),
    elementwise(np.logaddexp2, "x1, x2", x1=lambda x1, out: np.exp2(x1 - out),
                x2=lambda x2, out: np.exp2(x2 - out), samples=pairs()),
)
