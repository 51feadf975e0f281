"""Other libraries on the same programs: the text of a program with its `np` replaced by the library's namespace.

A program is not rewritten for a library. Where one cannot run it (no item assignment, a missing function, a wrong
gradient), `CannotRun` says why, and the table says so. `adapted` gives the text its best chance: spellings that mean
the same (`x.copy()` is `x.clone()` in PyTorch) are replaced.
"""
from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.adjoints.program import Program

Gradient = Callable[..., tuple[Any, tuple[Any, ...]]]


class CannotRun(Exception):
    """The library cannot run the program; the message says why."""


def adapted(program: Program, numpy: Any, spellings: Mapping[str, str] | None = None) -> Callable[..., Any]:
    """The primal with its module's text run on another namespace in the place of NumPy.

    `spellings` are regular expressions and what replaces them in the text.
    """
    module = sys.modules[program.primal.__module__]
    text = inspect.getsource(module)
    for pattern, spelling in (spellings or {}).items():
        text = re.sub(pattern, spelling, text)
    scope: dict[str, Any] = {"__name__": f"{module.__name__}_adapted", "np": numpy}
    text = text.replace("import numpy as np\n", "\n")
    exec(compile(text, f"<{program.name} adapted>", "exec"), scope)
    return scope[program.name]


def why(error: BaseException) -> str:
    """One short line of what went wrong."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0] if lines else ''}"[:150]
