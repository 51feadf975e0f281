"""The repository as the house tests see it: its files, and what each module imports, without running any."""
from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("ad_compiler", "runtime")
SKIPPED_FOLDERS = frozenset({"build", "dist", "results", "output", "__pycache__"})


@dataclass(frozen=True)
class Import:
    """One imported module: `lazy` inside a function, `typing_only` under `if TYPE_CHECKING`."""

    target: str
    line: int
    lazy: bool
    typing_only: bool


def files(*suffixes: str) -> list[Path]:
    """Files of the repository with one of these suffixes, in a fixed order; no outputs, no environments."""
    return [path for path in _walk(ROOT) if path.suffix in suffixes]


def _walk(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        hidden = path.name.startswith(".") and path.name != ".ci"
        if path.is_dir():
            if not hidden and path.name not in SKIPPED_FOLDERS and not path.name.endswith(".egg-info"):
                yield from _walk(path)
        elif not hidden:
            yield path


@cache
def modules() -> dict[str, Path]:
    """Modules of the product by dotted name."""
    found = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def imports(module: str) -> tuple[Import, ...]:
    """Every import in a module; `from package import name` is `package.name` where that is a module."""
    path = modules()[module]
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    return tuple(_imports(ast.parse(path.read_text()), package, lazy=False, typing_only=False))


def _imports(node: ast.AST, package: str, lazy: bool, typing_only: bool) -> Iterator[Import]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield Import(alias.name, node.lineno, lazy, typing_only)
    elif isinstance(node, ast.ImportFrom):
        base = _absolute(node, package)
        for alias in node.names:
            inner = f"{base}.{alias.name}"
            yield Import(inner if inner in modules() else base, node.lineno, lazy, typing_only)
    lazy = lazy or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
    guarded = isinstance(node, ast.If) and ast.unparse(node.test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}
    body = node.body if guarded and isinstance(node, ast.If) else []
    for child in ast.iter_child_nodes(node):
        yield from _imports(child, package, lazy, typing_only or child in body)


def _absolute(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    parts = package.split(".")
    base = parts[: len(parts) - node.level + 1]
    return ".".join([*base, node.module] if node.module else base)
