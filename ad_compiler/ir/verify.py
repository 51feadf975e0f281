"""Checks that IR is what every pass may rely on. A failure is a fault of the compiler: InternalError.

- a variable is read only where every path has assigned it;
- `break` stands in a loop, and nothing follows a statement that ends its path;
- the copies of one statement have distinct targets, as many as sources;
- every variable has a type, numbers are not stored into, and names of methods and attributes are given.
"""
from __future__ import annotations

from collections.abc import Iterable
from typing import NoReturn

from ..errors import Diagnostic, InternalError, Span
from . import nodes as ir
from . import visit
from .show import show, show_block
from .types import Array, DictOf, ListOf, Num, Passive, Record, Seq

_TYPES = (Num, Array, Seq, ListOf, DictOf, Record, Passive)
_STYLES = frozenset({"call", "op", "method", "attribute", "index", "dim", "display", "fstring", "passive"})
_NAMED = frozenset({"method", "passive"})


def verify(fn: ir.Function, *, every_path: bool = True) -> None:
    """Raise InternalError if the function is not well-formed.

    Without `every_path`, one path that assigns a variable before it is read is enough: the two sweeps of a reverse
    mode function branch on the same conditions, so what one branch assigned the same branch reads later.
    """
    _Verifier(fn, every_path).run()


class _Verifier:
    """Goes along the paths of a function; `defined` is what every path so far has assigned. None: no path."""

    def __init__(self, fn: ir.Function, every_path: bool) -> None:
        self.fn = fn
        self.every_path = every_path
        self.exits: list[list[set[ir.Var]]] = []
        self.typed: set[ir.Var] = set()

    def run(self) -> None:
        params = (*self.fn.params, *self.fn.keywords)
        if len(set(params)) != len(params):
            self.fail(None, "a parameter is given twice")
        for p in params:
            self.typing(p, None)
        end = self.block(self.fn.body, set(params))
        if end is not None and any(isinstance(s, ir.Return) for s in visit.walk(self.fn.body)):
            self.fail(None, "a path reaches the end of the function without returning")

    def fail(self, stmt: ir.Stmt | None, message: str) -> NoReturn:
        where = self.fn.name
        span = None
        if stmt is not None:
            where = show_block(ir.Block([stmt])).splitlines()[0]
            origin = stmt.origin
            if origin is not None:
                span = Span(origin.file, origin.line, origin.col, origin.end_col, origin.text)
        raise InternalError(Diagnostic(
            "AD900", span, f"the compiler made a malformed program: {message} (`{where}`)",
            "please report this with the function that was compiled", tuple(show(self.fn).splitlines())))

    # --- paths ----------------------------------------------------------------------------------------------------
    def block(self, block: ir.Block, defined: set[ir.Var] | None) -> set[ir.Var] | None:
        for stmt in block.stmts:
            if defined is None:
                self.fail(stmt, "a statement follows the end of its path")
            defined = self.stmt(stmt, defined)
        return defined

    def stmt(self, stmt: ir.Stmt, defined: set[ir.Var]) -> set[ir.Var] | None:
        self.shape(stmt)
        if not isinstance(stmt, ir.While):
            self.reads(stmt, visit.reads(stmt), defined)
        match stmt:
            case ir.If():
                paths = [self.block(b, set(defined)) for b in (stmt.then, stmt.orelse)]
                return self._meet([p for p in paths if p is not None])
            case ir.For():
                return self.for_(stmt, defined)
            case ir.While():
                return self.while_(stmt, defined)
            case ir.Break():
                if not self.exits:
                    self.fail(stmt, "`break` outside a loop")
                self.exits[-1].append(defined)
                return None
            case ir.Return():
                return None
            case ir.Raise():
                return defined if stmt.cond is not None else None
            case ir.With():
                inner = self.block(stmt.body, {*defined, *visit.defines(stmt)})
                return inner
            case ir.Try():
                return self.try_(stmt, defined)
            case _:
                return defined.union(visit.defines(stmt))

    def for_(self, stmt: ir.For, defined: set[ir.Var]) -> set[ir.Var]:
        trips = () if stmt.trips is None else (stmt.trips,)
        before = defined.union(trips)
        self.exits.append([before])
        end = self.block(stmt.body, {*before, stmt.target})
        return self._meet([*self.exits.pop(), *([] if end is None else [end])]) or before

    def while_(self, stmt: ir.While, defined: set[ir.Var]) -> set[ir.Var] | None:
        before = defined.union(visit.defines(stmt))
        self.exits.append([])
        head = self.block(stmt.header, before)
        if head is None:
            self.fail(stmt, "the header of a loop does not end")
        self.reads(stmt, visit.variables(stmt.cond), head)
        endless = isinstance(stmt.cond, ir.Const) and stmt.cond.value
        end = self.block(stmt.body, set(head))
        if end is not None and not self.every_path:
            self.exits[-1].append(end)
        return self._meet([*self.exits.pop(), *([] if endless else [head])])

    def try_(self, stmt: ir.Try, defined: set[ir.Var]) -> set[ir.Var] | None:
        ends = [self.block(stmt.body, set(defined))]
        for _, var, handler in stmt.handlers:
            ends.append(self.block(handler, defined if var is None else {*defined, var}))
        through = self._meet([e for e in ends if e is not None])
        final = self.block(stmt.final, set(defined))
        return None if through is None or final is None else through | final

    # --- single statements ----------------------------------------------------------------------------------------
    def reads(self, stmt: ir.Stmt, variables: Iterable[ir.Var], defined: set[ir.Var]) -> None:
        for v in variables:
            if v not in defined:
                self.fail(stmt, f"`{v!r}` is read where a path has not assigned it")

    def typing(self, var: ir.Var, stmt: ir.Stmt | None) -> None:
        if var not in self.typed:
            if not isinstance(var.type, _TYPES):
                self.fail(stmt, f"`{var!r}` has no type")
            self.typed.add(var)

    def shape(self, stmt: ir.Stmt) -> None:
        """What must hold of a statement by itself."""
        for v in visit.defines(stmt):
            self.typing(v, stmt)
        match stmt:
            case ir.Copy():
                if len(stmt.targets) != len(stmt.sources) or len(set(stmt.targets)) != len(stmt.targets):
                    self.fail(stmt, "a copy needs one source for each of its distinct targets")
            case ir.Store():
                if isinstance(stmt.base.type, Num):
                    self.fail(stmt, f"`{stmt.base!r}` is a number, which has no memory to write to")
            case ir.Assign(_, ir.Call() as call) | ir.Effect(call):
                self.call(stmt, call)

    def call(self, stmt: ir.Stmt, call: ir.Call) -> None:
        if call.style not in _STYLES:
            self.fail(stmt, f"a call cannot be written in the style `{call.style}`")
        if call.style in _NAMED and not call.text:
            self.fail(stmt, "a method call has no name")
        for arg in (*call.args, *(a for _, a in call.kwargs)):
            if isinstance(arg, ir.Call):
                self.fail(stmt, "an argument is not an operand")

    def _meet(self, paths: list[set[ir.Var]]) -> set[ir.Var] | None:
        """What the paths that come together here have assigned."""
        if not paths:
            return None
        return set.intersection(*paths) if self.every_path else set.union(*paths)
