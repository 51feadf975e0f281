"""Writes that another name for the same memory would see.

The reverse sweep gives each array that is not a view by construction (a root) a cotangent of its own. That is right as
long as no root is written while another root that may share its memory is still to be read. This pass follows which
pairs of roots may share memory, statement by statement, and reports the writes for which that does not hold.
"""
from __future__ import annotations

from ..ir import nodes as ir
from ..ir import visit
from ..ir.types import Array, Seq
from .alias import Aliases
from .liveness import Liveness

Pair = frozenset[ir.Var]
State = set[Pair]


class Hazards:
    """`found` lists (store, other root) for every write that is seen through another root."""

    def __init__(self, fn: ir.Function, aliases: Aliases) -> None:
        self.aliases = aliases
        self.found: list[tuple[ir.Store, ir.Var]] = []
        self.fn = fn
        self.live: Liveness | None = None
        self.views: dict[ir.Var, int] = {}  # a root and all views of it, as bits
        self._block(fn.body, set())

    # --- the flow of pairs ----------------------------------------------------------------------------------------
    def _block(self, block: ir.Block, state: State) -> None:
        for stmt in block:
            self._statement(stmt, state)

    def _statement(self, stmt: ir.Stmt, state: State) -> None:
        match stmt:
            case ir.Assign(target, _) if isinstance(target.type, (Array, Seq)):
                if target in self.aliases.derivation:
                    return
                source = self.aliases.shared_with.get(target)
                partners = self._partners(state, source, stmt) if source is not None else set()
                self._kill(state, target)
                state.update(frozenset((target, p)) for p in partners if p is not target)
            case ir.Copy(targets, sources):
                self._copy(stmt, targets, sources, state)
            case ir.Given(results, rule):
                self._copy(stmt, results, rule.sources, state)
            case ir.Store():
                self._check(stmt, state)
            case ir.If():
                other = set(state)
                self._block(stmt.then, state)
                self._block(stmt.orelse, other)
                state |= other
            case ir.For() | ir.While():
                while True:
                    before = set(state)
                    for inner in visit.blocks(stmt):
                        self._block(inner, state)
                    state |= before
                    if state == before:
                        break
            case _:
                for inner in visit.blocks(stmt):
                    self._block(inner, state)

    def _partners(self, state: State, var: ir.Var, stmt: ir.Stmt) -> set[ir.Var]:
        """The root of `var`, and the roots that may share its memory and are still to be read."""
        root = self.aliases.root(var)
        near = {v for pair in state if root in pair for v in pair if v is not root}
        return {root} | {v for v in near if self._read_after(v, stmt)}

    def _kill(self, state: State, var: ir.Var) -> None:
        state -= {pair for pair in state if var in pair}

    def _copy(self, stmt: ir.Stmt, targets: tuple[ir.Var, ...], sources: tuple[ir.Operand, ...], state: State
              ) -> None:
        moves = [(t, s) for t, s in zip(targets, sources, strict=True)
                 if isinstance(t.type, Array) and isinstance(s, ir.Var)]
        partners = {t: self._partners(state, s, stmt) for t, s in moves}
        assigned = {t for t, _ in moves}
        for t in assigned:
            self._kill(state, t)
        for t, others in partners.items():
            state.update(frozenset((t, o)) for o in others if o not in assigned and o is not t)
            state.update(frozenset((t, u)) for u, more in partners.items() if u is not t and others & more)

    # --- the check ------------------------------------------------------------------------------------------------
    def _check(self, stmt: ir.Store, state: State) -> None:
        if not isinstance(stmt.base.type, Array):
            return
        root = self.aliases.root(stmt.base)
        for other in self._partners(state, root, stmt) - {root}:
            if not any(s is stmt and o is other for s, o in self.found):
                self.found.append((stmt, other))

    def _read_after(self, root: ir.Var, stmt: ir.Stmt) -> bool:
        """Whether the value that a root has at `stmt` may be read after it, under its own name or a view's."""
        if self.live is None:
            self.live = Liveness(self.fn)
            for var in self.live.variables:
                if isinstance(var.type, (Array, Seq)):
                    above = self.aliases.root(var)
                    self.views[above] = self.views.get(above, 0) | self.live.bit[var]
        return bool(self.live.after[stmt] & self.views.get(root, 0))
