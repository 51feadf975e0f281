"""Running the same function under real torch and under `runtime`, and comparing what comes out."""
from __future__ import annotations

import importlib
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import runtime


def both() -> tuple[Any, Any]:
    """(`runtime`, torch), each with the submodules that tests use; skips where torch is missing."""
    torch = pytest.importorskip("torch", reason="real PyTorch is not installed: nothing to compare with")
    return ours(), _front(torch, "torch")


def ours() -> Any:
    """`runtime` with its submodules."""
    return _front(runtime, "runtime")


def _front(module: Any, name: str) -> Any:
    load = importlib.import_module
    return SimpleNamespace(
        t=module, nn=load(f"{name}.nn"), F=load(f"{name}.nn.functional"), optim=load(f"{name}.optim"),
        func=load(f"{name}.func"), functional=load(f"{name}.autograd.functional"),
        checkpoint=load(f"{name}.utils.checkpoint").checkpoint, forward_ad=load(f"{name}.autograd.forward_ad"))


def data(*shape: int, seed: int = 0) -> np.ndarray:
    """Normal float64 numbers, the same in every call."""
    return np.random.default_rng(seed).normal(size=shape)


def same(a: Any, b: Any) -> None:
    """Assert that two results, in whatever nesting of tuples, lists and dicts, are equal to rounding."""
    if isinstance(a, tuple | list):
        assert len(a) == len(b)
        for x, y in zip(a, b, strict=True):
            same(x, y)
    elif isinstance(a, dict):
        assert list(a) == list(b)
        same(list(a.values()), list(b.values()))
    elif hasattr(a, "detach"):
        assert tuple(a.shape) == tuple(b.shape) and str(a.dtype) == str(b.dtype)
        tight = a.detach().numpy().dtype == np.float64
        np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-9 if tight else 1e-5,
                                   atol=1e-11 if tight else 1e-6)
    else:
        assert a == b


def outcome(function: Callable[[Any], Any], front: Any) -> Any:
    """What a call gives, or the type of its exception and the first line of the message."""
    try:
        return function(front)
    except Exception as error:
        return type(error).__name__, str(error).split("\n")[0]
