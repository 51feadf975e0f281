"""Names that begin as a number and become an array by an augmented assignment.

    total = 0                               total = 0
    for k in range(len(a)):                 for k in range(len(a)):
        total += a[k] * np.sin(k * x)  ==>      total = total + a[k] * np.sin(k * x)
    return np.sum(total)                    return np.sum(total)

Python gives the name a new array in the first iteration and changes that array in the others. Where nothing else can
hold the array while the loop runs, it is the same to give the name a new array each time.
"""
from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...analysis.infer import type_of
from ...ir import nodes as ir
from ...ir import visit
from ...ir.types import Array, Num
from ..lowering import Lowering
from ..values import Value
from .runtime_lists import site_of

#: Functions of NumPy besides its ufuncs whose results hold no memory of their arguments.
_FRESH = frozenset({"sum", "mean", "prod", "max", "min", "amax", "amin", "std", "var", "any", "all", "dot", "vdot",
                    "inner", "outer", "size", "ndim", "shape", "where", "isclose", "allclose", "cumsum", "norm"})
_LOOPS = (ast.For, ast.While)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_NEW_VALUES = (ast.BinOp, ast.UnaryOp, ast.Constant)


class NeedRebound(Exception):
    """The augmented assignment at `site` gives its name a new value."""

    def __init__(self, site: Any) -> None:
        self.site = site
        super().__init__(str(site))


@dataclass(frozen=True, slots=True)
class Update:
    """An augmented assignment that was read as one in place."""

    node: ast.AugAssign
    tree: Any  # the function that it is in
    globals: dict[str, Any]
    site: Any


def note_update(lo: Lowering, node: ast.AugAssign, store: ir.Store) -> None:
    """Remember where an update in place comes from: what it updates may turn out to be a number."""
    if isinstance(node.target, ast.Name):
        tree = lo.frame.tree or getattr(lo.frame.source, "node", None)
        lo.updates[store] = Update(node, tree, lo.frame.globals, site_of(lo, node))


def is_rebound(lo: Lowering, node: ast.AugAssign) -> bool:
    return bool(lo.rebound) and site_of(lo, node) in lo.rebound


def ask_for_rebound(lo: Lowering, fn: ir.Function, stmt: ir.Stmt) -> None:
    """Raises NeedRebound where the use of what may be a number is an update that may be read so."""
    update = lo.updates.get(stmt)
    if update is None or update.site in lo.rebound:
        return
    loops = [s for s in visit.walk(fn.body) if isinstance(s, (ir.For, ir.While)) and any(
        inner is stmt for inner in visit.walk(ir.Block([s])))]
    if any(_begins_as_number(fn, loop, stmt.base) for loop in loops) and _Text(update).held_by_nothing_else():
        raise NeedRebound(update.site)


def same_precision(lo: Lowering, old: Value, new: Value) -> bool:
    """Whether a new array has the dtype of the one that Python would change."""
    before, after = lo.type_of(old), lo.type_of(new)
    return not isinstance(before, Array) or (isinstance(after, Array) and before.dtype == after.dtype)


def _begins_as_number(fn: ir.Function, loop: ir.Stmt, var: ir.Var) -> bool:
    """Whether all that a loop gives a name before its first iteration is numbers."""
    inside = {id(s) for s in visit.walk(ir.Block([loop]))}
    copies = [(t, s, id(stmt) in inside) for stmt in visit.walk(fn.body) if isinstance(stmt, ir.Copy)
              for t, s in zip(stmt.targets, stmt.sources, strict=True)]
    names, work = {var}, [var]
    while work:
        target = work.pop()
        for t, source, within in copies:
            if t is not target:
                continue
            if not within and not isinstance(type_of(source), Num):
                return False
            if isinstance(source, ir.Var) and source not in names:
                names.add(source)
                work.append(source)
    return True


class _Text:
    """The text around an update: who else may hold what its name holds."""

    def __init__(self, update: Update) -> None:
        self.update = update
        assert isinstance(update.node.target, ast.Name)
        self.name = update.node.target.id

    def held_by_nothing_else(self) -> bool:
        """Whether, in the loops that a value of the name lives through, the name only takes part in arithmetic."""
        tree, node = self.update.tree, self.update.node
        around = [] if tree is None else _around(tree, node)
        loops = [s for s in around if isinstance(s, _LOOPS)]
        inner_functions = [n for n in ast.walk(tree) if isinstance(n, _FUNCTIONS) and n is not tree] if around else []
        if not loops or any(self._names(n) for n in inner_functions):
            return False
        inner = loops.pop()
        while loops and not self._begins_anew(loops[-1], inner):
            inner = loops.pop()
        return all(self._harmless(use, parents) for use, parents in _with_parents(inner, ()) if isinstance(
            use, ast.Name) and use.id == self.name)

    def _names(self, node: ast.AST) -> bool:
        return any(isinstance(n, ast.Name) and n.id == self.name for n in ast.walk(node))

    def _begins_anew(self, loop: Any, inner: ast.AST) -> bool:
        """Whether each iteration gives the name another value before the loop inside begins."""
        for statement in loop.body:
            if any(n is inner for n in ast.walk(statement)):
                return False
            if isinstance(statement, ast.Assign) and any(isinstance(t, ast.Name) and t.id == self.name
                                                         for t in statement.targets):
                return True
        return False

    def _harmless(self, use: ast.Name, parents: tuple[ast.AST, ...]) -> bool:
        if isinstance(use.ctx, ast.Load):
            return self._takes_part(use, parents)
        around = parents[-1]
        return isinstance(around, ast.AugAssign) or (
            isinstance(around, ast.Assign) and len(around.targets) == 1 and isinstance(around.value, _NEW_VALUES))

    def _takes_part(self, use: ast.AST, parents: tuple[ast.AST, ...]) -> bool:
        """Whether what a name holds goes into arithmetic there, and nowhere else."""
        match parents[-1]:
            case ast.BinOp() | ast.UnaryOp() | ast.Compare() | ast.Return():
                return True
            case ast.AugAssign(op=op):
                return not isinstance(op, ast.Add)  # (lists take the rows of what is added to them)
            case ast.Subscript(value=value) | ast.Attribute(value=value, attr="T") if value is use:
                return self._takes_part(parents[-1], parents[:-1])
            case ast.Attribute(attr=attr):
                return attr in _FRESH
            case ast.Call(func=ast.Attribute(value=module, attr=attr), args=args) if use in args:
                found = getattr(np, attr, None)
                return self._is_numpy(module) and (attr in _FRESH or (
                    isinstance(found, np.ufunc) and args.index(use) < found.nin))
            case _:
                return False

    def _is_numpy(self, module: ast.expr) -> bool:
        while isinstance(module, ast.Attribute):
            module = module.value
        return isinstance(module, ast.Name) and self.update.globals.get(module.id) is np


def _around(tree: ast.AST, node: ast.AST) -> list[ast.AST]:
    """The nodes around a node, from the outermost; none where it is not in the tree."""
    return next((list(parents) for child, parents in _with_parents(tree, ()) if child is node), [])


def _with_parents(node: ast.AST, parents: tuple[ast.AST, ...]) -> Iterator[tuple[Any, tuple[ast.AST, ...]]]:
    """The nodes inside a node, with what is around each."""
    inner = (*parents, node)
    for child in ast.iter_child_nodes(node):
        yield child, inner
        yield from _with_parents(child, inner)
