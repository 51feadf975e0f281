"""Which variables may be names of the same memory, as far as a whole function can tell: nothing is left out.

Unlike `alias.py`, which knows views and roots, this says only "may share", also of memory that went through lists,
containers, and functions of which nothing is known.
"""
from __future__ import annotations

from collections.abc import Iterable

from ..ir import nodes as ir
from ..ir import visit
from ..ir.types import Array, Num, Passive
from .purity import can_drop, is_fresh

_STRUCTURAL = (ir.Push, ir.Pop, ir.SetSlot)
_NEEDED = (ir.Effect, ir.Raise, ir.Return)


class Classes:
    """Variables that may refer to the same things (union-find)."""

    def __init__(self) -> None:
        self._parent: dict[ir.Var, ir.Var] = {}

    def find(self, var: ir.Var) -> ir.Var:
        root = var
        while (above := self._parent.get(root)) is not None:
            root = above
        while var is not root:
            self._parent[var], var = root, self._parent[var]
        return root

    def share(self, group: Iterable[ir.Var]) -> None:
        first: ir.Var | None = None
        for var in group:
            root = self.find(var)
            if first is None:
                first = root
            elif root is not first:
                self._parent[root] = first


class Memory:
    """What statements write to: the elements of arrays, or the structure of lists and objects. Each has its classes
    of variables: reading an array does not read the list that it was once appended to."""

    def __init__(self, fn: ir.Function) -> None:
        self.elements, self.structure = Classes(), Classes()
        self._outside = ir.Var("outside", Passive(None))
        self._share([*fn.params, *fn.keywords, self._outside])

    def outside(self, var: ir.Var) -> bool:
        """Whether an array may be memory that the caller has, or gets."""
        return self.elements.find(var) is self.elements.find(self._outside)

    def seen_outside(self, stmt: ir.Stmt, base: ir.Var) -> bool:
        elements, memory = self.written(stmt, base)
        return memory is (self.elements if elements else self.structure).find(self._outside)

    def written(self, stmt: ir.Stmt, base: ir.Var) -> tuple[bool, ir.Var]:
        """The class that a statement writes through `base`."""
        if isinstance(stmt, ir.Store) and isinstance(base.type, Array):
            return True, self.elements.find(base)
        return False, self.structure.find(base)

    def read(self, var: ir.Var) -> list[tuple[bool, ir.Var]]:
        """The classes whose contents reading a variable depends on."""
        if isinstance(var.type, Num):
            return []
        elements = (True, self.elements.find(var))
        return [elements] if isinstance(var.type, Array) else [elements, (False, self.structure.find(var))]

    def _share(self, group: Iterable[ir.Var]) -> None:
        group = [v for v in group if not isinstance(v.type, Num)]
        self.elements.share(group)
        self.structure.share(v for v in group if not isinstance(v.type, Array))

    def note(self, stmt: ir.Stmt) -> None:
        """Learn what a statement makes share."""
        kind = type(stmt)
        if isinstance(stmt, ir.Assign):
            if not (is_fresh(stmt.value) and isinstance(stmt.target.type, (Array, Num))):
                outside = [] if can_drop(stmt.value) else [self._outside]
                self._share([stmt.target, *visit.variable_list(stmt.value), *outside])
        elif kind is ir.Copy:
            for target, source in zip(stmt.targets, stmt.sources, strict=True):
                if type(source) is ir.Var:
                    self._share([target, source])
        elif kind is ir.Store:
            if not isinstance(stmt.base.type, Array):  # an item of a list
                self._share([stmt.base, *visit.variables(stmt.value)])
        elif kind in _STRUCTURAL:
            self._share([*visit.reads(stmt), *visit.defines(stmt)])
        elif kind in _NEEDED or kind is ir.With or kind is ir.Try:
            self._share([*visit.reads(stmt), *visit.defines(stmt), self._outside])
