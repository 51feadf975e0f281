"""The base of optimizers: parameter groups and state."""
from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import chain
from typing import Any

from runtime.grad_mode import enable_grad, no_grad
from runtime.leaves import forget
from runtime.tensor import Tensor


class Optimizer:
    """Parameters in groups, each with its own options, and what is remembered about each parameter.

    Raises TypeError for anything but an iterable of tensors or of groups, ValueError for none at all and for tensors
    that are no leaves.
    """

    def __init__(self, params: Iterable[Any], defaults: dict[str, Any]) -> None:
        if isinstance(params, Tensor):
            raise TypeError("params argument given to the optimizer should be an iterable of Tensors or dicts, but got "
                            f"{params.type()}")
        self.defaults = defaults
        self.state: dict[Any, dict[str, Any]] = defaultdict(dict)
        self.param_groups: list[dict[str, Any]] = []
        self._stepped = False
        given = list(params)
        if not given:
            raise ValueError("optimizer got an empty parameter list")
        if not isinstance(given[0], dict):
            ids = [id(p[1] if isinstance(p, tuple) else p) for p in given]
            if len(set(ids)) < len(ids):
                warnings.warn("optimizer contains a parameter group with duplicate parameters; in future, this will "
                              "cause an error; see github.com/pytorch/pytorch/issues/40967 for more information",
                              stacklevel=3)
        for group in given if isinstance(given[0], dict) else [{"params": given}]:
            self.add_param_group(group)

    def add_param_group(self, group: dict[str, Any]) -> None:
        """Take in `{"params": ..., option: value}`; options left out have the optimizer's defaults."""
        if not isinstance(group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(group)}")
        given = group["params"]
        params: list[Any] = [given] if isinstance(given, Tensor) else list(given)
        if params and isinstance(params[0], tuple):
            group = {**group, "param_names": [p[0] for p in params]}
        params = [p[1] if isinstance(p, tuple) else p for p in params]
        for p in params:
            if not isinstance(p, Tensor):
                raise TypeError(f"optimizer can only optimize Tensors, but one of the params is {type(p).__name__}")
            if not p.is_leaf:
                raise ValueError("can't optimize a non-leaf Tensor")
        known = {id(p) for g in self.param_groups for p in g["params"]}
        if any(id(p) in known for p in params):
            raise ValueError("some parameters appear in more than one parameter group")
        self.param_groups.append({**group, "params": params, **{
            option: value for option, value in self.defaults.items() if option not in group}})

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients, or set them to zero in place."""
        forget(chain.from_iterable(group["params"] for group in self.param_groups), set_to_none)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Move every parameter that has a gradient; the value of `closure` (which may recompute them) is returned."""
        loss = None
        self._stepped = True
        if closure is not None:
            with enable_grad():
                loss = closure()
        with no_grad():
            for group in self.param_groups:
                for p in group["params"]:
                    if p.grad is not None:
                        self._move(p, p.grad.detach(), group)
        return loss

    def _move(self, p: Any, grad: Any, group: dict[str, Any]) -> None:
        """Move one parameter."""
        raise NotImplementedError

    def state_dict(self) -> dict[str, Any]:
        """State and options, with parameters numbered in order."""
        numbers = {id(p): k for k, p in enumerate(p for g in self.param_groups for p in g["params"])}
        groups = [{**{k: v for k, v in g.items() if k != "params"}, "params": [numbers[id(p)] for p in g["params"]]}
                  for g in self.param_groups]
        state = {numbers[id(p)]: values for p, values in self.state.items()}
        return {"state": state, "param_groups": groups}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over a state. Raises ValueError if the groups differ in number or size."""
        groups = state_dict["param_groups"]
        if len(groups) != len(self.param_groups):
            raise ValueError("loaded state dict has a different number of parameter groups")
        if any(len(a["params"]) != len(b["params"]) for a, b in zip(groups, self.param_groups, strict=True)):
            raise ValueError("loaded state dict contains a parameter group that doesn't match the size of optimizer's "
                             "group")
        params = {k: p for theirs, own in zip(groups, self.param_groups, strict=True)
                  for k, p in zip(theirs["params"], own["params"], strict=True)}
        self.state = defaultdict(dict)
        for key, values in state_dict["state"].items():
            self.state[params[key]] = {k: v.clone() if isinstance(v, Tensor) else v for k, v in values.items()}
        for theirs, own in zip(groups, self.param_groups, strict=True):
            own.update({k: v for k, v in theirs.items() if k != "params"})

    def __repr__(self) -> str:
        text = f"{type(self).__name__} ("
        for k, group in enumerate(self.param_groups):
            text += f"\nParameter Group {k}\n"
            text += "".join(f"    {key}: {group[key]}\n" for key in sorted(group) if key != "params")
        return text + ")"


def check_at_least_zero(what: str, value: Any) -> None:
    """Raise ValueError as torch words it for a negative option."""
    if not value >= 0.0:
        raise ValueError(f"Invalid {what}: {value}")
