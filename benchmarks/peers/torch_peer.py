"""PyTorch, eager: a namespace with NumPy's names and meanings over torch's functions."""
from __future__ import annotations

import math
from importlib import import_module
from typing import Any

import numpy as np

from benchmarks.adjoints.program import Program
from benchmarks.peers import CannotRun, Gradient, adapted

NAME = "torch"
SPELLINGS = {
    r"\.copy\(\)": ".clone()", r"\b(\w+)\.size\b(?!\()": r"np.size(\1)", r"\.astype\(float\)": ".double()",
    r"\blen\((\w+)\)": r"\1.shape[0]", r"\[::-1\]": ".flip(0)",
}
_SAME = {"concatenate": "cat", "abs": "abs", "power": "pow"}


class _Namespace:
    """torch under NumPy's names."""

    def __init__(self, torch: Any) -> None:
        self.torch = torch
        self.pi, self.inf = math.pi, math.inf

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.torch, _SAME.get(name, name), None)
        if found is None:
            raise CannotRun(f"torch has no function `{name}`")
        if name in ("exp", "log", "sin", "cos", "tanh", "sqrt", "abs", "log1p"):
            return lambda x: found(self.tensor(x))
        return found

    def tensor(self, x: Any) -> Any:
        return x if isinstance(x, self.torch.Tensor) else self.torch.tensor(x, dtype=self.torch.float64)

    def size(self, x: Any) -> int:
        return x.numel()

    def zeros(self, shape: Any) -> Any:
        return self.torch.zeros(shape, dtype=self.torch.float64)

    def empty(self, shape: Any) -> Any:
        return self.torch.empty(shape, dtype=self.torch.float64)

    def eye(self, n: int) -> Any:
        return self.torch.eye(n, dtype=self.torch.float64)

    def arange(self, *bounds: int) -> Any:
        return self.torch.arange(*bounds, dtype=self.torch.float64)

    def dot(self, x: Any, y: Any) -> Any:
        return self.torch.matmul(x, y)

    def max(self, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return self.torch.max(x) if axis is None else self.torch.amax(x, dim=axis, keepdim=keepdims)

    def roll(self, x: Any, shift: int, axis: int | None = None) -> Any:
        return self.torch.roll(x, shift, dims=axis)

    def maximum(self, x: Any, y: Any) -> Any:
        return self.torch.maximum(self.tensor(x), self.tensor(y))

    def minimum(self, x: Any, y: Any) -> Any:
        return self.torch.minimum(self.tensor(x), self.tensor(y))

    def stack(self, items: Any, axis: int = 0) -> Any:
        return self.torch.stack([self.tensor(item) for item in items], dim=axis)

    def where(self, condition: Any, x: Any, y: Any) -> Any:
        return self.torch.where(condition, self.tensor(x), self.tensor(y))


def gradient(program: Program) -> Gradient:
    """Value and gradient by PyTorch. Raises ImportError where it is not installed."""
    torch: Any = import_module("torch")
    torch.set_num_threads(1)
    primal = adapted(program, _Namespace(torch), SPELLINGS)

    def run(*arguments: Any) -> tuple[Any, tuple[Any, ...]]:
        given = [_tensor(torch, argument, i in program.wrt) for i, argument in enumerate(arguments)]
        value = primal(*given)
        value.backward()
        return value.item(), tuple(_bar(given[i]) for i in program.wrt)

    return run


def _tensor(torch: Any, argument: Any, active: bool) -> Any:
    if isinstance(argument, np.ndarray):
        return torch.from_numpy(argument).requires_grad_(active)
    return torch.tensor(float(argument), dtype=torch.float64, requires_grad=True) if active else argument


def _bar(tensor: Any) -> Any:
    return np.zeros(tuple(tensor.shape)) if tensor.grad is None else tensor.grad.numpy()
