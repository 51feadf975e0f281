"""What a sparse derivative is taken by: the pattern of a run, and which of its columns or rows are swept together."""
from __future__ import annotations

import types
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ..analysis.colouring import colour_columns
from .access import Access
from .captured import Member, Note, Text, relied_on
from .hidden import locate, owners_of
from .signing import sign


class Outside(NamedTuple):
    """What a pattern follows from besides the arguments: the text of functions, flags, sizes and integers."""

    notes: tuple[Note | Text | Member, ...]
    fixed: tuple[tuple[Access, Any], ...]
    numbers: tuple[tuple[Access, Any], ...]

    def holds(self, function: types.FunctionType) -> bool:
        """Whether all of it is as it was, for a function of the same code."""
        return (all(note.holds(function) for note in self.notes)
                and all(access.read(function) == value for access, value in self.fixed)
                and all(facts_of(access.read(function)) == facts for access, facts in self.numbers))


def facts_of(number: Any) -> Any:
    """What a pattern may follow from: the value of integers, which may be indices, the shape of what is floating."""
    array = np.asarray(number)
    return array.shape, array.tobytes() if array.dtype.kind in "iub" else array.dtype.kind


@dataclass(frozen=True, slots=True)
class Plan:
    """A pattern (CSR), the colours of its columns or rows, and what it follows from: values of floating-point numbers,
    and what is not an argument."""

    pattern: Any
    colours: np.ndarray
    by_rows: bool
    by_values: bool
    outside: Outside | None = None

    @property
    def sweeps(self) -> int:
        """How many directions it takes."""
        return int(self.colours.max(initial=-1)) + 1


def traced_pattern(function: types.FunctionType, values: dict[str, Any], path: tuple[Any, ...]
                   ) -> tuple[Any, bool, Outside]:
    """The pattern of the Jacobian of a plain function by one of its arguments (CSR, boolean), whether it depends on
    values of floating-point numbers, and on what besides the arguments. The arguments are copied."""
    import copy

    from ..analysis.sparsity import Tracing
    from ..frontend.entry import lower_function

    lowered = lower_function(function, sign(values))
    x = lowered.leaves[path]
    if x not in lowered.params:
        raise TypeError("a sparse derivative is by one array that is an argument of its own")
    tracing = Tracing([x])
    given = {p: copy.deepcopy(values[p.hint]) for p in lowered.params}
    given |= dict(lowered.hidden.values())
    value, nodes = tracing.run(lowered.function, given)
    if not isinstance(value, (np.ndarray, np.generic, float)):
        raise TypeError(f"`{function.__name__}` returns a {type(value).__name__}, and a sparse derivative needs one "
                        f"array")
    return tracing.pattern(nodes), tracing.by_values, _outside(function, lowered)


def _outside(function: types.FunctionType, lowered: Any) -> Outside:
    owners = owners_of(lowered.guards)
    fixed = tuple((locate(at, value, function, owners), value) for at, value in lowered.guards.items()
                  if at not in owners)
    numbers = tuple((locate(at, value, function, owners), facts_of(value))
                    for at, (_, value) in lowered.hidden.items())
    return Outside(relied_on(function, owners.values(), lowered.members), fixed, numbers)


def coloured(pattern: Any, by_values: bool, hessian: bool) -> Plan:
    """The plan of a pattern: columns or rows, whichever may be expected to need fewer colours."""
    if hessian:
        pattern = ((pattern + pattern.T) != 0).tocsr()
    per_row = int(np.diff(pattern.tocsr().indptr).max(initial=0))
    per_column = int(np.diff(pattern.tocsc().indptr).max(initial=0))
    by_rows = not hessian and per_column < per_row
    colours = colour_columns(pattern.T if by_rows else pattern)
    return Plan(pattern, colours, by_rows, by_values)


def same(one: Any, other: Any) -> bool:
    return one.shape == other.shape and one.nnz == other.nnz and (one != other).nnz == 0
