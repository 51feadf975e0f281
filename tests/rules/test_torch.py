"""Cotangents of the table against PyTorch's, real and complex, at ordinary points and at kinks."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from ad_compiler import rules
from ad_compiler.rules import apply

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.torch

RNG = np.random.default_rng(4)
X = RNG.normal(size=(2, 3))
Y = RNG.normal(size=(2, 3))
POSITIVE = np.abs(X) + 0.3
UNIT = np.tanh(X)
Z = X + 1j * Y
W = Y - 1j * POSITIVE
KINKS = np.array([[0.0, 1.0, -1.0], [1.0, 1.0, 2.0]])
OTHER = np.array([[0.0, 1.0, 2.0], [-1.0, 1.0, -2.0]])
SQUARE = RNG.normal(size=(3, 3)) + 3 * np.eye(3)


def check(function: Any, twin: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
    """Cotangents of all floating operands, for a random cotangent of the result."""
    row = rules.find(function)
    assert row is not None
    bound = row.bind(args, kwargs)
    out = function(*args, **kwargs)
    g = RNG.normal(size=np.shape(out)) + (1j * RNG.normal(size=np.shape(out)) if np.iscomplexobj(out) else 0)
    arrays = [(name, value) for name, value in bound.items() if name in (*row.operands, *row.constants)
              and isinstance(value, np.ndarray) and value.dtype.kind in "fc"]
    leaves = [torch.tensor(value, requires_grad=True) for _, value in arrays]
    result = twin(*leaves)
    np.testing.assert_allclose(result.detach().resolve_conj().numpy(), out, rtol=1e-12, atol=1e-12)
    result.backward(torch.tensor(g))
    for (name, _), leaf in zip(arrays, leaves, strict=True):
        if name in row.constants:
            continue
        with np.errstate(all="ignore"):
            got = apply.vjp(row, name, g, apply.residuals(row, bound, out, [name]))
        np.testing.assert_allclose(got, leaf.grad.resolve_conj().numpy(force=True), rtol=1e-9, atol=1e-11,
                                   err_msg=f"{row.name}: {name}")


UNARY = ["sin", "cos", "tan", "arctan", "sinh", "cosh", "tanh", "arcsinh", "exp", "square", "abs", "negative",
         "sinc", "expm1", "exp2", "deg2rad", "rad2deg", "sign", "positive"]
UNARY_POSITIVE = ["log", "log2", "log10", "log1p", "sqrt", "reciprocal"]
UNARY_UNIT = ["arcsin", "arccos", "arctanh"]
OF_COMPLEX = ["sin", "cos", "tan", "arctan", "sinh", "cosh", "tanh", "arcsinh", "exp", "square", "abs", "negative",
              "log", "log2", "log10", "log1p", "sqrt", "reciprocal", "arcsin", "arccos", "arctanh", "real", "imag",
              "angle", "conjugate", "sign", "expm1"]
NAMES = {"conjugate": "conj_physical"}


def twin_of(name: str) -> Any:
    if name == "sign":
        return torch.sgn
    return getattr(torch, NAMES.get(name, name))


@pytest.mark.parametrize(("name", "x"), [*((n, X) for n in UNARY), *((n, POSITIVE) for n in UNARY_POSITIVE),
                                         *((n, UNIT) for n in UNARY_UNIT), *((n, Z) for n in OF_COMPLEX)],
                         ids=str)
def test_of_one_array(name: str, x: np.ndarray) -> None:
    check(getattr(np, name), twin_of(name), x)


@pytest.mark.parametrize("name", ["add", "subtract", "multiply", "divide", "maximum", "minimum", "fmax", "fmin",
                                  "hypot", "arctan2", "logaddexp", "logaddexp2", "copysign", "remainder", "fmod"])
def test_of_two_arrays(name: str) -> None:
    check(getattr(np, name), getattr(torch, name), X, Y)
    check(getattr(np, name), getattr(torch, name), X, Y[0])


@pytest.mark.parametrize("name", ["add", "subtract", "multiply", "divide"])
def test_of_two_complex_arrays(name: str) -> None:
    check(getattr(np, name), getattr(torch, name), Z, W)
    check(getattr(np, name), getattr(torch, name), X, W[0])


def test_powers() -> None:
    check(np.power, torch.pow, POSITIVE, Y)
    check(np.power, torch.pow, Z, W)
    for exponent in (0, 1, 2, 3, -1, 0.5):
        check(np.power, lambda x, p=exponent: torch.pow(x, p), POSITIVE, exponent)


@pytest.mark.parametrize("name", ["maximum", "minimum"])
def test_ties_of_two(name: str) -> None:
    """PyTorch's fmax and fmin give a tie to the first operand instead."""
    check(getattr(np, name), getattr(torch, name), KINKS, OTHER)


