"""`torch.autograd`: differentiation, custom functions, checks."""
from __future__ import annotations

from typing import Any

from runtime.autograd import function, grad_mode
from runtime.autograd.differentiate import backward, grad
from runtime.autograd.function import Function
from runtime.autograd.gradcheck import gradcheck, gradgradcheck  # now: later the module's name would take its place
from runtime.autograd.variable import Variable
from runtime.grad_mode import enable_grad, inference_mode, no_grad, set_grad_enabled

_LAZY = {"detect_anomaly": "anomaly_mode", "set_detect_anomaly": "anomaly_mode"}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name in _LAZY:
        return getattr(import_module(f"runtime.autograd.{_LAZY[name]}"), name)
    if name in ("functional", "forward_ad", "graph", "anomaly_mode"):
        return import_module(f"runtime.autograd.{name}")
    raise AttributeError(f"module 'torch.autograd' has no attribute '{name}'")


__all__ = ["Function", "Variable", "backward", "enable_grad", "function", "grad", "grad_mode", "gradcheck",
           "gradgradcheck", "inference_mode", "no_grad", "set_grad_enabled"]
