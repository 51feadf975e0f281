"""Stochastic gradient descent."""
from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from runtime.optim.optimizer import Optimizer, check_at_least_zero


class SGD(Optimizer):
    """Descent along the gradient, with momentum, Nesterov's variant, dampening and weight decay.

    >>> import runtime as torch
    >>> w = torch.tensor([1.0], requires_grad=True)
    >>> optimizer = torch.optim.SGD([w], lr=0.5)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([0.], requires_grad=True)
    """

    def __init__(self, params: Iterable[Any], lr: float = 1e-3, momentum: float = 0, dampening: float = 0,
                 weight_decay: float = 0, nesterov: bool = False, *, maximize: bool = False,
                 foreach: bool | None = None, differentiable: bool = False, fused: bool | None = None) -> None:
        check_at_least_zero("learning rate", lr)
        check_at_least_zero("momentum value", momentum)
        check_at_least_zero("weight_decay value", weight_decay)
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        super().__init__(params, {
            "lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay, "nesterov": nesterov,
            "maximize": maximize, "foreach": foreach, "differentiable": differentiable, "fused": fused})

    def _move(self, p: Any, grad: Any, group: dict[str, Any]) -> None:
        if group["maximize"]:
            grad = -grad
        if group["weight_decay"] != 0:
            grad = grad.add(p, alpha=group["weight_decay"])
        momentum = group["momentum"]
        if momentum != 0:
            held = self.state[p].get("momentum_buffer")
            if held is None:
                held = self.state[p]["momentum_buffer"] = grad.clone()
            else:
                held.mul_(momentum).add_(grad, alpha=1 - group["dampening"])
            grad = grad.add(held, alpha=momentum) if group["nesterov"] else held
        p.add_(grad, alpha=-group["lr"])
