"""Element types, sizes and devices as torch names them, and torch's type promotion."""
from __future__ import annotations

from typing import Any

import numpy as np


class dtype:
    """An element type. There is one object per type, so `is` compares."""

    __slots__ = ("_category", "is_complex", "is_floating_point", "is_signed", "itemsize", "name", "np")

    def __init__(self, name: str, numpy: str) -> None:
        self.name = name
        self.np = np.dtype(numpy)
        kind = self.np.kind
        self.is_floating_point = kind == "f"
        self.is_complex = kind == "c"
        self.is_signed = kind in "ifc"
        self.itemsize = self.np.itemsize
        self._category = "biufc".index(kind) if kind != "u" else 1

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> str:
        return self.name

    def to_complex(self) -> dtype:
        """The complex type of the same precision."""
        return {"float32": complex64, "float64": complex128}.get(self.name, complex64)

    def to_real(self) -> dtype:
        """The real type of the same precision."""
        return {"complex64": float32, "complex128": float64}.get(self.name, self)


bool_ = dtype("bool", "?")
uint8 = dtype("uint8", "u1")
int8 = dtype("int8", "i1")
int16 = short = dtype("int16", "i2")
int32 = int_ = dtype("int32", "i4")
int64 = long = dtype("int64", "i8")
float16 = half = dtype("float16", "f2")
float32 = float_ = dtype("float32", "f4")
float64 = double = dtype("float64", "f8")
complex64 = cfloat = dtype("complex64", "c8")
complex128 = cdouble = dtype("complex128", "c16")

ALL = (bool_, uint8, int8, int16, int32, int64, float16, float32, float64, complex64, complex128)
BY_NUMPY: dict[Any, dtype] = {d.np: d for d in ALL}
_BY_PYTHON: dict[Any, dtype] = {bool: bool_, int: int64, float: float64, complex: complex128}

# Names in messages: "[torch.FloatTensor [2]]"
TENSOR_TYPES = {
    "bool": "BoolTensor", "uint8": "ByteTensor", "int8": "CharTensor", "int16": "ShortTensor",
    "int32": "IntTensor", "int64": "LongTensor", "float16": "HalfTensor", "float32": "FloatTensor",
    "float64": "DoubleTensor", "complex64": "ComplexFloatTensor", "complex128": "ComplexDoubleTensor"}
# Names in messages about scalar types: "expected Float but found Double"
SCALAR_TYPES = {
    "bool": "Bool", "uint8": "Byte", "int8": "Char", "int16": "Short", "int32": "Int", "int64": "Long",
    "float16": "Half", "float32": "Float", "float64": "Double", "complex64": "ComplexFloat",
    "complex128": "ComplexDouble"}

_default = float32


def get_default_dtype() -> dtype:
    """The type of floating point tensors that name no type."""
    return _default


def set_default_dtype(d: dtype) -> None:
    """Set the default floating point type."""
    global _default
    if not d.is_floating_point:
        raise TypeError("only floating-point types are supported as the default type")
    _default = d


def default_complex() -> dtype:
    return complex128 if _default is float64 else complex64


def of(numpy: np.dtype) -> dtype:
    """torch's type of a NumPy type."""
    found = BY_NUMPY.get(numpy) or BY_NUMPY.get(numpy.newbyteorder("="))
    if found is None:
        raise TypeError(
            f"can't convert np.ndarray of type {numpy.type.__module__}.{numpy.type.__name__}. The only supported "
            "types are: float64, float32, float16, complex64, complex128, int64, int32, int16, int8, uint64, "
            "uint32, uint16, uint8, and bool.")
    return found


def as_numpy(d: Any) -> np.dtype:
    """The NumPy type of a torch, Python or NumPy type."""
    if isinstance(d, dtype):
        return d.np
    if d in _BY_PYTHON:
        return _BY_PYTHON[d].np
    raise TypeError(f"dtype must be a torch.dtype, not {type(d).__name__}")


