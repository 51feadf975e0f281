"""Groups of values (the results of `np.linalg.qr`) are taken apart where a name for the whole would not do.

    if c:                             if c:
        r = qr(a)                         s = qr(a)
    else:                                 r_0, r_1 = s[0], s[1]
        r = qr(b)            ==>      else:
                                          s = qr(b)
                                          r_0, r_1 = s[0], s[1]
    y = r[1] + 1                      y = r_1 + 1

So it is where paths leave groups with one name, and where an array of a group is written: nothing after the front end
follows groups from name to name, and each array has one name, with one cotangent, however often it is read.
"""
from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from ..analysis.alias import Aliases
from ..ir import nodes as ir
from ..ir import prims, visit
from ..ir.types import Seq, can_carry


def taken_apart(body: ir.Block, params: Sequence[ir.Var], kept: Collection[ir.Var]) -> ir.Block:
    """The block without such groups, as far as they can carry a derivative. The variables of `kept` stay."""
    while True:
        groups = _joined(body) | _written(body, params)
        if not groups:
            return body
        body = _Parts(groups, body, kept).whole(body, params)


def _joined(body: ir.Block) -> set[ir.Var]:
    """The groups that paths leave with another name, and those names."""
    found: set[ir.Var] = set()
    for stmt in visit.walk(body):
        if isinstance(stmt, ir.Copy):
            found.update(v for pair in zip(stmt.targets, stmt.sources, strict=True) for v in pair if _is_group(v))
        elif isinstance(stmt, ir.Assign) and isinstance(stmt.value, ir.Var) and _is_group(stmt.value):
            found.update((stmt.target, stmt.value))
    return found


def _written(body: ir.Block, params: Sequence[ir.Var]) -> set[ir.Var]:
    """The groups of arrays that are written, where a part is read twice or the whole is read."""
    places: defaultdict[ir.Var, list[Any]] = defaultdict(list)
    wholes: set[ir.Var] = set()
    for stmt in visit.walk(body):
        place = _place(stmt)
        if place is not None:
            places[place[0]].append(place[1])
        else:
            wholes.update(filter(_is_group, visit.reads(stmt)))
    found = {g for g, read in places.items() if g in wholes or len(set(read)) < len(read)}
    if not found or not any(isinstance(stmt, ir.Store) for stmt in visit.walk(body)):
        return set()
    aliases = Aliases(ir.Function("", tuple(params), (), body))
    return {g for g in found if g not in aliases.derivation and aliases.array_written(g)}


def _is_group(operand: ir.Operand) -> bool:
    return isinstance(operand, ir.Var) and isinstance(operand.type, Seq) and can_carry(operand.type)


def _place(stmt: ir.Stmt) -> tuple[ir.Var, Any] | None:
    """The group and the place in it that a statement reads."""
    if not isinstance(stmt, ir.Assign) or not isinstance(stmt.value, ir.Call) or stmt.value.function is not prims.item:
        return None
    group, index = stmt.value.args
    return (group, index.value) if isinstance(group, ir.Var) and _is_group(group) and isinstance(
        index, ir.Const) else None


def _items(value: ir.Expr) -> tuple[ir.Operand, ...] | None:
    """The items of a tuple that is written out."""
    pack = value.args[0] if isinstance(value, ir.Call) and value.function is tuple and value.args else None
    if not isinstance(pack, ir.Pack):
        return None
    items = tuple(i for i in pack.items if isinstance(i, (ir.Var, ir.Const)))
    return items if len(items) == len(pack.items) else None


class _Parts:
    """Variables for the parts of groups, and statements that are about those."""

    def __init__(self, groups: set[ir.Var], body: ir.Block, kept: Collection[ir.Var]) -> None:
        assigned = Counter(v for stmt in visit.walk(body) for v in visit.defines(stmt))
        self.parts = {g: tuple(ir.Var(f"{g.hint}_{k}", t) for k, t in enumerate(g.type.items)) for g in groups
                      if isinstance(g.type, Seq)}
        self.names: dict[ir.Var, ir.Var] = {}  # of what is read from groups
        for stmt in visit.walk(body):
            place = _place(stmt)
            if place is not None and place[0] in groups:
                target = visit.defines(stmt)[0]
                if assigned[target] == 1 and assigned[place[0]] == 1 and target not in kept:
                    part = self.names[target] = self.parts[place[0]][place[1]]
                    part.hint = target.hint if target.hint != "t" else part.hint

    def whole(self, body: ir.Block, params: Sequence[ir.Var]) -> ir.Block:
        inputs = [read for p in params if p in self.parts for read in self._read(p, p)]
        return ir.Block([*inputs, *self.block(body)])

    def block(self, body: ir.Block) -> ir.Block:
        return ir.Block([new for stmt in body for new in self.statement(stmt)])

    def statement(self, stmt: ir.Stmt) -> list[ir.Stmt]:
        if isinstance(stmt, ir.Copy):
            return [self._copy(stmt)]
        if isinstance(stmt, ir.Assign) and stmt.target in self.parts:
            items = (stmt.value,) if isinstance(stmt.value, ir.Var) else _items(stmt.value)
            if items is not None:
                targets = (stmt.target,) if isinstance(stmt.value, ir.Var) else self.parts[stmt.target]
                return [self._copy(ir.Copy(targets, items, stmt.origin))]
        place = _place(stmt)
        if place is not None and place[0] in self.parts:
            target, part = visit.defines(stmt)[0], self.parts[place[0]][place[1]]
            return [] if target in self.names else [ir.Assign(target, part, stmt.origin)]
        here = {g: ir.Var(g.hint, g.type) for g in visit.defines(stmt) if g in self.parts}
        new = visit.map_stmt(stmt, self._operand, self.block, lambda v: here.get(v, v))
        return [new, *(read for g, whole in here.items() for read in self._read(g, whole))]

    def _copy(self, stmt: ir.Copy) -> ir.Stmt:
        targets: list[ir.Var] = []
        sources: list[ir.Operand] = []
        for target, source in zip(stmt.targets, stmt.sources, strict=True):
            if target in self.parts:
                parts = self.parts[target]
                targets += parts
                sources += self.parts[source] if isinstance(source, ir.Var) else [source] * len(parts)  # not assigned
            else:
                targets.append(target)
                sources.append(self.names.get(source, source) if isinstance(source, ir.Var) else source)
        return ir.Copy(tuple(targets), tuple(sources), stmt.origin)

    def _operand(self, leaf: ir.Operand) -> ir.Arg:
        """A group as a whole is put together again."""
        if not isinstance(leaf, ir.Var):
            return leaf
        return ir.Pack("tuple", self.parts[leaf]) if leaf in self.parts else self.names.get(leaf, leaf)

    def _read(self, group: ir.Var, whole: ir.Var) -> list[ir.Stmt]:
        return [ir.Assign(part, ir.Call(prims.item, (whole, ir.Const(k)), (), "index"))
                for k, part in enumerate(self.parts[group])]
