"""Every expression of `expressions.txt` as a factor: its value is Python's to the last digits, its derivative that of
differences. What Python decides (truth, types, kinds of numbers) shows in the value."""
from __future__ import annotations

import linecache
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad

EXPRESSIONS = Path(__file__).with_name("expressions.txt").read_text().splitlines()
X, C = np.array([1.51, 1.83, 2.27]), 1.25


def _factor(expression: str, number: int) -> Any:
    """`x[0] * (expression)` as a function with a source."""
    text = f"def factor(x, c):\n    return x[0] * ({expression})\n"
    name = f"<expression {number}>"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    names: dict[str, Any] = {"np": np, "math": math}
    exec(compile(text, name, "exec"), names)
    return names["factor"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::RuntimeWarning")
@pytest.mark.parametrize("number", range(len(EXPRESSIONS)), ids=EXPRESSIONS)
def test_value_and_gradient(number: int) -> None:
    f = _factor(EXPRESSIONS[number], number)
    expected = f(X.copy(), C)
    value, gradient = ad.value_and_grad(f, on_unsupported="error")(X.copy(), C)
    np.testing.assert_allclose(value, expected, rtol=1e-13)
    steps = 1e-6 * np.eye(3)
    differences = [(f(X + h, C) - f(X - h, C)) / 2e-6 for h in steps]
    np.testing.assert_allclose(gradient, differences, rtol=1e-5, atol=1e-5)
