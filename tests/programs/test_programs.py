"""Every program: what is said of it holds, and the compiler's gradient of it is right."""

import pytest

from tests.programs.checks import self_check
from tests.programs.corpus import Program, all_programs
from tests.programs.judge import Verdict, compiler_exists, judge
from tests.programs.unsupported import UNSUPPORTED

PROGRAMS = all_programs()
#: Compiled, or taken by the tape with a warning that says why.
RIGHT = ("ok", "tape")
#: Forward mode and what is built on it have no tape to fall back to: there a refusal is right as well.
ALSO_REFUSED = {"jvp", "hvp"}
NAMED = {program.name: program for program in PROGRAMS}


def named(name: str) -> Program:
    return NAMED[name]


def acceptable(program: Program, verdict: Verdict) -> bool:
    """Right; or, for what is not supported yet, anything that is loud. Never a wrong derivative."""
    return verdict.status in RIGHT or (program.name in UNSUPPORTED and verdict.status != "wrong")


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
    assert acceptable(program, verdict), f"{verdict.detail}\n{verdict.trace}"


@pytest.mark.skipif(not compiler_exists(), reason="ad_compiler.grad does not exist yet")
@pytest.mark.parametrize("path", ["elsewhere", "vjp", "jvp", "hvp"])
@every_program
def test_other_ways_to_the_derivative(program: Program, path: str):
    verdict = judge(program, path)
    refused = path in ALSO_REFUSED and verdict.status == "refused"
    assert refused or acceptable(program, verdict), f"{verdict.detail}\n{verdict.trace}"


def test_what_is_not_supported_yet_is_still_so():
    """A program that has come to work leaves the list."""
    assert [name for name in UNSUPPORTED
            if all(judge(named(name), path).status in RIGHT for path in ("grad", "jvp", "hvp"))] == []
