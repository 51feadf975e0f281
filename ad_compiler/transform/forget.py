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

from dataclasses import replace

from ..analysis.footprint import Footprint, Holding, makes_array
from ..analysis.ownership import Ownership
from ..ir import nodes as ir

LEAST = 2
WORTH = 0.8
NAMES = 4


def forget_values(fn: ir.Function) -> ir.Function:
    """The function with notes of what it can let go, and where."""
    fn = _before_reverse(fn)
    return _where_it_helps(fn) if sum(makes_array(s) for s in fn.body.stmts) > LEAST else fn


def _before_reverse(fn: ir.Function) -> ir.Function:
    border = next((i for i, s in enumerate(fn.body.stmts) if isinstance(s, ir.Comment) and s.text), None)
    if border is None or border == 0:
        return fn
    mark = fn.body.stmts[border]
    assert isinstance(mark, ir.Comment)
    forward = fn.body.stmts[:border]
    if sum(map(makes_array, forward)) < LEAST:
        return fn
    names = _no_longer_read(fn, forward, mark)
    if len(names) < LEAST:
        return fn
    body = ir.Block([*forward, replace(mark, forgotten=names), *fn.body.stmts[border + 1:]])
    return fn.with_body(body)


def _no_longer_read(fn: ir.Function, forward: list[ir.Stmt], mark: ir.Comment) -> tuple[ir.Var, ...]:
    """Variables that hold an array of their own, of which nothing is read any more under any name."""
    known = Ownership(fn)
    live = known.live.after[mark]
    params = {*fn.params, *fn.keywords}
    made = [s.target for s in forward if isinstance(s, ir.Assign) and makes_array(s)]
    return tuple(v for v in dict.fromkeys(made) if v not in params and not live & known.live.mask(
        known.members[known.class_of(v)] | {v}))


# --- at the peak ------------------------------------------------------------------------------------------------------
def _where_it_helps(fn: ir.Function) -> ir.Function:
    stmts = fn.body.stmts
    found = Footprint(fn)
    gone = {v for s in stmts if isinstance(s, ir.Comment) for v in s.forgotten}
    places = {h: _end_of_line(stmts, h.read) for h in found.holdings
              if len(h.names) <= NAMES and gone.isdisjoint(h.names)}
    goal = max((used - _free(places, i) for i, used in enumerate(found.used)), default=0)
    if goal > WORTH * max(found.used, default=0):
        return fn
    chosen: dict[Holding, int] = {}
    for i, used in enumerate(found.used):
        for h in sorted(places, key=lambda h: (-h.weight, h.read)):
            if used - _free(chosen, i) <= goal:
                break
            if places[h] < i:
                chosen[h] = places[h]
    notes: dict[int, list[ir.Var]] = {}
    for h, place in chosen.items():
        notes.setdefault(place, []).extend(h.names)
    body: list[ir.Stmt] = []
    for i, s in enumerate(stmts):
        body += [s, ir.Comment("", None, tuple(notes[i]))] if i in notes else [s]
    return fn.with_body(ir.Block(body))


def _free(places: dict[Holding, int], i: int) -> int:
    """What is not in use at a statement if arrays are let go at these places."""
    return sum(h.weight for h, place in places.items() if place < i)


def _end_of_line(stmts: list[ir.Stmt], read: int) -> int:
    """The last statement that is for the same line of the user's: letting go before it would part expressions."""
    end = read
    while end + 1 < len(stmts) and getattr(stmts[end + 1], "origin", None) is getattr(stmts[read], "origin", None):
        end += 1
    return end


__all__ = ["forget_values"]
