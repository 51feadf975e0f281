"""How the benchmarks measure and report."""
from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import harness


def work(laps: int) -> int:
    total = 0
    for lap in range(laps):
        total += lap
    return total


def test_times_are_in_proportion_to_the_work() -> None:
    times = harness.best_times({"short": lambda: work(2_000), "long": lambda: work(20_000)}, rounds=5)
    assert 5.0 < times["long"] / times["short"] < 20.0


def test_every_side_runs_in_every_round() -> None:
    calls = []
    harness.best_times({"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, rounds=3, sample=0.0)
    assert calls[-6:] == ["a", "b"] * 3


def test_a_table_is_aligned_and_in_readable_units() -> None:
    rows = [
        {"program": "one", "size": 10, "primal": 0.00123, "ratio/x": 2.5},
        {"program": "another", "size": 1000, "primal": 4.5e-7, "ratio/x": None},
    ]
    assert harness.table(rows).splitlines() == [
        "program  size   primal  ratio/x",
        "one        10  1.23 ms     2.50",
        "another  1000   450 ns        -",
    ]
    assert harness.summary(rows, "ratio/x") == "ratio/x: median 2.50, largest 2.50"


def test_a_run_is_written_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                               capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(harness, "RESULTS", tmp_path / "results")
    harness.publish("demo", [{"program": "one", "a/b": 1.5}], ["a note"])
    record = json.loads((tmp_path / "results" / "demo.json").read_text())
    assert record["rows"] == [{"program": "one", "a/b": 1.5}]
    assert {"python", "numpy", "load", "busy", "threads"} <= set(record["machine"])
    printed = capsys.readouterr().out
    assert "one" in printed
    assert "a note" in printed
