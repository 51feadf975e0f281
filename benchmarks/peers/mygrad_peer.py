"""MyGrad: its tensors take part in NumPy's own dispatch, so what its namespace lacks is looked up in NumPy."""
from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np

from benchmarks.adjoints.program import Program
from benchmarks.peers import Gradient, adapted

NAME = "mygrad"


class _Namespace:
    """MyGrad's functions, then NumPy's."""

    def __init__(self, library: Any) -> None:
        self.library = library

    def dot(self, x: Any, y: Any) -> Any:
        return self.library.matmul(x, y)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.library, name, None) or getattr(np, name)


def gradient(program: Program) -> Gradient:
    """Value and gradient by MyGrad. Raises ImportError where it is not installed."""
    mygrad: Any = import_module("mygrad")
    primal = adapted(program, _Namespace(mygrad))

    def run(*arguments: Any) -> tuple[Any, tuple[Any, ...]]:
        given = [mygrad.tensor(argument) if i in program.wrt else argument for i, argument in enumerate(arguments)]
        value = primal(*given)
        value.backward()
        return value.data, tuple(_bar(given[i]) for i in program.wrt)

    return run


def _bar(tensor: Any) -> Any:
    return np.zeros_like(tensor.data) if tensor.grad is None else tensor.grad
