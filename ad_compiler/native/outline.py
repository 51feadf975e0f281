"""Which statements of a function become kernels, and the function that is left around them.

    y = x.copy()
    for i in range(1, n):                         y = settle_1(x, n)
        y[i] += np.sin(y[i - 1])          ==>     z = np.linalg.solve(a, y)
    z = np.linalg.solve(a, y)                     return z
    return z
"""
from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from ..ir import nodes as ir
from ..ir import prims, visit
from ..ir.types import Array, ListOf, Num, Seq
from .crossing import may_cross, only_read
from .kernel import write_kernel
from .launch import Launcher
from .layout import Memory, has_narrow, has_singles
from .records import breaks
from .regions import Known, NotWorth, has_arrays, input_of, left_to_blas, names, stopped, taken_apart
from .small import small_axes
from .texts import Text
from .writer import CannotLower

MOST_STATEMENTS = 2000  # such a kernel takes numba some fifteen seconds, once


@dataclass(eq=False)
class Outlined:
    """The function around the kernels, the kernels, and what could not become one, with the reason."""

    function: ir.Function
    kernels: list[Launcher] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    whole: bool = True  # no loop is left in Python


def outline(fn: ir.Function, contiguous: set[ir.Var] | frozenset[ir.Var], limit: int | None = None,
            record: frozenset[ir.Var] = frozenset(), parallel: bool = False) -> Outlined:
    """Replace what can be lowered by calls of kernels. `limit`: how many statements a region may have (for tests).
    `record`: variables that leave the function for another function of kernels only. `parallel`: threads share loops.

    Products of matrices outside of loops are left to BLAS, unless that cuts the function where a list is alive."""
    found = _Outliner(fn, contiguous, limit, record=record, parallel=parallel).run()
    if not found.whole and limit is None and any(
            isinstance(s, ir.Assign) and left_to_blas(s.value) for s in visit.walk(fn.body)):
        again = _Outliner(fn, contiguous, limit, False, record, parallel).run()
        return again if again.whole else found
    return found


