"""The passes before differentiation, in order."""
from __future__ import annotations

from ...analysis.purity import is_pure
from ...ir import nodes as ir
from ...ir import visit
from .columns import Columns
from .exchange import Exchange
from .facts import Facts, plain
from .hoist import counts, hoist
from .indices import CannotSpread
from .product import CannotMultiply, product
from .spread import Spread


def prepare(fn: ir.Function, contiguous: set[ir.Var] | frozenset[ir.Var]) -> ir.Function:
    """The function with loops that are better to differentiate as machine code; itself where there are none."""
    if not any(isinstance(s, ir.For) for s in visit.walk(fn.body)):
        return fn
    steady = hoist(without_idle_copies(fn), contiguous, counts, anyway=True)  # bounds of inner loops do not change
    found = hoist(over_arrays(hoist(steady, contiguous), contiguous), contiguous)
    return fn if found is steady else without_leftovers(found, fn)


def without_idle_copies(fn: ir.Function) -> ir.Function:
    """The function without values that leave a path for nobody, such as the counter of a loop that has ended."""
    stmts = list(visit.walk(fn.body))
    copies = [(t, v) for s in stmts if isinstance(s, ir.Copy) for t, v in zip(s.targets, s.sources, strict=True)]
    needed = {v for s in stmts if not isinstance(s, ir.Copy) for v in visit.reads(s)}
    while True:
        more = {v for t, v in copies if t in needed and isinstance(v, ir.Var)} - needed
        if not more:
            break
        needed |= more

    def change(s: ir.Stmt) -> list[ir.Stmt] | None:
        if not isinstance(s, ir.Copy):
            return None
        left = [(t, v) for t, v in zip(s.targets, s.sources, strict=True) if t in needed]
        return [ir.Copy(tuple(t for t, _ in left), tuple(v for _, v in left), s.origin)] if left else []

    if all(t in needed for t, _ in copies):
        return fn
    return fn.with_body(visit.replaced(fn.body, change))


def over_arrays(fn: ir.Function, contiguous: set[ir.Var] | frozenset[ir.Var]) -> ir.Function:
    """The function with operations on arrays in place of loops, where that helps; outer loops first."""
    facts, changed = Facts(fn, contiguous), []

    def change(s: ir.Stmt) -> list[ir.Stmt] | None:
        found = rearranged(s, facts) if isinstance(s, ir.For) and plain(s) else None
        if found is None:
            return None
        changed.append(s)
        return visit.replaced(ir.Block(found[0]), change).stmts if found[1] else found[0]

    body = visit.replaced(fn.body, change)
    return fn.with_body(body) if changed else fn


def rearranged(loop: ir.For, facts: Facts) -> tuple[list[ir.Stmt], bool] | None:
    """What takes the place of a loop, if anything, and whether the loops in it are still to be looked at."""
    nested = any(isinstance(s, (ir.For, ir.While)) for s in visit.walk(loop.body))
    if nested:
        try:
            return product(loop, facts), True
        except CannotMultiply:
            pass
    for way in (Exchange,) if nested else (Columns, Spread):
        try:
            return way(loop, facts).run(), False
        except CannotSpread:
            pass
    return None


def without_leftovers(fn: ir.Function, before: ir.Function) -> ir.Function:
    """The function without what was read before it was changed and is read no more."""
    seen = {v for s in visit.walk(before.body) for v in visit.reads(s)}
    user = {v for s in visit.walk(before.body) for v in visit.defines(s)} - seen  # read by nobody as it was written

    def change(s: ir.Stmt) -> tuple[()] | None:
        dead = isinstance(s, ir.Assign) and s.target not in read and s.target not in user and isinstance(
            s.value, ir.Call) and is_pure(s.value)
        return () if dead else None

    while True:
        read = {v for s in visit.walk(fn.body) for v in visit.reads(s)}
        count = sum(1 for _ in visit.walk(fn.body))
        fn = fn.with_body(visit.replaced(fn.body, change))
        if sum(1 for _ in visit.walk(fn.body)) == count:
            return fn
