"""Sweeps on the tape: of what cannot be compiled, and of anything to compare with."""
from __future__ import annotations

from dataclasses import replace
from typing import Any

from . import bridge
from .errors import CompileError, Diagnostic
from .frontend.lower.on_tape import TapeCalls
from .frontend.signature import Spec
from .pipeline import Compiled, CompiledPair, Path


def on_tape(function: Any, args: dict[str, Spec], wrt: tuple[Path, ...], aux: bool, error: CompileError) -> Compiled:
    """The function on the tape, for a reason that is said once."""
    run = bridge.TapeRun(function, args, wrt, aux, error)
    name = function.__name__
    reason = bridge.warn(name, error)
    name = name if name.isidentifier() else "anonymous"
    lowered, fn = bridge.stand_in(name)
    return Compiled(f"{name}_vjp", bridge.source_of(name, reason), run.value_and_bars, run.params, {}, lowered, fn,
                    backend="tape", fallbacks=(reason,))


def tape_calls() -> TapeCalls:
    """Where the front end notes which calls of a function run on the tape."""
    def lower(*given: Any) -> Any:
        from .bridge_calls import lower_on_tape

        return lower_on_tape(*given)

    return TapeCalls(lower)


def what_runs_there(function: Any, calls: TapeCalls | None) -> tuple[str, ...]:
    """Which calls of a function run on the tape, and why, which is said once."""
    notes = () if calls is None else tuple(dict.fromkeys(calls.used.values()))
    if notes:
        bridge.warn_calls(function.__name__, notes)
    return notes


def tape_only(function: Any, args: dict[str, Spec], wrt: tuple[Path, ...]) -> CompiledPair:
    """The two sweeps on the tape, also of what can be compiled: to compare with."""
    error = CompileError(Diagnostic("AD160", None, "the function is run on the tape"))
    run = bridge.TapeRun(function, args, wrt, False, error)
    lowered, fn = bridge.stand_in(function.__name__)
    main = Compiled(f"{function.__name__}_vjp", "", run.value_and_bars, run.params, {}, lowered, fn, backend="tape")
    return pair_on_tape(function, main)


def pair_on_tape(function: Any, main: Compiled) -> CompiledPair:
    """The forward sweep records on the tape, the reverse sweep pulls back: it takes a cotangent for each floating
    number of the result, in order."""
    run = main.call.__self__

    def fwd(*inputs: Any) -> tuple[Any, Any]:
        value, out, leaves = run.record(*inputs, keep=True)
        main = (value[0], out[0]) if run.aux and isinstance(value, tuple) else (value, out)
        return value, (bridge.floating_parts(*main), leaves)

    def rev(record: Any, *bars: Any) -> tuple[Any, ...]:
        return run.pull_all(record[0], record[1], bars, keep=True)

    first = replace(main, name=f"{function.__name__}_fwd", call=fwd)
    return CompiledPair(first, replace(main, name=f"{function.__name__}_rev", call=rev), (main.lowered.out,))