class _Outliner:
    def __init__(self, fn: ir.Function, contiguous: set[ir.Var] | frozenset[ir.Var], limit: int | None,
                 blas: bool = True, record: frozenset[ir.Var] = frozenset(), parallel: bool = False) -> None:
        self.parallel = parallel
        self.fn, self.limit, self.blas, self.record = fn, limit, blas, record
        self.aliases = Memory(fn, contiguous)
        self.reads = Counter(v for s in visit.walk(fn.body) for v in visit.reads(s))
        self.singles = has_singles(fn) or has_narrow(fn)
        self.returned = {v for s in visit.walk(fn.body) if isinstance(s, ir.Return) for v in visit.reads(s)}
        self.numbers_only = not any(map(has_arrays, visit.walk(fn.body)))
        self.found = Outlined(fn)

    def run(self) -> Outlined:
        fn = self.fn
        stmt = self.aliases.depends_on_order(fn)
        if stmt is not None:
            reason = CannotLower("memory that is written is shared or copied as the order in memory happens to be")
            reason.origin = stmt.origin
            self.note(reason)
            return self.found
        start = {*fn.params, *fn.keywords}
        body = self.block(fn.body, Known(start, set(start)))
        self.found.function = fn.with_body(body)
        return self.found

    def block(self, block: ir.Block, before: Known) -> ir.Block:
        """The block with its longest runs of statements that can be lowered replaced."""
        out: list[ir.Stmt] = []
        stmts = list(block)
        known = before.copy()
        at = 0
        while at < len(stmts):
            end = self.longest(stmts, at, known)
            if end > at:
                call = self.replaced(stmts[at:end], known)
                out += call
                known.sure |= {v for s in call for v in visit.defines(s)}
            else:
                end = at + 1
                out.append(self.left(stmts[at], known))
            for s in stmts[at:end]:
                known.after(s)
            at = end
        return ir.Block(out)

    def longest(self, stmts: list[ir.Stmt], at: int, known: Known) -> int:
        """The end of the longest region that begins at `at`."""
        end = at
        while end < len(stmts) and self.alone(stmts[end]) and (self.limit is None or end < at + self.limit):
            end += 1
        first = True
        while end > at:
            while end > at and isinstance(stmts[end - 1], ir.Comment):
                end -= 1
            try:
                self.region(stmts[at:end], known)
                return end
            except CannotLower as reason:
                if first and not isinstance(reason, NotWorth):
                    self.note(reason)
                first = False
                reached = reason.reached
            end = at + min(reached, end - at - 1) if reached is not None else end - 1
        return at

    def alone(self, stmt: ir.Stmt) -> bool:
        if self.limit is not None and visit.blocks(stmt):
            return False
        if isinstance(stmt, ir.Break) or (isinstance(stmt, ir.If) and any(map(breaks, visit.blocks(stmt)))):
            return False
        if self.blas and self.limit is None and isinstance(stmt, ir.Assign) and left_to_blas(stmt.value):
            return False
        return not isinstance(stmt, (ir.Return, ir.Effect, ir.With, ir.Try, ir.SetSlot))

    def note(self, reason: CannotLower) -> None:
        origin = reason.origin
        self.found.reasons.append(f"line {origin.line}: {reason}" if origin else str(reason))

    def left(self, stmt: ir.Stmt, known: Known) -> ir.Stmt:
        """A statement that stays; its blocks may have kernels in them."""
        if not visit.blocks(stmt):
            return stmt
        if isinstance(stmt, (ir.For, ir.While)):
            self.found.whole = False
        inside = known.copy()
        inside.some |= set(visit.defines(stmt))
        inside.sure |= set(visit.defines(stmt))

        def inner(block: ir.Block) -> ir.Block:
            found = self.block(block, inside)
            if isinstance(stmt, ir.While):  # its header runs before its body
                for s in block:
                    inside.after(s)
            return found

        return visit.with_blocks(stmt, inner)

    def ins_and_outs(self, stmts: list[ir.Stmt], known: Known) -> tuple[tuple[ir.Var, ...], tuple[ir.Var, ...]]:
        """What a region takes and gives."""
        block = ir.Block(stmts)
        inside = list(visit.walk(block))
        defined = dict.fromkeys(v for s in inside for v in visit.defines(s))
        read = Counter(v for s in inside for v in visit.reads(s))
        counters = {s.target for s in inside if isinstance(s, ir.For)}  # each loop gives its own a value
        always = counters.union(*(visit.defines(s) for s in stmts))
        ins = tuple(v for v in dict.fromkeys([*read, *defined]) if v in known.some and v not in counters and (
            read[v] or v not in always))
        for v in ins:
            if v not in known.sure:
                raise stopped(f"`{v.hint}`, which not every path assigns", stmts, lambda block, v=v: names(block, v))
        # what was there before may be read by the next iteration of a loop around
        outs = [v for v in defined if v not in counters and (self.reads[v] > read[v] or (v in known.some and read[v]))]
        # `base += value` gives a name to a new object where `base` is a number after all
        rebound = [s.base for s in inside if isinstance(s, ir.Store) and s.index is None and s.base in known.some]
        outs += [v for v in dict.fromkeys(rebound) if v not in outs and self.reads[v] > read[v]]
        return ins, tuple(outs)

    def region(self, stmts: list[ir.Stmt], known: Known) -> tuple[Any, tuple[ir.Var, ...], Text]:
        ins, outs = self.ins_and_outs(stmts, known)
        if self.limit is None and not self.numbers_only and not any(map(has_arrays, stmts)):
            raise stopped("nothing to compute", stmts, lambda _: True, NotWorth)
        groups = [v for v in ins if isinstance(v.type, Seq) and all(isinstance(t, Num) for t in v.type.items)]
        for v in ins:
            read = may_cross(v.type) and only_read(ir.Block(stmts), v, self.last_of(v, stmts))
            if not isinstance(v.type, (Num, Array)) and v not in groups and not read:
                raise stopped(f"`{v.hint}`, a {v.type}", stmts, lambda block, v=v: names(block, v) and not (
                    may_cross(v.type) and only_read(block, v, False)))
        for v in outs:
            if not isinstance(v.type, (Num, Array, Seq)) and not self.may_leave(v):
                raise stopped(f"`{v.hint}`, a {v.type}", stmts, lambda block, v=v: names(block, v))
        name = f"{self.fn.name}_{len(self.found.kernels) + 1}"
        ins, together = taken_apart(ins, groups)
        fn = ir.Function(name, ins, (), ir.Block([*together, *stmts]), None, self.fn.origin)
        if sum(1 for _ in visit.walk(fn.body)) > MOST_STATEMENTS:
            raise CannotLower(f"more than {MOST_STATEMENTS} statements in one kernel: compiling would take too long")
        text = write_kernel(fn, outs, self.aliases, {v: "C" for v in ins if isinstance(v.type, Array)},
                            parallel=self.parallel)
        return fn, outs, text

    def last_of(self, var: ir.Var, stmts: list[ir.Stmt]) -> bool:
        """Whether nothing reads a variable but these statements, which run once."""
        mine = sum(visit.reads(s).count(var) for s in visit.walk(ir.Block(stmts)))
        return mine == self.reads[var] and any(stmts[0] is s for s in self.fn.body)

    def may_leave(self, var: ir.Var) -> bool:
        """Whether a list may come out of a kernel. One of arrays comes out as copies, so it must not matter whether
        they are the arrays that others know."""
        if not may_cross(var.type):
            return False
        assert isinstance(var.type, ListOf)
        return not isinstance(var.type.item, Array) or var in self.record or var not in self.returned

    def replaced(self, stmts: list[ir.Stmt], known: Known) -> list[ir.Stmt]:
        """The call that stands for a region."""
        fn, outs, text = self.region(stmts, known)
        before = [ir.Assign(leaf, ir.Call(prims.item, (s.target, ir.Const(k)), (), "index"), stmts[0].origin)
                  for s in fn.body.stmts[:len(fn.body) - len(stmts)]
                  for k, leaf in enumerate(s.value.items)]
        arrays = [v for v in fn.params if isinstance(v.type, Array)]

        axes = small_axes(fn.params, fn.body)

        def write(key: tuple[Any, ...]) -> Text:
            small = {name: n for (_, _, name), n in zip(axes, key[len(arrays):], strict=True) if n}
            return write_kernel(fn, outs, self.aliases, dict(zip(arrays, key, strict=False)), small, self.parallel)

        def instead() -> tuple[str, str, dict[str, Any]]:
            from ..backend.python import print_function

            result = ir.Return(ir.Pack("tuple", outs))
            surely = {*fn.params, *(v for s in fn.body for v in visit.defines(s))}
            # a name that not every path assigns is read where the same path is taken again
            first = [ir.Assign(v, ir.Const(0)) for v in outs if v not in surely]
            body = ir.Block([*first, *fn.body, result])
            printed = print_function(ir.Function(fn.name, fn.params, (), body, None, fn.origin))
            return printed.text, printed.name, printed.injected

        written = tuple(k for k, v in enumerate(fn.params) if isinstance(v.type, Array) and self.aliases.written(v))
        objects = frozenset(k for k, v in enumerate(outs) if v not in self.record)
        inputs = tuple(input_of(v, self.singles) for v in fn.params)
        launcher = Launcher(fn.name, inputs, written, write, instead, objects)
        launcher.axes = tuple((k, axis) for k, axis, _ in axes)
        launcher.texts[("C",) * len(arrays) + (0,) * len(axes)] = text
        self.found.kernels.append(launcher)
        origin = stmts[0].origin
        call = ir.Call(launcher, fn.params, (), "call", launcher.name)
        if not outs:
            return [*before, ir.Effect(call, origin)]
        results = ir.Var("results", Seq(tuple(v.type for v in outs)))
        parts = [ir.Call(prims.item, (results, ir.Const(k)), (), "index") for k in range(len(outs))]
        return [*before, ir.Assign(results, call, origin),
                *(ir.Assign(v, part, origin) for v, part in zip(outs, parts, strict=True))]
