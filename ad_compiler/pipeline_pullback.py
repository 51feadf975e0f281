"""Reverse mode in two functions: the sweep that computes and records, and the one that takes cotangents back."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from . import pipeline
from .frontend.entry import Lowered
from .ir import nodes as ir
from .ir import prims, visit
from .ir.types import ListOf, Passive, can_carry, is_float_like
from .pipeline import CompiledPair, Options, Path
from .pipeline_results import main_result, out_leaves
from .support.records import fresh_lists
from .transform.reverse import Reverse
from .transform.saving import Recorded, Sweeps


def pullback_of(lowered: Lowered, wrt: tuple[Path, ...], options: Options, aux: bool = False) -> CompiledPair:
    """The two sweeps of a program that has been read; with `aux` of the first part of its result."""
    both = sweeps_of(lowered, wrt, options, aux)
    return CompiledPair(pipeline.finish(both.fwd, lowered, options, both.recorded, both.active, both.kept),
                        pipeline.finish(both.rev, lowered, options, [], both.active), both.out_leaves)


@dataclass(frozen=True, slots=True)
class SweepPair:
    """The two sweeps as IR. `kept`: what the first returns for the second only."""

    fwd: ir.Function
    rev: ir.Function
    out_leaves: tuple[ir.Var, ...]
    recorded: list[Recorded]
    active: set[ir.Var]
    kept: frozenset[ir.Var]


def sweeps_of(lowered: Lowered, wrt: tuple[Path, ...], options: Options, aux: bool = False) -> SweepPair:
    """The two sweeps of a program that has been read, as functions."""
    function = lowered.function
    main = main_result(lowered, aux)
    leaves = list(dict.fromkeys(v for v in out_leaves(main) if isinstance(v, ir.Var) and (
        is_float_like(v.type) or (isinstance(v.type, ListOf) and can_carry(v.type)))))
    out_bars = {v: ir.Var(f"{v.hint}_bar", v.type) for v in leaves}
    seeds = {v: (lambda rev, b=b: (b, False)) for v, b in out_bars.items()}
    rev, bars, sweeps = pipeline.differentiate(lowered, wrt, seeds, options)
    crossing = _crossing(sweeps.reverse, bars, out_bars)
    shadows = _shadow_places(rev, sweeps, crossing)
    forward = [s for s in sweeps.forward if not isinstance(s, ir.Return)]
    result = ir.Pack("tuple", (lowered.out_operand, ir.Pack("tuple", tuple(crossing))))
    fwd = ir.Function(f"{function.name}_fwd", lowered.params, function.keywords, ir.Block(
        [*_defaults(forward, crossing), *forward, ir.Return(result)]), function.doc, function.origin)
    record = ir.Var("record", Passive(tuple))
    body = _from_record(record, crossing, set(sweeps.stacks), shadows if rev.shadows else None,
                        [*sweeps.reverse, ir.Return(ir.Pack("tuple", tuple(bars)))])
    rev_fn = ir.Function(f"{function.name}_rev", (record, *out_bars.values()), (), body, None, function.origin)
    kept = frozenset(crossing) - {crossing[place] for place in shadows}
    return SweepPair(fwd, rev_fn, tuple(leaves), sweeps.recorded, rev.active, kept)


def _from_record(record: ir.Var, crossing: list[ir.Var], stacks: set[ir.Var], shadows: list[int] | None,
                 reverse: list[ir.Stmt]) -> ir.Block:
    """The reverse sweep with what it reads of the forward sweep taken out of its record.

    A record may be used again, so what the sweep empties or changes is copied: its stacks, or all at once where some
    of it are shadows that hold each other."""
    body: list[ir.Stmt] = []
    renamed: dict[ir.Var, ir.Var] = {}
    if shadows is not None:
        places = ir.Pack("tuple", tuple(map(ir.Const, shadows)))
        own = ir.Var("record", Passive(tuple))
        body.append(ir.Assign(own, ir.Call(fresh_lists, (record, places), (), "call", "support.fresh_lists")))
        record = own
    for place, var in enumerate(crossing):
        new = renamed[var] = ir.Var(var.hint, var.type)
        body.append(ir.Assign(new, ir.Call(prims.item, (record, ir.Const(place)), (), "index")))
        if var in stacks and shadows is None:
            renamed[var] = ir.Var(var.hint, var.type)
            body.append(ir.Assign(renamed[var], ir.Call(list, (new,), (), "call", "list")))

    def swap(operand: Any) -> Any:
        return renamed.get(operand, operand) if isinstance(operand, ir.Var) else operand

    def swap_block(block: ir.Block) -> ir.Block:
        return ir.Block([visit.map_stmt(s, swap, swap_block) for s in block])

    return ir.Block([*body, *swap_block(ir.Block(reverse))])


def _shadow_places(rev: Reverse, sweeps: Sweeps, crossing: list[ir.Var]) -> list[int]:
    """Which items of a record the reverse sweep changes: shadow lists and arrays, and stacks of them."""
    shadows = set(rev.shadows.values()) | set(rev.replaced.values())
    shadows |= {r.stack for r in sweeps.recorded if r.var in shadows}
    return [place for place, var in enumerate(crossing) if var in shadows]


def _defaults(forward: list[ir.Stmt], crossing: list[ir.Var]) -> list[ir.Stmt]:
    """`v = None` for recorded variables that not every path assigns."""
    always = {v for s in forward for v in visit.defines(s)}
    some = {v for s in forward for b in visit.blocks(s) for inner in visit.walk(b) for v in visit.defines(inner)}
    return [ir.Copy((v,), (ir.Const(None),)) for v in crossing if v in some and v not in always]


def _crossing(reverse: list[ir.Stmt], bars: list[ir.Operand], out_bars: dict[ir.Var, ir.Var]
              ) -> list[ir.Var]:
    """Variables of the forward sweep that the reverse sweep reads."""
    block = ir.Block([*reverse, ir.Return(ir.Pack("tuple", tuple(bars)))])
    own = {v for s in visit.walk(block) for v in visit.defines(s)}
    seeds = set(out_bars.values())
    return [v for v in dict.fromkeys(v for s in visit.walk(block) for v in visit.reads(s))
            if v not in own and v not in seeds]
