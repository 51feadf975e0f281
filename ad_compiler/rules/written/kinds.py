"""Eigenvalues and roots, of which values decide whether they are real or complex: in compiled code they are complex."""
from __future__ import annotations

from typing import Any

import numpy as np

from ad_compiler.rules.written import Written
from ad_compiler.support import complex_eig, complex_eigvals, complex_roots


def eig(a: Any) -> Any:
    """`np.linalg.eig`."""
    return complex_eig(a)


def eigvals(a: Any) -> Any:
    """`np.linalg.eigvals`."""
    return complex_eigvals(a)


def roots(p: Any) -> Any:
    """`np.roots`."""
    return complex_roots(p)


def complex_already(value: Any) -> bool:
    """Whether an argument, recorded, compiled or plain, is complex: then so is the result, and the row serves."""
    return getattr(getattr(value, "type", getattr(value, "dtype", None)), "kind", "") == "c"


DEFINITIONS: dict[Any, Written] = {
    np.linalg.eig: Written(eig, preferred=True, unless={"a": complex_already}),
    np.linalg.eigvals: Written(eigvals, preferred=True, unless={"a": complex_already}),
    np.roots: Written(roots, preferred=True, unless={"p": complex_already}),
}
