"""The rows of `scipy.linalg`. Imported only where `scipy.linalg` is in use already.

`overwrite_a=` and its like are not among the parameters: a call that destroys what the derivative reads is
refused.
"""
from __future__ import annotations

from ad_compiler.rules.linalg_scipy_factors import FACTORS
from ad_compiler.rules.linalg_scipy_functions import EQUATIONS, FUNCTIONS, MATRICES
from ad_compiler.rules.linalg_scipy_solving import SOLVING
from ad_compiler.rules.row import Row

RULES: tuple[Row, ...] = (*SOLVING, *FACTORS, *FUNCTIONS, *EQUATIONS, *MATRICES)
