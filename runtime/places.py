"""Source lines of the user: where a value was saved, where it was overwritten."""
from __future__ import annotations

import linecache
import os
import sys
from typing import Any

_HERE = os.path.dirname(__file__) + os.sep
_COMPILER = os.path.join(os.path.dirname(os.path.dirname(__file__)), "ad_compiler") + os.sep
_inside: dict[str, bool] = {}
_frame = sys._getframe


def _is_inside(filename: str) -> bool:
    """Whether a file belongs to this package (or to the compiler: its derivative table, its calls of the tape)."""
    found = _inside.get(filename)
    if found is None:
        found = _inside[filename] = (filename.startswith((_HERE, _COMPILER))
                                       or filename.endswith("numpy/_core/fromnumeric.py"))
    return found


def user_place(depth: int = 2) -> tuple[Any, int]:
    """The code object and instruction of the innermost frame outside this package, from `depth` frames up."""
    frame: Any = _frame(depth)
    code = frame.f_code
    while _inside.get(code.co_filename) is not False and (
            _is_inside(code.co_filename) and frame.f_back is not None):
        frame = frame.f_back
        code = frame.f_code
    return code, frame.f_lasti


def describe(code: Any, lasti: int) -> str:
    """`file.py:12: the line`, or "" where it cannot be told."""
    if code is None or _is_inside(code.co_filename):
        return ""
    line = code.co_firstlineno
    for start, end, number in code.co_lines():
        if start <= lasti < end and number is not None:
            line = number
    text = linecache.getline(code.co_filename, line).strip()
    return f"{code.co_filename}:{line}" + (f": {text}" if text else "")
