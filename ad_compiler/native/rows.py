"""Nests of loops that follow one another share their outermost loop, so that a row is still near when it is met again.

    for i in range(n):                            for i in range(n):
        for j in range(m):                            for j in range(m):
            b[i, j] += t[i, j]                            b[i, j] += t[i, j]
    for i in range(n):                    ==>         for j in range(m):
        for j in range(m):                                b[i + 1, j] += t[i, j]
            b[i + 1, j] += t[i, j]

That is what becomes of the adjoint of a stencil: one loop over the elements for each neighbour, all of which read the
same cotangents and add to the same array. Nests may share a loop if whatever one writes is met by the others in the
same row of the loop, or is only added to by all of them: sums may be taken in any order.
"""
from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from ..ir import nodes as ir
from .nests import Nest
from .writer import ZERO, Int, Writer, text


@dataclass(slots=True)
class Rows:
    """The nests that were written last: the scope and the line at which they end, the size and the counter of their
    outermost loop, and what they touch: the array's variable, the place, and "read", "write" or "add"."""

    scope: Any
    end: int
    size: Int
    counter: str
    touched: list[tuple[ir.Var, Any, str]] = field(default_factory=list)


def write_rows(last: Rows | None, nest: Nest) -> Rows | None:
    """Write a nest, into the outermost loop of the ones before it where that can be done."""
    w = nest.writer
    touched = accesses(nest)
    if touched is None:
        nest.write_out()
        w.independent.update(nest.index[:1] if nest.apart else ())
        return None
    joins = (last is not None and last.scope is w.shared[-1] and last.end == len(w.lines)
             and last.size == nest.sizes[0] and all(in_order(a, b, nest) for a in last.touched for b in touched))
    w.independent.update(nest.index[:1] if nest.apart else ())
    if not joins or last is None:
        nest.write_out()
        return Rows(w.shared[-1], len(w.lines), nest.sizes[0], nest.index[0], touched)
    inner_loops(w, nest, last.counter)
    last.end = len(w.lines)
    last.touched += touched
    return last


def accesses(nest: Nest) -> list[tuple[ir.Var, Any, str]] | None:
    """What a nest touches; None for one that shares its loops with nobody."""
    if len(nest.sizes) < 2 or nest.totals or not nest.writes:
        return None
    if not all(isinstance(key, tuple) for _, key in (*nest.reads, *nest.writes)):
        return None
    written = [key for _, key in nest.writes]
    sums = {key for key in written if nest.added[key] == nest.asked[key] == written.count(key)}
    return [(owner, key, "add" if key in sums else kind) for kind, found in (
        ("read", nest.reads), ("write", nest.writes)) for owner, key in found]


def in_order(a: tuple[ir.Var, Any, str], b: tuple[ir.Var, Any, str], nest: Nest) -> bool:
    """Whether it makes no difference that one row of the second nest comes before the next row of the first."""
    if a[2] == b[2] and a[2] != "write" and not (nest.writer.parallel and a[2] == "add" and a[1] != b[1]):
        return True
    if not nest.same(a[0], b[0]):
        return True
    return a[1] == b[1] and a[1][-1][0] != ZERO


def inner_loops(w: Writer, nest: Nest, counter: str) -> None:
    """The loops of a nest but for the outermost, inside the loop that ends here."""
    own = re.compile(rf"\b{nest.index[0]}\b")
    w.depth += 1
    w.shared.append({})
    for index, size in zip(nest.index[1:], nest.sizes[1:], strict=True):
        w.open(f"for {index} in range({text(size)}):")
    for line in nest.body:
        w.line(own.sub(counter, line))
    for _ in nest.index:
        w.close()
