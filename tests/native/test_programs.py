"""Every program gives the same numbers under both backends. Kernels run as Python here, which is what the lowering is
responsible for; `test_machine_programs` compiles some of them."""
from __future__ import annotations

import pytest

from tests.native.programs import FALLBACKS, compare, compare_pullbacks
from tests.programs.corpus import Program, all_programs

PROGRAMS = all_programs()


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_program(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    outcome = compare(program)
    assert outcome.complaint == "", outcome
    assert outcome.status in ("native", "tape", "refused") or program.name in FALLBACKS, outcome


def test_few_programs_fall_back() -> None:
    assert len(FALLBACKS) < 0.12 * len(PROGRAMS)


@pytest.mark.parametrize("program", PROGRAMS[1::3], ids=lambda program: program.name)
def test_pullback_of_program(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the forward kernel records, the reverse kernel reads, any number of times."""
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    assert compare_pullbacks(program) == ""


@pytest.mark.parametrize("program", PROGRAMS[::3], ids=lambda program: program.name)
def test_program_in_pieces(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each statement alone is a kernel: what regions take and give is right."""
    from ad_compiler.native import compile as backend
    from ad_compiler.native.outline import outline

    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    monkeypatch.setattr(backend, "outline", lambda fn, contiguous, record, parallel: outline(fn, contiguous, 2, record))
    outcome = compare(program)
    assert outcome.complaint == "", outcome
