"""tangent-ad, the maintained successor of Google's Tangent: it reads the text of the program as it stands."""
from __future__ import annotations

import warnings
from importlib import import_module
from typing import Any

from benchmarks.adjoints.program import Program
from benchmarks.peers import Gradient

NAME = "tangent"


def gradient(program: Program) -> Gradient:
    """Value and gradient by tangent-ad. Raises ImportError where it is not installed."""
    tangent: Any = import_module("tangent")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        run = tangent.grad(program.primal, wrt=program.wrt, preserve_result=True)

    def value_and_grad(*arguments: Any) -> tuple[Any, tuple[Any, ...]]:
        *bars, value = run(*arguments)
        return value, tuple(bars)

    return value_and_grad
