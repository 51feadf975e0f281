"""Registering hooks: on one module (`Hooked`, a base of `Module`), and on all of them."""
from __future__ import annotations

from typing import Any

from runtime.hooks import Hooks, RemovableHandle
from runtime.nn.calling import EVERY
from runtime.nn.old_hooks import choose_kind


def add_hook(hooks: Any, hook: Any, prepend: bool = False) -> RemovableHandle:
    """Register a hook, at the end or at the front."""
    handle = RemovableHandle(hooks)
    hooks[handle.id] = hook
    if prepend:
        hooks.move_to_end(handle.id, last=False)
    return handle


class Hooked:
    """The part of `Module` that registers hooks. Each method returns a handle whose `remove()` takes the hook away."""

    _forward_pre_hooks: Hooks
    _forward_hooks: Hooks
    _backward_hooks: Hooks
    _backward_pre_hooks: Hooks
    _is_full_backward_hook: bool | None
    _state_hooks: dict[str, Hooks]

    def register_forward_pre_hook(self, hook: Any, *, prepend: bool = False,
                                  with_kwargs: bool = False) -> RemovableHandle:
        """`hook(module, args)` runs before `forward`; what it returns replaces the arguments."""
        return add_hook(self._forward_pre_hooks, (hook, with_kwargs), prepend)

    def register_forward_hook(self, hook: Any, *, prepend: bool = False, with_kwargs: bool = False,
                              always_call: bool = False) -> RemovableHandle:
        """`hook(module, args, output)` runs after `forward`; what it returns replaces the output."""
        return add_hook(self._forward_hooks, (hook, with_kwargs, always_call), prepend)

    def register_full_backward_hook(self, hook: Any, prepend: bool = False) -> RemovableHandle:
        """`hook(module, grad_input, grad_output)` runs in backward; what it returns replaces `grad_input`."""
        self._is_full_backward_hook = choose_kind(self._is_full_backward_hook, True, "on a single Module")
        return add_hook(self._backward_hooks, hook, prepend)

    def register_backward_hook(self, hook: Any) -> RemovableHandle:
        """The older kind, `hook(module, grad_input, grad_output)` with what the last operation sees."""
        self._is_full_backward_hook = choose_kind(self._is_full_backward_hook, False, "on a single Module")
        return add_hook(self._backward_hooks, hook)

    def register_full_backward_pre_hook(self, hook: Any, prepend: bool = False) -> RemovableHandle:
        """`hook(module, grad_output)` runs in backward; what it returns replaces `grad_output`."""
        return add_hook(self._backward_pre_hooks, hook, prepend)

    def _state_hook(self, when: str, hook: Any) -> RemovableHandle:
        return add_hook(self._state_hooks.setdefault(when, Hooks()), hook)

    def register_state_dict_pre_hook(self, hook: Any) -> RemovableHandle:
        """`hook(module, prefix, keep_vars)` runs before the state of this module is collected."""
        return self._state_hook("before saving", hook)

    def register_state_dict_post_hook(self, hook: Any) -> RemovableHandle:
        """`hook(module, state_dict, prefix, local_metadata)` runs when it was collected, and may change it."""
        if hasattr(hook, "__dict__"):
            hook._from_public_api = True  # as torch, so that the same function is not registered the other way too
        return self._state_hook("after saving", (hook, True))

    def _register_state_dict_hook(self, hook: Any) -> RemovableHandle:
        """The same; what this one returns replaces the state."""
        if getattr(hook, "_from_public_api", False):
            raise RuntimeError("Cannot register the same function as the state dict post hook that was previously "
                               "registered via register_state_dict_post_hook")
        return self._state_hook("after saving", (hook, False))

    def register_load_state_dict_pre_hook(self, hook: Any) -> RemovableHandle:
        """`hook(module, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs)` runs
        before a state is loaded, and may change it."""
        return self._register_load_state_dict_pre_hook(hook, with_module=True)

    def _register_load_state_dict_pre_hook(self, hook: Any, with_module: bool = False) -> RemovableHandle:
        return self._state_hook("before loading", (hook, with_module))

    def register_load_state_dict_post_hook(self, hook: Any) -> RemovableHandle:
        """`hook(module, incompatible_keys)` runs when a state was loaded, and may change the lists of keys."""
        return self._state_hook("after loading", hook)


def register_module_forward_pre_hook(hook: Any) -> RemovableHandle:
    """`hook(module, args)` runs before the `forward` of every module."""
    return add_hook(EVERY.forward_pre, (hook, False))


def register_module_forward_hook(hook: Any, *, with_kwargs: bool = False,
                                 always_call: bool = False) -> RemovableHandle:
    """`hook(module, args, output)` runs after the `forward` of every module."""
    return add_hook(EVERY.forward, (hook, with_kwargs, always_call))


def register_module_full_backward_hook(hook: Any) -> RemovableHandle:
    """`hook(module, grad_input, grad_output)` runs in the backward of every module."""
    EVERY.full = choose_kind(EVERY.full, True, "as a global Module hook")
    return add_hook(EVERY.backward, hook)


def register_module_backward_hook(hook: Any) -> RemovableHandle:
    """The older kind of backward hook, on every module."""
    EVERY.full = choose_kind(EVERY.full, False, "as a global Module hook")
    return add_hook(EVERY.backward, hook)


def register_module_full_backward_pre_hook(hook: Any) -> RemovableHandle:
    """`hook(module, grad_output)` runs in the backward of every module."""
    return add_hook(EVERY.backward_pre, hook)


def _registration(kind: str) -> Any:
    def register(hook: Any) -> RemovableHandle:
        return add_hook(EVERY.registration.setdefault(kind, Hooks()), hook)
    register.__name__ = register.__qualname__ = f"register_module_{kind}_registration_hook"
    register.__doc__ = f"`hook(module, name, {kind})` runs when a {kind} is registered; what it returns replaces it."
    return register


register_module_buffer_registration_hook = _registration("buffer")
register_module_module_registration_hook = _registration("module")
register_module_parameter_registration_hook = _registration("parameter")
