"""The passes before differentiation, in order."""
from __future__ import annotations

from ...analysis.purity import is_pure
from ...ir import nodes as ir
from ...ir import visit
from .exchange import Exchange
from .facts import Facts, plain
from .hoist import hoist
from .spread import CannotSpread, Spread


def prepare(fn: ir.Function, contiguous: set[ir.Var] | frozenset[ir.Var]) -> ir.Function:
    """The function with loops that are better to differentiate as machine code; itself where there are none."""
    if not any(isinstance(s, ir.For) for s in visit.walk(fn.body)):
        return fn
    found = hoist(spread(fn, contiguous), contiguous)
    return fn if found is fn else without_leftovers(found, fn)


def without_leftovers(fn: ir.Function, before: ir.Function) -> ir.Function:
    """The function without what was read before it was changed and is read no more."""
    seen = {v for s in visit.walk(before.body) for v in visit.reads(s)}
    user = {v for s in visit.walk(before.body) for v in visit.defines(s)} - seen  # read by nobody as it was written

    def block(b: ir.Block) -> ir.Block:
        return ir.Block([visit.map_stmt(s, lambda o: o, block) if visit.blocks(s) else s for s in b if not (
            isinstance(s, ir.Assign) and s.target not in read and s.target not in user
            and isinstance(s.value, ir.Call) and is_pure(s.value))])

    while True:
        read = {v for s in visit.walk(fn.body) for v in visit.reads(s)}
        count = sum(1 for _ in visit.walk(fn.body))
        fn = ir.Function(fn.name, fn.params, fn.keywords, block(fn.body), fn.doc, fn.origin)
        if sum(1 for _ in visit.walk(fn.body)) == count:
            return fn


def spread(fn: ir.Function, contiguous: set[ir.Var] | frozenset[ir.Var]) -> ir.Function:
    """The function with loops spread over arrays, where that helps: outer loops first."""
    facts, changed = Facts(fn, contiguous), []

    def block(b: ir.Block) -> ir.Block:
        out: list[ir.Stmt] = []
        for s in b:
            inner = [i for nested in visit.blocks(s) for i in visit.walk(nested)]
            nested = any(isinstance(i, (ir.For, ir.While)) for i in inner)
            if isinstance(s, ir.For) and plain(s):
                try:
                    out += (Exchange if nested else Spread)(s, facts).run()
                    changed.append(s)
                    continue
                except CannotSpread:
                    pass
            out.append(visit.map_stmt(s, lambda o: o, block) if inner else s)
        return ir.Block(out)

    body = block(fn.body)
    return ir.Function(fn.name, fn.params, fn.keywords, body, fn.doc, fn.origin) if changed else fn
