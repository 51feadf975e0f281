"""What is known of a kernel when it is called: its text, its inputs and its results. None of it needs the compiler."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

# Names of the memory a kernel works in, and the numbers by which the caller knows them.
MEMORY, RECORDS = -1, -2


@dataclass(frozen=True, slots=True)
class Out:
    """Where a result is put: `kind` is "array", "list" or a kind of numbers, `at` its first place in `oi` or `of`.
    `listed` is the type of a list. Results of one `group` may share memory. `whole`: it is that one of the arrays which
    the caller makes."""

    kind: str
    at: int
    dtype: np.dtype[Any]
    weak: bool = True
    ndim: int = 0
    listed: Any = None
    group: int | None = None
    whole: int | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """The text of a kernel, the types of its arguments, and where its results are. `made`: arrays that the caller makes
    for results, which the kernel takes behind its inputs: the dtype of each, and its sizes as sums of a number and of
    `(factor, number of an input, axis)`. `blas`: it wants to be told where BLAS is, in `oi[0]`; `parallel`:
    how many loops threads share, of which it wants to be told in `oi[1]` and `oi[2]`."""

    source: str
    name: str
    types: tuple[str, ...]
    outs: tuple[Out, ...]
    integers: int
    floats: int
    noalias: bool
    made: tuple[tuple[str, tuple[Any, ...]], ...] = ()
    blas: bool = False
    parallel: int = 0


@dataclass(frozen=True, slots=True)
class Input:
    """An input of a kernel: `kind` is "array", "number", "list" or "other", `name` its name in the program. `weak`: a
    number of Python's; `singles`: the program has numbers of single precision; `listed` is the type of a list."""

    name: str
    kind: str
    dtype: np.dtype[Any]
    ndim: int = 0
    weak: bool = True
    singles: bool = False
    listed: Any = None

    def accepted(self) -> frozenset[type]:
        """The types of numbers that a kernel may take for one of this type: those that NumPy computes with alike. Where
        single precision occurs, a number of Python's is not like one of NumPy's."""
        if self.singles and not self.weak:
            return frozenset((self.dtype.type,))
        plain: dict[str, tuple[type, ...]] = {
            "f": (float, int), "i": (int,), "b": (bool, int), "c": (complex, float, int)}
        return frozenset((self.dtype.type, *plain.get(self.dtype.kind, ())))


def text_out(text: Text) -> tuple[Any, ...]:
    """A text in plain values. Raises ValueError for one that gives lists."""
    if any(out.listed is not None for out in text.outs):
        raise ValueError("a kernel that gives a list")
    outs = tuple((o.kind, o.at, o.dtype.str, o.weak, o.ndim, o.group, o.whole) for o in text.outs)
    return (text.source, text.name, text.types, outs, text.integers, text.floats, text.noalias, text.made, text.blas,
            text.parallel)


def text_in(parts: tuple[Any, ...]) -> Text:
    """The text that `text_out` wrote out."""
    source, name, types, outs, integers, floats, noalias, made, blas, parallel = parts
    found = tuple(Out(kind, at, np.dtype(dtype), weak, ndim, None, group, whole)
                  for kind, at, dtype, weak, ndim, group, whole in outs)
    return Text(source, name, tuple(types), found, integers, floats, noalias, made, blas, parallel)


def input_out(given: Input) -> tuple[Any, ...]:
    """An input in plain values. Raises ValueError for a list."""
    if given.kind not in ("array", "number"):
        raise ValueError("a kernel that takes a list")
    return given.name, given.kind, given.dtype.str, given.ndim, given.weak, given.singles


def input_in(parts: tuple[Any, ...]) -> Input:
    """The input that `input_out` wrote out."""
    name, kind, dtype, ndim, weak, singles = parts
    return Input(name, kind, np.dtype(dtype), ndim, weak, singles)
