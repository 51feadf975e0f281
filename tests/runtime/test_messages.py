"""What the errors add below torch's first line, and what they leave intact."""
from __future__ import annotations

import warnings

import pytest

import runtime as torch
from runtime import methods


def test_overwritten_value_names_both_lines() -> None:
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    z = y * y  # the line that saves
    y.add_(1)  # the line that overwrites
    with pytest.raises(RuntimeError) as caught:
        z.sum().backward()
    lines = str(caught.value).splitlines()
    assert lines[0].startswith("one of the variables needed for gradient computation has been modified by an inplace")
    assert "MulBackward0" in lines[1] and "z = y * y  # the line that saves" in lines[1]
    assert "y.add_(1)  # the line that overwrites" in lines[2]


def test_overwritten_result_names_both_lines() -> None:
    x = torch.ones(2, requires_grad=True)
    y = x.exp()  # saves its result
    y[0] = 3.0  # stores into it
    with pytest.raises(RuntimeError) as caught:
        y.sum().backward()
    text = str(caught.value)
    assert "x.exp()  # saves its result" in text and "y[0] = 3.0  # stores into it" in text


def test_second_backward_names_the_shared_node() -> None:
    x = torch.ones(2, requires_grad=True)
    shared = x.exp()  # outside the loop
    shared.sum().backward()
    with pytest.raises(RuntimeError) as caught:
        shared.sum().backward()
    assert "ExpBackward0" in str(caught.value) and "shared = x.exp()  # outside the loop" in str(caught.value)


class Wrong(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2

    @staticmethod
    def backward(ctx, g):
        return g, g


def test_failed_backward_accumulates_nothing() -> None:
    w, x = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
    loss = (Wrong.apply(x) * w).sum()
    with pytest.raises(RuntimeError, match="incorrect number of gradients"):
        loss.backward()
    assert w.grad is None and x.grad is None and torch.is_grad_enabled()


def test_wrong_gradient_leaves_the_graph_usable() -> None:
    x = torch.ones(2, requires_grad=True)
    y = x * x
    with pytest.raises(RuntimeError, match="Mismatch in shape"):
        y.backward(torch.ones(3))
    y.backward(torch.ones(2))
    assert x.grad.tolist() == [2.0, 2.0]


def test_foreign_objects() -> None:
    with pytest.raises(TypeError):
        torch.ones(1) + object()
    with pytest.raises(TypeError, match=r"expected np\.ndarray"):
        torch.from_numpy([1.0])


def test_conversions_of_what_requires_grad_warn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(methods, "_WARNED", [])
    number = torch.tensor(2.5, requires_grad=True)
    with pytest.warns(UserWarning, match="Converting a tensor with requires_grad=True to a scalar"):
        assert float(number) == 2.5
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert complex(number) == 2.5
