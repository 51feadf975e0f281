"""Rows of the derivative table under the native backend: the same cotangents as under NumPy, twice.

A tenth of the rows, drawn with a fixed seed, is tested always; all of them with `make test-native`.
"""
from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

import ad_compiler as ad
from ad_compiler.errors import CompileError
from ad_compiler.rules.row import Row
from tests.native.programs import difference
from tests.rules import harness
from tests.rules.test_compiled_rows import LISTS, Program
from tests.rules.test_rows import label, rows_of_all_libraries


def programs() -> list[Any]:
    """One case per row that a program can call; nine of ten are marked slow."""
    cases = [row for row in rows_of_all_libraries() if not row.writes and not row.random and row.function not in LISTS]
    always = set(random.Random(1).sample(range(len(cases)), len(cases) // 10))
    return [pytest.param(row, id=label(row), marks=[] if k in always else [pytest.mark.slow])
            for k, row in enumerate(cases)]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("row", programs())
def test_row_under_the_native_backend(row: Row, tmp_path: Path) -> None:
    call = next(call for call in row.samples.calls()
                if harness.active_operands(row, row.bind(call.args, call.kwargs)))
    program = Program(row, call)
    function = program.load(tmp_path / "native_row.py")
    w = program.cotangent()
    one = w[0] if isinstance(program.result, tuple | list) else w
    value, pullback = ad.vjp(function, *program.arguments.values())
    expected = value, pullback(one)
    try:
        value, pullback = ad.vjp(function, *program.arguments.values(), backend="native")
    except CompileError as error:
        assert "AD110" in str(error) or "AD107" in str(error), error  # a type that cannot be known: the tape's
        return
    for _ in range(2):
        assert difference(expected, (value, pullback(one))) == ""
