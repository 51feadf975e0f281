"""Every script prints the same under `runtime` as under PyTorch."""
from __future__ import annotations

import re

import pytest

import runtime
from tests.runtime.differential.harness import run, scripts
from tests.runtime.differential.programs import program

torch = pytest.importorskip("torch", reason="real PyTorch is not installed: nothing to compare with")
SCRIPTS = scripts()


@pytest.mark.torch
@pytest.mark.parametrize("name", SCRIPTS)
def test_same_output(name: str) -> None:
    expected = run(SCRIPTS[name], torch, name)
    assert run(SCRIPTS[name], runtime, name) == expected


@pytest.mark.torch
@pytest.mark.parametrize("first", range(0, 200, 20))
def test_random_programs(first: int) -> None:
    """What PyTorch can do, `runtime` does with the same numbers (what PyTorch refuses may work or raise)."""
    for seed in range(first, first + 20):
        text = program(seed)
        expected = run(text, torch, f"program {seed}")
        if any(sign in expected for sign in REFUSALS):
            continue
        assert numbers(run(text, runtime, f"program {seed}")) == pytest.approx(numbers(expected), abs=2e-4), text


# PyTorch refuses a step: `runtime` may refuse it too, or do it
REFUSALS = ("Error", " is a view and is being", "A view was created", "is being used in an in-place operation")


def numbers(printed: str) -> list[float]:
    """The numbers in a printed text, without the names of nodes."""
    plain = re.sub(r"<[^<>]*>|float64|'[A-Za-z0-9]+'", "", printed)
    return [float(n) for n in re.findall(r"-?\d+\.?\d*(?:e-?\d+)?", plain)]


def test_there_are_scripts() -> None:
    assert len(SCRIPTS) >= 600
