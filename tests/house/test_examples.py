"""The examples run as a reader runs them, and end with a number that is right."""
from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import ROOT


def last_number(example: str, label: str, *options: str) -> float:
    """The number in the last line that an example prints."""
    command = [sys.executable, str(ROOT / "examples" / f"{example}.py"), *options]
    paths = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(ROOT)]))
    environment = os.environ | {"PYTHONPATH": paths}
    process = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stderr
    match = re.fullmatch(rf"{label}: (\S+)", process.stdout.strip().splitlines()[-1])
    assert match, process.stdout
    return float(match.group(1))


@pytest.mark.timeout(120)
def test_digits_are_recognised(tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    assert last_number("digits", "test accuracy", "--output", str(tmp_path)) > 0.95
    assert (tmp_path / "digits_loss.png").stat().st_size > 5_000


@pytest.mark.timeout(120)
def test_the_first_temperature_is_recovered(tmp_path: Path) -> None:
    pytest.importorskip("scipy")
    assert last_number("heat_inverse", "relative error", "--output", str(tmp_path)) < 0.1
    assert (tmp_path / "heat_inverse.png").stat().st_size > 5_000


def test_the_printed_adjoint_is_right() -> None:
    assert last_number("read_the_adjoint", "largest difference from finite differences") < 1e-8


def test_springs_are_weighed_by_differentiating_through_their_forces() -> None:
    pytest.importorskip("scipy")
    assert last_number("spring_chain", "relative error") < 1e-8


def test_the_saddle_point_is_found_by_nested_gradients() -> None:
    assert last_number("saddle_point", "distance") < 1e-9
