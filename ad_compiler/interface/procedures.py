"""Procedures: functions that return nothing and write into their arguments.

    def step(u, rate): u[1:] -= rate * u[:-1]       ==>        def step(u, rate): step_of(u, rate); return u

The derivative of a procedure is that of the function which returns the arguments that were written.
"""
from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable
from typing import Any

from ..errors import Diagnostic, UnsupportedError
from ..ir import nodes as ir
from ..ir import prims, visit
from .specialize import Specialization
from .target import Target, forwarding


def written_arguments(special: Specialization, target: Target) -> tuple[str, ...]:
    """The arguments that a procedure writes, in the order of its parameters; none for a function with a result."""
    out = special.main.lowered.out
    if special.on_tape or not (isinstance(out, ir.Const) and out.value is None):
        return ()
    written = special.written | _with_new_parts(special.main.lowered.function)
    return tuple(p.name for p in target.visible.parameters.values()
                 if p.name in written and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD))


def _with_new_parts(fn: ir.Function) -> set[str]:
    """Names of the parameters that are structures of which a part is given another value."""
    origin = {p: p for p in fn.params}
    found: set[str] = set()
    for stmt in visit.walk(fn.body):
        match stmt:
            case ir.Assign(target, ir.Call(function, (ir.Var() as base, *_))) if base in origin and (
                    function in (prims.item, prims.attribute)):
                origin[target] = origin[base]
            case ir.SetSlot(base) if base in origin:
                found.add(origin[base].hint)
    return found


def returning(target: Target, names: tuple[str, ...]) -> types.FunctionType:
    """A function that calls the procedure and returns the arguments of these names (one, or a tuple of several)."""
    try:
        return _made(target.primal, target.visible, target.name, names)
    except TypeError:  # not hashable
        return _made.__wrapped__(target.primal, target.visible, target.name, names)


@functools.lru_cache(maxsize=256)
def _made(primal: Callable[..., Any], visible: inspect.Signature, name: str, names: tuple[str, ...]
          ) -> types.FunctionType:
    return forwarding(name, primal, visible, names)


def refuse_on_tape(special: Specialization, out: Any) -> None:
    """Raise CompileError for a procedure that runs on the tape: what it writes is not followed there."""
    if special.on_tape and out is None:
        raise UnsupportedError(Diagnostic(
            "AD161", None, "this function returns nothing, and cannot be compiled: on the tape the arguments that it "
            f"writes have no cotangents. It cannot be compiled because {special.main.fallbacks[0]}",
            "return what it computes, or change what cannot be compiled"))
