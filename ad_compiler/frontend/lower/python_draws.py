"""Python's `random`, and the clock: what they give is a constant, and is asked for once, where the program asks."""
from __future__ import annotations

import ast
import random
import time
from typing import Any

import numpy as np

from ...ir import nodes as ir
from ...ir.types import Num
from ...rules.written.python_draws import MOVING, SCALED
from ..lowering import Lowering
from ..values import Value

_REAL = Num(np.dtype(np.float64), weak=True)
_WHOLE = Num(np.dtype(np.int64), weak=True)
_WRITTEN = {**MOVING, **SCALED}
_NOTHING = (random.seed, time.sleep)
#: The functions that are called as they are, and the type of what they give.
_GIVEN: dict[Any, Num] = {
    **dict.fromkeys((random.random, *SCALED, time.time, time.perf_counter, time.process_time, time.thread_time,
                     time.monotonic), _REAL),
    **dict.fromkeys((random.randint, random.randrange, random.getrandbits, time.time_ns, time.perf_counter_ns,
                     time.process_time_ns, time.thread_time_ns, time.monotonic_ns), _WHOLE),
}
DRAWS: tuple[Any, ...] = tuple(dict.fromkeys((*_NOTHING, *_GIVEN, *_WRITTEN)))


def drawn(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
          hint: str | None) -> Value:
    """A call of one of `DRAWS`."""
    from .calls import call_python
    from .tables import may_be_active

    value = function.value
    if value in MOVING or (value in SCALED and may_be_active([*args, *kwargs.values()])):
        return call_python(lo, _WRITTEN[value], args, kwargs, node, hint)
    operands = [lo.operand(a, node) for a in args]
    named = {k: lo.operand(v, node) for k, v in kwargs.items()}
    text = function.text or value.__name__
    if value in _NOTHING:
        lo.emit(ir.Effect(ir.Call(value, tuple(operands), tuple(named.items()), "call", text), lo.origin))
        return ir.Const(None)
    return lo.call(value, operands, named, text=text, hint=hint, type_=_GIVEN[value])
