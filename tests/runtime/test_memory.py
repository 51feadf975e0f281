"""Long chains, freeing, cycles."""
from __future__ import annotations

import gc
import threading
import weakref
from typing import Any

import numpy as np
import pytest

import runtime as torch


def chain(length: int) -> tuple[torch.Tensor, torch.Tensor]:
    x = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
    y = x
    for _ in range(length):
        y = y + 1.0
    return x, y


def test_long_chain_runs_and_is_freed() -> None:
    x, y = chain(100_000)
    y.backward()
    assert x.grad.item() == 1.0
    node = weakref.ref(y.grad_fn)
    del y
    assert node() is None


@pytest.mark.slow
def test_million_nodes() -> None:
    x, y = chain(1_000_000)
    y.backward()
    assert x.grad.item() == 1.0
    del y


@pytest.fixture
def no_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def _programs() -> list:
    def views(x):
        y = x * 1
        y[0] = 5.0
        v = y[1:]
        v.mul_(2)
        return (v * y[1:]).sum()

    def saved_results(x):
        return (x.exp() + x.tanh() + x.sqrt()).softmax(0).sum()

    def in_place(x):
        y = x * 2
        y.mul_(3).exp_()
        return y.sum()

    class Exp(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            y = x.exp()
            ctx.save_for_backward(y)
            return y

        @staticmethod
        def backward(ctx, g):
            return g * ctx.saved_tensors[0]

    return [lambda x: (x * x / 2).sum(), views, saved_results, in_place, lambda x: Exp.apply(x).sum(),
            lambda x: (x @ x) + x[0] + x.unbind()[1] + x.sort()[0].sum() + torch.cat([x, x]).mean(),
            lambda x: torch.autograd.grad((x**3).sum(), x, create_graph=True)[0].sum()]


@pytest.mark.parametrize("program", _programs())
@pytest.mark.parametrize("run", [False, True])
def test_no_cycles(no_collector, program, run) -> None:
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = program(x)
    if run:
        y.backward()
    node, memory = weakref.ref(y.grad_fn), weakref.ref(y)
    del y
    assert memory() is None
    assert node() is None


def test_leaf_holds_its_accumulator_weakly() -> None:
    x = torch.ones(1, requires_grad=True)
    y = x * 2
    accumulator = weakref.ref(y.grad_fn.next_functions[0][0])
    assert accumulator() is not None and accumulator().variable is x
    del y
    assert accumulator() is None


def test_results_are_released_after_backward() -> None:
    x = torch.ones(3, requires_grad=True)
    middle = x * 2
    y = (middle * middle).sum()
    held = weakref.ref(middle)
    del middle
    assert held() is not None
    y.backward()
    assert held() is None


def test_gradients_do_not_alias_the_graph() -> None:
    x, w = (torch.ones(3, requires_grad=True) for _ in range(2))
    start = torch.ones(3)
    (x + w).backward(start)
    x.grad.add_(1)
    assert w.grad.tolist() == [1.0] * 3 and start.tolist() == [1.0] * 3


def test_indexing_backward_costs_the_index() -> None:
    n = 200_000
    x = torch.zeros(n, dtype=torch.float64, requires_grad=True)
    total = x[0]
    for i in range(1, 300):
        total = total + x[i]
    made: list[int] = []
    zeros = np.zeros

    def counted(shape, *args, **kwargs):
        made.append(int(np.prod(shape)))
        return zeros(shape, *args, **kwargs)
    np.zeros = counted
    try:
        total.backward()
    finally:
        np.zeros = zeros
    assert sum(made) <= 2 * n
    assert x.grad.sum().item() == 300.0


def test_backwards_within_backwards_need_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system gives no more threads, they run on the stack that there is."""
    asked: list[bool] = []

    def refuse(thread: threading.Thread) -> None:
        asked.append(True)
        raise RuntimeError("can't start new thread")

    class Again(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            with torch.enable_grad():
                ctx.x = x.detach().clone().requires_grad_() - 1
            return ctx.x.detach()

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            if ctx.x > 0:
                with torch.enable_grad():
                    Again.apply(ctx.x).sum().backward()
            return g

    monkeypatch.setattr(threading.Thread, "start", refuse)
    x = torch.tensor(35.0, requires_grad=True)
    Again.apply(x).sum().backward()
    assert asked and x.grad.item() == 1 and torch.is_grad_enabled()
