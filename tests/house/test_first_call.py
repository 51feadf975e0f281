"""The function that `benchmarks/first_call.py` times is what its name says."""
from __future__ import annotations

import inspect

import numpy as np

from benchmarks import fifty_lines


def test_the_function_has_fifty_lines() -> None:
    assert len(inspect.getsource(fifty_lines.epidemic_misfit).splitlines()) == 50


def test_its_value_depends_on_every_argument() -> None:
    arguments = fifty_lines.arguments()
    value = fifty_lines.epidemic_misfit(*arguments)
    assert np.isfinite(value)
    for position in (0, 1, 3, 4):
        changed = [*arguments[:position], 1.01 * arguments[position] + 1e-3, *arguments[position + 1:]]
        assert fifty_lines.epidemic_misfit(*changed) != value
