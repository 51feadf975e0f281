"""Functions of the same text in two files: their code objects are equal, they are not the same."""
from __future__ import annotations

import types
from pathlib import Path

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler.frontend.source import read_source

TEXT = """
def collected(x, n):
    items = []
    for i in range(n):
        items.append(x * (i + 1))
    return items
"""


@pytest.fixture
def two(tmp_path: Path) -> list[types.FunctionType]:
    found = []
    for name in ("one.py", "other.py"):
        (tmp_path / name).write_text(TEXT)
        scope: dict = {"__name__": name[:-3]}
        exec(compile(TEXT, str(tmp_path / name), "exec"), scope)
        found.append(scope["collected"])
    return found


def test_each_is_read_from_its_own_file(two):
    one, other = two
    assert one.__code__ == other.__code__
    assert read_source(one).file.endswith("one.py") and read_source(other).file.endswith("other.py")


def test_lists_of_different_items_that_they_make(two):
    one, other = two

    def f(x, n):
        numbers, rows = one(x[0], n), other(x, n)
        return sum(numbers) + np.sum(rows[-1] * numbers[0])

    x = np.array([0.5, -1.0, 2.0])
    step = 1e-6 * np.eye(3)
    expected = [(f(x + s, 3) - f(x - s, 3)) / 2e-6 for s in step]
    np.testing.assert_allclose(ad.grad(f, on_unsupported="error")(x, 3), expected, rtol=1e-7)
