"""HIPS autograd."""
from __future__ import annotations

from importlib import import_module
from typing import Any

from benchmarks.adjoints.program import Program
from benchmarks.peers import Gradient, adapted

NAME = "autograd"


def gradient(program: Program) -> Gradient:
    """Value and gradient by HIPS autograd. Raises ImportError where it is not installed."""
    autograd: Any = import_module("autograd")
    run = autograd.value_and_grad(adapted(program, import_module("autograd.numpy")), argnum=program.wrt)
    return lambda *arguments: run(*arguments)
