"""All problems of a function at once.

Reading stops at the first statement that cannot be read. When a function is refused for good it is read once more to
find its other problems: a statement that fails is noted and left out, and so is every statement that uses a name or an
attribute which a statement left out would have given its value. So what is reported is a problem on its own, never the
consequence of another one; what is hidden behind a problem is found when that is mended.
"""
from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from ..errors import Diagnostic, UnsupportedError
from .source import Source

if TYPE_CHECKING:
    from .lowering import Lowering

_LEAVING = (ast.Return, ast.Break, ast.Continue, ast.Raise)
_DEFINING = (ast.FunctionDef, ast.ClassDef)
_COMPOUND = (ast.For, ast.If, ast.While, ast.With, ast.Try, ast.Match)
MOST = 20


class Consequence(UnsupportedError):
    """What cannot be read because something before it could not; it says nothing of its own."""

    def __init__(self) -> None:
        super().__init__([])


class Problems:
    """What was found so far in one function and its helpers, and what hangs on it."""

    def __init__(self) -> None:
        self.found: list[Diagnostic] = []
        self.left_out: list[ast.stmt] = []
        self._names: dict[tuple[int, str], list[ast.stmt]] = {}  # names of a source, and who would have set them
        self._attributes: set[str] = set()
        self._arms: dict[ast.stmt, dict[ast.If, bool]] = {}  # the `if`s around a statement, and on which side it is

    def statement(self, lo: Lowering, node: ast.stmt, read: Callable[[], bool | None]) -> bool | None:
        """Read a statement, or leave it out; returns what reading it does: False where no path goes on."""
        source = lo.frame.source
        before, found = place(lo), len(self.left_out)
        self._note_arms(node)
        try:
            if self._hangs_on_others(source, node, looping=bool(lo.loops)):
                raise Consequence
            outcome = read()
            if not isinstance(node, _COMPOUND):
                self.after_reading(found)
            return outcome
        except UnsupportedError as error:
            return_to(lo, before)
            if len(self.left_out) == found:
                self.found += error.diagnostics
            self._leave_out(source, node)
            return False if isinstance(node, _LEAVING) else None

    def after_reading(self, before: int) -> None:
        """Behind a statement or the body of a call. Raises Consequence where statements were left out of it."""
        if len(self.left_out) > before:
            raise Consequence

    def _note_arms(self, node: ast.stmt) -> None:
        for side, nodes in ((True, node.body), (False, node.orelse)) if isinstance(node, ast.If) else ():
            for inner in (n for top in nodes for n in ast.walk(top) if isinstance(n, ast.stmt)):
                self._arms.setdefault(inner, {})[node] = side

    def _hangs_on_others(self, source: Source, node: ast.stmt, looping: bool) -> bool:
        own = self._arms.get(node, {})

        def before(other: ast.stmt) -> bool:
            sides = self._arms.get(other, {})
            return looping or all(own.get(at, side) is side for at, side in sides.items())

        return any(any(map(before, self._names.get((id(source), n.id), ()))) if isinstance(n, ast.Name)
                   else n.attr in self._attributes
                   for part in _read_with(node) for n in ast.walk(part) if isinstance(n, (ast.Name, ast.Attribute)))

    def _leave_out(self, source: Source, node: ast.stmt) -> None:
        self.left_out.append(node)
        for changed in _changed(node):
            if isinstance(changed, ast.Attribute):
                self._attributes.add(changed.attr)
            else:
                self._names.setdefault((id(source), changed), []).append(node)


def _read_with(node: ast.stmt) -> list[ast.AST]:
    """What is read with the head of a statement: of a compound one not its body, which has statements of its own."""
    if isinstance(node, ast.For):
        return [node.iter]
    if isinstance(node, (ast.If, ast.While)):
        return [node.test]
    if isinstance(node, ast.With):
        return [item.context_expr for item in node.items]
    if isinstance(node, ast.Match):
        return [node.subject]
    if isinstance(node, (*_DEFINING, ast.Try)):
        return []
    return [node]


def _changed(node: ast.stmt) -> Iterator[str | ast.Attribute]:
    """The names that a statement binds, the attributes it sets, and the objects that its stores and calls change."""
    if isinstance(node, _DEFINING):
        yield node.name
        return
    for n in ast.walk(node):
        if isinstance(n, ast.Name) and isinstance(n.ctx, (ast.Store, ast.Del)):
            yield n.id
        elif isinstance(n, ast.alias):
            yield (n.asname or n.name).partition(".")[0]
        elif isinstance(n, ast.Attribute) and isinstance(n.ctx, (ast.Store, ast.Del)):
            yield n
        elif isinstance(n, _DEFINING):
            yield n.name
        if isinstance(n, ast.Expr) and isinstance(n.value, ast.Call):
            yield from _root(n.value.func)
        elif isinstance(n, (ast.Attribute, ast.Subscript)) and isinstance(n.ctx, (ast.Store, ast.Del)):
            yield from _root(n)


def _root(node: ast.expr) -> Iterator[str]:
    """The name that an attribute or item is taken from."""
    if isinstance(node, (ast.Attribute, ast.Subscript)):
        while isinstance(node, (ast.Attribute, ast.Subscript)):
            node = node.value
        if isinstance(node, ast.Name):
            yield node.id


def place(lo: Lowering) -> tuple[Any, ...]:
    """Where the reading is, to return to if a statement is left out."""
    lists = lo.stack, lo.loops, lo.tries, lo.meetings, lo.journal.regions
    return lo.block, lo.frame, lo.origin, lo.loops, [(entries, len(entries)) for entries in lists]


def return_to(lo: Lowering, before: tuple[Any, ...]) -> None:
    """Go on behind a statement that was left out."""
    lo.block, lo.frame, lo.origin, lo.loops, lists = before
    for entries, length in lists:
        del entries[length:]


__all__ = ["MOST", "Consequence", "Problems", "place", "return_to"]
