"""Every script prints the same under `runtime` as under PyTorch."""
from __future__ import annotations

import pytest

import runtime
from tests.runtime.differential.harness import run, scripts

torch = pytest.importorskip("torch", reason="real PyTorch is not installed: nothing to compare with")
SCRIPTS = scripts()


@pytest.mark.torch
@pytest.mark.parametrize("name", SCRIPTS)
def test_same_output(name: str) -> None:
    expected = run(SCRIPTS[name], torch, name)
    assert run(SCRIPTS[name], runtime, name) == expected


def test_there_are_scripts() -> None:
    assert len(SCRIPTS) >= 150
