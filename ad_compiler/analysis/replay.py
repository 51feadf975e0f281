"""Whether code can be run again, to the same end: what checkpointing does with it."""
from __future__ import annotations

import numpy as np

from ..ir import nodes as ir
from ..ir import visit
from ..ir.types import Array
from .alias import is_random
from .refusing import refuse

LISTS = "collect what the loop gives in an array, or after the loop"


def check_statement(loop: ir.Stmt, stmt: ir.Stmt, inside: list[ir.Stmt]) -> None:
    """Refuse a statement (of those `inside`) that would do something else when it is run again."""
    if isinstance(stmt, ir.Effect):
        what = stmt.value.text or "a call"
        refuse(loop, "AD177", f"the checkpointed code has an effect (`{what}`), which running it again would repeat",
               "move it out of this code")
    if isinstance(stmt, (ir.Push, ir.Pop, ir.SetSlot)) or (isinstance(stmt, ir.Store) and not isinstance(
            stmt.base.type, Array)):
        base = stmt.stack if isinstance(stmt, (ir.Push, ir.Pop)) else stmt.base
        if not any(base in visit.defines(s) for s in inside):
            refuse(loop, "AD178", f"the checkpointed code changes `{base.hint}`, a list or object from outside",
                   LISTS)
    if isinstance(stmt, ir.Assign) and isinstance(stmt.value, ir.Call) and draws(stmt.value, inside):
        refuse(loop, "AD177", "the checkpointed code draws random numbers, which would be others when it is run again",
               "draw them before it, or make the generator inside with a seed that is computed from the step")


def draws(call: ir.Call, inside: list[ir.Stmt]) -> bool:
    """Whether a call draws from a random generator that is not made, with a seed, by the same code."""
    owner = getattr(call.function, "__self__", None)
    if call.function in (np.random.default_rng, np.random.RandomState, np.random.Generator, np.random.SeedSequence):
        return not call.args
    if isinstance(owner, (np.random.Generator, np.random.RandomState)) or is_random(call.function):
        return True
    base = call.args[0] if call.args else None
    kind = getattr(getattr(base, "type", None), "cls", None)
    if call.style == "passive" and kind in (np.random.Generator, np.random.RandomState):
        return not any(base in visit.defines(s) for s in inside)
    return False


def check_replayable(block: ir.Block, origin: ir.Origin | None) -> None:
    """Refuse code that would do something else when it is run again. Raises CompileError."""
    inside = list(visit.walk(block))
    for stmt in inside:
        check_statement(ir.Comment("", origin), stmt, inside)