@pytest.mark.parametrize(("function", "twin"), [
    (np.abs, torch.abs), (np.sign, torch.sgn), (np.max, torch.amax), (np.min, torch.amin)],
    ids=["abs", "sign", "max", "min"])
def test_kinks(function: Any, twin: Any) -> None:
    check(function, twin, KINKS)
    if function in (np.max, np.min):
        check(function, lambda x: twin(x, dim=1), KINKS, axis=1)


def test_relu_and_clip_at_their_kinks() -> None:
    check(np.maximum, torch.relu, KINKS, 0.0)
    check(np.clip, lambda x: torch.clamp(x, -1.0, 1.0), KINKS, -1.0, 1.0)


@pytest.mark.parametrize(("function", "twin", "x", "options"), [
    (np.sum, lambda x: torch.sum(x, 1), X, {"axis": 1}), (np.sum, torch.sum, Z, {}),
    (np.mean, lambda x: torch.mean(x, 0, keepdim=True), Z, {"axis": 0, "keepdims": True}),
    (np.prod, torch.prod, X, {}), (np.prod, torch.prod, KINKS, {}),
    (np.var, lambda x: torch.var(x, 1, correction=1), X, {"axis": 1, "ddof": 1}),
    (np.var, lambda x: torch.var(x, correction=0), Z, {}),
    (np.std, lambda x: torch.std(x, 0, correction=0), X, {"axis": 0}),
    (np.std, lambda x: torch.std(x, correction=1), np.ones(3), {"ddof": 1}),
    (np.cumsum, lambda x: torch.cumsum(x, 1), X, {"axis": 1}),
    (np.cumprod, lambda x: torch.cumprod(x, 1), KINKS, {"axis": 1}),
    (np.nansum, lambda x: torch.nansum(x), np.where(X > 0, X, np.nan), {}),
    (np.nanmean, lambda x: torch.nanmean(x), np.where(X > 0, X, np.nan), {}),
    (np.sort, lambda x: torch.sort(x, 1).values, X, {}), (np.median, lambda x: torch.quantile(x, 0.5), X, {}),
    (np.diff, lambda x: torch.diff(x, dim=0), X, {"axis": 0}), (np.flip, lambda x: torch.flip(x, (0, 1)), X, {}),
    (np.ptp, lambda x: torch.amax(x) - torch.amin(x), KINKS, {}), (np.trace, torch.trace, SQUARE, {}),
    (np.tril, torch.tril, X, {}), (np.diag, torch.diag, SQUARE, {}), (np.cov, torch.cov, X, {}),
    (np.corrcoef, torch.corrcoef, X, {}), (np.trapezoid, torch.trapezoid, X, {}),
    (np.nan_to_num, torch.nan_to_num, np.array([1.0, np.nan, np.inf]), {}),
    (np.i0, torch.special.i0, POSITIVE, {}), (np.ravel, torch.ravel, X, {}),
    (np.rot90, lambda x: torch.rot90(x, 1, (0, 1)), X, {}), (np.roll, lambda x: torch.roll(x, 2), X, {"shift": 2}),
], ids=lambda value: getattr(value, "__name__", ""))
def test_of_one_array_with_options(function: Any, twin: Any, x: np.ndarray, options: dict[str, Any]) -> None:
    check(function, twin, x, **options)


@pytest.mark.parametrize("q", [0.3, np.array([0.2, 0.75])], ids=["one", "two"])
def test_quantiles(q: Any) -> None:
    row = rules.find(np.quantile)
    assert row is not None
    out = np.quantile(X, q, axis=1)
    bound = row.bind((X, q), {"axis": 1})
    g = RNG.normal(size=out.shape)
    x, level = torch.tensor(X, requires_grad=True), torch.tensor(q, dtype=torch.float64, requires_grad=True)
    torch.quantile(x, level, dim=1).backward(torch.tensor(g))
    saved = apply.residuals(row, bound, out)
    np.testing.assert_allclose(apply.vjp(row, "a", g, saved), x.grad.numpy(), rtol=1e-9)
    np.testing.assert_allclose(apply.vjp(row, "q", g, saved), level.grad.numpy(), rtol=1e-9)


def test_where_and_gathers() -> None:
    mask = X > 0
    check(np.where, lambda x, y: torch.where(torch.tensor(mask), x, y), mask, X, Y)
    index = np.array([[0, 2, 0], [1, 1, 2]])
    check(np.take_along_axis, lambda x: torch.take_along_dim(x, torch.tensor(index), 1), X, index, 1)
    check(np.take, lambda x: x[:, torch.tensor([0, 2, 2])], X, np.array([0, 2, 2]), axis=1)
    check(np.compress, lambda x: x[:, torch.tensor([True, False, True])], [True, False, True], X, axis=1)
