"""The passes, in order: from a Python function and a signature to emitted source and a callable."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from .errors import CompileError, faults_named
from .frontend.entry import Lowered, lower_function
from .frontend.kinds import with_known_kinds
from .frontend.signature import Spec
from .ir import nodes as ir
from .ir.types import Array, ListOf
from .pipeline_loops import best_for_loops
from .pipeline_results import is_one_number, main_result, out_leaves, scalar_leaf
from .transform.bars import ZERO, Bar, project
from .transform.dead_code import eliminate_dead_code
from .transform.handles import to_arg, wrap
from .transform.reverse import Reverse
from .transform.reverse_lists import seed_list
from .transform.rules import choose_rules
from .transform.saving import Recorded, Sweeps, place_saves
from .transform.steady import Unsteady
from .transform.tidy import tidy

Path = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Options:
    """What may be chosen when compiling. The slow mode (`SLOW`) records everything and simplifies nothing.

    `record_everything`: no value is computed again or restored. `coalesce`: names that can be one are merged.
    `renest`: operations that are used once are written inside the next one. `on_unsupported`: "tape" or "error".
    `backend`: "numpy", "native" or "auto". `compare_parts`: a write to another part of an array does not count as one
    to the part that was read. `share`: adjoint code computes nothing twice while memory is not written. `factor`: its
    products and sums are rearranged: numbers meet before arrays, sums are taken in other places. `checkpoints`: loops
    over `checkpointed` keep snapshots. `assume`: how sizes compare in the first call may be taken for granted; other
    calls are compiled anew. `measure`: of arrays of which only the shape is read, the shape is recorded. `recompute`:
    values in loops are computed again where that costs less than their bytes, at a tenth more time. `fastmath`: machine
    code may take numbers to be finite and sums and products to be exact. `parallel`: threads share its loops of which
    no iteration depends on another."""

    record_everything: bool = False
    compare_parts: bool = True
    share: bool = True
    factor: bool = True
    coalesce: bool = True
    renest: bool = True
    on_unsupported: str = "tape"
    backend: str = "numpy"
    checkpoints: bool = True
    assume: bool = True
    measure: bool = True
    recompute: bool = False
    fastmath: bool = False
    parallel: bool = False


SLOW = {"record_everything": True, "compare_parts": False, "share": False, "factor": False,
        "coalesce": False, "renest": False, "assume": False}


@dataclass(eq=False)
class Compiled:
    """One emitted function. `hidden` maps its keyword parameters to the inputs from outside that they carry."""

    name: str
    source: str
    call: Callable[..., Any]
    params: tuple[str, ...]
    hidden: dict[str, str]
    lowered: Lowered
    function: ir.Function
    recorded: list[Recorded] = field(default_factory=list)
    active: set[ir.Var] = field(default_factory=set)
    backend: str = "numpy"
    fallbacks: tuple[str, ...] = ()
    tape_calls: tuple[str, ...] = ()  # those of them that are calls on the tape within compiled code
    raw: ir.Function | None = None  # before it was tidied: what other transforms start from
    native: Any = None  # the kernels of the native backend
    with_value: bool = True  # of a gradient: whether `call` returns the value as well
    out_differs: Any = None  # of a batched function: which parts of the result have the batch in front (0, else None)


@dataclass(eq=False)
class CompiledPair:
    """A function split into its two sweeps: `fwd.call(...) -> (out, record)`, `rev.call(record, *out_bars)`."""

    fwd: Compiled
    rev: Compiled
    out_leaves: tuple[Any, ...]


def differentiate(lowered: Lowered, wrt: tuple[Path, ...], seeds: dict[ir.Var, Any], options: Options
                  ) -> tuple[Reverse, list[ir.Operand], Sweeps]:
    """Run reverse mode: the sweeps, and the cotangent of each input asked for."""
    try:
        return _differentiate(lowered, wrt, seeds, options, options.factor)
    except Unsteady:
        return _differentiate(lowered, wrt, seeds, options, False)


def _differentiate(lowered: Lowered, wrt: tuple[Path, ...], seeds: dict[ir.Var, Any], options: Options, steady: bool
                   ) -> tuple[Reverse, list[ir.Operand], Sweeps]:
    inputs = [lowered.input(path) for path in wrt]
    fn = choose_rules(lowered.function, inputs, seeds, lowered.contiguous)
    rev = Reverse(fn, inputs, list(seeds), lowered.contiguous, compare_parts=options.compare_parts,
                  share=options.share, factor=options.factor, checkpoints=options.checkpoints, steady=steady)
    views = any(rev.in_memory(var) for var in seeds)  # a result may be a view of another one
    for var, make in seeds.items():
        if var in rev.active:
            operand, owned = make(rev)
            if isinstance(var.type, ListOf):
                seed_list(rev, var, operand)
            elif views or rev.carries(var):
                rev.contribute(var, wrap(rev.emitter, operand))
            else:
                rev.bars.put((var, None), operand, fresh=owned)
    rev.block(fn.body)
    bars = [_final_bar(rev, v) for v in inputs]
    sweeps = place_saves(fn, rev.emitter.block, rev.mirror, rev.inserted, rev.inserted_after, rev.later_writes,
                         record_everything=options.record_everything,
                         measure=options.measure and options.backend == "numpy",
                         recompute=options.recompute and options.backend == "numpy")
    return rev, bars, sweeps


def _final_bar(rev: Reverse, var: ir.Var) -> ir.Operand:
    """The cotangent of an input, as an array of its own."""
    rev.emitter.origin = None
    slot = (var, None)
    if rev.carries(var):
        return rev.buffer(var)
    if isinstance(var.type, Array):
        bar = rev.bars.peek(slot)
        if bar is not None:
            whole = to_arg(project(rev.emitter, wrap(rev.emitter, bar.operand), var, var.type))
            rev.bars.state[slot] = Bar(whole, bar.owned, bar.buffer)
        return rev.bars.own(slot, var, f"{var.hint}_bar")
    bar = rev.bars.peek(slot)
    return ZERO if bar is None else bar.operand


def _seed_of(var: ir.Var) -> Callable[[Reverse], tuple[ir.Operand, bool]]:
    def make(rev: Reverse) -> tuple[ir.Operand, bool]:
        if isinstance(var.type, Array):
            return rev.emitter.call(np.ones_like, (var,), text="np.ones_like", hint="out_bar"), True
        return ir.Const(1.0, "1.0"), False

    return make


def compile_reverse(function: Any, args: dict[str, Spec], wrt: tuple[Path, ...], *, options: Options = Options(),
                    aux: bool = False, value: bool = True) -> Compiled:
    """Value and gradient in one function: `call(*params, **hidden) -> (out, (bar, ...))`.

    With `aux` the result is a pair whose second part is not differentiated. Without `value`, what only the value needs
    is left out where the result is known to be one number: `call` then returns the bars, or the only one (`with_value`
    says which). Raises CompileError, and NotScalar where the result has more than one element. With
    `on_unsupported="tape"` what cannot be compiled runs on the tape."""
    try:
        with faults_named(function):
            return _compile_reverse(function, args, wrt, options, aux, value)
    except CompileError as error:
        if options.on_unsupported != "tape" or error.wrong_use:
            raise
        from .pipeline_tape import on_tape

        return on_tape(function, args, wrt, aux, error)


def _compile_reverse(function: Any, args: dict[str, Spec], wrt: tuple[Path, ...], options: Options, aux: bool,
                     value: bool) -> Compiled:
    lowered, notes = read_for_sweeps(function, args, wrt, options)
    compiled = best_for_loops(lowered, options, lambda read: reverse_of(read, wrt, options, aux, value))
    compiled.fallbacks, compiled.tape_calls = (*compiled.fallbacks, *notes), notes
    return compiled


def reverse_of(lowered: Lowered, wrt: tuple[Path, ...], options: Options, aux: bool, value: bool) -> Compiled:
    """Value and gradient of a program that has been read, in one function."""
    main = main_result(lowered, aux)
    leaves = [v for v in out_leaves(main) if isinstance(v, ir.Var)]
    scalar = scalar_leaf(main, lowered.function.name)
    seeds = {v: _seed_of(v) for v in leaves if v is scalar}
    rev, bars, sweeps = differentiate(lowered, wrt, seeds, options)
    forward = [s for s in sweeps.forward if not isinstance(s, ir.Return)]
    value = value or aux or not is_one_number(main)
    results: ir.Arg = bars[0] if len(bars) == 1 else ir.Pack("tuple", tuple(bars))
    if value:
        results = ir.Pack("tuple", (lowered.out_operand, ir.Pack("tuple", tuple(bars))))
    body = ir.Block([*forward, ir.Comment("--- reverse ---"), *sweeps.reverse, ir.Return(results)])
    fn = ir.Function(f"{lowered.function.name}_{'vjp' if value else 'grad'}", lowered.params,
                     lowered.function.keywords, body, lowered.function.doc, lowered.function.origin)
    compiled = finish(fn, lowered, options, sweeps.recorded, rev.active)
    compiled.with_value = value
    return compiled


def read_for_sweeps(function: Any, args: dict[str, Spec], wrt: tuple[Path, ...], options: Options,
                    sweep: str = "reverse") -> tuple[Lowered, tuple[str, ...]]:
    """The function read, with calls on the tape where the options allow it; what runs there, and why."""
    if options.on_unsupported != "tape":
        return with_known_kinds(lower_function(function, args, sweep=sweep)), ()
    from .pipeline_tape import tape_calls, what_runs_there

    # a call reads captured numbers for itself: where the derivative is by one of those, none is put on the tape
    calls = None if any(path[0] == "<captured>" for path in wrt) else tape_calls()
    lowered = with_known_kinds(lower_function(function, args, tape=calls, sweep=sweep))
    return lowered, what_runs_there(function, calls)


def compile_pullback(function: Any, args: dict[str, Spec], wrt: tuple[Path, ...], options: Options = Options(),
                     *, aux: bool = False) -> CompiledPair:
    """The two sweeps as two functions; the second may be called any number of times on one record. With `aux` the
    result is a pair whose second part has no cotangents."""
    try:
        with faults_named(function):
            return _compile_pullback(function, args, wrt, options, aux)
    except CompileError as error:
        if options.on_unsupported != "tape" or error.wrong_use:
            raise
        from .pipeline_tape import on_tape, pair_on_tape

        return pair_on_tape(function, on_tape(function, args, wrt, aux, error))


def _compile_pullback(function: Any, args: dict[str, Spec], wrt: tuple[Path, ...], options: Options, aux: bool = False
                      ) -> CompiledPair:
    from .pipeline_pullback import pullback_of

    lowered, notes = read_for_sweeps(function, args, wrt, options)
    pair = best_for_loops(lowered, options, lambda read: pullback_of(read, wrt, options, aux))
    pair.fwd.fallbacks, pair.fwd.tape_calls = (*pair.fwd.fallbacks, *notes), notes
    return pair


def compile_forward(function: Any, args: dict[str, Spec], wrt: tuple[Path, ...], options: Options = Options(),
                    *, value: bool = True) -> Compiled:
    """Value and tangent: `call(*params, *tangents, **hidden) -> (out, out_dot)`; one tangent per path of `wrt`.

    Without `value` the sweep computes the tangent alone, and `out` is of no use."""
    try:
        with faults_named(function):
            from .pipeline_forward import forward_of

            lowered, notes = read_for_sweeps(function, args, wrt, options, "forward")
            compiled = best_for_loops(lowered, options, lambda read: forward_of(read, wrt, options, value=value))
            compiled.fallbacks, compiled.tape_calls = (*compiled.fallbacks, *notes), notes
            return compiled
    except CompileError as error:
        if options.on_unsupported != "tape" or error.wrong_use:
            raise
        from .pipeline_tape import on_tape

        main = on_tape(function, args, wrt, False, error)
        run = main.call.__self__
        return replace(main, name=f"{function.__name__}_jvp", call=run.value_and_dot)


def compile_primal(function: Any, args: dict[str, Spec], options: Options = Options()) -> Compiled:
    """The function itself, lowered and printed: what the front end understood."""
    lowered = lower_function(function, args, sweep="none")
    return best_for_loops(lowered, options, lambda read: primal_of(read, options))


def primal_of(lowered: Lowered, options: Options) -> Compiled:
    """A program that has been read, as it is."""
    return finish(choose_rules(lowered.function), lowered, options, [], set())


def finish(fn: ir.Function, lowered: Lowered, options: Options, recorded: list[Recorded], active: set[ir.Var],
           record: frozenset[ir.Var] = frozenset()) -> Compiled:
    """The passes after differentiation: clean up, print, load. `record`: what is returned for the reverse sweep."""
    from .pipeline_callees import put_together

    raw, fn = fn, clean(fn, options)
    printed, call = put_together(fn, options)
    code = call.__code__
    keywords = code.co_varnames[code.co_argcount: code.co_argcount + code.co_kwonlyargcount]
    paths = {v: path for path, (v, _) in lowered.hidden.items()}
    hidden = {name: paths[v] for name, v in zip(keywords, fn.keywords, strict=True)}
    compiled = Compiled(fn.name, printed.text, call, tuple(v.hint for v in lowered.params), hidden, lowered, fn,
                        recorded, active, raw=raw)
    if options.backend == "numpy":
        return compiled
    from .native.compile import with_kernels

    return with_kernels(compiled, raw, paths, options.backend, record, lambda fn: put_together(fn, options),
                        options.fastmath, options.parallel)


def clean(fn: ir.Function, options: Options) -> ir.Function:
    """The last passes before printing; the slow mode only drops what nothing reads."""
    fn = tidy(fn, rearrange=options.factor) if options.coalesce else eliminate_dead_code(fn)
    if fn.body.stmts and isinstance(fn.body.stmts[0], ir.Comment):  # nothing is left in front of it
        fn = fn.with_body(ir.Block(fn.body.stmts[1:]))
    return fn


def read_hidden(lowered: Lowered) -> dict[str, Any]:
    """The inputs from outside as they were when compiling, by path."""
    return {path: value for path, (_, value) in lowered.hidden.items()}
