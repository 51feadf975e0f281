"""Fixtures of the tests of the interface."""
from __future__ import annotations

from pathlib import Path

import pytest

from .keeping import Processes


@pytest.fixture
def processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Processes:
    monkeypatch.setenv("AD_COMPILER_CACHE", str(tmp_path / "cache"))
    return Processes(tmp_path, monkeypatch)
