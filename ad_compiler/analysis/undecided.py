"""Variables of which only the run shows whether they hold an array."""
from __future__ import annotations

from ..ir import nodes as ir
from ..ir import visit
from ..ir.types import Array
from .infer import type_of


def unset(fn: ir.Function) -> set[ir.Var]:
    """Variables that have no value on some path: None stands for it."""
    return {t for s in visit.walk(fn.body) if isinstance(s, ir.Copy) for t, source in zip(
        s.targets, s.sources, strict=True) if isinstance(source, ir.Const) and source.value is None}


def absent(target: ir.Var, source: ir.Operand) -> bool:
    """Whether a path does not have this array: then no tangent either (a number would be of another rank)."""
    return isinstance(target.type, Array) and isinstance(source, ir.Const) and source.value is None


def maybe_scalar(fn: ir.Function) -> set[ir.Var]:
    """Arrays that begin as a number (`total = 0`): their cotangents are never changed in place."""
    found: set[ir.Var] = set()
    while True:
        before = len(found)
        for stmt in visit.walk(fn.body):
            if isinstance(stmt, ir.Copy):
                found.update(t for t, s in zip(stmt.targets, stmt.sources, strict=True) if isinstance(t.type, Array)
                             and (s in found or not isinstance(type_of(s), Array)))
        if len(found) == before:
            return found
