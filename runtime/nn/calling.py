"""What happens around `forward`: the hooks of a module."""
from __future__ import annotations

from typing import Any

from runtime.autograd.function import Function
from runtime.hooks import RemovableHandle, warn_user
from runtime.tensor import Tensor

NO_INPUT = ("Full backward hook is firing when gradients are computed with respect to module outputs since no inputs "
            "require gradients. See https://docs.pytorch.org/docs/main/generated/torch.nn.Module.html"
            "#torch.nn.Module.register_full_backward_hook for more details.")


class BackwardHookFunction(Function):
    """The identity, for a node to hook."""

    @staticmethod
    def forward(ctx: Any, *args: Any) -> Any:
        ctx.mark_non_differentiable(*[a for a in args if not a.requires_grad])
        return tuple(a.detach() for a in args)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        return grads


def add_hook(hooks: Any, hook: Any, prepend: bool = False) -> RemovableHandle:
    """Register a hook, at the end or at the front."""
    handle = RemovableHandle(hooks)
    hooks[handle.id] = hook
    if prepend:
        hooks.move_to_end(handle.id, last=False)
    return handle


def call(module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """`forward` with every hook around it."""
    for hook, with_kwargs in list(module._forward_pre_hooks.values()):
        if with_kwargs:
            changed = hook(module, args, kwargs)
            if changed is not None:
                if not (isinstance(changed, tuple) and len(changed) == 2):
                    raise RuntimeError("forward pre-hook must return None or a tuple of (new_args, new_kwargs), but "
                                       f"got {changed}.")
                args, kwargs = changed
        else:
            changed = hook(module, args)
            if changed is not None:
                args = changed if isinstance(changed, tuple) else (changed,)
    backward = _BackwardHooks(module) if module._backward_hooks or module._backward_pre_hooks else None
    if backward is not None:
        args = backward.enter(args)
    try:
        result = module.forward(*args, **kwargs)
    except Exception:
        for hook, with_kwargs, always in list(module._forward_hooks.values()):
            if always:
                _run(hook, with_kwargs, module, args, kwargs, None)
        raise
    for hook, with_kwargs, _ in list(module._forward_hooks.values()):
        changed = _run(hook, with_kwargs, module, args, kwargs, result)
        result = result if changed is None else changed
    return result if backward is None else backward.leave(result)


def _run(hook: Any, with_kwargs: bool, module: Any, args: Any, kwargs: Any, result: Any) -> Any:
    return hook(module, args, kwargs, result) if with_kwargs else hook(module, args, result)


class _BackwardHooks:
    """The backward hooks of one call: identities around the module whose gradients the hooks see."""

    def __init__(self, module: Any) -> None:
        self.module = module
        self.hooks = list(module._backward_hooks.values())
        self.pre_hooks = list(module._backward_pre_hooks.values())
        self.grad_output: Any = None
        self.inputs = 0
        self.has_input_grad = False

    def enter(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments behind an identity whose incoming gradients are those of the module's inputs."""
        self.inputs = len(args)
        return self._wrapped(args, self._at_input, inside=True)

    def leave(self, result: Any) -> Any:
        """The results behind an identity whose incoming gradients are those of the module's outputs."""
        single = isinstance(result, Tensor)
        if not single and not isinstance(result, tuple):
            return result
        results = self._wrapped((result,) if single else result, self._at_output)
        return results[0] if single else results

    def _wrapped(self, values: tuple[Any, ...], hook: Any, inside: bool = False) -> tuple[Any, ...]:
        places = [k for k, v in enumerate(values) if isinstance(v, Tensor)]
        if not any(values[k].requires_grad for k in places):
            return values
        through = BackwardHookFunction.apply(*[values[k] for k in places])
        node = next(t.grad_fn for t in through if t.grad_fn is not None)
        self.has_input_grad |= inside

        def run(grads: Any, _: Any) -> Any:
            spread = [None] * len(values)
            for k, g in zip(places, grads, strict=True):
                spread[k] = g
            changed = hook(tuple(spread))
            return None if changed is None else tuple(changed[k] for k in places)
        node.register_hook(run)
        out = list(values)
        for k, t in zip(places, through, strict=True):
            out[k] = t
        return tuple(out)

    def _at_output(self, grads: tuple[Any, ...]) -> Any:
        self.grad_output = grads
        for hook in self.pre_hooks:
            self.grad_output = _replaced(hook(self.module, self.grad_output), self.grad_output,
                                         "Backward pre hook returned an invalid number of grad_output")
        found = self.grad_output
        if not self.has_input_grad:
            if self.hooks:
                warn_user(NO_INPUT)
            for hook in self.hooks:
                result = hook(self.module, (None,) * self.inputs, found)
                if result is not None and not (isinstance(result, tuple) and all(g is None for g in result)):
                    raise RuntimeError("Backward hook for Modules where no input requires gradient should always "
                                       "return None or None for all gradients.")
            self.grad_output = None
        return found

    def _at_input(self, grads: tuple[Any, ...]) -> Any:
        if self.grad_output is None:  # reached without the module's outputs, as second derivatives may
            return None
        for hook in self.hooks:
            grads = _replaced(hook(self.module, grads, self.grad_output), grads,
                              "Backward hook returned an invalid number of grad_input")
        self.grad_output = None
        return grads


def _replaced(changed: Any, grads: tuple[Any, ...], message: str) -> tuple[Any, ...]:
    """The gradients after a hook, which may return others: one, or a tuple of as many."""
    if changed is None:
        return grads
    new = changed if isinstance(changed, tuple) else (changed,)
    if len(new) != len(grads):
        raise RuntimeError(f"{message}, got {len(new)}, but expected {len(grads)}")
    return new
