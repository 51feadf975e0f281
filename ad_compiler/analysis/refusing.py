"""A diagnostic at the place of a statement."""
from __future__ import annotations

from typing import NoReturn

from ..errors import Diagnostic, Span, UnsupportedError
from ..ir import nodes as ir


def refuse(stmt: ir.Stmt, code: str, message: str, help_: str) -> NoReturn:
    """Raise a diagnostic with the caret under the user's statement that `stmt` comes from."""
    o = stmt.origin
    span = None if o is None else Span(o.file, o.line, o.col, o.end_col)
    raise UnsupportedError(Diagnostic(code, span, message, help_))
