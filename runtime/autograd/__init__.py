"""`torch.autograd`: differentiation, custom functions, checks."""
from __future__ import annotations

from runtime.autograd.differentiate import backward, grad
from runtime.grad_mode import enable_grad, inference_mode, no_grad, set_grad_enabled

__all__ = ["backward", "enable_grad", "grad", "inference_mode", "no_grad", "set_grad_enabled"]
