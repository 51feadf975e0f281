"""What the values of a program are in a kernel."""
from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..ir import nodes as ir
from .writer import ONE, ZERO, Int, Writer, text

DType = np.dtype[Any]


@dataclass(frozen=True, slots=True)
class Scalar:
    """A number: a name or a literal. `form`: an integer's value as a linear form over names that never change.
    `const`: the value, if it is known."""

    text: str
    dtype: DType
    weak: bool = True
    form: Int | None = None
    const: Any = None
    changing: bool = False

    @property
    def kind(self) -> str:
        return self.dtype.kind


@dataclass(frozen=True, slots=True)
class Base:
    """Memory: the name of its pointer, and by which number the caller knows it."""

    pointer: str
    tag: str


@dataclass(frozen=True, slots=True)
class Arr:
    """An array in memory: element (i, j) is `base[offset + i * strides[0] + j * strides[1]]`. Sizes below zero mean
    zero. `owner` is a variable of its alias class. `loose`: it may stand for a number (`loose.py`)."""

    base: Base
    dtype: DType
    offset: Int
    sizes: tuple[Int, ...]
    strides: tuple[Int, ...]
    owner: ir.Var
    loose: bool = False

    @property
    def key(self) -> tuple[Any, ...]:
        """Equal keys are the same elements in the same order."""
        return self.base.pointer, self.offset, self.strides

    def element(self, index: tuple[str, ...]) -> str:
        """The expression of one element."""
        parts = [] if self.offset == ZERO else [text(self.offset)]
        for i, stride in zip(index, self.strides, strict=True):
            if i == "0" or stride == ZERO:
                continue
            plain = text(stride)
            if not (plain.isidentifier() or stride.known):
                plain = f"({plain})"
            parts.append(i if stride == ONE else f"{i} * {plain}")
        return f"{self.base.pointer}[{' + '.join(parts) or '0'}]"

    def with_axes(self, sizes: tuple[Int, ...], strides: tuple[Int, ...], offset: Int | None = None) -> Arr:
        return replace(self, sizes=sizes, strides=strides, offset=self.offset if offset is None else offset)


@dataclass(eq=False, slots=True)
class Inner:
    """An array of which each element is computed in a nest of loops that is still open."""

    nest: Any
    element: Scalar
    sizes: tuple[Int, ...]
    loose: bool = False

    @property
    def dtype(self) -> DType:
        return self.element.dtype


@dataclass(eq=False, slots=True)
class Items:
    """A list of numbers, or of arrays of one rank: names of its length, room and place in the memory for lists.
    `shapes` holds, for arrays, their sizes. `header`: where these three are, if the list has several names; `refs`: the
    type of the items, if the list holds references (`heap.py`). `given`: it is a parameter, never changed. `alike`: the
    sizes that all arrays of the list have, where these are known; `count` is then the name of their number."""

    base: Base
    dtype: DType
    length: str
    room: str
    place: str
    weak: bool
    ndim: int = 0
    shapes: Items | None = None
    owner: ir.Var | None = None
    header: str | None = None
    refs: Any = None
    given: bool = False
    alike: tuple[Int, ...] | None = None
    count: str | None = None


Value = Scalar | Arr | Inner | Items | tuple[Any, ...]


def contiguous(w: Writer, sizes: tuple[Int, ...]) -> tuple[Int, ...]:
    """The strides of an array in C order."""
    strides: list[Int] = []
    step = ONE
    for n in reversed(sizes):
        strides.insert(0, step)
        step = w.times(step, n)
    return tuple(strides)


@dataclass(slots=True)
class Uses:
    """How often each variable is still to be read."""

    left: dict[ir.Var, int] = field(default_factory=dict)

    def read(self, var: ir.Var) -> None:
        self.left[var] = self.left.get(var, 0) - 1
