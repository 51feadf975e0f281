"""The types of a kernel's arguments, written as text, and what of them numba and the entry code need.

    float64  float32  complex128  complex64  int64  int32  bool  uint8 ...      a scalar
    float64[:, :]          a two-dimensional array, any strides
    float64[:, ::1]        C-contiguous        float64[::1, :]   Fortran-contiguous
    float64[()]            an array without dimensions
    const float64[:]       an array that the kernel only reads: arrays that are not writeable are taken
"""
from __future__ import annotations

import re
from typing import Any, NamedTuple

import numpy as np

# dtype: (LLVM type of a scalar argument, LLVM type of what a pointer points to is opaque)
SCALARS = {
    "float64": "double", "float32": "float", "int64": "i64", "int32": "i32", "int16": "i16", "int8": "i8",
    "uint64": "i64", "uint32": "i32", "uint16": "i16", "uint8": "i8", "bool": "i1",
    "complex128": "double", "complex64": "float",
}

_FORM = re.compile(r"(const )?(\w+)(?:\[(.*)\])?")


class ArgumentType(NamedTuple):
    """One argument: `rank` is None for a scalar, `layout` is 'C', 'F' or 'A' (any strides)."""

    dtype: str
    rank: int | None = None
    layout: str = "A"
    const: bool = False

    @property
    def is_array(self) -> bool:
        return self.rank is not None

    def __str__(self) -> str:
        if self.rank is None:
            return self.dtype
        dims = [":"] * self.rank
        if dims and self.layout != "A":
            dims[-1 if self.layout == "C" else 0] = "::1"
        return f"{'const ' * self.const}{self.dtype}[{', '.join(dims) or '()'}]"


class Options(NamedTuple):
    """What numba may assume. `noalias`: no array that is written shares memory with another argument."""

    noalias: bool = False
    fastmath: bool = False


def parse(text: str) -> ArgumentType:
    """The type that a text stands for; ValueError if it stands for none.

    >>> parse("const float64[:, ::1]")
    ArgumentType(dtype='float64', rank=2, layout='C', const=True)
    """
    match = _FORM.fullmatch(text)
    if match is None or match[2] not in SCALARS or (match[1] and match[3] is None):
        raise ValueError(f"{text!r} is no type of a kernel's argument")
    const, dtype, dims = match.groups()
    if dims is None:
        return ArgumentType(dtype)
    parts = [] if dims.strip() == "()" else [part.strip() for part in dims.split(",")]
    plain = [":"] * len(parts)
    if parts == plain:
        return ArgumentType(dtype, len(parts), "A" if parts else "C", bool(const))
    for position, layout in ((-1, "C"), (0, "F")):
        contiguous = plain.copy()
        contiguous[position] = "::1"
        if parts == contiguous:
            return ArgumentType(dtype, len(parts), layout, bool(const))
    raise ValueError(f"{text!r} is no type of a kernel's argument: dimensions are ':' or one '::1' at an end")


def type_of_argument(value: Any, const: bool = False) -> ArgumentType:
    """The narrowest type that a value has as an argument.

    >>> str(type_of_argument(np.zeros((2, 3))))
    'float64[:, ::1]'
    """
    if not isinstance(value, np.ndarray):
        return ArgumentType(np.asarray(value).dtype.name)
    layout = "C" if value.flags.c_contiguous else "F" if value.flags.f_contiguous else "A"
    return ArgumentType(value.dtype.name, value.ndim, layout, const)


def numba_type(argument: ArgumentType) -> Any:
    """The same type in numba's words."""
    from numba.core import types

    scalar = types.boolean if argument.dtype == "bool" else getattr(types, argument.dtype)
    if argument.rank is None:
        return scalar
    return types.Array(scalar, argument.rank, argument.layout, readonly=argument.const)
