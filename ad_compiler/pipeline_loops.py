"""Programs whose loops are rearranged before they are differentiated, for machine code."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from .errors import CompileError
from .frontend.entry import Lowered

if TYPE_CHECKING:
    from .pipeline import Compiled, CompiledPair, Options

Made = TypeVar("Made", "Compiled", "CompiledPair")


def best_for_loops(lowered: Lowered, options: Options, compile_: Callable[[Lowered], Made]) -> Made:
    """What `compile_` makes of a program; for machine code, of the program with its loops rearranged first, unless that
    leaves work to NumPy."""
    if options.backend == "numpy" or not options.factor:
        return compile_(lowered)
    from .native.ahead.prepare import prepare

    fn = prepare(lowered.function, lowered.contiguous)
    if fn is lowered.function:
        return compile_(lowered)
    try:
        found = compile_(replace(lowered, function=fn))
    except CompileError:
        return compile_(lowered)
    parts = [getattr(found, name) for name in ("fwd", "rev") if hasattr(found, name)] or [found]
    if any(part.backend != "native" for part in parts):
        return compile_(lowered)
    for part in parts:
        part.lowered = lowered
    return found
