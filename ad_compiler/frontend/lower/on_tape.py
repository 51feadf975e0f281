"""Calls that run on the tape inside a compiled function, because what they call cannot be compiled.

    v = lookup(u) + np.sin(u)         `lookup` has no source: its call is one step with a pullback of its own

A refusal remembers the calls of the program that it came through, the innermost first. `lower_function` reads the
program again with that call on the tape, and goes on outwards where that cannot be done.
"""
from __future__ import annotations

import builtins
import dis
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ...errors import CompileError
from ..lowering import Lowering
from ..values import Value

ATTEMPTS = 24
_OWN = __name__.partition(".")[0]
#: What runs on the tape as it does anywhere, for what it calls or reads from where it stands.
_BOUND_TO_PLACE = frozenset(f for f in vars(builtins).values() if isinstance(f, types.BuiltinFunctionType))


@dataclass(eq=False, slots=True)
class TapeCalls:
    """The calls of one program that run on the tape. `lower(lo, callee, args, kwargs, node, hint, refusal)` gives the
    value of such a call; `refusals` says of each why it is not compiled."""

    lower: Callable[..., Value]
    refusals: dict[Any, CompileError] = field(default_factory=dict)
    unfit: set[Any] = field(default_factory=set)
    used: dict[Any, str] = field(default_factory=dict)  # the calls that were read so, and where and why in words

    def chosen(self, error: CompileError) -> bool:
        """Choose another call for the tape after a refusal; whether there was one."""
        if error.unfit is not None:
            self.unfit.add(error.unfit)
            error = self.refusals.pop(error.unfit)
        for site in error.calls:
            if site not in self.unfit and site not in self.refusals:
                self.refusals[site] = error
                return True
        return False


def or_on_tape(lo: Lowering, callee: Any, args: list[Value], kwargs: dict[str, Value], node: Any, hint: str | None,
               read: Callable[[], Value]) -> Value:
    """The value of a call as `read` gives it; on the tape where it was chosen for it."""
    calls = lo.tape_calls
    if calls is None or not lo.stack:
        return read()
    site = node, getattr(callee, "__code__", callee if _hashable(callee) else id(callee))
    refusal = calls.refusals.get(site)
    if refusal is None:
        try:
            return read()
        except CompileError as error:
            if _may_move(callee):
                error.calls.append(site)
            raise
    try:
        value = calls.lower(lo, callee, args, kwargs, node, hint, refusal)
    except CompileError as error:
        error.unfit = site
        raise
    origin = lo.at(node)
    reason = str(refusal.diagnostics[0]).splitlines()[0]
    calls.used[site] = f"{origin.file}:{origin.line}: `{called(callee)}` runs on the tape: {reason}"
    return value


def called(callee: Any) -> str:
    """The name of what is called."""
    return getattr(callee, "__qualname__", None) or getattr(callee, "__name__", None) or repr(callee)


def _hashable(value: Any) -> bool:
    return type(value).__hash__ is not None


def _may_move(callee: Any) -> bool:
    """Whether a call may run on the tape: of code of the program's, or of a library, that assigns no variable of
    others."""
    if isinstance(callee, type) or (_hashable(callee) and callee in _BOUND_TO_PLACE):
        return False
    if not isinstance(callee, types.FunctionType):
        return callable(callee)
    if (callee.__module__ or "").partition(".")[0] == _OWN or callee.__code__.co_filename.startswith(f"<{_OWN}"):
        return False
    return not any(op.opname in ("STORE_GLOBAL", "DELETE_GLOBAL") or (
        op.opname in ("STORE_DEREF", "DELETE_DEREF") and op.argval in callee.__code__.co_freevars)
        for code in _codes(callee.__code__) for op in dis.get_instructions(code))


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    """The code of a function and of those inside it."""
    yield code
    for const in code.co_consts:
        if isinstance(const, types.CodeType):
            yield from _codes(const)


__all__ = ["ATTEMPTS", "TapeCalls", "called", "or_on_tape"]
