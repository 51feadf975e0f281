"""Reading a function: its statements are executed on values that are only partly known, and IR is what remains.

`Lowering` holds the state and the few operations that every construct uses; the constructs themselves are in
`lower/`, one function each, joined into the tables `STATEMENTS` and `EXPRESSIONS`. Calls of plain Python functions
are read in place (inlined), so closures, methods, partial application and generators need no mechanism of their own.
"""
from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, NoReturn

import numpy as np

from ..analysis.infer import Untypable, type_of
from ..analysis.shapes import call_type
from ..errors import Diagnostic, Span, UnsupportedError
from ..ir import nodes as ir
from ..ir.types import Array, Num, Seq, Type
from .frames import Frame, Meeting
from .problems import place, return_to
from .source import Source
from .state import State
from .values import TupleV, UnknownStructure, Unusable, Value, where_it_is

MAX_STATEMENTS = 20000


class NeedStatic(Exception):
    """The compiler needs the value of a hidden or declared input: it becomes part of the signature."""

    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__(path)


class NeedRuntime(Exception):
    """An input container is changed by the program: it must stay a run-time object."""

    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__(path)


class Unwound(Exception):
    """What is being read is known to raise an error, and the handler of the program has been read for it."""


class NoResult(Unwound):
    """A function calls itself before any path is known to return from it: nothing is known of this one."""


