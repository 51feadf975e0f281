"""The rows of `scipy.special`. Imported only where `scipy.special` is in use already."""
from __future__ import annotations

from ad_compiler.rules import special_bessel, special_elementary, special_gamma
from ad_compiler.rules.row import Row

RULES: tuple[Row, ...] = (
    *special_gamma.GAMMA, *special_gamma.ERROR, *special_elementary.ELEMENTARY,
    *special_elementary.REDUCTIONS,
    *special_bessel.BESSEL, *special_bessel.INTEGRALS, *special_bessel.POLYNOMIALS,
)
