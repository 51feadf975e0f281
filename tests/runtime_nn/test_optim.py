"""Optimizers beside torch, over several steps."""
from __future__ import annotations

import numpy as np
import pytest

from tests.runtime_nn.compare import both, outcome, same

pytestmark = pytest.mark.torch

OPTIONS = {
    "sgd": ("SGD", {"lr": 0.1}),
    "sgd momentum": ("SGD", {"lr": 0.1, "momentum": 0.9}),
    "sgd nesterov": ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}),
    "sgd dampening": ("SGD", {"lr": 0.001, "momentum": 0.5, "dampening": 0.3, "maximize": True}),
    "adam": ("Adam", {"lr": 0.1}),
    "adam decay": ("Adam", {"lr": 0.1, "betas": (0.8, 0.95), "eps": 1e-3, "weight_decay": 0.1}),
    "adam amsgrad": ("Adam", {"lr": 0.01, "amsgrad": True, "maximize": True}),
    "adamw": ("AdamW", {"lr": 0.1}),
    "adamw decay": ("AdamW", {"lr": 0.1, "weight_decay": 0.3, "amsgrad": True}),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", OPTIONS)
def test_ten_steps(name, dtype):
    kind, options = OPTIONS[name]

    def run(f):
        w = f.t.tensor([[1.0, -2.0], [0.5, 3.0]], dtype=getattr(f.t, dtype), requires_grad=True)
        b = f.t.tensor([0.1, 0.2], dtype=getattr(f.t, dtype), requires_grad=True)
        optimizer = getattr(f.optim, kind)([{"params": [w]}, {"params": [b], "lr": 0.02}], **options)
        path = []
        for step in range(10):
            optimizer.zero_grad()
            loss = ((w @ w - 1) ** 2 * 0.05).sum() + (b * w).sin().sum()
            loss.backward()
            if step == 5:
                b.grad = None  # a parameter without a gradient stays where it is
            optimizer.step()
            path += [loss, w.detach().clone(), b.detach().clone()]
        return path, optimizer.state_dict()

    same(run(both()[0]), run(both()[1]))


@pytest.mark.parametrize("name", OPTIONS)
def test_text(name):
    kind, options = OPTIONS[name]
    ours, theirs = (repr(getattr(f.optim, kind)([f.t.ones(1, requires_grad=True)], **options)) for f in both())
    assert ours == theirs


def closure(w):
    """A loss whose value is known, and its gradient."""
    w.grad = None
    (w**2).sum().backward()
    return 7


def test_a_loaded_state_continues():
    def run(f):
        w = f.t.tensor([1.0, 2.0], requires_grad=True)
        optimizer = f.optim.Adam([w], lr=0.1)
        for step in range(4):
            if step == 2:
                state = optimizer.state_dict()
                optimizer = f.optim.Adam([w], lr=5.0)
                optimizer.load_state_dict(state)
            value = optimizer.step(lambda: closure(w))
        return w, value
    same(run(both()[0]), run(both()[1]))


def test_training_brings_the_loss_down():
    f = both()[0]
    f.t.manual_seed(0)
    x = f.t.randn(64, 2)
    y = (x[:, :1] * x[:, 1:]).sin()
    model = f.nn.Sequential(f.nn.Linear(2, 16), f.nn.Tanh(), f.nn.Linear(16, 1))
    optimizer, loss_of = f.optim.AdamW(model.parameters(), lr=0.03), f.nn.MSELoss()
    losses = []
    for step in range(150):
        optimizer.zero_grad()
        loss = loss_of(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert np.mean(losses[-5:]) < 0.15 * losses[0]


ERRORS = {
    "empty": lambda f: f.optim.SGD([], lr=0.1),
    "tensor": lambda f: f.optim.SGD(f.t.ones(1), lr=0.1),
    "number": lambda f: f.optim.SGD([3], lr=0.1),
    "rate": lambda f: f.optim.SGD([f.t.ones(1)], lr=-1),
    "momentum": lambda f: f.optim.SGD([f.t.ones(1)], momentum=-1),
    "decay": lambda f: f.optim.SGD([f.t.ones(1)], weight_decay=-1),
    "nesterov": lambda f: f.optim.SGD([f.t.ones(1)], nesterov=True),
    "non-leaf": lambda f: f.optim.SGD([f.t.ones(1, requires_grad=True) * 2]),
    "beta": lambda f: f.optim.Adam([f.t.ones(1)], betas=(0.9, 1.0)),
    "eps": lambda f: f.optim.Adam([f.t.ones(1)], eps=-1),
    "groups": lambda f: f.optim.SGD([f.t.ones(1)]).load_state_dict({"state": {}, "param_groups": []}),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name):
    ours, theirs = (outcome(ERRORS[name], f) for f in both())
    assert isinstance(theirs, tuple), "torch accepts this"
    assert ours == theirs
