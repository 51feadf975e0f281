"""A part of `python -m tests.programs.agreement`: every way to a derivative against every other."""
from __future__ import annotations

import numpy as np
import pytest

from tests.programs import agreement
from tests.programs.corpus import Program, all_programs

PROGRAMS = agreement.chosen_programs(14)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.name)
def test_every_way_agrees(program: Program) -> None:
    wrong = {way: status for way, status in agreement.verdicts(program, seed=1)
             if status != "ok" and status not in agreement.EXCUSES}
    assert wrong == {}


def test_a_wrong_derivative_is_noticed_by_every_way() -> None:
    program = next(p for p in all_programs() if p.name == "networks.two_layer_perceptron" or p.analytic)
    of = agreement.Derivatives(program)
    of.bars = of.bars * 1.001
    for way in (agreement.reverse, agreement.dot_product, agreement.tape, agreement.native):
        assert way(of).startswith("off by"), way.__name__
    right = agreement.Derivatives(program)
    right.v = right.v * 1.001 if not right.reference.complete else right.v
    assert np.isfinite(right.slope)
