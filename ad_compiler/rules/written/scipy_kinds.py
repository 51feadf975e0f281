"""The same as `kinds` for `scipy.linalg`: results that may be complex are complex in compiled code."""
from __future__ import annotations

from typing import Any

import scipy.linalg as sl

from ad_compiler.rules.linalg_scipy_complex import (
    complex_eigenpairs,
    complex_logm,
    complex_matrix_power,
    complex_sqrtm,
)
from ad_compiler.rules.written import Written
from ad_compiler.rules.written.kinds import complex_already


def sqrtm(A: Any, disp: Any = None, blocksize: Any = None) -> Any:
    """`scipy.linalg.sqrtm`."""
    return complex_sqrtm(A)


def logm(A: Any, disp: Any = True) -> Any:
    """`scipy.linalg.logm`."""
    return complex_logm(A)


def fractional_matrix_power(A: Any, t: Any) -> Any:
    """`scipy.linalg.fractional_matrix_power`."""
    return complex_matrix_power(A, t)


def eig(a: Any, b: Any = None, left: bool = False, right: bool = True, overwrite_a: bool = False,
        overwrite_b: bool = False, check_finite: bool = True, homogeneous_eigvals: bool = False) -> Any:
    """`scipy.linalg.eig`."""
    return complex_eigenpairs(a, b, left, right)


DEFINITIONS: dict[Any, Written] = {
    sl.sqrtm: Written(sqrtm, preferred=True, unless={"A": complex_already}),
    sl.logm: Written(logm, preferred=True, unless={"A": complex_already}),
    sl.fractional_matrix_power: Written(fractional_matrix_power, preferred=True, unless={"A": complex_already}),
    sl.eig: Written(eig, preferred=True, unless={"a": complex_already}),
}
