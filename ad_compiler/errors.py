"""Diagnostics: what went wrong, where (with a caret), why, and what to do about it."""
from __future__ import annotations

import linecache
import os
import re
import sys
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


_TYPE = re.compile(r"\b(?:bool|u?int\d+|float\d+|complex\d+)\[")
_SYMBOL = re.compile(r"[@?\w.%#'\"~<>\[\]:]*[A-Za-z_?@][@?\w.%#'\"~<>\[\]:]*")


def without_symbols(message: str) -> str:
    """A message in which the sizes of types have the names that people give them: `float64[n, m]`.

    >>> without_symbols("it is float64[x.0, ?146-1] on one path and float64[x.0, 3] on another")
    'it is float64[n, m-1] on one path and float64[n, 3] on another'
    """
    names: dict[str, str] = {}
    out, at = [], 0
    while (found := _TYPE.search(message, at)) is not None:
        depth, end = 1, found.end()
        while end < len(message) and depth:
            depth += {"[": 1, "]": -1}.get(message[end], 0)
            end += 1
        out += [message[at:found.end()], named_sizes(message[found.end():end - 1], names), "]"]
        at = end
    return "".join([*out, message[at:]])


def spoken(name: str) -> str:
    """The name of a function in a message; one without a name of its own is a lambda."""
    return "the lambda" if name in ("anonymous", "<lambda>") else f"`{name}`"


def named_sizes(sizes: str, names: dict[str, str] | None = None) -> str:
    """Sizes as text, their symbols replaced by n, m, k, ... (the same symbol by the same letter)."""
    names = {} if names is None else names

    def name(found: re.Match[str]) -> str:
        letters = "nmkpqrstuvwabcdefghijl"
        return names.setdefault(found.group(), letters[len(names) % len(letters)])

    return ", ".join(_SYMBOL.sub(name, size) for size in sizes.split(", "))


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One problem of a function. `code` is stable and listed in docs/limits.md."""

    code: str
    span: Span | None
    message: str
    help: str = ""
    context: tuple[str, ...] = field(default=())

    def __str__(self) -> str:
        message = without_symbols(self.message)
        if self.span is None:
            lines = [f"{self.code}: {message}"]
        else:
            span = self.span
            lines = [f"{span.file}:{span.line}:{span.col + 1}: {self.code}: {message}"]
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


#: What is a fault of the program in every mode, so that it is not tried on the tape: rules and equations that return
#: the wrong thing, checkpoints of what cannot be run again.
WRONG_USE = ("AD170", "AD175", "AD177", "AD178")


class CompileError(Exception):
    """The function cannot be compiled. `diagnostics` has every problem that was found."""

    def __init__(self, diagnostics: list[Diagnostic] | Diagnostic) -> None:
        self.diagnostics = diagnostics if isinstance(diagnostics, list) else [diagnostics]
        self.calls: list[Any] = []  # the calls of the program that it came through, and the one that did not help
        self.unfit: Any = None
        super().__init__("\n\n".join(map(str, self.diagnostics)))

    @property
    def wrong_use(self) -> bool:
        """Whether the first problem is one that the tape has too."""
        return self.diagnostics[0].code in WRONG_USE

    def also(self, diagnostics: list[Diagnostic]) -> None:
        """Add problems that were found later; one that it has is not repeated for another call of a helper."""
        known = {(d.code, d.span, d.message) for d in self.diagnostics}
        for d in diagnostics:
            if (d.code, d.span, d.message) not in known:
                known.add((d.code, d.span, d.message))
                self.diagnostics.append(d)
        self.args = ("\n\n".join(map(str, self.diagnostics)),)

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
            "AD196", None, f"the compiler failed on `{name}` ({type(fault).__name__}: {str(fault)[:200]})",
            "this is a fault of the compiler: please report it with the function")) from fault


_OURS = (os.path.join(os.path.dirname(__file__), ""), "<arguments>", "<ad_compiler")


def callers_level() -> int:
    """The `stacklevel` with which a warning, given by whoever calls this, shows the user's line: the first one that is
    neither in this package nor in a function that it made."""
    frame, level = sys._getframe(1), 1
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_OURS):
        frame, level = frame.f_back, level + 1
    return level


class TapeFallback(RuntimeWarning):
    """A function runs on the tape because the compiler cannot read it. Right, but slower than compiled code.

    Said once, when compiling, with the line and the reason; `warnings.simplefilter("error", TapeFallback)` makes it
    an error.
    """


class NumpyFallback(RuntimeWarning):
    """There is no machine code where it was asked for, and NumPy does the work. Right, but slower."""
