"""Branches, loops and other compound statements as Python text."""
from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ..analysis.choices import last_value
from ..ir import nodes as ir
from .lines import INDENT, WIDTH
from .nesting import Pending, movable, operands
from .operators import AND, CHOICE, NOT, OR

if TYPE_CHECKING:
    from .python import Printer


def block(p: Printer, body: ir.Block) -> None:
    """A block one step further in."""
    start = p.out.enter()
    p.statements(body)
    p.out.leave(start)


# --- if -------------------------------------------------------------------------------------------------------------
def if_(p: Printer, s: ir.If) -> None:
    kind = p.uses.chosen.get(s)
    if kind:
        _choice(p, s, kind)
        return
    p.nesting.settle(operands(s.cond), alone=True)
    _branches(p, s, "if")


def _branches(p: Printer, s: ir.If, keyword: str) -> None:
    """The branches of an `if` whose condition is ready to be written.

    Where the first branch leaves, what the other holds follows without `else`."""
    then, orelse = s.then, s.orelse
    first = keyword == "if"
    if (not then.stmts and orelse.stmts) or (first and _leaves(orelse) and not _leaves(then)):
        p.out.header(f"{keyword} not {p.write.text(s.cond, NOT)}:", s.origin)
        then, orelse = orelse, then
    else:
        p.out.header(f"{keyword} {p.write.text(s.cond)}:", s.origin)
    block(p, then)
    if not orelse.stmts:
        return
    if first and _leaves(then):
        p.statements(orelse)
    else:
        _else(p, orelse)


def _leaves(body: ir.Block) -> bool:
    """Whether control never runs past the end of a block."""
    if not body.stmts:
        return False
    last = body.stmts[-1]
    return type(last) is ir.Break or (type(last) is ir.Raise and last.cond is None)


def _else(p: Printer, orelse: ir.Block) -> None:
    """`elif` where the block is one more `if` whose condition fits on its line, else `else`."""
    *first, last = orelse.stmts
    chain = type(last) is ir.If and last not in p.uses.chosen and all(type(s) is ir.Assign for s in first)
    if not chain:
        p.out.plain("else:")
        block(p, orelse)
        return
    assert isinstance(last, ir.If)
    outer, p.out.lines = p.out.lines, []
    start = p.out.enter()
    before = p.out.origin
    p.some(orelse, first)
    p.nesting.settle(operands(last.cond), alone=True)
    inner, p.out.lines = p.out.lines, outer
    if not inner:
        p.out.indent = p.out.indent[:-len(INDENT)]
        p.out.origin = before
        _branches(p, last, "elif")
        return
    p.out.lines += [f"{p.out.indent[:-len(INDENT)]}else:", *inner]
    _branches(p, last, "if")
    p.out.leave(start)


# --- expressions that are branches ----------------------------------------------------------------------------------
class Arm(NamedTuple):
    """One path of a choice: its lines, and the text of its value where that is all there is."""

    lines: list[str]
    value: Pending | None


def _choice(p: Printer, s: ir.If, kind: str) -> None:
    """`and`, `or` or a conditional expression if both paths are one expression each, else an `if`."""
    found = last_value(s.then)
    assert found is not None
    target = found[0]
    arms = [Arm([], None) if (kind, which) in (("and", 1), ("or", 0)) else _arm(p, body)
            for which, body in enumerate((s.then, s.orelse))]
    values = [a.value for a in arms]
    needed = values if kind == "if" else [values[0 if kind == "and" else 1]]
    width = sum(len(v.text) for v in needed if v is not None) + len(p.out.indent) + len(target.hint) + 30
    if None not in needed and width < WIDTH:
        p.nesting.settle(operands(s.cond), ordered=False)
        _place(p, _combined(p, s, kind, target, [v for v in needed if v is not None]))
        return
    cond = s.cond if isinstance(s.cond, ir.Var) else None
    p.nesting.settle(operands(s.cond), alone=True, named=cond if kind != "if" else None)
    name = p.write.name(target)
    p.out.header(f"if {p.write.text(s.cond)}:", s.origin)
    for which, arm in enumerate(arms):
        if which:
            p.out.plain("else:")
        p.out.lines += arm.lines
        if arm.value is not None:
            p.out.plain(f"{name} = {arm.value.text}", 1)
        elif not arm.lines:
            p.out.plain(f"{name} = {p.write.text(s.cond)}", 1)


def _arm(p: Printer, body: ir.Block) -> Arm:
    """Write one path by itself; nothing that waits outside is touched."""
    found = last_value(body)
    assert found is not None
    target, source = found
    pending = p.nesting.pending
    waiting = dict(pending)
    pending.clear()
    outer, p.out.lines = p.out.lines, []
    p.out.enter()
    p.some(body, body.stmts[:-1])
    value = None
    if movable(source):
        p.nesting.wait(ir.Assign(target, source, body.stmts[-1].origin), p.write.value)
        if not p.out.lines and len(pending) == 1:
            value = pending[target]
    else:
        p.some(body, body.stmts[-1:])
    if value is None:
        p.nesting.flush_all()
    lines, p.out.lines = p.out.lines, outer
    p.out.leave(-1)
    pending.clear()
    pending.update(waiting)
    return Arm(lines, value)


