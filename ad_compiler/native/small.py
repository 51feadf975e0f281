"""Axes of few elements: a kernel of its own for the points of three coordinates.

    d = x[j] - x[i]                               a = x[3 * j] - x[3 * i]
    r2 = d[0] * d[0] + d[1] * d[1] + ...   ==>    b = x[3 * j + 1] - x[3 * i + 1]
                                                  ...

The size of such an axis is part of what a kernel is compiled for, so its loops have a known number of passes, which the
compiler unrolls, and temporaries of a few elements lie at places that are known, which it keeps in registers.
"""
from __future__ import annotations

from typing import Any

import numpy as np

from ..ir import nodes as ir
from ..ir import prims, visit
from ..ir.types import Array


def small_axes(params: tuple[ir.Var, ...], block: ir.Block) -> tuple[tuple[int, int, str], ...]:
    """`(number of the parameter, axis, name of the size)` for the axes whose size may be worth knowing: the last ones
    of matrices, and those of which other elements than the first and the last are indexed."""
    found: dict[str, tuple[int, int, str]] = {}
    indexed = _indexed(block)
    for k, p in enumerate(params):
        if not isinstance(p.type, Array):
            continue
        for axis, dim in enumerate(p.type.dims):
            if dim.const or len(dim.terms) != 1 or dim.terms[0][1] != 1:
                continue
            name = dim.terms[0][0]
            if name in indexed or (axis and axis == p.type.ndim - 1):
                found.setdefault(name, (k, axis, name))
    return tuple(found.values())


def _indexed(block: ir.Block) -> set[str]:
    """The sizes of the axes that are indexed with constants besides the first element and the last."""
    found: set[str] = set()
    for s in visit.walk(block):
        if isinstance(s, ir.Store):
            base: Any = s.base
            index = s.index
        elif isinstance(s, ir.Assign) and isinstance(s.value, ir.Call) and s.value.function is prims.item:
            base, index = s.value.args[:2]
        else:
            continue
        if not isinstance(getattr(base, "type", None), Array):
            continue
        items = index.items if isinstance(index, ir.Pack) and index.kind == "tuple" else (index,)
        for item, dim in zip(items, base.type.dims, strict=False):
            if isinstance(item, ir.Const) and isinstance(item.value, (int, np.integer)) and item.value not in (0, -1):
                found.update(name for name, _ in dim.terms)
            elif not isinstance(item, ir.Var):
                break
    return found
