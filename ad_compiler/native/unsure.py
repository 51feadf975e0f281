"""Which arrays may be read where no path has assigned them.

    for row in x:
        last = row
    return last.sum()          # `last` if there are no rows?

Python raises there, NumPy's work ends with an error. A kernel must not read what is not there: it leaves such calls to
NumPy (`reading.frozen`). It may copy it to another variable, and record it, since both may be done for nobody.
"""
from __future__ import annotations

from ..ir import nodes as ir
from ..ir import visit
from ..ir.types import Array

NOTHING = -9
"""What stands for the memory of an array that is not there."""


def unsure(fn: ir.Function, changing: set[ir.Var], outs: tuple[ir.Var, ...]) -> set[ir.Var]:
    """Those among the variables that are assigned more than once, and those that they are copied to; `outs` are read
    at the end."""
    wanted = {v for v in changing if isinstance(v.type, Array)}
    if not wanted:
        return set()
    found: set[ir.Var] = set()
    have = _walk(fn.body, {p for p in fn.params if p in wanted}, wanted, found)
    found.update(v for v in outs if v in wanted and v not in have)
    copies = [(t, v) for s in visit.walk(fn.body) if isinstance(s, ir.Copy)
              for t, v in zip(s.targets, s.sources, strict=True)]
    while more := {t for t, v in copies if v in found and t not in found}:
        found |= more
    return found


def _walk(block: ir.Block, have: set[ir.Var], wanted: set[ir.Var], found: set[ir.Var]) -> set[ir.Var]:
    """The variables that are surely assigned behind a block that begins with `have`; all of them if it does not end."""
    for s in block:
        found.update(v for v in visit.reads(s) if v in wanted and v not in have)
        if isinstance(s, (ir.Break, ir.Return, ir.Raise)) and getattr(s, "cond", None) is None:
            return set(wanted)
        if isinstance(s, ir.If):
            have = _walk(s.then, set(have), wanted, found) & _walk(s.orelse, set(have), wanted, found)
        elif isinstance(s, ir.While):
            have = _walk(s.header, have, wanted, found)
            _walk(s.body, set(have), wanted, found)
        else:
            for inner in visit.blocks(s):
                _walk(inner, set(have), wanted, found)
        if isinstance(s, ir.Copy):
            for target, source in zip(s.targets, s.sources, strict=True):
                there = not (isinstance(source, ir.Const) and source.value is None)
                (have.add if there else have.discard)(target)
        else:
            have.update(v for v in visit.defines(s) if v in wanted)
    return have
