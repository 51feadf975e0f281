"""The text of a function: its tree, its comments, and where it stands.

The structure is read by `ast`. What it drops, the comments, is in the lines between its statements and behind them.
"""
from __future__ import annotations

import ast
import inspect
import linecache
import textwrap
import types
from dataclasses import dataclass, field
from typing import Any

from ..errors import Diagnostic, SourceNotFound
from .lambdas import find_lambda
from .private_names import spell_out


@dataclass(frozen=True, slots=True)
class Source:
    """A function's own text. `first_line` is the file's line of the text's line 1, `indent` what dedenting removed."""

    file: str
    first_line: int
    indent: int
    text: str
    node: ast.FunctionDef | ast.Lambda
    comments: dict[int, tuple[str, ...]] = field(default_factory=dict)
    trailing: dict[int, str] = field(default_factory=dict)

    def segment(self, node: Any) -> str:
        """The text of a node. (Offsets of `ast` count UTF-8 bytes.)"""
        lines = self.lines
        first, last = node.lineno - 1, node.end_lineno - 1
        start, end = node.col_offset, node.end_col_offset
        if first == last:
            return lines[first].encode()[start:end].decode()
        parts = [lines[first].encode()[start:].decode(), *lines[first + 1:last], lines[last].encode()[:end].decode()]
        return "\n".join(parts)

    @property
    def lines(self) -> list[str]:
        """The lines of the text."""
        found = _lines.get(self.text)
        if found is None:
            found = _lines[self.text] = self.text.splitlines()
        return found


_cache: dict[tuple[str, types.CodeType], Source] = {}  # code objects of two files may be equal
_lines: dict[str, list[str]] = {}


def read_source(function: types.FunctionType) -> Source:
    """The source of a plain Python function or lambda. Raises SourceNotFound."""
    code = function.__code__
    key = code.co_filename, code
    found = _cache.get(key)
    if found is None:
        found = _cache[key] = _read(function)
    return found


def _not_found(function: Any, why: str) -> SourceNotFound:
    name = getattr(function, "__qualname__", repr(function))
    return SourceNotFound(Diagnostic(
        "AD101", None, f"the source of `{name}` cannot be read: {why}",
        "define it in a file or a notebook cell"))


def _read(function: types.FunctionType) -> Source:
    code = function.__code__
    linecache.checkcache(code.co_filename)
    first = code.co_firstlineno
    file_lines = linecache.getlines(code.co_filename, function.__globals__)
    if not file_lines or first > len(file_lines):
        raise _not_found(function, "could not get source code")
    if function.__name__ == "<lambda>":
        return _read_lambda(function, first)
    text, indent, node = _definition(function, file_lines[first - 1:])
    if not isinstance(node, ast.FunctionDef):
        if isinstance(node, ast.AsyncFunctionDef):
            raise _not_found(function, "an `async def` is not a numerical function")
        return _read_lambda(function, first)
    if "__" in text:
        spell_out(node, code)
    comments, trailing = _comments(text, node)
    return Source(code.co_filename, first, indent, text, node, comments, trailing)


def _definition(function: types.FunctionType, lines: list[str]) -> tuple[str, int, ast.stmt]:
    """The text at the top of these lines that defines a function, dedented by so much, and its tree."""
    try:
        text, indent = _dedented(_indented(function.__code__, lines))
        tree = ast.parse(text)
    except SyntaxError:
        tree, text, indent = None, "", 0
    if tree is None or len(tree.body) != 1:  # a line of a string or in brackets stands further left: tokens tell
        try:
            text, indent = _dedented(inspect.getblock(lines))
        except (IndentationError, SyntaxError) as error:
            raise _not_found(function, str(error)) from None
        try:
            tree = ast.parse(text)
        except SyntaxError as error:
            raise _not_found(function, f"its text does not parse ({error.msg})") from None
    return text, indent, tree.body[0]


def _indented(code: types.CodeType, lines: list[str]) -> list[str]:
    """The first lines, down to the last of those that have code or are indented further than the first."""
    own = len(lines[0]) - len(lines[0].lstrip())
    end = max(line for _, _, line in code.co_lines() if line is not None) - code.co_firstlineno + 1
    for number, line in enumerate(lines[end:], end + 1):
        rest = line.lstrip()
        if rest and len(line) - len(rest) > own:
            end = number
        elif rest and rest[0] != "#":
            break
    return lines[:end]


def _dedented(lines: list[str]) -> tuple[str, int]:
    raw = "".join(lines)
    text = textwrap.dedent(raw)
    return text, max(len(raw) - len(raw.lstrip()) - (len(text) - len(text.lstrip())), 0)


def _read_lambda(function: types.FunctionType, first: int) -> Source:
    """The text of the file that a lambda stands in, and its tree."""
    code = function.__code__
    lines = linecache.getlines(code.co_filename)
    text = "".join(lines)
    try:
        tree = ast.parse(text)
    except SyntaxError:
        raise _not_found(function, "the file around the lambda does not parse") from None
    node = find_lambda(tree, code)
    if node is None:
        raise _not_found(function, "the lambda is not in its file")
    return Source(code.co_filename, 1, 0, text, node)


def _comments(text: str, node: ast.FunctionDef) -> tuple[dict[int, tuple[str, ...]], dict[int, str]]:
    """Comments above statements and behind them, by the statement's line in `text`."""
    if "#" not in text:
        return {}, {}
    above: dict[int, tuple[str, ...]] = {}
    behind: dict[int, str] = {}
    _comments_of(node.body, node.lineno, text.splitlines(), above, behind)
    return above, behind


def _comments_of(statements: list[ast.stmt], floor: int, lines: list[str], above: dict[int, tuple[str, ...]],
                 behind: dict[int, str]) -> None:
    """Comments of the statements of one block, of which line `floor` is the last before it.

    Positions of `ast` tell a comment from a string: between two statements, and behind the last of a line, there is
    nothing else that begins with `#`.
    """
    after_block = False
    for stmt in statements:
        first = min([stmt.lineno, *(d.lineno for d in getattr(stmt, "decorator_list", ()))])
        notes = _notes_above(lines, floor, first, stmt.col_offset if after_block else None)
        if notes:
            above[stmt.lineno] = notes
        blocks = [block for name in ("body", "orelse", "finalbody") if (block := getattr(stmt, name, None))]
        blocks += [part.body for name in ("handlers", "cases") for part in getattr(stmt, name, ())]
        for block in blocks:
            _comments_of(block, stmt.lineno, lines, above, behind)
        floor = stmt.end_lineno or stmt.lineno
        after_block = bool(blocks)
        if not after_block:
            rest = lines[floor - 1].encode()[stmt.end_col_offset:].decode().lstrip("; \t")
            if rest.startswith("#"):
                behind[stmt.lineno] = rest.rstrip()


def _notes_above(lines: list[str], floor: int, first: int, indent: int | None) -> tuple[str, ...]:
    """The comments in the lines right above line `first`, down to line `floor`; after a block that ends there, a
    comment further in than `indent` belongs to that block."""
    found: list[str] = []
    for line in reversed(lines[floor:first - 1]):
        note = line.strip()
        if note and (note[0] != "#" or (indent is not None and len(line) - len(line.lstrip()) > indent)):
            break
        if note:
            found.append(note)
    return tuple(reversed(found))
