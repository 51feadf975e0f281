"""Let go of arrays that nobody reads any more, where that makes the function need less memory.

    turned = p * c + crossed * s                  turned = p * c + crossed * s
    local = turned + place                        local = turned + place
    ...                                           ...
                                      ==>         del turned, shown
    # --- reverse ---                             # --- reverse ---
    ...                                           ...
    local_bar *= t_19                             local_bar *= t_19
                                                  del crossed
    unit_bar += t_35 @ p                          unit_bar += t_35 @ p

A variable keeps its array until the function returns. Before the reverse sweep, where most memory is in use, all go
that only the forward sweep needed, unless it is a single one. Elsewhere those go without which the most that is in use
at a time (`analysis/footprint.py`) is a fifth less, after the statements of one line of the user's.
"""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from heapq import heappop, heappush
from itertools import accumulate

from ..analysis.footprint import Footprint, Holding, makes_array
from ..analysis.ownership import Ownership
from ..ir import nodes as ir

LEAST = 2
WORTH = 0.8
NAMES = 4


def forget_values(fn: ir.Function) -> ir.Function:
    """The function with notes of what it can let go, and where."""
    made = sum(map(makes_array, fn.body.stmts))
    if made < LEAST:
        return fn
    known = Ownership(fn)
    fn = _before_reverse(fn, known)
    return _where_it_helps(fn, known) if made > LEAST else fn


def _before_reverse(fn: ir.Function, known: Ownership) -> ir.Function:
    border = next((i for i, s in enumerate(fn.body.stmts) if isinstance(s, ir.Comment) and s.text), None)
    if border is None or border == 0:
        return fn
    mark = fn.body.stmts[border]
    assert isinstance(mark, ir.Comment)
    forward = fn.body.stmts[:border]
    if sum(map(makes_array, forward)) < LEAST:
        return fn
    names = _no_longer_read(fn, known, forward, mark)
    if len(names) < LEAST:
        return fn
    noted = replace(mark, forgotten=names)
    known.live.after[noted] = known.live.after[mark]
    return fn.with_body(ir.Block([*forward, noted, *fn.body.stmts[border + 1:]]))


def _no_longer_read(fn: ir.Function, known: Ownership, forward: list[ir.Stmt], mark: ir.Comment
                    ) -> tuple[ir.Var, ...]:
    """Variables that hold an array of their own, of which nothing is read any more under any name."""
    live = known.live.after[mark]
    params = {*fn.params, *fn.keywords}
    made = [s.target for s in forward if isinstance(s, ir.Assign) and makes_array(s)]
    return tuple(v for v in dict.fromkeys(made) if v not in params and not live & known.live.mask(
        known.members[known.class_of(v)] | {v}))


# --- at the peak ------------------------------------------------------------------------------------------------------
def _where_it_helps(fn: ir.Function, known: Ownership) -> ir.Function:
    stmts = fn.body.stmts
    found = Footprint(fn, known)
    gone = {v for s in stmts if isinstance(s, ir.Comment) for v in s.forgotten}
    ends = _ends_of_lines(stmts)
    places = {h: ends[h.read] for h in found.holdings if len(h.names) <= NAMES and gone.isdisjoint(h.names)}
    goal = max((used - free for used, free in zip(found.used, _freed(places, len(stmts)), strict=True)), default=0)
    if goal > WORTH * max(found.used, default=0):
        return fn
    notes: dict[int, list[ir.Var]] = {}
    for h in _chosen(places, found.used, goal):
        notes.setdefault(places[h], []).extend(h.names)
    body: list[ir.Stmt] = []
    for i, s in enumerate(stmts):
        body += [s, ir.Comment("", None, tuple(notes[i]))] if i in notes else [s]
    return fn.with_body(ir.Block(body))


def _freed(places: dict[Holding, int], count: int) -> list[int]:
    """What is not in use at each statement if arrays are let go at these places."""
    gone = [0] * count
    for h, place in places.items():
        gone[place] += h.weight
    return [0, *accumulate(gone)][:count]


def _chosen(places: dict[Holding, int], used: list[int], goal: int) -> Iterator[Holding]:
    """The arrays that must go so that no statement has more in use than `goal`: the largest of those that nobody reads
    any more, where there is a choice."""
    by_place: dict[int, list[tuple[int, Holding]]] = {}
    for number, (h, place) in enumerate(places.items()):
        by_place.setdefault(place, []).append((number, h))
    idle: list[tuple[int, int, int, Holding]] = []
    freed = 0
    for i, total in enumerate(used):
        for number, h in by_place.get(i - 1, ()):
            heappush(idle, (-h.weight, h.read, number, h))
        while idle and total - freed > goal:
            h = heappop(idle)[-1]
            freed += h.weight
            yield h


def _ends_of_lines(stmts: list[ir.Stmt]) -> list[int]:
    """For each statement the last one that is for the same line of the user's: letting go before it would part
    expressions."""
    ends = list(range(len(stmts)))
    for i in range(len(stmts) - 2, -1, -1):
        if getattr(stmts[i + 1], "origin", None) is getattr(stmts[i], "origin", None):
            ends[i] = ends[i + 1]
    return ends


__all__ = ["forget_values"]
