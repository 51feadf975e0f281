"""Every program that a campaign found is answered rightly."""
from __future__ import annotations

import pytest

from ..harness import Options, judge
from ..oracle import truth
from ..subjects import Compiler
from . import all_found, load_found


@pytest.mark.parametrize("path", all_found(), ids=lambda path: path.stem)
def test_the_oracle_answers(path):
    assert truth(load_found(path)).gradient.size


@pytest.mark.skipif(not Compiler.ready(), reason="the compiler's transforms are not there yet")
@pytest.mark.parametrize("path", all_found(), ids=lambda path: path.stem)
def test_found_program(path):
    outcome = judge(load_found(path), Compiler(), Options(second=True))
    assert outcome.kind == "ok", f"{outcome.key}\n{outcome.detail}"
