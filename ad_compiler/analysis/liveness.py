"""Which variables are still read later, after each statement.

    y = sin(x)          after: x, y
    z = x * y           after: z
    return z            after: (nothing)

Sets of variables are kept as bits of integers. A loop needs no iteration to a fixpoint: what is live at its head is
what is live after it together with what one iteration reads before it assigns.
"""
from __future__ import annotations

from typing import Any

import numpy as np

from ..ir import nodes as ir
from ..ir import visit

# Contexts that let no exception end their body early.
TRANSPARENT = (np.errstate, np.printoptions)


class Liveness:
    """Live variables of one function. `after[stmt]`, `at_head[loop]` (where iterations begin) and `at_body[loop]`
    (when one has begun) are bit sets; `bit[v]` is the bit of a variable."""

    def __init__(self, fn: ir.Function) -> None:
        self.bit: dict[ir.Var, int] = {}
        self.variables: list[ir.Var] = []
        self.after: dict[ir.Stmt, int] = {}
        self.at_body: dict[ir.Stmt, int] = {}
        self.at_head: dict[ir.Stmt, int] = {}
        self._carried: dict[ir.Stmt, int] = {}
        self._always = 0
        self._record = True
        for p in (*fn.params, *fn.keywords):
            self.bit_of(p)
        self.at_entry = self._block(fn.body, 0, 0)

    def bit_of(self, var: ir.Var) -> int:
        found = self.bit.get(var)
        if found is None:
            found = self.bit[var] = 1 << len(self.variables)
            self.variables.append(var)
        return found

    def set_of(self, bits: int) -> set[ir.Var]:
        """The variables of a bit set."""
        found: set[ir.Var] = set()
        while bits:
            last = bits.bit_length() - 1
            found.add(self.variables[last])
            bits ^= 1 << last
        return found

    def live_after(self, stmt: ir.Stmt) -> set[ir.Var]:
        """Variables that are read after a statement."""
        return self.set_of(self.after[stmt])

    def mask(self, variables: Any) -> int:
        bits = 0
        for v in variables:
            bits |= self.bit_of(v)
        return bits

    def reorder(self, stmts: list[ir.Stmt], live: int) -> None:
        """Statements of a block have changed places; `live` is what is read after the last of them."""
        for stmt in reversed(stmts):
            self.after[stmt] = live
            if not visit.blocks(stmt):
                live &= ~self.mask(visit.defines(stmt))
            live |= self.mask(v for s in visit.walk(ir.Block([stmt])) for v in visit.reads(s))

    # --- backwards over statements ----------------------------------------------------------------------------------
    def _block(self, block: ir.Block, live: int, at_break: int) -> int:
        """What is live before a block if `live` is after it and `at_break` where `break` leads."""
        always = self._always
        live |= always
        for stmt in reversed(block.stmts):
            live = self._stmt(stmt, live, at_break) | always
        return live

    def _stmt(self, stmt: ir.Stmt, live: int, at_break: int) -> int:
        if self._record:
            self.after[stmt] = live
        kind = type(stmt)
        if kind is ir.Assign:
            live &= ~self.bit_of(stmt.target)
            for v in visit.variable_list(stmt.value):
                live |= self.bit_of(v)
            return live
        if kind is ir.If:
            then, orelse = self._block(stmt.then, live, at_break), self._block(stmt.orelse, live, at_break)
            return then | orelse | self.mask(visit.variables(stmt.cond))
        if kind is ir.For:
            return self._for(stmt, live)
        if kind is ir.While:
            return self._while(stmt, live)
        if kind is ir.Break:
            return at_break
        if kind is ir.Return or (kind is ir.Raise and stmt.cond is None):
            return self.mask(visit.reads(stmt))
        if kind is ir.With:
            return self._with(stmt, live, at_break)
        if kind is ir.Try:
            return self._try(stmt, live, at_break)
        return live & ~self.mask(visit.defines(stmt)) | self.mask(visit.reads(stmt))

    def _for(self, stmt: ir.For, live: int) -> int:
        """Counting iterations is part of the loop: `trips` is set before it and read and set by every iteration."""
        trips = 0 if stmt.trips is None else self.bit_of(stmt.trips)
        target = self.bit_of(stmt.target)
        head = live | trips | self._iteration(stmt, stmt.body) & ~target
        if self._record:
            self.at_head[stmt] = head
            self.at_body[stmt] = self._block(stmt.body, head, live | trips)
        return head & ~trips | self.mask(visit.reads(stmt))

    def _while(self, stmt: ir.While, live: int) -> int:
        trips = 0 if stmt.trips is None else self.bit_of(stmt.trips)
        head = live | trips | self._iteration(stmt, stmt.header, stmt)
        if self._record:
            self.at_head[stmt] = head
            body = self.at_body[stmt] = self._block(stmt.body, head, live | trips)
            self._block(stmt.header, live | trips | body | self.mask(visit.variables(stmt.cond)), 0)
        return head & ~trips

    def _iteration(self, stmt: ir.Stmt, first: ir.Block, loop: ir.While | None = None) -> int:
        """What one iteration reads before it assigns it."""
        found = self._carried.get(stmt)
        if found is None:
            record, self._record = self._record, False
            live = 0
            if loop is not None:
                live = self._block(loop.body, 0, 0) | self.mask(visit.variables(loop.cond))
            found = self._carried[stmt] = self._block(first, live, 0)
            self._record = record
        return found

    # --- bodies that may end early ----------------------------------------------------------------------------------
    def _with(self, stmt: ir.With, live: int, at_break: int) -> int:
        before = self._always
        if stmt.context.function not in TRANSPARENT:
            self._always |= live
        inside = self._block(stmt.body, live, at_break)
        self._always = before
        target = 0 if stmt.target is None else self.bit_of(stmt.target)
        if self._record:
            self.at_body[stmt] = inside
        return inside & ~target | self.mask(visit.variables(stmt.context))

    def _try(self, stmt: ir.Try, live: int, at_break: int) -> int:
        final = self._block(stmt.final, live, at_break)
        before = self._always
        self._always |= final if stmt.final.stmts else 0
        caught = 0
        for kind, var, handler in stmt.handlers:
            inside = self._block(handler, final, at_break | final)
            caught |= inside & ~(0 if var is None else self.bit_of(var)) | self.mask(visit.variables(kind))
        self._always |= caught
        body = self._block(stmt.body, final, at_break | final)
        self._always = before
        return body | caught


def liveness(fn: ir.Function) -> Liveness:
    """Live variables after every statement of a function."""
    return Liveness(fn)
