"""Diagnostics: what went wrong, where (with a caret), why, and what to do about it."""
from __future__ import annotations

import linecache
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


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


class WrongResult(TypeError):
    """The function returns what this transform cannot differentiate."""


class NotScalar(WrongResult):
    """The function to differentiate does not return one number."""


def _raised_in_interface(fault: Exception) -> bool:
    frame = fault.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    module = "" if frame is None else frame.tb_frame.f_globals.get("__name__", "")
    return module.startswith(f"{__package__}.interface")


@contextmanager
def faults_named(function: Any) -> Iterator[None]:
    """A fault of the compiler itself becomes an InternalError, which says so (and lets the tape take the function)."""
    try:
        yield
    except (CompileError, WrongResult, MemoryError):
        raise
    except Exception as fault:
        if _raised_in_interface(fault):
            raise  # it is about what the caller gave
        name = getattr(function, "__name__", "the function")
        raise InternalError(Diagnostic(
            "AD196", None, f"the compiler failed on `{name}` ({type(fault).__name__}: {fault})",
            "this is a fault of the compiler: please report it with the function")) from fault
