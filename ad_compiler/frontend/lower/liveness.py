"""Which names of a function's text may be read, before they are assigned again, after each of its statements.

    for item in items:
        if item > 0:
            part = item * 2         `part` is not read after this `if`: no path brings its value anywhere
            kept.append(part)

Backwards over the text, loops until nothing changes. What functions defined inside read may be read at any time; a
handler may begin after any statement of its `try`.
"""
from __future__ import annotations

import ast
import functools
from collections.abc import Sequence
from dataclasses import dataclass, field

from ..reads import reads
from ..trees import nodes

Names = frozenset[str]
_NONE: Names = frozenset()


@dataclass(eq=False, slots=True)
class Liveness:
    """`after`: the names that are read after a statement; `head`: those that are read where a loop's iteration begins,
    or would begin."""

    after: dict[ast.AST, Names] = field(default_factory=dict)
    head: dict[ast.AST, Names] = field(default_factory=dict)
    always: Names = _NONE


@dataclass(frozen=True, slots=True)
class _Exits:
    """The names read where `break`, `continue` and errors lead, and where a `return` does."""

    leave: Names = _NONE
    again: Names = _NONE
    thrown: Names = _NONE


@functools.lru_cache(maxsize=512)
def liveness(tree: ast.FunctionDef | ast.Lambda) -> Liveness:
    """The facts of one function."""
    found = Liveness(always=_read_at_any_time(tree))
    if isinstance(tree, ast.FunctionDef):
        _block(found, tree.body, found.always, _Exits())
    return found


def _read_at_any_time(tree: ast.FunctionDef | ast.Lambda) -> Names:
    every = [reads(part) for part in (tree.body if isinstance(tree, ast.FunctionDef) else [tree.body])]
    shared = [name for n in nodes(tree) if isinstance(n, (ast.Global, ast.Nonlocal)) for name in n.names]
    return frozenset(shared).union(*(r.by_functions | r.by_generators for r in every))


def _used(node: ast.AST | None) -> Names:
    """Names that evaluating a node reads."""
    return _NONE if node is None else frozenset(reads(node).names)


def _bound(target: ast.AST) -> Names:
    """Names that a target surely binds."""
    if isinstance(target, ast.Name):
        return frozenset((target.id,))
    if isinstance(target, (ast.Tuple, ast.List)):
        return frozenset(name for item in target.elts for name in _bound(item))
    return _bound(target.value) if isinstance(target, ast.Starred) else _NONE


def _block(found: Liveness, stmts: Sequence[ast.stmt], out: Names, exits: _Exits) -> Names:
    """What is read from the beginning of a block on."""
    for node in reversed(stmts):
        found.after[node] = found.after.get(node, _NONE) | out
        out = _statement(found, node, out, exits) | exits.thrown
    return out


def _statement(found: Liveness, node: ast.stmt, out: Names, exits: _Exits) -> Names:
    match node:
        case ast.Assign(targets, value):
            bound = frozenset(name for t in targets for name in _bound(t))
            return (out - bound) | _used(value) | frozenset(n for t in targets for n in _used(t))
        case ast.AnnAssign(target, _, value) if value is not None:
            return (out - _bound(target)) | _used(value) | _used(target)
        case ast.If(test, body, orelse):
            return _used(test) | _block(found, body, out, exits) | _block(found, orelse, out, exits)
        case ast.For() | ast.While():
            return _loop(found, node, out, exits)
        case ast.Try():
            return _try(found, node, out, exits)
        case ast.With(items, body):
            inner = _block(found, body, out, exits)
            return inner | frozenset(n for i in items for n in _used(i))
        case ast.Match(subject, cases):
            inner = [_block(found, c.body, out, exits) | _used(c.pattern) | _used(c.guard) for c in cases]
            return out.union(_used(subject), *inner)
        case ast.Return(value):
            return _used(value) | found.always
        case ast.Raise():
            return _used(node) | found.always
        case ast.Break():
            return exits.leave
        case ast.Continue():
            return exits.again
        case ast.AugAssign(ast.Name(name), _, _):
            return out | _used(node) | {name}
        case _:
            return out | _used(node)


def _loop(found: Liveness, node: ast.For | ast.While, out: Names, exits: _Exits) -> Names:
    ended = _block(found, node.orelse, out, exits)
    forever = isinstance(node, ast.While) and isinstance(node.test, ast.Constant) and bool(node.test.value)
    head: Names = _NONE if forever else ended
    while True:
        body = _block(found, node.body, head, _Exits(out, head, exits.thrown))
        begin = (body - _bound(node.target)) | _used(node.target) if isinstance(node, ast.For) else (
            body | _used(node.test))
        if begin | head == head:
            break
        head = head | begin
    found.head[node] = found.head.get(node, _NONE) | head
    return head | (_used(node.iter) if isinstance(node, ast.For) else _NONE)


def _try(found: Liveness, node: ast.Try, out: Names, exits: _Exits) -> Names:
    final = out
    if node.finalbody:
        leaving = out | exits.leave | exits.again | exits.thrown | found.always
        final = _block(found, node.finalbody, leaving, exits)
        exits = _Exits(final, final, final)
    handlers = frozenset(name for h in node.handlers for name in _block(found, h.body, final, exits) | _used(h.type))
    orelse = _block(found, node.orelse, final, exits)
    return _block(found, node.body, orelse, _Exits(exits.leave, exits.again, exits.thrown | handlers)) | handlers


__all__ = ["Liveness", "liveness"]
