"""Random programs of loops and arrays: kernels, run as Python, give NumPy's numbers. `random_programs` runs more."""
from __future__ import annotations

import pytest

from ad_compiler.native import recompute
from tests.native.random_programs import outcome

# what an earlier fault was found with: names that not every path assigns, memory that was written after it was recorded
FOUND = (5066, 5093, 9022, 12087, 12111, 30184)


@pytest.mark.parametrize("seed", [*range(40, 52), *FOUND])
def test_program(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    assert outcome(seed) in ("native", "numpy", "overflow", "kernel gave up")


@pytest.mark.parametrize("seed", range(300, 309))
@pytest.mark.parametrize(("mode", "kind"), [("grad", "plain"), ("jvp", "strided"), ("vjp", "fortran"),
                                            ("hvp", "plain")])
def test_program_with_functions(seed: int, mode: str, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    assert not outcome(seed, mode, kind, wide=True).startswith("WRONG")


def test_a_record_that_was_written_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The programs find the fault of computing again from memory that has changed."""
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    monkeypatch.setattr(recompute._Again, "unwritten", lambda self, var: True)
    assert outcome(12111).startswith("WRONG")
