"""`scipy.linalg` functions whose values decide whether their result is real or complex: the complex result always.

They are to SciPy what `support.kinds` is to NumPy: emitted code calls them, and the numbers are the same.
"""
from __future__ import annotations

from typing import Any

import scipy.linalg as sl

from ad_compiler.support.dispatch import overridable
from ad_compiler.support.kinds import as_complex, kind_by_values


@kind_by_values
@overridable
def complex_sqrtm(A: Any) -> Any:
    """`scipy.linalg.sqrtm(A)` as complex numbers."""
    return as_complex(sl.sqrtm(A))


@kind_by_values
@overridable
def complex_logm(A: Any) -> Any:
    """`scipy.linalg.logm(A)` as complex numbers."""
    return as_complex(sl.logm(A))


@kind_by_values
@overridable
def complex_matrix_power(A: Any, t: Any) -> Any:
    """`scipy.linalg.fractional_matrix_power(A, t)` as complex numbers."""
    return as_complex(sl.fractional_matrix_power(A, t))


@kind_by_values
@overridable
def complex_eigenpairs(a: Any, b: Any = None, left: bool = False, right: bool = True) -> Any:
    """`scipy.linalg.eig(a, b, left, right)` with complex eigenvectors; its eigenvalues always are."""
    found = sl.eig(a, b, left, right)
    return tuple(map(as_complex, found)) if isinstance(found, tuple) else found
