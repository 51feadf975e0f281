"""Which names a piece of text reads from the scope it stands in, and which of them a function defined there reads.

    >>> tree = ast.parse("total = sum(d * k for d in kept) + [lambda v: v * c for c in d][0](1)")
    >>> sorted(reads(tree).names), sorted(reads(tree).by_functions), sorted(reads(tree).by_generators)
    (['d', 'k', 'kept', 'sum'], [], ['k', 'kept'])

The targets of comprehensions, and the parameters and other names of functions defined inside, are their own.
"""
from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from .trees import children

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
Names = frozenset[str]


@dataclass(eq=False, slots=True)
class Reads:
    """`names` are all that are read; those by functions and by generator expressions may be read later."""

    names: set[str] = field(default_factory=set)
    by_functions: set[str] = field(default_factory=set)
    by_generators: set[str] = field(default_factory=set)


def reads(node: ast.AST) -> Reads:
    """The names that a node reads from around it."""
    found = Reads()
    _read(found, node, frozenset(), [found.names])
    return found


def _read(found: Reads, node: ast.AST, own: Names, sinks: list[set[str]]) -> None:
    match node:
        case ast.Name(name, ctx):
            if not isinstance(ctx, ast.Store):
                _add(name, own, sinks)
        case ast.AugAssign(ast.Name(name)):
            _add(name, own, sinks)
            _read(found, node.value, own, sinks)
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            _read_comprehension(found, node, own, sinks)
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
            _read_function(found, node, own, sinks)
        case ast.ClassDef():  # its methods do not see the names of its body
            for child in children(node):
                _read(found, child, own, [*sinks, found.by_functions])
        case _:
            for child in children(node):
                _read(found, child, own, sinks)


def _add(name: str, own: Names, sinks: list[set[str]]) -> None:
    if name not in own:
        for sink in sinks:
            sink.add(name)


def _read_comprehension(found: Reads, node: ast.expr, own: Names, sinks: list[set[str]]) -> None:
    later = [*sinks, found.by_generators] if isinstance(node, ast.GeneratorExp) else sinks
    for generator in node.generators:
        _read(found, generator.iter, own, later)
        own = own.union(n for n in _bound(generator.target))
        for part in (generator.target, *generator.ifs):
            _read(found, part, own, later)
    for part in (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,):
        _read(found, part, own, later)


def _read_function(found: Reads, node: ast.AST, own: Names, sinks: list[set[str]]) -> None:
    a = node.args
    for part in (*a.defaults, *(d for d in a.kw_defaults if d is not None), *getattr(node, "decorator_list", ())):
        _read(found, part, own, sinks)
    body = [node.body] if isinstance(node, ast.Lambda) else node.body
    bound = [p.arg for p in (*a.posonlyargs, *a.args, *a.kwonlyargs, a.vararg, a.kwarg) if p is not None]
    others: set[str] = set()
    for stmt in body:
        bound += _bound(stmt, others)
    own = own.difference(others).union(name for name in bound if name not in others)
    for stmt in body:
        _read(found, stmt, own, [*sinks, found.by_functions])


def _bound(node: ast.AST, others: set[str] | None = None) -> Iterator[str]:
    """Names that a node binds in the scope it stands in; what it declares to be of another scope goes to `others`."""
    match node:
        case ast.Name(name, ast.Store() | ast.Del()):
            yield name
        case ast.Global(names) | ast.Nonlocal(names):
            if others is not None:
                others.update(names)
        case ast.Lambda():
            return
        case ast.FunctionDef(name) | ast.AsyncFunctionDef(name) | ast.ClassDef(name):
            yield name
            return
        case ast.alias(name, other):
            yield other or name.partition(".")[0]
        case ast.ExceptHandler(_, str(name)) | ast.MatchAs(_, str(name)) | ast.MatchStar(str(name)):
            yield name
        case ast.MatchMapping(_, _, str(name)):
            yield name
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            yield from (n.target.id for n in ast.walk(node) if isinstance(n, ast.NamedExpr))
            return
    for child in children(node):
        yield from _bound(child, others)


__all__ = ["Reads", "reads"]
