"""Functions whose values decide whether their result is real or complex, with a result that is always complex.

A program is compiled for types, and `np.linalg.eig` of a real matrix has real eigenvalues or complex ones. Emitted code
calls these instead; the numbers are the same.
"""
from __future__ import annotations

from typing import Any

import numpy as np

from ad_compiler.support.dispatch import F, overridable


def as_complex(x: Any) -> Any:
    """An array of complex numbers, of the precision of `x`; `x` itself if it is one."""
    x = np.asarray(x)
    return x.astype(np.result_type(x.dtype, np.complex64), copy=False)


def kind_by_values(function: F) -> F:
    """Decorator: values of real arguments decide whether the function that this one stands for gives real numbers."""
    function.kind_by_values = True
    return function


@kind_by_values
@overridable
def complex_eig(a: Any) -> Any:
    """`np.linalg.eig(a)` with complex eigenvalues and eigenvectors. Raises LinAlgError as that does.

    >>> complex_eig(np.eye(2)).eigenvalues
    array([1.+0.j, 1.+0.j])
    """
    found = np.linalg.eig(a)
    return type(found)(as_complex(found[0]), as_complex(found[1]))


@kind_by_values
@overridable
def complex_eigvals(a: Any) -> Any:
    """`np.linalg.eigvals(a)` as complex numbers. Raises LinAlgError as that does."""
    return as_complex(np.linalg.eigvals(a))


@kind_by_values
@overridable
def complex_roots(p: Any) -> Any:
    """`np.roots(p)` as complex numbers.

    >>> complex_roots(np.array([1.0, -2.0]))
    array([2.+0.j])
    """
    return as_complex(np.roots(p))
