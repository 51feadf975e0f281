"""Array variables that may be a number: `total = 0.0` before a loop that adds arrays to it.

The types of the two were joined, so the variable is an array; NumPy has a number there until the first array is added.
A kernel keeps it as an array of which each axis has one element, and repeats such axes where it meets others, as far as
that is all that happens to it: in elementwise operations, in sums over everything, in lists, and on paths.
"""
from __future__ import annotations

import numpy as np

from ..ir import nodes as ir
from ..ir import prims, visit
from ..ir.types import Array, ListOf, Seq
from ..support.shapes import sum_to_shape

LIKE = {np.zeros_like, np.ones_like, np.full_like, np.empty_like, np.where, np.copy}
SHAPES = {prims.shape, np.shape}


def loose_variables(fn: ir.Function) -> set[ir.Var]:
    """The arrays that may be a number, the lists that hold such, and their shapes."""
    found: set[ir.Var] = set()
    stmts = list(visit.walk(fn.body))
    while True:
        before = len(found)
        for s in stmts:
            _follow(s, found)
        if len(found) == before:
            return found


def _follow(s: ir.Stmt, found: set[ir.Var]) -> None:
    match s:
        case ir.Copy(targets, sources):
            for t, source in zip(targets, sources, strict=True):
                if isinstance(t.type, Array) and (source in found or _is_number(source)):
                    found.add(t)
        case ir.Push(stack, value) if value in found:
            found.add(stack)
        case ir.Pop(target, stack) if stack in found and isinstance(target.type, Array):
            found.add(target)
        case ir.Assign(target, ir.Var() as source) if source in found:
            found.add(target)
        case ir.Assign(target, ir.Call() as call) if target not in found and _keeps(target, call, found):
            found.add(target)
        case _:
            pass


def _is_number(source: ir.Operand) -> bool:
    if isinstance(source, ir.Const):
        return source.value is not None and not isinstance(source.value, np.ndarray)
    return not isinstance(source.type, (Array, ListOf, Seq))


def _keeps(target: ir.Var, call: ir.Call, found: set[ir.Var]) -> bool:
    """Whether the result may be a number because what it is made of may be."""
    base = call.args[0] if call.args else None
    if call.function is prims.item:
        return base in found and isinstance(base, ir.Var) and isinstance(base.type, ListOf) and isinstance(
            target.type, Array)
    if call.function in SHAPES:
        return base in found
    if call.function is sum_to_shape:
        return call.args[1] in found
    if not isinstance(target.type, Array) or not (isinstance(call.function, np.ufunc) or call.function in LIKE):
        return False
    arrays = [v for v in visit.variable_list(call) if isinstance(v.type, Array)]
    return bool(arrays) and all(v in found for v in arrays)


def only_for_sums(fn: ir.Function) -> set[ir.Var]:
    """The shapes that are only asked for to undo broadcasting."""
    shapes = {s.target for s in visit.walk(fn.body) if isinstance(s, ir.Assign) and isinstance(s.value, ir.Call)
              and s.value.function in SHAPES}
    for s in visit.walk(fn.body):
        harmless = isinstance(s, ir.Assign) and isinstance(s.value, ir.Call) and s.value.function is sum_to_shape
        if not harmless:
            shapes.difference_update(visit.reads(s))
    return shapes
