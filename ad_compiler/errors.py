"""Diagnostics: what went wrong, where (with a caret), why, and what to do about it."""
from __future__ import annotations

import linecache
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Span:
    """A place in a source file: lines from 1, columns from 0."""

    file: str
    line: int
    col: int = 0
    end_col: int = 0
    text: str = ""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One problem of a function. `code` is stable and listed in docs/limits.md."""

    code: str
    span: Span | None
    message: str
    help: str = ""
    context: tuple[str, ...] = field(default=())

    def __str__(self) -> str:
        if self.span is None:
            lines = [f"{self.code}: {self.message}"]
        else:
            span = self.span
            lines = [f"{span.file}:{span.line}:{span.col + 1}: {self.code}: {self.message}"]
            text = span.text or linecache.getline(span.file, span.line).rstrip("\n")
            if text.strip():
                indent = len(text) - len(text.lstrip())
                start = max(span.col - indent, 0)
                width = max(span.end_col - span.col, 1)
                lines.append(f"{span.line:6} | {text.strip()}")
                lines.append(f"{'':6} | {' ' * start}{'^' * width}")
        lines += [f"  {c}" for c in self.context]
        if self.help:
            lines.append(f"  help: {self.help}")
        return "\n".join(lines)


class CompileError(Exception):
    """The function cannot be compiled. `diagnostics` has every problem that was found."""

    def __init__(self, diagnostics: list[Diagnostic] | Diagnostic) -> None:
        self.diagnostics = diagnostics if isinstance(diagnostics, list) else [diagnostics]
        super().__init__("\n\n".join(map(str, self.diagnostics)))

    def __reduce__(self):  # an exception with its own constructor arguments must say how it pickles
        return CompileError, (self.diagnostics,)


class UnsupportedError(CompileError):
    """A construct that the compiler does not read (yet, or by its nature)."""

    def __reduce__(self):
        return UnsupportedError, (self.diagnostics,)


class InternalError(CompileError):
    """A fault of the compiler itself."""

    def __reduce__(self):
        return InternalError, (self.diagnostics,)


class SourceNotFound(CompileError):
    """The text of a function cannot be found (defined with exec, or in a C extension)."""

    def __reduce__(self):
        return SourceNotFound, (self.diagnostics,)
