"""NumPy functions on tensors record; what cannot be recorded raises."""
from __future__ import annotations

import numpy as np
import pytest

import runtime as torch


@pytest.mark.parametrize("call, name", [
    (lambda t: np.sin(t), "SinBackward0"), (lambda t: np.sum(t), "SumBackward0"),
    (lambda t: np.ones(2) * t, "MulBackward0"), (lambda t: t + np.ones(2), "AddBackward0"),
    (lambda t: np.stack([t, t]), "StackBackward0"), (lambda t: np.where(t.detach() > 1.4, t, 0), "WhereBackward0"),
    (lambda t: np.mean(t, axis=0), "MeanBackward0"), (lambda t: np.maximum(t, 1.4), "MaximumBackward0"),
    (lambda t: np.concatenate([t, t]), "CatBackward0"), (lambda t: np.reshape(t, (2, 1)), "ViewBackward0")])
def test_recorded(call, name) -> None:
    t = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    y = call(t)
    assert isinstance(y, torch.Tensor) and y.grad_fn.name() == name
    assert torch.autograd.gradcheck(call, (t,))


def test_asarray_of_recorded_raises() -> None:
    t = torch.ones(2, requires_grad=True)
    with pytest.raises(RuntimeError, match="Can't call numpy\\(\\) on Tensor that requires grad"):
        np.asarray(t)
    assert np.asarray(t.detach()).tolist() == [1.0, 1.0]


def test_into_a_plain_array_raises() -> None:
    t = torch.ones(2, requires_grad=True)
    with pytest.raises(TypeError, match="plain NumPy array"):
        np.add(t, 1, out=np.zeros(2, np.float32))


def test_shapes_are_plain() -> None:
    t = torch.ones(2, 3, requires_grad=True)
    assert np.shape(t) == (2, 3) and np.ndim(t) == 2 and np.size(t) == 6
    assert not np.isnan(t).any()
