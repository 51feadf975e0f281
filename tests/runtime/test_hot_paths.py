"""The operations that are written out for speed do what the table's rows do."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import runtime as torch

X = np.array([[0.31, -0.72, 1.5], [0.55, 2.0, -0.13]])
CASES: dict[str, Callable[[Any, Any], Any]] = {
    "add": lambda x, y: x + y, "add row": lambda x, y: x + y[0], "add number": lambda x, y: x + 2,
    "sub": lambda x, y: x - y, "sub column": lambda x, y: x[:, :1] - y, "sub number": lambda x, y: x - 0.5,
    "mul": lambda x, y: x * y, "mul itself": lambda x, y: x * x, "mul broadcast": lambda x, y: x[0] * y,
    "mul number": lambda x, y: x * 3, "mul constant": lambda x, y: x * y.detach(), "div": lambda x, y: x / y,
    "div broadcast": lambda x, y: x / y[0], "div number": lambda x, y: x / 4,
    "div constant": lambda x, y: x.detach() / y,
    "div by 0": lambda x, y: x / 0, "neg": lambda x, y: -x, "square": lambda x, y: x**2, "cube": lambda x, y: x**3,
    "root": lambda x, y: x**0.5, "inverse": lambda x, y: x**-1, "power 0": lambda x, y: x**0 * y,
    "power 1": lambda x, y: x**1 * y, "matrices": lambda x, y: x @ y.t(),
    "matrix constant": lambda x, y: x.detach() @ y.t(),
    "column": lambda x, y: x @ y[0].reshape(3, 1), "sum": lambda x, y: x.sum() * y, "mean": lambda x, y: x.mean() * y,
    "sum of nothing": lambda x, y: x[:0].sum(), "mean of nothing": lambda x, y: x[:0].mean(),
    "tanh": lambda x, y: x.tanh(), "exp": lambda x, y: x.exp(), "sigmoid": lambda x, y: x.sigmoid(),
    "relu": lambda x, y: x.relu(), "log": lambda x, y: x.log(), "sqrt": lambda x, y: y.sqrt(),
    "sin": lambda x, y: x.sin(),    "reciprocal": lambda x, y: x.reciprocal(),
    "abs": lambda x, y: x.abs(), "numbers": lambda x, y: x[0, 0] * y[1, 1] + 1}


def everything(f: Callable[[Any, Any], Any], dtype: Any) -> list[Any]:
    """The value, its graph's names, and first and second derivatives."""
    x, y = (torch.tensor(a, dtype=dtype, requires_grad=True) for a in (X, X * X + 0.5))
    z = f(x, y)
    first = torch.autograd.grad(z, (x, y), torch.ones_like(z), create_graph=True, allow_unused=True)
    bent = [g.sin().sum() for g in first if g is not None and g.requires_grad]
    second = torch.autograd.grad(bent, (x, y), allow_unused=True) if bent else ()
    plain = torch.autograd.grad(f(x, y), (x, y), torch.ones_like(z), allow_unused=True)
    return [z.grad_fn.name(), *[None if v is None else (v.dtype, v.detach().numpy()) for v in (
        z, *first, *second, *plain)]]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", CASES)
def test_same_as_the_rows(name: str, dtype: Any) -> None:
    found = everything(CASES[name], dtype)
    with torch.autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: t):  # not the plain case: by the rows
        expected = everything(CASES[name], dtype)
    assert found[0] == expected[0]
    for a, b in zip(found[1:], expected[1:], strict=True):
        if a is None or b is None:
            assert a is b
            continue
        assert a[0] == b[0]
        np.testing.assert_allclose(a[1], b[1], rtol=1e-5 if dtype is torch.float32 else 1e-12)