def promote_types(a: dtype, b: dtype) -> dtype:
    """The smallest type that holds both, by torch's lattice (int64 with float16 is float16).

    >>> promote_types(int64, float16)
    torch.float16
    """
    if a is b:
        return a
    if a._category != b._category and max(a._category, b._category) >= 3:
        high, low = (a, b) if a._category > b._category else (b, a)
        if high.is_complex and low is float64:
            return complex128
        return high
    return of(np.promote_types(a.np, b.np))


class Size(tuple):
    """A shape: a tuple that prints as torch prints it."""

    __slots__ = ()

    def __new__(cls, items: Any = ()) -> Size:
        """From integers, or what says by `__index__` that it is one. Raises TypeError for anything else."""
        items = tuple(items)
        if not all(type(n) is int for n in items):
            for k, n in enumerate(items):
                if not hasattr(n, "__index__"):
                    raise TypeError(f"torch.Size() takes an iterable of 'int' (item {k} is '{type(n).__name__}')")
            items = tuple(int(n) for n in items)
        return super().__new__(cls, items)

    def numel(self) -> int:
        """The number of elements of a tensor of this shape."""
        out = 1
        for n in self:
            out *= n
        return out

    def __repr__(self) -> str:
        return f"torch.Size([{', '.join(map(str, self))}])"

    def __getitem__(self, index: Any) -> Any:
        found = tuple.__getitem__(self, index)
        return Size(found) if isinstance(index, slice) else found

    def __add__(self, other: Any) -> Any:
        return Size(tuple.__add__(self, other))

    def __mul__(self, count: Any) -> Any:
        return Size(tuple.__mul__(self, count))

    __rmul__ = __mul__


class device:
    """Where a tensor lives. There is one place: the CPU."""

    __slots__ = ("index", "type")

    def __init__(self, type: Any = "cpu", index: int | None = None) -> None:
        if isinstance(type, device):
            self.type, self.index = type.type, type.index
            return
        kind, colon, number = str(type).partition(":")
        if colon:
            index = int(number)
        if kind != "cpu":
            raise AssertionError("Torch not compiled with CUDA enabled") if kind == "cuda" else RuntimeError(
                f"this runtime computes on the CPU only, not on {kind!r}")
        self.type, self.index = kind, index

    def __repr__(self) -> str:
        return f"device(type='{self.type}'" + ("" if self.index is None else f", index={self.index}") + ")"

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, device) and (other.type, other.index) == (self.type, self.index)

    def __hash__(self) -> int:
        return hash((self.type, self.index))


CPU = device("cpu")


class layout:
    """How elements are laid out; only `strided` exists."""

    def __repr__(self) -> str:
        return "torch.strided"


strided = layout()


class finfo:
    """The limits of a floating-point type."""

    def __init__(self, of_type: dtype | None = None) -> None:
        d = of_type or get_default_dtype()
        if not (d.is_floating_point or d.is_complex):
            raise TypeError(f"torch.finfo() requires a floating point input type. Use torch.iinfo to handle '{d!r}'")
        info = np.finfo(d.to_real().np)
        self.dtype, self.bits = d.name, info.bits
        self.eps, self.max, self.min = float(info.eps), float(info.max), float(info.min)
        self.tiny = self.smallest_normal = float(info.tiny)
        self.resolution = float(info.resolution)

    def __repr__(self) -> str:
        return (f"finfo(resolution={self.resolution:g}, min={self.min:g}, max={self.max:g}, eps={self.eps:g}, "
                f"smallest_normal={self.smallest_normal:g}, tiny={self.tiny:g}, dtype={self.dtype})")


class iinfo:
    """The limits of an integer type."""

    def __init__(self, of_type: dtype) -> None:
        if of_type.np.kind not in "iu":
            raise TypeError(f"torch.iinfo() requires an integer input type. Use torch.finfo to handle '{of_type!r}'")
        info = np.iinfo(of_type.np)
        self.dtype, self.bits, self.min, self.max = of_type.name, info.bits, int(info.min), int(info.max)

    def __repr__(self) -> str:
        return f"iinfo(min={self.min}, max={self.max}, dtype={self.dtype})"
