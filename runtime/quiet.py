"""Arithmetic without NumPy's warnings: torch divides by zero and overflows silently.

    token = ENTER(SILENT)
    try:
        z = a / b
    finally:
        LEAVE(token)

is what `np.errstate(all="ignore")` does, at a tenth of its cost; where this NumPy does not offer it, that is used.
"""
from __future__ import annotations

from typing import Any

import numpy as np

try:
    from numpy._core.umath import _extobj_contextvar, _make_extobj

    SILENT: Any = _make_extobj(all="ignore")
    ENTER: Any = _extobj_contextvar.set
    LEAVE: Any = _extobj_contextvar.reset
except ImportError:
    SILENT = "ignore"

    def _enter(how: str) -> dict[str, Any]:
        return np.seterr(all=how)  # type: ignore[arg-type]  # the stubs want literals

    def _leave(before: dict[str, Any]) -> None:
        np.seterr(**before)

    ENTER, LEAVE = _enter, _leave
