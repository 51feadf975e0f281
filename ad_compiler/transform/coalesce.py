"""Give variables that can share one name one variable.

    x_1 = sin(x)
    x = x_1                 ==>     x = sin(x)

Two variables can be one if neither is ever assigned while the other's value is still to be read (a copy between
them does not count: both hold the same object then). The user's names are kept: variables are merged if they would
like the same name, or if one of them has a name of the compiler's.
"""
from __future__ import annotations

from collections.abc import Callable

from ..analysis.choices import choice
from ..analysis.liveness import liveness
from ..ir import nodes as ir
from ..ir import visit
from ..ir.types import Array, Num, Passive, Type, join

# Names of the compiler's own variables: they give way to the user's.
TEMPORARY = "t"
COMPILER_NAMES = frozenset({TEMPORARY, "out", "result", "returned", "broke", "trips"})


def coalesce(fn: ir.Function) -> ir.Function:
    """The function with copies removed where source and target can be one variable."""
    classes = _Classes(fn)
    classes.join_copies(lambda a, b: a.hint == b.hint)
    classes.join_hints()
    classes.join_copies(lambda a, b: a.hint in COMPILER_NAMES or b.hint in COMPILER_NAMES)
    names = classes.representatives()
    if not names:
        return fn
    body = _renamed(fn.body, names)
    return fn.with_body(body)


class _Class:
    """Variables that become one. `clobbers`: what is live where one of them is assigned."""

    __slots__ = ("clobbers", "members", "param", "type", "variables")

    def __init__(self, var: ir.Var, bit: int, param: bool) -> None:
        self.variables = [var]
        self.members = bit
        self.clobbers = 0
        self.type: Type = var.type
        self.param = var if param else None


