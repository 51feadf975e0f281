"""The benchmark of gradients: its programs, the libraries beside us, and what a run leaves behind."""
from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import ad_compiler
from benchmarks import gradients, harness, picture
from benchmarks.adjoints.measure import agree
from benchmarks.memory import peak_allocated
from benchmarks.peers import CannotRun, adapted
from benchmarks.programs import BY_HAND, PROGRAMS
from tests.oracle import reference_gradient


def test_there_are_enough_programs() -> None:
    assert len(PROGRAMS) >= 25
    assert all(len(p.sizes) == 4 and sorted(p.sizes) == list(p.sizes) for p in PROGRAMS.values())


@pytest.mark.parametrize("name", sorted(PROGRAMS.keys() - BY_HAND.keys()))
def test_a_program_without_an_adjoint_by_hand_is_differentiated_rightly(name: str) -> None:
    program = PROGRAMS[name]
    arguments = program.arguments(program.sizes[0], np.random.default_rng(3))
    gradient = ad_compiler.grad(program.primal, argnums=program.wrt, on_unsupported="error")
    reference = reference_gradient(program.primal, arguments, program.wrt, analytic=program.analytic, limit=300)
    assert reference.scale > 1e-3
    assert reference.error(gradient(*arguments)) < 1e-7 * max(1.0, reference.scale)


RUN = {
    "autograd": ("lstm", "gaussian_mixture", "bundle_adjustment", "fast_fourier"),
    "mygrad": ("lstm", "gaussian_mixture", "logistic_regression"),
    "tangent": ("gaussian_mixture", "n_body"),
    "torch": ("lstm", "gaussian_mixture", "bundle_adjustment", "heat_rod", "kalman", "lenet"),
}


@pytest.mark.parametrize(("peer", "name"), [(peer, name) for peer, names in RUN.items() for name in names])
@pytest.mark.filterwarnings("ignore")
def test_a_library_runs_the_text_and_agrees(peer: str, name: str) -> None:
    pytest.importorskip(peer)
    program = PROGRAMS[name]
    arguments = program.arguments(program.sizes[0], np.random.default_rng(3))
    _, expected = ad_compiler.value_and_grad(program.primal, argnums=program.wrt)(*arguments)
    cannot: dict[str, str] = {}
    sides: gradients.Sides = {}
    gradients.add_peer(sides, peer, program, arguments, expected, cannot)
    assert cannot == {}
    assert agree(tuple(map(np.asarray, sides[peer]()[1])), expected)


def test_what_a_library_cannot_run_is_said() -> None:
    program = PROGRAMS["heat_rod"]
    arguments = program.arguments(9, np.random.default_rng(0))
    cannot: dict[str, str] = {}
    gradients.add_peer({}, "autograd", program, arguments, (), cannot)
    [(key, reason)] = cannot.items()
    assert key == "autograd: heat_rod"
    assert "ArrayBox" in reason or "installed" in reason
    with pytest.raises(CannotRun):
        adapted(program, SimpleNamespace(dot=_refuse))(*arguments)


def _refuse(*arguments: object) -> None:
    raise CannotRun("not here")


def test_a_run_leaves_a_table_a_record_and_a_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(harness, "RESULTS", tmp_path)
    monkeypatch.setattr(gradients, "RESULTS", tmp_path)
    gradients.main(["--programs", "heat_rod,lu", "--sizes", "small", "--peers", "autograd", "--rounds", "2"])
    record = json.loads((tmp_path / "gradients.json").read_text())
    assert [row["program"] for row in record["rows"]] == ["heat_rod", "lu"]
    assert all(row["gradient"] > 0 and row["MB gradient"] > 0 for row in record["rows"])
    assert len(list(tmp_path.glob("gradients-*.json"))) == 1
    printed = capsys.readouterr().out
    assert "memory at the peak" in printed
    assert "cannot: autograd: heat_rod" in printed
    if "no picture" not in printed:
        assert (tmp_path / "gradients.svg").read_text().count("heat rod") >= 1


def test_a_picture_needs_one_size_only(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    row = dict.fromkeys(("by hand", "torch", "autograd", "mygrad", "tangent", "jax jit"))
    row |= {"program": "one", "size": "small 3", "primal": 1e-3, "gradient": 2e-3}
    assert picture.draw([row], tmp_path / "x" / "one.svg") == "picture: one.svg"


def test_names_that_are_none_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        gradients.options(["--programs", "lstm,nothing"])
    assert "there is no 'nothing'" in capsys.readouterr().err
    assert gradients.options(["--sizes", "small,large"]).sizes == ("small", "large")


def test_memory_counts_the_largest_moment() -> None:
    def two_at_once() -> None:
        np.ones(100_000)
        kept = np.ones(100_000)
        del kept
        np.ones(50_000)

    assert 800_000 <= peak_allocated(two_at_once) < 900_000
