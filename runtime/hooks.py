"""Hooks and their handles."""
from __future__ import annotations

import itertools
import warnings
import weakref
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

_ids = itertools.count().__next__

# How many hooks were ever registered on leaves: while none was, the engine need not find out when a leaf's
# gradient is complete.
LEAF_HOOKS = [0]


class RemovableHandle:
    """What registering a hook returns. `remove()` takes the hook away; as a context manager it does so at exit."""

    def __init__(self, hooks: OrderedDict[int, Any]) -> None:
        self.id = _ids()
        self.hooks_dict_ref = weakref.ref(hooks)

    def remove(self) -> None:
        """Take the hook away; doing it twice is harmless."""
        hooks = self.hooks_dict_ref()
        if hooks is not None:
            hooks.pop(self.id, None)

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *exc: object) -> None:
        self.remove()


class Hooks(OrderedDict):
    """Hooks by id, in the order of registration; weakly referable, which a plain dict is not."""


def add(hooks: Hooks, hook: Any) -> RemovableHandle:
    """Put a hook into `hooks`."""
    handle = RemovableHandle(hooks)
    hooks[handle.id] = hook
    return handle


class Extra:
    """The rare state of a node: hooks, tensors that retain their gradient, the user's metadata, a parent."""

    __slots__ = ("capture", "metadata", "parent", "post", "pre", "retain", "tensor")

    def __init__(self) -> None:
        self.pre = Hooks()
        self.post = Hooks()
        self.tensor: dict[int, Hooks] = {}       # hooks of the tensors that the node produced, by result index
        self.retain: dict[int, weakref.ref[Any]] = {}
        self.metadata: dict[Any, Any] = {}
        self.parent: Any = None                  # anomaly mode: the node whose backward recorded this one

    def add(self, kind: str, hook: Any) -> RemovableHandle:
        """Register a hook that runs before (`pre`) or after (`post`) the node."""
        return add(getattr(self, kind), hook)


def run_tensor_hooks(hooks: Hooks, grad: Any, cls: Any) -> Any:
    """The gradient (a tensor) after every hook of a tensor has seen, and perhaps replaced, it."""
    for hook in list(hooks.values()):
        grad = _checked(hook, hook(grad), grad, cls)
    return grad


def hook_name(hook: Any) -> str:
    """What messages call a hook."""
    return getattr(hook, "__name__", "<unknown>")


def _checked(hook: Callable[..., Any], result: Any, grad: Any, cls: Any) -> Any:
    if result is None:
        return grad
    if not isinstance(result, cls):
        raise TypeError(f"expected Variable, but hook returned '{type(result).__name__}'")
    if grad is None:
        raise RuntimeError("can't replace a None gradient with a non-None value")
    name = hook_name(hook)
    if result._data.shape != grad._data.shape:
        raise RuntimeError(f"hook '{name}' has changed the size of value")
    if result._data.dtype != grad._data.dtype:
        raise RuntimeError(f"hook '{name}' has changed the type of value (was "
                           f"{grad.type()} got {result.type()})")
    return result


def warn_user(message: str) -> None:
    """A UserWarning at the line of the caller outside this package."""
    import sys

    frame, level = sys._getframe(1), 1
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] == "runtime":
        frame, level = frame.f_back, level + 1
    warnings.warn(message, UserWarning, stacklevel=level)
