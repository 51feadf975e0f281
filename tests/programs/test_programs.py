"""Every program: what is said of it holds, and the compiler's gradient of it is right."""

import pytest

from tests.programs.checks import self_check
from tests.programs.corpus import Program, all_programs
from tests.programs.judge import compiler_exists, judge

PROGRAMS = all_programs()
#: Compiled, or taken by the tape with a warning that says why.
RIGHT = ("ok", "tape")
every_program = pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)


def test_the_corpus_is_large_and_varied():
    assert len(PROGRAMS) >= 200
    assert len({program.name.partition(".")[0] for program in PROGRAMS}) >= 12


@every_program
def test_program_is_what_it_is_said_to_be(program: Program):
    assert list(self_check(program)) == []


@pytest.mark.skipif(not compiler_exists(), reason="ad_compiler.grad does not exist yet")
@every_program
def test_gradient(program: Program):
    verdict = judge(program)
    assert verdict.status in RIGHT, f"{verdict.detail}\n{verdict.trace}"


@pytest.mark.skipif(not compiler_exists(), reason="ad_compiler.grad does not exist yet")
@pytest.mark.parametrize("path", ["elsewhere", "vjp", "jvp", "hvp"])
@every_program
def test_other_ways_to_the_derivative(program: Program, path: str):
    verdict = judge(program, path)
    assert verdict.status in RIGHT, f"{verdict.detail}\n{verdict.trace}"
