"""Counted loops and loops with a condition, and what they leave in memory."""
from __future__ import annotations

from typing import Any

from ..ir import nodes as ir
from ..ir import visit
from ..ir.types import Array, symbol
from . import arithmetic, heap
from .accumulate import sums_of
from .control import assigned, declare
from .list_room import before_loop
from .lower import Lowering
from .values import Scalar
from .writer import ONE, ZERO, CannotLower, Int, text


def for_(lo: Lowering, s: ir.For) -> None:
    lo.close()
    start, stop, step = lo.integer(s.start), lo.integer(reachable(s.stop)), lo.integer(s.step)
    release = releases(lo, s.body)
    declare(lo, s)
    if s.trips is not None:
        lo.env[s.trips] = Scalar(lo.fresh(s.trips.hint), arithmetic.I8, True, changing=True)
        lo.changing.add(s.trips)
        lo.line(f"{lo.env[s.trips].text} = 0")
    mark = lo.fresh("mark")
    if release:
        lo.line(f"{mark} = top")
    lo.changed(assigned(s.body))
    if s.trips is None and (lo.groups or lo.records):
        passes = lo.w.at_least_zero(stop - start) if step == ONE else symbol(count_of(lo, start, stop, step))
        before_loop(lo, s, passes if s.limit is None else lo.integer(s.limit))
    header, first = header_of(lo, s, start, stop, step)
    lo.w.open(header)
    begin = len(lo.w.lines)
    if release:
        lo.line(f"top = {mark}")
    lo.sums.update(sums_of(s))
    again, lo.again = lo.again, lo.again and release
    for line in first:
        lo.line(line)
    if s.trips is not None:
        trips: Any = lo.env[s.trips]
        lo.line(f"{trips.text} += 1")
    lo.block(s.body)
    lo.again = again
    if release and not any("top +=" in line for line in lo.w.lines[begin:]):
        del lo.w.lines[begin]  # nothing is allocated here
    lo.w.close()
    lo.changed(assigned(s.body))
    if s.trips is not None:
        lo.changed((s.trips,))


def reachable(stop: ir.Operand) -> ir.Operand:
    """The end of a loop; one that no loop gets to (`itertools.count()`) as a number that sizes can be added to."""
    if isinstance(stop, ir.Const) and isinstance(stop.value, int) and abs(stop.value) > 1 << 61:
        return ir.Const(1 << 61 if stop.value > 0 else -(1 << 61))
    return stop


def header_of(lo: Lowering, s: ir.For, start: Int, stop: Int, step: Int) -> tuple[str, list[str]]:
    """The line that opens a loop, and lines that follow it; the bounds of the counter are noted."""
    w = lo.w
    if s.target in lo.changing:
        raise CannotLower("a loop whose counter is assigned elsewhere")
    counter = lo.fresh(s.target.hint)
    lo.env[s.target] = Scalar(counter, arithmetic.I8, True, symbol(counter))
    if step.known and step.const:
        low, high = (start, stop - 1) if step.const > 0 else (stop + 1, start)
        w.facts.low[counter], w.facts.high[counter] = low, high
    if step == ONE and not s.backward:
        return f"for {counter} in range({_range(start, stop, 1)}):", []
    if step == ONE and s.limit is None:
        return f"for {counter} in range({text(stop - 1)}, {text(start - 1)}, -1):", []
    if step.known and step.const and not s.backward:
        return f"for {counter} in range({_range(start, stop, step.const)}):", []
    passes = count_of(lo, start, stop, step)
    if s.limit is not None:
        passes = w.fresh("passes")
        lo.line(f"{passes} = {text(lo.integer(s.limit))}")
    number = w.fresh("pass_")
    order = f"{passes} - 1, -1, -1" if s.backward else passes
    plain = w.named(step, "step")
    return f"for {number} in range({order}):", [f"{counter} = {text(start)} + {number} * {plain}"]


def _range(start: Int, stop: Int, step: int) -> str:
    if step == 1:
        return text(stop) if start == ZERO else f"{text(start)}, {text(stop)}"
    return f"{text(start)}, {text(stop)}, {step}"


def count_of(lo: Lowering, start: Int, stop: Int, step: Int) -> str:
    """How many numbers a range has."""
    n = lo.fresh("passes")
    if step.known:
        if not step.const:
            raise CannotLower("range() with step 0")
        span, by = (stop - start, step.const) if step.const > 0 else (start - stop, -step.const)
        lo.line(f"{n} = max(0, ({text(span + (by - 1))}) // {by})")
        return n
    by = lo.w.named(step, "step")
    lo.fail_if(f"{by} == 0")
    lo.line(f"{n} = max(0, ({text(stop - start)} + {by} - (1 if {by} > 0 else -1)) // {by})")
    return n


def while_(lo: Lowering, s: ir.While) -> None:
    lo.close()
    release = releases(lo, s.header, s.body)
    declare(lo, s)
    if s.trips is not None:
        lo.env[s.trips] = Scalar(lo.fresh(s.trips.hint), arithmetic.I8, True, changing=True)
        lo.changing.add(s.trips)
        lo.line(f"{lo.env[s.trips].text} = 0")
    changed = assigned(s.header) | assigned(s.body)
    mark = lo.fresh("mark")
    if release:
        lo.line(f"{mark} = top")
    lo.changed(changed)
    again, lo.again = lo.again, lo.again and release
    with lo.w.block("while True:"):
        if release:
            lo.line(f"top = {mark}")
        lo.block(s.header)
        cond = arithmetic.cast(lo.scalar(s.cond), arithmetic.B1)
        lo.line(f"if not ({cond}):")
        lo.line("    break")
        if s.trips is not None:
            trips: Any = lo.env[s.trips]
            lo.line(f"{trips.text} += 1")
        lo.block(s.body)
    lo.again = again
    lo.changed(changed)
    if s.trips is not None:
        lo.changed((s.trips,))


def releases(lo: Lowering, *blocks: ir.Block) -> bool:
    """Whether the memory that one iteration allocates is free again at its end: no array outlives it."""
    if heap.keeps_arrays(lo, blocks):
        return False
    return not any(isinstance(s, ir.Copy) and any(
        isinstance(t.type, Array) and t in lo.env and not lo.has_home(t) for t in s.targets)
                   for block in blocks for s in visit.walk(block))


def break_(lo: Lowering, s: ir.Break) -> None:
    lo.close()
    lo.line("break")
