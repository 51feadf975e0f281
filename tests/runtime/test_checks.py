"""Every differentiable operation against finite differences, in both modes and both orders."""
from __future__ import annotations

import numpy as np
import pytest

import runtime as torch
from runtime.autograd import gradcheck, gradgradcheck

UNARY = [
    "abs", "acos", "asin", "atan", "atanh", "cosh", "cos", "erf", "exp", "exp2", "expm1", "log", "log10", "log1p",
    "log2", "neg", "reciprocal", "relu", "rsqrt", "sigmoid", "sin", "sinh", "sqrt", "square", "tan", "tanh", "sum",
    "mean", "prod", "max", "min", "amax", "amin", "std", "var", "norm", "median", "logsumexp0", "cumsum0",
    "cumprod0", "softmax0", "log_softmax0", "sort", "flatten", "clone", "t0", "frac"]


def apply_unary(name: str, x: torch.Tensor) -> torch.Tensor:
    if name == "t0":
        return x.t()
    if name.endswith("0") and name != "log10":
        return getattr(x, name[:-1])(0)
    y = getattr(x, name)()
    return y[0] if isinstance(y, tuple) else y


@pytest.mark.parametrize("name", UNARY)
def test_unary(name: str) -> None:
    x = torch.tensor([[0.31, 0.72], [0.55, 0.13]], dtype=torch.float64, requires_grad=True)
    assert gradcheck(lambda v: apply_unary(name, v), (x,), check_forward_ad=True)
    assert gradgradcheck(lambda v: apply_unary(name, v), (x,))


BINARY = {
    "add": lambda x, y: x + y, "sub": lambda x, y: x - y, "mul": lambda x, y: x * y, "div": lambda x, y: x / y,
    "pow": lambda x, y: x**y, "maximum": torch.maximum, "minimum": torch.minimum, "atan2": torch.atan2,
    "hypot": torch.hypot, "logaddexp": torch.logaddexp, "lerp": lambda x, y: torch.lerp(x, y, 0.3),
    "where": lambda x, y: torch.where(x > 0.5, x * y, y), "addcmul": lambda x, y: torch.addcmul(x, y, x, value=2.0),
    "addcdiv": lambda x, y: torch.addcdiv(x, x, y, value=2.0), "matmul": lambda x, y: x @ y.reshape(2, 1),
    "outer": lambda x, y: torch.outer(x.reshape(-1), y.reshape(-1)), "scalars": lambda x,
    y: (2 - x) / y * 3 - (x - 1) / 2,
    "reflected": lambda x, y: 1 / x - 2**y, "clamp": lambda x, y: x.clamp(0.2, 0.6) * y,
    "einsum": lambda x, y: torch.einsum("ij,j->i", x, y.reshape(2)), "remainder": lambda x, y: torch.remainder(x, y)}


@pytest.mark.parametrize("name", BINARY)
def test_binary_and_broadcasting(name: str) -> None:
    x = torch.tensor([[0.31, 0.72], [0.55, 0.13]], dtype=torch.float64, requires_grad=True)
    y = torch.tensor([1.31, 0.42], dtype=torch.float64, requires_grad=True)
    assert gradcheck(BINARY[name], (x, y), check_forward_ad=True)
    assert gradgradcheck(BINARY[name], (x, y))


