"""`torch.nn.utils`: gradients limited, parameters as one vector."""
from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import runtime as torch
from runtime.tensor import Tensor


def _with_grad(parameters: Any) -> list[Any]:
    given = [parameters] if isinstance(parameters, Tensor) else list(parameters)
    return [p for p in given if p.grad is not None]


def get_total_norm(tensors: Iterable[Any], norm_type: float = 2.0) -> Any:
    """The norm of all elements of several tensors together."""
    norms = [torch.linalg.vector_norm(t.detach(), norm_type) for t in tensors]
    return torch.linalg.vector_norm(torch.stack(norms), norm_type) if norms else torch.tensor(0.0)


def clip_grad_norm_(parameters: Any, max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = False,
                    foreach: bool | None = None) -> Any:
    """Scale the gradients in place so that their common norm is at most `max_norm`; returns the norm before.

    Raises RuntimeError for a norm that is not finite, if asked to.
    """
    found = _with_grad(parameters)
    total = get_total_norm([p.grad for p in found], norm_type)
    if error_if_nonfinite and not math.isfinite(total.item()):
        raise RuntimeError(f"The total norm of order {norm_type} for gradients from `parameters` is non-finite, so it "
                           "cannot be clipped. To disable this error and scale the gradients by the non-finite norm "
                           "anyway, set `error_if_nonfinite=False`")
    factor = (max_norm / (total + 1e-6)).clamp(max=1.0)
    with torch.no_grad():
        for p in found:
            p.grad.mul_(factor)
    return total


def clip_grad_value_(parameters: Any, clip_value: float, foreach: bool | None = None) -> None:
    """Limit every element of the gradients to [-clip_value, clip_value], in place."""
    with torch.no_grad():
        for p in _with_grad(parameters):
            p.grad.clamp_(-float(clip_value), float(clip_value))


def parameters_to_vector(parameters: Iterable[Any]) -> Any:
    """All elements in one vector."""
    return torch.cat([p.view(-1) for p in parameters])


def vector_to_parameters(vec: Any, parameters: Iterable[Any]) -> None:
    """Give the parameters the elements of one vector."""
    if not isinstance(vec, Tensor):
        raise TypeError(f"expected torch.Tensor, but got: {type(vec)}")
    start, whole = 0, vec.detach()
    for p in parameters:
        p.data = whole.narrow(0, start, p.numel()).view_as(p).data
        start += p.numel()


__all__ = ["clip_grad_norm_", "clip_grad_value_", "get_total_norm", "parameters_to_vector", "vector_to_parameters"]
