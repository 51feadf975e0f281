"""Why public callables of NumPy have no row: by name, by kind, by module. What is in none of these lists is missing."""
from __future__ import annotations

import sys
from typing import Any

import numpy as np
from numpy.polynomial import chebyshev, hermite, hermite_e, laguerre, legendre, polynomial, polyutils

_NODES = "nodes and weights: constants of a count"

# Public callables without a row, by reason.
REASONS: dict[str, str] = {
    "fromfunction": "it calls a Python function: differentiate that, or write the loop",
    "frompyfunc": "it calls Python functions: differentiate those",
    **dict.fromkeys(("load", "save", "savez", "savez_compressed", "loadtxt", "savetxt", "genfromtxt", "fromfile",
                     "fromregex", "fromstring", "frombuffer", "from_dlpack"), "input and output"),
    **dict.fromkeys(("busday_count", "busday_offset", "is_busday", "datetime_as_string", "datetime_data"), "dates"),
    **dict.fromkeys(("asmatrix", "bmat"), "np.matrix is not supported"),
    **dict.fromkeys(("unique_all", "unique_counts", "unique_inverse"), "several results, most of them counts"),
    **dict.fromkeys(("standard_gamma", "vonmises", "wald"),
                    "the draw is no shift and scale: write it with standard draws"),
    "permuted": "a draw without a rule: write it with `permutation`",
    "histogram_bin_edges": "the edges follow the data by rules that jump",
    "einsum_path": "a plan, no numbers",
    "nested_iters": "an iterator",
    "row_stack": "deprecated: np.vstack",
}

# Classes: those that are followed when compiling (they hold numbers, and have no derivative of their own), the others.
FOLLOWED: dict[str, str] = {
    **dict.fromkeys(("ndarray", "vectorize", "poly1d", "ndenumerate", "ndindex", "flatiter"),
                    "arrays, and what goes through them"),
    **dict.fromkeys(("Polynomial", "Chebyshev", "Legendre", "Hermite", "HermiteE", "Laguerre"),
                    "read from NumPy's own Python: values, `deriv`, `integ`, `fit`, not their operators"),
    **dict.fromkeys(("dtype", "finfo", "iinfo", "errstate", "broadcast"), "facts and settings"),
}
REFUSED_CLASSES: dict[str, str] = {
    "matrix": "its operators mean other things than an array's: convert with np.asarray",
    **dict.fromkeys(("memmap", "recarray", "record"), "memory in files, records: take the numbers out first"),
    "nditer": "an iterator whose steps NumPy chooses: loop over indices",
    **dict.fromkeys(("busdaycalendar", "datetime64", "timedelta64"), "dates"),
    **dict.fromkeys(("bytes_", "str_", "character", "flexible", "void", "object_"), "no numbers"),
    "ufunc": "a type: its functions are listed by themselves",
    **dict.fromkeys(("BitGenerator", "Generator", "RandomState", "SeedSequence", "MT19937", "PCG64", "PCG64DXSM",
                     "Philox", "SFC64"), "a source of draws"),
    "ABCPolyBase": "a base of classes",
}

# Attributes of arrays that are no functions of their values.
ATTRIBUTE_FACTS = ("dtype", "itemsize", "nbytes", "ndim", "shape", "size", "strides")
ATTRIBUTE_PLACES = ("base", "ctypes", "data", "device", "flags")

# Functions of `numpy.polynomial` that are no numbers of their arguments, or whose Python is not read.
SERIES: tuple[Any, ...] = (polynomial, chebyshev, legendre, hermite, hermite_e, laguerre, polyutils)
SERIES_REASONS: dict[str, str] = {
    **dict.fromkeys(("chebgauss", "leggauss", "hermgauss", "hermegauss", "laggauss", "chebpts1", "chebpts2"), _NODES),
    "set_default_printstyle": "about NumPy itself", "format_float": "text",
}


# Functions of SciPy's modules that are in no list.
SCIPY_PYTHON = "no rule of their own: their Python runs on the tape as far as what it calls has rules, else refused"
SCIPY_C = "no rule: refused"


def versions() -> str:
    """The versions that the page depends on."""
    found = [("NumPy", np.__version__)]
    if "scipy" in sys.modules:
        found.append(("SciPy", sys.modules["scipy"].__version__))
    return ", ".join(f"{name} {'.'.join(version.split('.')[:2])}" for name, version in found)


def of_class(name: str, cls: type) -> tuple[str, str]:
    """Status and reason of a class of NumPy's: "structure", "zero" (integers and truth values) or "none"."""
    if name in FOLLOWED:
        return "structure", FOLLOWED[name]
    if name in REFUSED_CLASSES:
        return "none", REFUSED_CLASSES[name]
    if issubclass(cls, np.inexact):
        return "structure", "types of numbers: a conversion, or the argument of `astype`"
    if issubclass(cls, np.generic):
        return "zero", "types of integers and truth values: a conversion to them is piecewise constant"
    return "none", "no rule"


def of_ufunc_method(ufunc: np.ufunc, method: str, reason: str) -> tuple[str, str]:
    """Status and reason of a ufunc's method without a row; `reason` is why the ufunc itself has derivative zero."""
    if (ufunc.nin != 2 or ufunc.nout != 1 or ufunc.signature is not None) and method != "at":
        return "none", "NumPy has it for elementwise functions of two arguments and one result only"
    if reason:
        return "zero", reason
    if method in ("reduce", "reduceat") and ufunc in (np.power, np.arctan2):
        return "none", "NumPy's result depends on the layout of the array: take the last of `accumulate`"
    if method == "at":
        return "none", "it writes into its argument: assign `x[i] = f(x[i])`"
    return "none", "the order of its steps matters: write the loop"


__all__ = ["ATTRIBUTE_FACTS", "ATTRIBUTE_PLACES", "REASONS", "SCIPY_C", "SCIPY_PYTHON", "SERIES", "SERIES_REASONS",
           "of_class", "of_ufunc_method", "versions"]