INDEX = torch.tensor([[0, 1, 0], [1, 1, 0]])
SHAPES = {
    "view": lambda x: x.view(6) * x.reshape(3, 2).reshape(6), "permute": lambda x: x.permute(1, 0) * 2,
    "expand": lambda x: x.unsqueeze(0).expand(2, 2, 3) ** 2, "squeeze": lambda x: x[:1].squeeze(0) ** 2,
    "getitem": lambda x: x[1, 1:] * x[0, 0], "fancy": lambda x: x[[0, 1, 0], [1, 1, 1]] ** 2,
    "mask": lambda x: x[x > 0.3] ** 2, "gather": lambda x: x.gather(0, INDEX) ** 2,
    "scatter": lambda x: torch.zeros(2, 3, dtype=torch.float64).scatter(1, torch.tensor([[0, 2], [1, 0]]), x[:, :2])
    * x,
    "scatter_add": lambda x: x.scatter_add(0, INDEX, x * x),
    "index_add": lambda x: x.index_add(0, torch.tensor([0, 0]), x**2),
    "index_select": lambda x: x.index_select(1, torch.tensor([0, 0, 2])) ** 2,
    "masked_fill": lambda x: x.masked_fill(x > 0.5, 0.0) ** 2, "take": lambda x: x.take(torch.tensor([0, 5, 5])) ** 2,
    "cat": lambda x: torch.cat([x, x * x]), "stack": lambda x: torch.stack([x, x * x], 1),
    "split": lambda x: x.split(2, 1)[0] * x.chunk(3, 1)[2], "unbind": lambda x: x.unbind(1)[2] * x.unbind(1)[0],
    "flip": lambda x: x.flip(0) * x, "roll": lambda x: x.roll(1, 1) * x, "repeat": lambda x: x.repeat(2, 1) ** 2,
    "tril": lambda x: x.tril() * x, "diagonal": lambda x: x.diagonal() ** 2, "trace": lambda x: (x @ x.t()).trace(),
    "topk": lambda x: x.topk(2)[0] ** 2, "kthvalue": lambda x: x.kthvalue(2)[0] ** 2,
    "max_dim": lambda x: x.max(1)[0] ** 2,
    "cummax": lambda x: x.cummax(1)[0] ** 2, "bmm": lambda x: x.unsqueeze(0) @ x.t().unsqueeze(0),
    "narrow": lambda x: x.narrow(1, 1, 2) ** 2, "norm3": lambda x: x.norm(3), "norm_dim": lambda x: x.norm(dim=1),
    "in_place": lambda x: (x * 1).mul_(x).add_(1).exp_(), "pow3": lambda x: x.pow(3) + x**2 + x**0.5}


@pytest.mark.parametrize("name", SHAPES)
def test_shapes_and_indices(name: str) -> None:
    x = torch.tensor([[0.31, 0.72, 0.9], [0.55, 0.13, 0.44]], dtype=torch.float64, requires_grad=True)
    assert gradcheck(SHAPES[name], (x,), check_forward_ad=name != "in_place")
    assert gradgradcheck(SHAPES[name], (x,))


def write_view(x: torch.Tensor) -> torch.Tensor:
    y = x * x
    y[1] *= x[0]
    y[:, 0].add_(x[:, 1])
    y[0, 1:] = 2.0
    return y * x


def test_writes_through_views() -> None:
    x = torch.tensor([[0.31, 0.72, 0.9], [0.55, 0.13, 0.44]], dtype=torch.float64, requires_grad=True)
    assert gradcheck(write_view, (x,))
    assert gradgradcheck(write_view, (x,))


def test_complex() -> None:
    z = torch.tensor([1 + 2j, 0.5 - 1j], dtype=torch.complex128, requires_grad=True)
    for f in (lambda v: v * v, lambda v: v.exp() / v, lambda v: (v * v.conj()).real, lambda v: v.abs(),
              lambda v: v.real * v.imag):
        assert gradcheck(f, (z,))


def test_wrong_gradient_is_found() -> None:
    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    with pytest.raises(RuntimeError, match="Jacobian mismatch for output 0 with respect to input 0"):
        gradcheck(lambda v: v.detach() * v, (x,))
    assert not gradcheck(lambda v: v.detach() * v, (x,), raise_exception=False)


def test_fast_nodes_agree_with_the_table() -> None:
    """The hand-written nodes and the rows of the same operations give the same numbers."""
    from runtime.promotion import binary

    for name, f in {"add": BINARY["add"], "sub": BINARY["sub"], "mul": BINARY["mul"], "div": BINARY["div"]}.items():
        grads = []
        for apply in (f, lambda a, b, name=name: binary(name, a, b)):
            x = torch.tensor([[0.3], [1.7]], dtype=torch.float64, requires_grad=True)
            y = torch.tensor([0.5, -1.5, 2.0], dtype=torch.float64, requires_grad=True)
            (apply(x, y) * torch.tensor(np.arange(6.0).reshape(2, 3))).sum().backward()
            grads.append((x.grad.numpy(), y.grad.numpy()))
        np.testing.assert_allclose(grads[0][0], grads[1][0], rtol=1e-14)
        np.testing.assert_allclose(grads[0][1], grads[1][1], rtol=1e-14)
