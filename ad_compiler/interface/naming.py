"""Names and texts of the small functions that are generated around a derivative."""
from __future__ import annotations

import itertools
import linecache
import types
from collections.abc import Container
from typing import Any

_count = itertools.count(1)


def fresh(hint: str, taken: Container[str]) -> str:
    """`hint`, with underscores behind it until it is not taken."""
    while hint in taken:
        hint += "_"
    return hint


def load_text(text: str, name: str, names: dict[str, Any]) -> types.FunctionType:
    """The function `name` that `text` defines, its text being where tools (and the compiler) look for it.

    `names` are the globals it sees.
    """
    file = f"<ad_compiler {name} {next(_count)}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    namespace: dict[str, Any] = {"__name__": __name__, **names}
    exec(compile(text, file, "exec"), namespace)
    return namespace[name]
