"""Loops over lists whose length their body changes: Python looks at the list anew before each item.

    for node in queue:                      # a worklist
        queue.append(child_of(node))

Most loops run over lists that stay as long as they are, and become counted loops. Where one turns out not to, the
program is read again, with that list given to the loop by a generator which asks for the length each time.
"""
from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ...errors import UnsupportedError
from ...ir import nodes as ir
from ...ir import visit
from ...ir.types import Array
from .. import emulated_iterators as emulated
from ..lowering import Lowering
from ..values import HeapV, IterV, RangeV, RowsV, TupleV, Value
from .builtin_sequences import is_list
from .iterators import read
from .runtime_lists import site_of


class NeedGrowing(Exception):
    """The body of the loop at `site` changes the length of its list number `which`."""

    def __init__(self, site: Any, which: int) -> None:
        self.list = (site, which)
        super().__init__(str(self.list))


def lists_of(value: Value) -> Iterator[Value]:
    """The lists that give a loop its items, in order."""
    if isinstance(value, IterV):
        for part in value.parts:
            yield from lists_of(part)
    elif is_list(value):
        yield value


def one_by_one(lo: Lowering, value: Value, node: ast.For) -> Value:
    """What a loop runs over, with lists that it makes longer or shorter as generators."""
    site = site_of(lo, node)
    if not any(found == site for found, _ in lo.growing):
        return value
    changing = {id(part) for number, part in enumerate(lists_of(value)) if (site, number) in lo.growing}

    def taken(part: Value, function: Any) -> Value:
        if isinstance(part, IterV) and part.kind == "zip" and any(id(p) in changing for p in part.parts):
            return _zipped(lo, part, node)
        if isinstance(part, IterV):
            inner = emulated.backwards if part.kind == "reversed" else emulated.one_by_one
            parts = [taken(p, inner) for p in part.parts]
            same = parts[0] is part.parts[0]
            return parts[0] if part.kind == "reversed" and not same else replace(part, parts=parts)
        return read(lo, function, [part], node) if id(part) in changing else part

    return taken(value, emulated.one_by_one)


def _zipped(lo: Lowering, value: IterV, node: ast.For) -> Value:
    if all(isinstance(p, (TupleV, RangeV)) or is_list(p) or isinstance(getattr(p, "type", None), Array)
           for p in value.parts):
        return read(lo, emulated.side_by_side, [TupleV(value.parts)], node)
    if sum(map(is_list, value.parts)) > 1:
        raise _refusal(lo, node)
    return replace(value, parts=[read(lo, emulated.one_by_one, [p], node) if is_list(p) else p for p in value.parts])


class Lengths:
    """The lengths of the lists of a loop when it begins."""

    def __init__(self, lo: Lowering, value: Value, node: ast.For) -> None:
        self.lo, self.node, self.site = lo, node, site_of(lo, node)
        self.lists = [(v, len(v.slots) if isinstance(v, HeapV) else 0) for v in lists_of(value)]

    def compare(self, body: list[ir.Stmt]) -> None:
        """Raise NeedGrowing for a list that has another length now; for lists of run time, when more is known."""
        changed = {s.stack for s in visit.walk(ir.Block(body)) if isinstance(s, (ir.Push, ir.Pop))}
        for which, (held, length) in enumerate(self.lists):
            if isinstance(held, HeapV):
                if len(held.slots) != length:
                    raise self._need(which)
            elif changed:
                var = held.first if isinstance(held, RowsV) else held
                assert isinstance(var, ir.Var)
                self.lo.interleaved.insert(0, ({var}, changed, self._need(which)))

    def _need(self, which: int) -> Exception:
        if (self.site, which) not in self.lo.growing:
            return NeedGrowing(self.site, which)
        return _refusal(self.lo, self.node)


def _refusal(lo: Lowering, node: ast.For) -> UnsupportedError:
    try:
        lo.fail("AD136", node.iter, "the body of this loop changes the length of the list it runs over",
                "loop over a copy, `list(...)`, or write a `while` loop with a position of its own")
    except UnsupportedError as error:
        return error
