"""The hand-written adjoints of the benchmarks are right, or they would be no yardstick."""
from __future__ import annotations

import copy

import numpy as np
import pytest

from benchmarks.adjoints import PROGRAMS
from tests.oracle import reference_gradient


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_hand_written_adjoint_is_right(name: str) -> None:
    program = PROGRAMS[name]
    arguments = program.arguments(program.sizes[0], np.random.default_rng(3))
    before = copy.deepcopy(arguments)

    assert program.adjoint is not None
    value, cotangents = program.adjoint(*arguments)

    assert value == pytest.approx(program.primal(*arguments), rel=1e-12)
    reference = reference_gradient(program.primal, arguments, program.wrt,
                                   analytic=program.analytic, limit=300)
    assert reference.complete
    assert reference.scale > 1e-3
    assert reference.error(cotangents) < 1e-7 * max(1.0, reference.scale)
    for argument, original in zip(arguments, before, strict=True):
        np.testing.assert_array_equal(argument, original)


def test_there_are_enough_programs() -> None:
    assert len(PROGRAMS) >= 18
