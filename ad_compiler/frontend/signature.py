"""Signatures: the types of the arguments that one specialization is compiled for."""
from __future__ import annotations

import dataclasses
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..ir.types import ONE, Array, Dim, Num, Passive, Seq, Type, symbol


def refuse_other_arrays(value: Any, name: str) -> None:
    """Raise TypeError for arrays that are no plain ones: masked arrays and matrices."""
    if isinstance(value, (np.matrix, np.ma.MaskedArray)):
        mask = ", and write the mask as np.where" if isinstance(value, np.ma.MaskedArray) else ""
        raise TypeError(f"`{name}` is a {type(value).__name__}, whose operators mean other things than an array's: "
                        f"convert with np.asarray{mask}")


@dataclass(frozen=True, slots=True)
class Static:
    """An argument whose value is part of the signature (a string, a flag, None, a function)."""

    value: Any

    def __hash__(self) -> int:
        try:
            return hash((type(self.value), self.value))
        except TypeError:
            return id(self.value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Static) or type(self.value) is not type(other.value):
            return False
        return self.value is other.value or (isinstance(self.value, Hashable) and self.value == other.value)


@dataclass(frozen=True, slots=True)
class Leaf:
    """A number or an array; `contiguous` says that its memory is in C order without gaps."""

    type: Num | Array
    contiguous: bool = False


@dataclass(frozen=True, slots=True)
class Tree:
    """A structure of arguments: a tuple, list, dict, named tuple, dataclass or plain object."""

    cls: type
    children: tuple[tuple[Any, Spec], ...]
    access: str = "item"

    @property
    def type(self) -> Type:
        types = tuple(c.type for _, c in self.children if isinstance(c, Leaf))
        integers = all(isinstance(t, Num) and t.kind == "i" for t in types) and len(types) == len(self.children)
        return Seq(types) if self.cls is tuple and types and integers else Passive(self.cls)  # a shape has known length


Spec = Static | Leaf | Tree


class Signer:
    """Builds the specs of one call. Equal sizes of the arguments get one symbol."""

    def __init__(self) -> None:
        self.sizes: dict[int, Dim] = {}

    def dim(self, n: int, name: str) -> Dim:
        if n == 1:
            return ONE
        if n not in self.sizes:
            self.sizes[n] = symbol(f"@{name}")
        return self.sizes[n]

    def spec(self, value: Any, name: str) -> Spec:
        if isinstance(value, np.ndarray):
            if value.dtype.kind not in "biufc":
                raise TypeError(f"`{name}` is an array of dtype {value.dtype}: only numbers can be differentiated")
            return Leaf(Array(value.dtype, tuple(self.dim(n, f"{name}.{i}") for i, n in enumerate(value.shape))),
                        bool(value.flags.c_contiguous))
        if isinstance(value, (bool, str, bytes, type(None), type)) or value is Ellipsis:
            return Static(value)
        if isinstance(value, np.bool_):
            return Static(bool(value))
        if isinstance(value, np.generic):
            return Leaf(Num(value.dtype, weak=False)) if value.dtype.kind in "iufc" else Static(value)
        if isinstance(value, int):
            known = self.sizes.get(value) if value > 1 else None
            return Leaf(Num(np.dtype(np.int64), dim=known or symbol(f"{name}#")))
        if isinstance(value, (float, complex)):
            return Leaf(Num(np.dtype(np.complex128 if isinstance(value, complex) else np.float64)))
        return self.tree(value, name)

    def tree(self, value: Any, name: str) -> Spec:
        cls = type(value)
        if isinstance(value, dict):
            return Tree(dict, tuple((k, self.spec(v, f"{name}[{k!r}]")) for k, v in value.items()))
        if isinstance(value, (tuple, list)):
            return Tree(cls, tuple((i, self.spec(v, f"{name}[{i}]")) for i, v in enumerate(value)))
        if dataclasses.is_dataclass(cls) or (hasattr(value, "__dict__") and not callable(value)
                                             and cls.__module__ not in ("numpy", "builtins")):
            return Tree(cls, tuple((k, self.spec(v, f"{name}.{k}")) for k, v in vars(value).items()), "attribute")
        return Static(value)
