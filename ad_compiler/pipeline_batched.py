"""Batched programs: of a function, of a reverse sweep for many cotangents, of a forward sweep for many tangents."""
from __future__ import annotations

from typing import Any

from .frontend.entry import lower_function
from .frontend.signature import Spec
from .ir import nodes as ir
from .ir.types import symbol
from .pipeline import Compiled, CompiledPair, Options, Path, finish
from .transform.batching import Batching

BATCH = symbol("@batch")


def compile_batched(function: Any, args: dict[str, Spec], axes: dict[Path, int], out_axes: Any = 0,
                    options: Options = Options()) -> Compiled:
    """The function for many examples at once. `args` are the types of one example, `axes` gives the batched inputs and
    the axis of each that is the batch's; `out_axes` is the same for the result.

    `fallbacks` names the calls that are made for one example after the other. Raises CompileError (AD152) for what
    cannot be batched.
    """
    lowered = lower_function(function, args, sweep="none")
    leaves = {lowered.leaves[path]: axis for path, axis in axes.items()}
    return _finished(lowered.function, f"{lowered.function.name}_vmap", leaves, out_axes, lowered, options)


def many_cotangents(pair: CompiledPair, options: Options = Options()) -> Compiled:
    """The reverse sweep of a pair for many cotangents: `call(record, *out_bars)`, each with a batch in front."""
    fn = pair.rev.raw
    assert fn is not None
    return _swept(pair.rev, fn.params[1:], options)


def many_tangents(forward: Compiled, count: int, options: Options = Options()) -> Compiled:
    """A forward sweep for many tangents at once: its last `count` parameters are batched, its value is not."""
    fn = forward.raw
    assert fn is not None
    return _swept(forward, fn.params[len(fn.params) - count:], options, (None, 0))


def _swept(sweep: Compiled, batched: Any, options: Options, out_axes: Any = 0) -> Compiled:
    fn = sweep.raw
    assert fn is not None
    return _finished(fn, f"{fn.name}_vmap", dict.fromkeys(batched, 0), out_axes, sweep.lowered, options)


def _finished(fn: ir.Function, name: str, axes: dict[ir.Var, int], out_axes: Any, lowered: Any, options: Options
              ) -> Compiled:
    batching = Batching(fn, axes, BATCH, out_axes)
    made = batching.run(name)
    compiled = finish(made, lowered, options, [], set())
    compiled.out_differs = batching.out_differs
    compiled.fallbacks = tuple(f"`{call}` is called for one example after the other"
                               for call in dict.fromkeys(batching.loops))
    return compiled


__all__ = ["compile_batched", "many_cotangents", "many_tangents"]
