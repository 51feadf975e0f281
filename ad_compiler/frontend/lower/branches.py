"""`if`, and joining the values of two paths."""
from __future__ import annotations

import ast
import copy
from typing import Any

from ...ir import nodes as ir
from ..frames import Meeting, PathEnd, Region
from ..lowering import Lowering
from ..values import Unusable, Value
from .apart import NeedExits
from .conditions import condition
from .exits import always_exits, has_exit
from .joining import join_ends, joined_errors
from .runtime_lists import site_of


def lower_if(lo: Lowering, node: ast.If, rest: list[Any]) -> bool | None:
    from .catching import catches

    cond = condition(lo, node.test)
    if isinstance(cond, ir.Const):
        rest[:0] = node.body if cond.value else node.orelse
        return None
    site = site_of(lo, node)
    leaves = has_exit(node.body) or has_exit(node.orelse) or site in lo.exiting or catches(lo, [node])
    if not leaves and always_exits(node.body):
        return _guard(lo, cond, node.body, node.orelse, rest, raises_if=True)
    if not leaves and always_exits(node.orelse):
        return _guard(lo, cond, node.orelse, node.body, rest, raises_if=False)
    if leaves:
        return exiting_if(lo, cond, [*node.body, *_after(node.body, rest)], [*node.orelse, *_after(node.orelse, rest)])
    branch(lo, cond, lambda: lo.statements(node.body), lambda: lo.statements(node.orelse), node)
    return None


def lower_choice(lo: Lowering, node: ast.stmt, rest: list[Any]) -> bool | None:
    """A statement whose value is a conditional expression that is read as an `if` with all that follows inside:

        b = x * c if c > 0 else c           if c > 0:
        ...                         ==>         b = x * c
                                                ...
    """
    choice: Any = getattr(node, "value", None)
    cond = condition(lo, choice.test)
    ways = []
    for value in (choice.body, choice.orelse):
        ways.append(copy.copy(node))
        ways[-1].value = value
    if isinstance(cond, ir.Const):
        rest.insert(0, ways[not cond.value])
        return None
    return exiting_if(lo, cond, *([way, *_after([way], rest)] for way in ways))


def is_choice(lo: Lowering, node: ast.stmt) -> bool:
    """Whether a statement is such a one."""
    value = getattr(node, "value", None)
    return isinstance(value, ast.IfExp) and bool(lo.exiting) and site_of(lo, value) in lo.exiting


def _after(body: list[ast.stmt], rest: list[Any]) -> list[Any]:
    return [] if always_exits(body) else rest


def _guard(lo: Lowering, cond: ir.Operand, fatal: list[ast.stmt], other: list[ast.stmt], rest: list[Any],
           raises_if: bool) -> None:
    """An `if` of which one branch only raises: the program goes on with the other one."""
    origin, region = lo.origin, lo.journal.open()
    with lo.into(ir.Block()) as block:
        lo.statements(fatal)
    lo.journal.close(region)
    lo.journal.restore(region)
    lo.emit(ir.If(cond, block, ir.Block(), origin) if raises_if else ir.If(cond, ir.Block(), block, origin))
    rest[:0] = other


def exiting_if(lo: Lowering, cond: ir.Operand, then: list[Any], orelse: list[Any]) -> bool:
    """An `if` that some path leaves: what follows it stands inside its branches, so every path ends in a branch."""
    _leave_meetings(lo)
    origin = lo.origin
    blocks = []
    lo.depth += 1
    for nodes in (then, orelse):
        region = lo.journal.open()
        with lo.into(ir.Block()) as block:
            if lo.statements(nodes):
                fall(lo)
        lo.journal.close(region)
        lo.journal.restore(region)
        blocks.append(block)
    lo.depth -= 1
    lo.emit(ir.If(cond, blocks[0], blocks[1], origin))
    return False


def _leave_meetings(lo: Lowering) -> None:
    """What follows a statement around here stands inside the branches as well: it must be read as one that some path
    leaves, and not as one whose paths meet again."""
    from .catching import leaving

    inside = leaving(lo)
    stop = inside[-1] if inside else lo.loops[-1] if lo.loops else lo.home
    if len(lo.meetings) > stop.meetings:
        raise NeedExits(lo.meetings[-1].site)


def fall(lo: Lowering, kind: str = "fall", value: Value | None = None) -> None:
    """The current path ends: note where, and what every name holds there. `kind` is "fall" (at the end of the block
    that is being read), "continue", "break" or "return"."""
    from .catching import come_out, leaving

    inside = leaving(lo)
    if kind == "fall" and inside:
        come_out(lo, inside[-1])
        return
    if lo.loops and kind != "return":
        ends, region = lo.loops[-1].ends, lo.loops[-1].region
        kind = "fall" if kind == "continue" else kind
    else:
        ends, region = lo.frame.returns, lo.frame.region
        kind, value = "return", value or ir.Const(None)
    ends.append(PathEnd(lo.block, kind, lo.journal.current(region), value, lo.origin))


def branch(lo: Lowering, cond: ir.Operand, then: Any, orelse: Any, node: ast.If | None = None,
           expression: Any = None) -> None:
    """Emit an `if` whose two paths meet again; names that they write are joined. A path that gives False has raised.
    `expression` is the place of a conditional expression."""
    origin = lo.origin
    site = None if node is None else site_of(lo, node)
    ends: list[PathEnd] = []
    thrown: list[tuple[PathEnd, int]] = []
    blocks: list[ir.Block] = []
    regions: list[Region] = []
    lo.depth += 1
    for run in (then, orelse):
        region = lo.journal.open()
        with lo.into(ir.Block()) as block, lo.meeting(Meeting(site, region, thrown)):
            if run() is not False:
                ends.append(PathEnd(lo.block, "fall", lo.journal.current(region)))
        lo.journal.close(region)
        lo.journal.restore(region)
        regions.append(region)
        blocks.append(block)
    lo.depth -= 1
    errors = joined_errors(lo, ends, thrown) if thrown else None
    joined = join_ends(lo, regions[0], [*ends, *(end for end, _ in thrown)], node=node)
    stmt = ir.If(cond, blocks[0], blocks[1], origin)
    lo.branched[stmt] = expression or site
    lo.emit(stmt)
    for (frame, name), value in joined.items():
        if isinstance(value, Unusable) and value.site is None:
            value.site = lo.branched[stmt]
        frame.set(name, value)
    if errors is not None:
        from .catching import after_throws

        after_throws(lo, *errors, node)
