"""Where variables live: the block that holds all their assignments and readings, and the loops around it."""
from __future__ import annotations

from ..ir import nodes as ir
from ..ir import visit

Path = tuple[ir.Block, ...]


class Scopes:
    """Homes of the variables of a function, and the nesting of its blocks."""

    def __init__(self, fn: ir.Function) -> None:
        self.path: dict[ir.Block, Path] = {}
        self.loop_bodies: set[ir.Block] = set()
        self.assignments: dict[ir.Var, list[tuple[ir.Block, ir.Stmt]]] = {}
        self.targets: set[ir.Var] = set()
        self._holders: dict[ir.Block, ir.Stmt] = {}
        self._homes: dict[ir.Var, Path] = {}
        self._scan(fn.body, ())
        for var in (*fn.params, *fn.keywords):
            self._homes.pop(var, None)

    def _note(self, var: ir.Var, path: Path) -> None:
        known = self._homes.get(var)
        if known is None:
            self._homes[var] = path
        elif known is not path:
            n = 0
            for a, b in zip(known, path, strict=False):
                if a is not b:
                    break
                n += 1
            self._homes[var] = known[:n]

    def _scan(self, block: ir.Block, outer: Path) -> None:
        path = self.path[block] = (*outer, block)
        for stmt in block:
            inside = visit.blocks(stmt)
            if isinstance(stmt, (ir.For, ir.While)):
                self.loop_bodies.update(inside)
            for v in visit.defines(stmt):
                self.assignments.setdefault(v, []).append((block, stmt))
                if isinstance(stmt, ir.For) and v is stmt.target:
                    self.targets.add(v)
                    self._note(v, (*path, inside[-1]))
                else:
                    self._note(v, path)
            for v in visit.reads(stmt):
                if not (isinstance(stmt, ir.While) and v is stmt.cond):
                    self._note(v, path)
            for inner in inside:
                self._holders[inner] = stmt
                self._scan(inner, path)

    def home(self, var: ir.Var) -> ir.Block | None:
        """The innermost block that holds every assignment and reading of a variable; None for inputs."""
        path = self._homes.get(var)
        return path[-1] if path else None

    def definition(self, var: ir.Var) -> ir.Stmt:
        """The last statement that assigns a variable."""
        return self.assignments[var][-1][1]

    def last_assignment(self, var: ir.Var, block: ir.Block) -> ir.Stmt:
        """The statement of `block` after which the variable keeps its value."""
        for inner, stmt in reversed(self.assignments[var]):
            if inner is block:
                return stmt
            path = self.path[inner]
            if block in path:
                return self._holders[path[path.index(block) + 1]]
        raise AssertionError(f"`{var.hint}` is not assigned in this block")

    def inside(self, var: ir.Var, block: ir.Block) -> bool:
        """Whether a variable lives only inside a block."""
        home = self.home(var)
        return home is not None and block in self.path[home]

    def in_loop(self, block: ir.Block) -> bool:
        return any(b in self.loop_bodies for b in self.path[block])


def shared_loops(a: tuple[ir.Stmt, ...], b: tuple[ir.Stmt, ...]) -> int:
    """How many of the loops around two statements, from the outermost on, are the same."""
    n = 0
    for x, y in zip(a, b, strict=False):
        if x is not y:
            break
        n += 1
    return n
