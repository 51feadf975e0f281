"""Types of IR values: what is known of a value before the program runs.

A dimension is an integer, or a symbolic linear form over symbols (`u.shape[0] - 2`), or unknown. The sizes of the
caller's own arrays are known not to be 1 unless they are 1: the signature of a specialization says so. That is all
that broadcasting needs to know.
"""
from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .assumed import nonnegative


@dataclass(frozen=True, slots=True)
class Dim:
    """A symbolic size: the sum of `coefficient * symbol` and a constant."""

    terms: tuple[tuple[str, int], ...]
    const: int = 0

    @property
    def known(self) -> bool:
        return not self.terms

    def may_be_one(self) -> bool:
        """Whether this size could be 1, so that it could be stretched by broadcasting."""
        if not self.terms:
            return self.const == 1
        # Symbols that begin with "@" are sizes of the caller's arrays that are not 1.
        if self.const == 0 and len(self.terms) == 1 and self.terms[0][1] == 1 and self.terms[0][0].startswith("@"):
            return False
        return not nonnegative(self + -2)

    def __add__(self, other: Dim | int) -> Dim:
        if isinstance(other, int):
            return Dim(self.terms, self.const + other)
        coefficients = dict(self.terms)
        for symbol, c in other.terms:
            coefficients[symbol] = coefficients.get(symbol, 0) + c
        return Dim(tuple(sorted((s, c) for s, c in coefficients.items() if c)), self.const + other.const)

    def __neg__(self) -> Dim:
        return Dim(tuple((s, -c) for s, c in self.terms), -self.const)

    def __sub__(self, other: Dim | int) -> Dim:
        return self + (-other)

    def without(self, name: str) -> Dim:
        """The form without the term of a symbol."""
        return Dim(tuple((s, c) for s, c in self.terms if s != name), self.const)

    def with_form(self, name: str, form: Dim) -> Dim:
        """The form with another in the place of a symbol."""
        return self.without(name) + form.scaled(dict(self.terms).get(name, 0))

    def scaled(self, factor: int) -> Dim:
        return Dim(tuple((s, c * factor) for s, c in self.terms if factor), self.const * factor)

    def __str__(self) -> str:
        names = ["?" if s.startswith("?") else s.lstrip("@") for s, _ in self.terms]  # "?7" is the seventh of all runs
        parts = [s if c == 1 else f"{c}*{s}" for s, (_, c) in zip(names, self.terms, strict=True)]
        if self.const or not parts:
            parts.append(str(self.const))
        return "+".join(parts).replace("+-", "-")


_counter = itertools.count()


def size(n: int) -> Dim:
    return Dim((), n)


def symbol(name: str) -> Dim:
    return Dim(((name, 1),))


def unknown_dim() -> Dim:
    """A size of which nothing is known: a new symbol."""
    return symbol(f"?{next(_counter)}")


ONE = size(1)


@dataclass(frozen=True, slots=True)
class Num:
    """A scalar. `weak` scalars are Python's own; the others are NumPy scalars. `dim`: an int's symbolic value."""

    dtype: np.dtype[Any]
    weak: bool = True
    dim: Dim | None = None

    @property
    def kind(self) -> str:
        return self.dtype.kind

    def __str__(self) -> str:
        if self.weak:
            return {"b": "bool", "i": "int", "f": "float", "c": "complex"}[self.kind]
        return str(self.dtype)


@dataclass(frozen=True, slots=True)
class Array:
    """An ndarray; `dims` has one size per axis."""

    dtype: np.dtype[Any]
    dims: tuple[Dim, ...]

    @property
    def kind(self) -> str:
        return self.dtype.kind

    @property
    def ndim(self) -> int:
        return len(self.dims)

    def __str__(self) -> str:
        return f"{self.dtype}[{', '.join(map(str, self.dims))}]"


@dataclass(frozen=True, slots=True)
class Seq:
    """A run-time tuple with known item types."""

    items: tuple[Type, ...]
    cls: type = tuple

    def __str__(self) -> str:
        return f"tuple({', '.join(map(str, self.items))})"


@dataclass(frozen=True, slots=True)
class ListOf:
    """A run-time list of any length whose items have one type; `None` while it is empty."""

    item: Type | None
    site: Any = field(default=None, compare=False)  # where the front end learns the type of the items

    def __str__(self) -> str:
        return f"list[{self.item}]"


