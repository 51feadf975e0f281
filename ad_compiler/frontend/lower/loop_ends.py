"""A loop that has been read, emitted; and what follows it where some path leaves the function or the loop."""
from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ...ir import nodes as ir
from ...ir import visit
from ..frames import MISSING, Key, PathEnd, Region, Seen
from ..lowering import Lowering
from ..values import ExternalV, RowsV, RowV, Unusable, Value
from .branches import exiting_if
from .carried import copies, operands_of, template, weaken
from .catching import THROWN, after_throws, error_for
from .closed_over import holds
from .joining import carry_around, give_default, hint_of, is_over, read_after
from .reach import reached

RETURNED, RESULT, BROKE = "<returned>", "<result>", "<broke>"


@dataclass(eq=False)
class Loop:
    """A loop being read: how its paths end, and the names written since it began."""

    region: Region
    node: ast.AST
    ends: list[PathEnd] = field(default_factory=list)
    has_else: bool = False
    returned: bool = False
    thrown: dict[int, None] = field(default_factory=dict)  # handlers that errors in it are for
    meetings: int = 0
    site: Any = None  # of a loop that could be unrolled


def emit_loop(lo: Lowering, node: ast.For | ast.While, loop: Loop, parts: Any, carried: dict[Key, Value],
               befores: dict[Key, Value], build: Callable[[Any, bool], ir.Stmt]) -> None:
    patterns = {k: p for k, p in carried.items() if k in loop.region and not isinstance(p, Unusable)}
    for key in _first_assigned(lo, node, loop, carried, befores, patterns):
        found = [s for end in loop.ends if (s := at_end(end, key)).value is not MISSING]
        if found:
            if key[0].source is None and not _always_given(loop, key):
                key[0].partial.add(key[1])  # the loop may not run
            pattern = weaken(lo, template(found[0].value, hint_of(key), found[0].state), found, hint_of(key))
            patterns[key] = pattern
    _refuse_captured(lo, parts, carried, patterns)
    for key, pattern in patterns.items():
        before = befores.get(key, MISSING)
        if before is not MISSING and not isinstance(pattern, Unusable):
            targets, sources = copies(pattern, Seen(None, before))
            if targets:
                lo.emit(ir.Copy(targets, sources, lo.origin))
        elif not isinstance(pattern, Unusable):
            carry_around(lo, key)
            give_default(lo, pattern, [lo.block])
    for end in loop.ends:
        targets, sources = [], []
        for key, pattern in patterns.items():
            value = end.state.get(key, befores.get(key, MISSING))
            if value is not MISSING and not isinstance(pattern, Unusable) and not isinstance(value, Unusable):
                more = copies(pattern, Seen(None, value, end.state))
                targets += more[0]
                sources += more[1]
        if targets:
            end.block.stmts.append(ir.Copy(tuple(targets), tuple(sources), end.origin))
        if end.kind == "break":
            end.block.stmts.append(ir.Break(end.origin))
    lo.emit(build(parts, any(e.kind == "break" for e in loop.ends)))
    for key in befores:
        pattern = carried.get(key, patterns.get(key, MISSING))
        if pattern is MISSING and befores[key] is not MISSING:
            pattern = Unusable("it belongs to one iteration of a loop")
        key[0].set(key[1], pattern)


def _first_assigned(lo: Lowering, node: ast.AST, loop: Loop, carried: dict[Key, Value], befores: dict[Key, Value],
                    patterns: dict[Key, Value]) -> list[Key]:
    """The names first assigned in the loop, and the slots of objects, that may be read after it."""
    keys = [key for key, before in befores.items() if key not in carried and before is MISSING
            and not is_over(loop.region, key[0]) and read_after(lo, node, key)]
    made = [key for key in keys if loop.region.made(key[0])]
    if not made:
        return keys
    roots = [key for key in (*patterns, *keys) if not loop.region.made(key[0])]
    states = [end.state for end in loop.ends]
    left = reached(loop.region, [at_end(end, key).value for key in roots for end in loop.ends], states)
    for frame, name in made:
        if frame.source is None and frame not in left:
            frame.partial.add(name)
    return [key for key in keys if key[0] in left or not loop.region.made(key[0])]


def _always_given(loop: Loop, key: Key) -> bool:
    """Whether an object that the loop makes has a slot on every path that makes it."""
    return loop.region.made(key[0]) and all(
        end.state.get(key, MISSING) is not MISSING for end in loop.ends if any(f is key[0] for f, _ in end.state))


def _refuse_captured(lo: Lowering, parts: Any, carried: dict[Key, Value], patterns: dict[Key, Value]) -> None:
    """Functions and the like that leave the loop with numbers of its last iteration, which are not carried out of it,
    cannot be used after it."""
    opaque = {k: p for k, p in patterns.items() if not isinstance(p, (ir.Var, RowsV, RowV, ExternalV, Unusable))}
    if not opaque:
        return
    made = {v for p in parts if isinstance(p, ir.Block) for s in visit.walk(p) for v in visit.defines(s)}
    made.update(v for p in (*parts, *(o for c in carried.values() if not isinstance(c, Unusable)
                                      for o in operands_of(Seen(None, c)))) if isinstance(v := p, ir.Var))
    for key, pattern in opaque.items():
        if holds(lo, pattern, made):
            patterns[key] = Unusable("a loop gave it values of one of its iterations")


def at_end(end: PathEnd, key: Key) -> Seen:
    """What a name written in the loop holds at the end of a path through it."""
    return Seen(end.block, end.state.get(key, MISSING), end.state)


def after_loop(lo: Lowering, node: ast.For | ast.While, loop: Loop, rest: list[Any]) -> bool | None:
    if loop.thrown:
        after_throws(lo, lo.home.get(THROWN), {n: lo.home.get(error_for(n)) for n in loop.thrown}, node)
    if loop.returned:
        flag = lo.frame.get(RETURNED)
        nodes = _else_nodes(lo, node) + rest
        del rest[:]
        return exiting_if(lo, flag, [lambda: return_result(lo)], nodes)
    rest[:0] = _else_nodes(lo, node)
    return None


def _else_nodes(lo: Lowering, node: ast.For | ast.While) -> list[Any]:
    """The `else` of a loop, as an `if not broke:`."""
    if not node.orelse:
        return []
    if not any(isinstance(n, ast.Break) for s in node.body for n in ast.walk(s)):
        return list(node.orelse)
    test = ast.copy_location(ast.UnaryOp(ast.Not(), ast.copy_location(ast.Name(BROKE, ast.Load()), node)), node)
    branch = ast.If(test, node.orelse, [])
    branch.lineno, branch.col_offset = node.lineno, node.col_offset
    branch.end_lineno, branch.end_col_offset = node.lineno, node.col_offset
    return [branch]


def return_result(lo: Lowering) -> bool:
    """Return what a loop that was left by `return` has left behind."""
    from .statements import leave

    return leave(lo, lo.frame.get(RESULT))
