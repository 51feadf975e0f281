"""What a sparse derivative is taken by: the pattern of a run, and which of its columns or rows are swept together."""
from __future__ import annotations

import types
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..analysis.colouring import colour_columns
from .signing import sign


@dataclass(frozen=True, slots=True)
class Plan:
    """A pattern (CSR), the colours of its columns or rows, and whether the pattern depends on values of arguments."""

    pattern: Any
    colours: np.ndarray
    by_rows: bool
    by_values: bool

    @property
    def sweeps(self) -> int:
        """How many directions it takes."""
        return int(self.colours.max(initial=-1)) + 1


def traced_pattern(function: types.FunctionType, values: dict[str, Any], path: tuple[Any, ...]) -> tuple[Any, bool]:
    """The pattern of the Jacobian of a plain function by one of its arguments (CSR, boolean), and whether it depends on
    values of the argument. The arguments are copied."""
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
    return tracing.pattern(nodes), tracing.by_values


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