@dataclass(frozen=True, slots=True)
class DictOf:
    """A run-time dict whose values have one type."""

    key: Type
    item: Type | None

    def __str__(self) -> str:
        return f"dict[{self.key}, {self.item}]"


@dataclass(frozen=True, slots=True)
class Record:
    """A run-time object with named slots: a dict with static keys, or an instance of a class."""

    cls: type
    slots: tuple[tuple[Any, Type], ...]

    def slot(self, key: Any) -> Type | None:
        return dict(self.slots).get(key)

    def __str__(self) -> str:
        return f"{self.cls.__name__}({', '.join(f'{k}={t}' for k, t in self.slots)})"


@dataclass(frozen=True, slots=True)
class Passive:
    """Any other run-time value: no derivative passes through it (strings, None, slices, generators of numbers)."""

    cls: type | None = None

    def __str__(self) -> str:
        return self.cls.__name__ if self.cls else "object"


Type = Num | Array | Seq | ListOf | DictOf | Record | Passive

FLOAT = Num(np.dtype(np.float64))
INT = Num(np.dtype(np.int64))
BOOL = Num(np.dtype(np.bool_))
COMPLEX = Num(np.dtype(np.complex128))


def is_float_like(t: Type) -> bool:
    """Whether a value of this type can carry a derivative itself."""
    return isinstance(t, (Num, Array)) and t.kind in "fc"


def can_carry(t: Type | None) -> bool:
    """Whether a value of this type can carry a derivative somewhere inside it."""
    match t:
        case Num() | Array():
            return t.kind in "fc"
        case Seq(items):
            return any(map(can_carry, items))
        case ListOf(item) | DictOf(_, item):
            return can_carry(item)
        case Record(_, slots):
            return any(can_carry(s) for _, s in slots)
        case _:
            return False


def is_container(t: Type) -> bool:
    return isinstance(t, (Seq, ListOf, DictOf, Record))


def same_shape(a: Type, b: Type) -> bool:
    """Whether two numbers or arrays are known to have one shape."""
    dims_a = a.dims if isinstance(a, Array) else ()
    dims_b = b.dims if isinstance(b, Array) else ()
    return dims_a == dims_b


def join(a: Type | None, b: Type | None) -> Type | None:
    """The least type that holds both; None if there is none."""
    if a == b:
        return a
    match a, b:
        case Num(), Num():
            weak = a.weak and b.weak
            if a.dtype == b.dtype:
                return Num(a.dtype, weak)
            if "b" in (a.kind, b.kind) and a.kind != b.kind:
                return None
            return Num(np.promote_types(a.dtype, b.dtype), weak)
        case Array(), Array():
            if a.ndim != b.ndim or (a.dtype != b.dtype and not a.kind == b.kind == "f"):
                return None
            dtype = np.promote_types(a.dtype, b.dtype)  # of two precisions the better one: it never loses anything
            return Array(dtype, tuple(x if x == y else unknown_dim() for x, y in zip(a.dims, b.dims, strict=True)))
        case Seq(), Seq() if len(a.items) == len(b.items) and a.cls is b.cls:
            items = tuple(join(x, y) for x, y in zip(a.items, b.items, strict=True))
            return None if any(i is None for i in items) else Seq(items, a.cls)
        case ListOf(), ListOf():
            if a.item is None or b.item is None:
                return ListOf(a.item or b.item, a.site)
            item = join(a.item, b.item)
            return None if item is None else ListOf(item, a.site)
        case DictOf(), DictOf():
            if a.item is None or b.item is None:
                return a if b.item is None else b
            key, item = join(a.key, b.key), join(a.item, b.item)
            return None if item is None or key is None else DictOf(key, item)
        case Record(), Record() if a.cls is b.cls and [k for k, _ in a.slots] == [k for k, _ in b.slots]:
            slots = tuple((k, join(t, u)) for (k, t), (_, u) in zip(a.slots, b.slots, strict=True))
            return None if any(t is None for _, t in slots) else Record(a.cls, slots)
        case Passive(), Passive():
            return Passive(None)
        case _:
            return None