class _Classes:
    def __init__(self, fn: ir.Function) -> None:
        self.live = liveness(fn)
        self.copies: list[tuple[ir.Var, ir.Var]] = []
        self.kept: set[ir.Stmt] = set()
        params = {*fn.params, *fn.keywords}
        self.order: list[ir.Var] = []
        entry = self.live.at_entry | self.live.mask(params)
        self.of: dict[ir.Var, _Class] = {}
        for p in params:
            self._class(p, True).clobbers |= entry
        self._scan(fn.body)

    def _class(self, var: ir.Var, param: bool = False) -> _Class:
        found = self.of.get(var)
        if found is None:
            found = self.of[var] = _Class(var, self.live.bit_of(var), param)
            self.order.append(var)
        return found

    # --- what assigning clobbers ------------------------------------------------------------------------------------
    def _scan(self, block: ir.Block) -> None:
        live = self.live
        for stmt in block.stmts:
            kind = type(stmt)
            if kind is ir.Assign:
                clobbered = live.after[stmt]
                if type(stmt.value) is ir.Var:
                    clobbered &= ~live.bit_of(stmt.value)
                    self.copies.append((stmt.target, stmt.value))
                self._class(stmt.target).clobbers |= clobbered
            elif kind is ir.Copy:
                self._copy(stmt)
            elif kind is ir.For or kind is ir.While:
                self._loop(stmt)
            else:
                if kind is ir.If:
                    self._keep_condition(stmt)
                defined = visit.defines(stmt)
                bits = live.after[stmt] | live.mask(defined) | live.at_body.get(stmt, 0)
                for v in defined:
                    self._class(v).clobbers |= bits if kind is not ir.Try else ~0
            for inner in visit.blocks(stmt):
                self._scan(inner)

    def _copy(self, stmt: ir.Copy) -> None:
        live = self.live
        bits = live.after[stmt] | live.mask(stmt.targets)
        for target, source in zip(stmt.targets, stmt.sources, strict=True):
            clobbered = bits
            if type(source) is ir.Var:
                if source not in stmt.targets:
                    clobbered &= ~live.bit_of(source)
                if stmt not in self.kept:
                    self.copies.append((target, source))
            self._class(target).clobbers |= clobbered

    def _loop(self, stmt: ir.For | ir.While) -> None:
        """The loop sets its counter before it reads its bounds, and again in every iteration."""
        live = self.live
        inside = live.at_body[stmt] | live.at_head[stmt]
        if isinstance(stmt, ir.For):
            self._class(stmt.target).clobbers |= live.at_body[stmt]
        if stmt.trips is not None:
            self._class(stmt.trips).clobbers |= inside | live.mask((*visit.reads(stmt), *visit.defines(stmt)))
            if isinstance(stmt, ir.For):
                self._class(stmt.target).clobbers |= live.bit_of(stmt.trips)

    def _keep_condition(self, stmt: ir.If) -> None:
        """`a and b` needs its condition as a value of its own: the copy of it stays."""
        kind = choice(stmt)
        if kind in ("and", "or"):
            self.kept.add((stmt.orelse if kind == "and" else stmt.then).stmts[-1])

    # --- merging ----------------------------------------------------------------------------------------------------
    def join_copies(self, wanted: Callable[[ir.Var, ir.Var], bool]) -> None:
        """Merge sources and targets of copies where `wanted(target, source)`."""
        for target, source in self.copies:
            if wanted(target, source):
                self._try(target, source)

    def join_hints(self) -> None:
        """Merge variables that would like the same name."""
        by_hint: dict[str, list[_Class]] = {}
        for var in self.order:
            if var.hint == TEMPORARY:
                continue  # one name for many unrelated values would not help a reader
            known = by_hint.setdefault(var.hint, [])
            cls = self.of[var]
            if cls in known:
                continue
            if not any(self._merge(other, cls) for other in known):
                known.append(cls)

    def _try(self, a: ir.Var, b: ir.Var) -> None:
        first, second = self._class(a), self._class(b)
        if first is not second:
            self._merge(first, second)

    def _merge(self, a: _Class, b: _Class) -> bool:
        if a.clobbers & b.members or b.clobbers & a.members or (a.param and b.param):
            return False
        kind = a.type if a.type == b.type else _common(a.type, b.type)
        param = a.param or b.param
        if param is not None and kind != param.type:
            return False
        a.variables += b.variables
        a.members |= b.members
        a.clobbers |= b.clobbers
        a.type, a.param = kind, param
        for v in b.variables:
            self.of[v] = a
        return True

    def representatives(self) -> dict[ir.Var, ir.Var]:
        """The variable that stands for each merged one."""
        names: dict[ir.Var, ir.Var] = {}
        done: set[int] = set()
        for var in self.order:
            cls = self.of[var]
            if len(cls.variables) < 2 or id(cls) in done:
                continue
            done.add(id(cls))
            first = next((v for v in cls.variables if v.hint not in COMPILER_NAMES), cls.variables[0])
            chosen = cls.param or (first if first.type == cls.type else ir.Var(first.hint, cls.type))
            names.update(dict.fromkeys(cls.variables, chosen))
        return names


def _common(a: Type, b: Type) -> Type:
    """A type that says nothing of a merged variable that is not true of both."""
    if isinstance(a, (Num, Array)) and type(a) is type(b):
        return join(a, b) or Passive(None)
    return Passive(None)


def _renamed(block: ir.Block, names: dict[ir.Var, ir.Var]) -> ir.Block:
    def operand(x: ir.Operand) -> ir.Operand:
        return names.get(x, x)

    def inner(b: ir.Block) -> ir.Block:
        out: list[ir.Stmt] = []
        for stmt in b.stmts:
            new = visit.map_stmt(stmt, operand, inner)
            if isinstance(new, ir.Copy):
                new = _without_itself(new)
                if new is None:
                    continue
            elif isinstance(new, ir.Assign) and new.value is new.target:
                continue
            elif isinstance(new, ir.If) and not new.then.stmts and not new.orelse.stmts:
                continue
            out.append(new)
        return ir.Block(out)

    return inner(block)


def _without_itself(copy: ir.Copy) -> ir.Copy | None:
    pairs = [(t, s) for t, s in zip(copy.targets, copy.sources, strict=True) if t is not s]
    if len(pairs) == len(copy.targets):
        return copy
    return ir.Copy(tuple(t for t, _ in pairs), tuple(s for _, s in pairs), copy.origin) if pairs else None
