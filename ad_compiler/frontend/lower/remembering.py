"""`functools.lru_cache` and `cache` on a function of the program: a call that is read again gives what it gave before,
as long as nothing that the function reads from around it is changed, and it changes nothing itself."""
from __future__ import annotations

import ast
import functools
from collections.abc import Iterable, Iterator
from typing import Any

from ...ir import nodes as ir
from ..frames import MISSING, Frame
from ..lowering import Lowering
from ..values import FunctionV, HeapV, PartialV, RowV, TupleV, Value
from .closed_over import free_names
from .first_attributes import changed_after_reading

_CHANGING = frozenset({
    "append", "extend", "insert", "pop", "remove", "clear", "update", "setdefault", "add", "discard", "sort", "reverse",
    "fill", "popleft", "appendleft", "popitem", "itemset", "put", "resize", "partition"})


def remembering(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None
                ) -> Value:
    """`lru_cache(f)`, or `lru_cache(maxsize=...)`, which is then called with the function."""
    if not args or not isinstance(args[0], FunctionV):
        return PartialV(ir.Const(functools.cache, "cache"), [], {})
    if _forgets(lo, args[0], args[0].node, set()):
        lo.fail("AD142", node, "a function that remembers its results changes something, or reads names that are "
                "assigned again after it is defined", "pass them as arguments, or do not keep the results")
    return args[0]


def remembered_by(lo: Lowering, function: Any, args: Iterable[Value], node: ast.AST) -> None:
    """Objects given to a function from outside that remembers its results: it finds them again although they change."""
    if not hasattr(function, "cache_info"):
        return
    for arg in args:
        if isinstance(arg, RowV):
            lo.read_once.add(arg.rows.site)
            changed_after_reading(lo, arg, node)
        elif isinstance(arg, HeapV):
            lo.remembered.add(arg.frame)
        elif isinstance(arg, TupleV):
            remembered_by(lo, function, arg.items, node)


def _forgets(lo: Lowering, function: FunctionV, first: ast.AST, seen: set[ast.AST]) -> bool:
    """Whether calling a function again may give something else than remembering what it gave. `first` is the place
    from which on nothing may change."""
    if function.node in seen:
        return False
    seen.add(function.node)
    names = free_names(function.node)
    if names is None or any(name in names for name, _ in _changed(function.node)):
        return True
    left = set(names)
    frame: Frame | None = function.frame
    while frame is not None and frame.source is not None:
        for name in [name for name in left if frame.get(name) is not MISSING or _binds(frame.source.node, name)]:
            left.discard(name)
            if _assigned_again(frame.source.node, name, first):
                return True
            value = frame.get(name)
            if isinstance(value, FunctionV) and _forgets(lo, value, first, seen):
                return True
            if isinstance(value, HeapV) and value.cls not in (list, dict, set):
                lo.remembered.add(value.frame)
        frame = frame.parent
    return False


def _assigned_again(tree: ast.AST, name: str, first: ast.AST) -> bool:
    """Whether the function `tree` gives a name another value, or changes it, after the function at `first`."""
    after = getattr(first, "end_lineno", 0)
    places = [n for other, n in _changed(tree) if other == name]
    bindings = [n for other, n in _bound(tree) if other == name]
    if len(bindings) == 1 and isinstance(bindings[0], ast.FunctionDef):
        bindings = []
    if any(name in n.names for n in ast.walk(tree) if isinstance(n, ast.Nonlocal)):
        return True
    return any(getattr(n, "lineno", 0) > after for n in [*places, *bindings])


def _binds(tree: ast.AST, name: str) -> bool:
    return any(other == name for other, _ in _bound(tree))


@functools.lru_cache(maxsize=256)
def _bound(tree: ast.AST) -> tuple[tuple[str, ast.AST], ...]:
    """The names that a function binds itself, and where."""
    found: list[tuple[str, ast.AST]] = []
    for n in _own(tree):
        if isinstance(n, ast.Name) and isinstance(n.ctx, (ast.Store, ast.Del)):
            found.append((n.id, n))
        elif isinstance(n, ast.FunctionDef):
            found.append((n.name, n))
    return tuple(found)


@functools.lru_cache(maxsize=256)
def _changed(tree: ast.AST) -> tuple[tuple[str, ast.AST], ...]:
    """The names whose values a function changes in place, or functions inside it do, and where."""
    found: list[tuple[str, ast.AST]] = []
    for n in ast.walk(tree):
        target = n.func.value if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute) and (
            n.func.attr in _CHANGING) else n
        if target is n and not (isinstance(n, (ast.Subscript, ast.Attribute)) and isinstance(
                n.ctx, (ast.Store, ast.Del))):
            continue
        while isinstance(target, (ast.Subscript, ast.Attribute)):
            target = target.value
        if isinstance(target, ast.Name):
            found.append((target.id, n))
    return tuple(found)


def _own(tree: ast.AST) -> Iterator[ast.AST]:
    """What belongs to a function itself, not to the functions and comprehensions in it."""
    todo = list(ast.iter_child_nodes(tree))
    while todo:
        n = todo.pop()
        yield n
        if not isinstance(n, (ast.FunctionDef, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
            todo.extend(ast.iter_child_nodes(n))