def _combined(p: Printer, s: ir.If, kind: str, target: ir.Var, values: list[Pending]) -> Pending:
    cond = p.nesting.pending.get(s.cond) if isinstance(s.cond, ir.Var) else None
    parts = [*values, *([] if cond is None else [cond])]
    mentions = frozenset(operands(s.cond)).union(*(v.mentions for v in parts))
    if kind == "if":
        then, orelse = values
        text = f"{_at(then, OR)} if {p.write.text(s.cond, OR)} else {_at(orelse, CHOICE)}"
        level = CHOICE
    else:
        level = AND if kind == "and" else OR
        text = f"{p.write.text(s.cond, level)} {kind} {_at(values[0], level + 1)}"
    return Pending(target, text, level, True, any(v.reads for v in parts), mentions, s.origin)


def _at(value: Pending, level: int) -> str:
    return value.text if value.level >= level else f"({value.text})"


def _place(p: Printer, waiting: Pending) -> None:
    """Let the value wait if its variable is a temporary that is read once, else assign it."""
    if p.uses.nestable(waiting.target, p.block, assignments=2):
        p.nesting.pending[waiting.target] = waiting
        return
    p.nesting.settle((), defines=(waiting.target,))
    p.out.add(f"{p.write.name(waiting.target)} = {waiting.text}", waiting.origin)


# --- loops ----------------------------------------------------------------------------------------------------------
def for_(p: Printer, s: ir.For) -> None:
    write = p.write
    bounds = [v for a in (s.start, s.stop, s.step, s.limit) if a is not None for v in operands(a)]
    p.nesting.settle(bounds, alone=True)
    numbers = _numbers(p, s)
    if s.trips is not None:
        p.out.header(f"{write.name(s.trips)} = 0", s.origin)
    p.out.header(f"for {write.name(s.target)} in {numbers}:", s.origin)
    if s.trips is not None:
        p.out.plain(f"{write.name(s.trips)} += 1", 1)
    start = p.out.enter()
    p.statements(s.body)
    p.out.leave(start if s.trips is None else -1)


def _numbers(p: Printer, s: ir.For) -> str:
    """The numbers that a loop runs over."""
    start, stop, step = p.write.text(s.start), p.write.text(s.stop), p.write.text(s.step)
    parts = [stop] if (start, step) == ("0", "1") else [start, stop] if step == "1" else [start, stop, step]
    text = f"{p.namespace.builtin('range')}({', '.join(parts)})"
    if s.limit is not None:
        text = f"{text}[:{p.write.text(s.limit)}]"
    return f"{p.namespace.builtin('reversed')}({text})" if s.backward else text


def while_(p: Printer, s: ir.While) -> None:
    p.nesting.flush_all()
    if s.trips is not None:
        p.out.header(f"{p.write.name(s.trips)} = 0", s.origin)
    outer, p.out.lines = p.out.lines, []
    before = p.out.origin
    p.out.enter()
    p.some(s.header, s.header.stmts)
    p.nesting.settle(operands(s.cond), alone=True)
    header, p.out.lines = p.out.lines, outer
    p.out.leave(-1)
    p.out.origin = before
    if not header:
        p.out.header(f"while {p.write.text(s.cond)}:", s.origin)
    else:
        cond = p.write.text(s.cond, NOT)
        p.out.header("while True:", s.origin)
        p.out.lines += header
        p.out.plain(f"if not {cond}:", 1)
        p.out.plain("break", 2)
    start = p.out.enter()
    if s.trips is not None:
        p.out.plain(f"{p.write.name(s.trips)} += 1")
    p.statements(s.body)
    p.out.leave(start if not header else -1)


# --- the rest -------------------------------------------------------------------------------------------------------
def with_(p: Printer, s: ir.With) -> None:
    p.nesting.settle(operands(s.context), alone=True)
    target = "" if s.target is None else f" as {p.write.name(s.target)}"
    p.out.header(f"with {p.write.text(s.context)}{target}:", s.origin)
    block(p, s.body)


def try_(p: Printer, s: ir.Try) -> None:
    p.nesting.flush_all()
    p.out.header("try:", s.origin)
    block(p, s.body)
    for kind, var, handler in s.handlers:
        caught = "" if kind is None else f" {p.write.text(kind)}"
        p.out.plain(f"except{caught}" + (f" as {p.write.name(var)}:" if var else ":"))
        block(p, handler)
    if len(s.final):
        p.out.plain("finally:")
        block(p, s.final)
