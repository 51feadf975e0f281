"""Programs that once failed, shrunk: each is a module with `f` and `ARGS`, and is run by `test_found`."""
from __future__ import annotations

from pathlib import Path

from ..generate import Program
from ..loading import loaded

FOLDER = Path(__file__).parent


def load_found(path: Path) -> Program:
    """The saved program as the harness takes it."""
    text = path.read_text()
    with loaded(text) as module:
        names = module.module.__dict__
        return Program(text, names["ARGS"], path.stem, cotangents=names.get("COTANGENTS"))


def all_found() -> list[Path]:
    return sorted(path for path in FOLDER.glob("*.py") if path.stem not in ("__init__", "test_found"))
