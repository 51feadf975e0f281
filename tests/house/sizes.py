"""Report of long modules and functions: `python -m tests.house.sizes` (part of `make lint`).

Aims are 300 lines for a module and 40 for a function. The report names whatever is longer; the test
fails only above the limits, where a reason has to be written into `ALLOWED`.
"""
from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

from tests.house.tree import PACKAGES, ROOT, files

MODULE_AIM, MODULE_LIMIT = 300, 400
FUNCTION_AIM, FUNCTION_LIMIT = 40, 60

# Longer than the limit, by name as the report prints it, each with its reason.
ALLOWED: dict[str, str] = {}


@dataclass(frozen=True)
class Size:
    name: str
    lines: int
    aim: int
    limit: int


def sizes(paths: list[Path]) -> list[Size]:
    """Length of every module and function, functions without their docstrings."""
    found = []
    for path in paths:
        text = path.read_text()
        where = path.relative_to(ROOT).as_posix()
        found.append(Size(where, len(text.splitlines()), MODULE_AIM, MODULE_LIMIT))
        found += [
            Size(f"{where}:{node.name}", length(node), FUNCTION_AIM, FUNCTION_LIMIT)
            for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        ]
    return found


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from `def` to the end, the docstring not counted."""
    first = function.body[0]
    documented = ast.get_docstring(function, clean=False) is not None
    docstring = (first.end_lineno or first.lineno) - first.lineno + 1 if documented else 0
    return (function.end_lineno or function.lineno) - function.lineno + 1 - docstring


def product() -> list[Path]:
    """The files that ship."""
    return [path for path in files(".py") if path.relative_to(ROOT).parts[0] in PACKAGES]


def main() -> None:
    over = [size for size in sizes(files(".py")) if size.lines > size.aim]
    long = sorted(over, key=lambda size: (-size.lines / size.aim, size.name))
    print(f"longer than {MODULE_AIM} lines (modules) or {FUNCTION_AIM} lines (functions): {len(long)}")
    for size in long:
        print(f"{size.lines:6d}  {size.name}")


if __name__ == "__main__":
    main()
