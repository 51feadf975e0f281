"""What an operand of a formula is known to be: a number, or the result of a call that would give the same now."""
from __future__ import annotations

from typing import Any

import numpy as np

from ..ir import nodes as ir
from ..ir.types import Num
from .handles import Handle, wrap


def is_literal(value: Any, number: float) -> bool:
    """Whether an operand is this number, known when compiling."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value == number


def is_number(value: Any) -> bool:
    """Whether an operand is one number: a constant, or a scalar at run time."""
    if isinstance(value, Handle):
        return isinstance(value.type, Num)
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def recent(x: Any) -> tuple[Any, list[Any]] | None:
    """The function and operands of the call that an array stands for, if it would give the same now."""
    if not (isinstance(x, Handle) and isinstance(x._arg, ir.Var)):
        return None
    call = x._emitter.recent.get(x._arg)
    if call is None or call.kwargs or (x._arg in x._emitter.kept and call.function is not np.negative):
        return None
    return call.function, [wrap(x._emitter, a) for a in call.args]


def stretched(x: Any) -> Any:
    """The number that an array is full of, as far as that is known."""
    found = recent(x)
    return found[1][0] if found is not None and found[0] is np.broadcast_to and is_number(found[1][0]) else None
