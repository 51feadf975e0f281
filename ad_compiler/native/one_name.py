"""Arrays that go from name to name are one variable.

    x_bar = np.zeros_like(x)                      x_bar = np.zeros_like(x)
    x_bar_1 := x_bar                              for i in range(n):
    for i in range(n):                                x_bar[i] += ...
        x_bar_1[i] += ...               ==>
    x_bar_2 := x_bar_1

A variable that several paths assign has a pointer, sizes and strides that may change, so that nothing is known of them.
Names that are only ever bound to one another are bound to one array, made at one place: that one is all of them.
"""
from __future__ import annotations

from ..ir import nodes as ir
from ..ir import visit
from ..ir.types import Array


def one_name(fn: ir.Function) -> ir.Function:
    """The function with such names replaced by the one that is assigned."""
    chosen = _chosen(fn)
    if not chosen:
        return fn

    def renamed(v: ir.Operand) -> ir.Operand:
        return chosen.get(v, v) if isinstance(v, ir.Var) else v

    def block(b: ir.Block) -> ir.Block:
        found: list[ir.Stmt] = []
        for s in b:
            made = visit.map_stmt(s, renamed, block)
            if isinstance(made, ir.Copy):
                left = [(t, v) for t, v in zip(made.targets, made.sources, strict=True) if t is not v]
                if not left:
                    continue
                made = ir.Copy(tuple(t for t, _ in left), tuple(v for _, v in left), made.origin)
            found.append(made)
        return ir.Block(found)

    return fn.with_body(block(fn.body))


def _chosen(fn: ir.Function) -> dict[ir.Var, ir.Var]:
    """For each variable that is another one under a second name, that other one."""
    names = _Names()
    for s in visit.walk(fn.body):
        names.note(s)
    params = {*fn.params, *fn.keywords}
    found: dict[ir.Var, ir.Var] = {}
    for members in names.components():
        made = [v for v in members if v in params or v in names.made]
        if len(made) != 1 or members & names.unknown or names.made.get(made[0], 0) + (made[0] in params) != 1:
            continue
        only = made[0]
        alike = all(isinstance(v.type, Array) and isinstance(only.type, Array) and v.type.dtype == only.type.dtype
                    and v.type.ndim == only.type.ndim for v in members)
        if alike and (only in params or _all_below(fn, only, members)):
            found.update((v, only) for v in members if v is not only)
    return found


class _Names:
    """Which array variables are copied to one another, and how often each is made by something else."""

    def __init__(self) -> None:
        self.root: dict[ir.Var, ir.Var] = {}
        self.made: dict[ir.Var, int] = {}
        self.unknown: set[ir.Var] = set()  # given something else than an array

    def find(self, v: ir.Var) -> ir.Var:
        while v in self.root and self.root[v] is not v:
            v = self.root[v]
        return v

    def note(self, s: ir.Stmt) -> None:
        if not isinstance(s, ir.Copy):
            for v in visit.defines(s):
                self.made[v] = self.made.get(v, 0) + 1
            return
        for target, source in zip(s.targets, s.sources, strict=True):
            if not isinstance(target.type, Array):
                continue
            self.root.setdefault(target, target)
            if isinstance(source, ir.Var) and isinstance(source.type, Array):
                self.root.setdefault(source, source)
                self.root[self.find(target)] = self.find(source)
            else:
                self.unknown.add(target)

    def components(self) -> list[set[ir.Var]]:
        found: dict[ir.Var, set[ir.Var]] = {}
        for v in self.root:
            found.setdefault(self.find(v), set()).add(v)
        return list(found.values())


def _all_below(fn: ir.Function, made: ir.Var, members: set[ir.Var]) -> bool:
    """Whether all statements that touch the members stand in one block with the one that makes the array, below it:
    each pass through the block begins with the array made."""
    touching = {id(s) for s in visit.walk(fn.body)
                if not members.isdisjoint(visit.reads(s)) or not members.isdisjoint(visit.defines(s))}
    for block in _blocks(fn.body):
        for k, s in enumerate(block.stmts):
            if made in visit.defines(s):
                below = {id(i) for i in visit.walk(ir.Block(block.stmts[k:]))}
                return not visit.blocks(s) and below >= touching
    return False


def _blocks(block: ir.Block) -> list[ir.Block]:
    return [block, *(inner for s in block for b in visit.blocks(s) for inner in _blocks(b))]