class Lowering(State):
    """One reading of a function: its state, and what every construct does with it."""

    # --- emitting -------------------------------------------------------------------------------------------------
    def emit(self, stmt: ir.Stmt) -> None:
        self.count += 1
        if self.count > MAX_STATEMENTS:
            self.fail("AD199", None, "the function is too long once its helpers are read in place",
                      "split it, or turn repeated calls into a loop")
        if isinstance(stmt, ir.Store):
            self.writes += 1
            if self.tuple_sites:
                from .lower.stars import refuse_tuple_as_index

                refuse_tuple_as_index(self, stmt.index, None)
            if stmt.base in self.flat:
                self.fail("AD107", None, "a write through `.flat` is not compiled", "write `x.reshape(-1)[...]`")
            if stmt.base in self.diagonals:
                from .lower.array_writes import on_diagonal

                stmt = on_diagonal(self, stmt)
        self.block.stmts.append(stmt)

    def assign(self, value: ir.Expr, type_: Type, hint: str = "t") -> ir.Var:
        var = ir.Var(hint, type_)
        self.emit(ir.Assign(var, value, self.origin))
        return var

    def call(self, function: Any, args: Sequence[ir.Arg], kwargs: dict[str, ir.Arg] | None = None, *,
             style: str = "call", hint: str | None = None, text: str | None = None, type_: Type | None = None,
             node: ast.AST | None = None) -> ir.Var:
        """Emit a call; its type is inferred unless given."""
        if type_ is None:
            try:
                type_ = call_type(function, args, kwargs or {}, style)
            except Untypable as error:
                name = text or getattr(function, "__name__", repr(function))
                self.fail("AD110", node, f"the type of the result of `{name}` cannot be known when compiling"
                          + (f": {error}" if str(error) else ""),
                          "give the parameters that decide the result's rank as constants")
        value = ir.Call(function, tuple(args), tuple((kwargs or {}).items()), style, text)
        return self.assign(value, type_, hint or "t")

    @contextmanager
    def into(self, block: ir.Block):
        """Emit into another block for a while."""
        before, self.block = self.block, block
        try:
            yield block
        finally:
            self.block = before

    # --- where we are ---------------------------------------------------------------------------------------------
    def at(self, node: ast.stmt | ast.expr) -> ir.Origin:
        """The origin of what is emitted for `node`."""
        frame = self.frame
        source: Source = frame.source
        line = node.lineno
        comments = source.comments.get(line, ())
        text = source.lines[line - 1].strip() if not isinstance(source.node, ast.Lambda) else ""
        if isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Expr, ast.Return)):
            text = " ".join(source.segment(node).split())
        elif isinstance(node, ast.Lambda):
            text = source.segment(node)
        return ir.Origin(source.file, line + source.first_line - 1, text, frame.name, node.col_offset + source.indent,
                         (node.end_col_offset or 0) + source.indent, comments, source.trailing.get(line, ""))

    def fail(self, code: str, node: ast.AST | None, message: str, help_: str = "") -> NoReturn:
        """Raise a diagnostic with the caret under `node` (or under the current statement)."""
        span = None
        if node is not None and hasattr(node, "lineno") and self.frame is not None:
            source = self.frame.source
            lines = source.lines
            text = lines[node.lineno - 1] if node.lineno <= len(lines) else ""
            end = node.end_col_offset if node.end_lineno == node.lineno else len(text)
            span = Span(source.file, node.lineno + source.first_line - 1, node.col_offset + source.indent,
                        (end or 0) + source.indent, " " * source.indent + text)
        elif self.origin is not None:
            o = self.origin
            span = Span(o.file, o.line, o.col, o.end_col)
        names = [f.name for f in self.stack]
        context = (f"while compiling `{names[-1]}`, called from `{names[-2]}`",) if len(names) > 1 else (
            (f"while compiling `{names[-1]}`",) if names else ())
        raise UnsupportedError(Diagnostic(code, span, message, help_, context))

    # --- statements and expressions -------------------------------------------------------------------------------
    def statements(self, nodes: Sequence[Any]) -> bool:
        """Read statements; False if no path falls through. A statement that some paths leave takes the rest with it."""
        origin, rest = self.origin, list(nodes)
        while rest:
            node = rest.pop(0)
            if callable(node):
                if node() is False:
                    return False
                continue
            read = partial(self._statement, node, rest)
            outcome = read() if self.problems is None else self.problems.statement(self, node, read)
            if outcome is not None:
                return outcome
        self.origin = origin
        return True

    def _statement(self, node: ast.stmt, rest: list[Any]) -> bool | None:
        """Read one statement; whether a path falls through, None where that is not decided here."""
        from .lower import STATEMENTS

        handler: Callable[..., Any] | None = STATEMENTS.get(type(node))
        if handler is None:
            self.fail("AD100", node, f"`{type(node).__name__}` statements are not supported",
                      "move it out of the differentiated code")
        self.origin = self.at(node)
        if self.exiting:
            from .lower.branches import is_choice, lower_choice

            handler = lower_choice if is_choice(self, node) else handler
        before, around, self.line = place(self), self.line, self.block
        try:
            return handler(self, node, rest)
        except NoResult:
            if self.postponed is None:
                return False
            return_to(self, before)
            return None
        except Unwound:
            return False
        except UnsupportedError:
            if self.postponed is None:
                raise
            return_to(self, before)
            return None
        except UnknownStructure as error:
            from .lower.keyed import keys_unknown

            keys_unknown(self, error, node)
        finally:
            self.line = around

    def expr(self, node: ast.expr, hint: str | None = None) -> Value:
        """The value of an expression. `hint` is the name its result would like to have."""
        from .lower import EXPRESSIONS

        handler = EXPRESSIONS.get(type(node))
        if handler is None:
            self.fail("AD100", node, f"`{type(node).__name__}` expressions are not supported",
                      "write it with other means")
        value = handler(self, node, hint)
        if type(value) is Unusable:
            from .lower.apart import unusable

            unusable(self, value, "this value", node)
        return where_it_is(value)

    def operand(self, value: Value, node: ast.AST | None = None) -> ir.Arg:
        """A value as an IR operand; structures become groups."""
        from .lower.operands import to_operand

        return to_operand(self, value, node)

    def number(self, value: Value, node: ast.AST | None = None) -> ir.Operand:
        """A value that must be one number or array."""
        arg = self.operand(value, node)
        if isinstance(arg, ir.Pack):
            return self.call(np.array, (arg,))
        return arg

    def type_of(self, value: Value) -> Type | None:
        if isinstance(value, (ir.Var, ir.Const)):
            return type_of(value)
        if isinstance(value, TupleV):
            items = [self.type_of(v) for v in value.items]
            return None if any(t is None for t in items) else Seq(tuple(items), value.cls)
        return None

    def is_number(self, value: Value) -> bool:
        return isinstance(self.type_of(value), (Num, Array))

    def counts(self, value: Value) -> bool:
        """Whether an integer is known to be not negative."""
        return value in self.counters if isinstance(value, ir.Var) else (
            isinstance(value, ir.Const) and isinstance(value.value, int) and value.value >= 0)

    # --- frames ---------------------------------------------------------------------------------------------------
    def new_frame(self, source: Source, globals_: dict[str, Any], name: str, function: Any = None,
                  parent: Frame | None = None) -> Frame:
        return Frame(source, self.journal, globals_, parent, function, name=name, file=source.file)

    @contextmanager
    def inside(self, frame: Frame):
        """Read another function's text for a while."""
        outer, self.frame = self.frame, frame
        origin, loops = self.origin, self.loops
        self.stack.append(frame)
        self.loops = []
        self.outer_loops += len(loops)
        try:
            yield frame
        finally:
            self.stack.pop()
            self.outer_loops -= len(loops)
            self.frame, self.origin, self.loops = outer, origin, loops

    @property
    def home(self) -> Frame:
        """The frame of the call being read (not that of a comprehension in it)."""
        return self.stack[-1] if self.stack else self.frame

    @contextmanager
    def meeting(self, meeting: Meeting):
        """Read a path that meets another one again."""
        self.meetings.append(meeting)
        try:
            yield
        finally:
            self.meetings.pop()

    def lookup(self, name: str, node: ast.AST | None = None) -> Value:
        from .lower.names import lookup

        return lookup(self, name, node)


__all__ = ["Lowering", "NeedRuntime", "NeedStatic"]
