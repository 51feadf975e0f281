"""What happens around `forward`: the hooks of a module."""
from __future__ import annotations

from typing import Any

from runtime.autograd.function import Function
from runtime.hooks import Hooks, warn_user
from runtime.nn.old_hooks import hook_result
from runtime.tensor import Tensor

NO_INPUT = ("Full backward hook is firing when gradients are computed with respect to module outputs since no inputs "
            "require gradients. See https://docs.pytorch.org/docs/main/generated/torch.nn.Module.html"
            "#torch.nn.Module.register_full_backward_hook for more details.")


class BackwardHookFunction(Function):
    """The identity, for a node to hook."""

    @staticmethod
    def forward(ctx: Any, *args: Any) -> Any:
        ctx.mark_non_differentiable(*[a for a in args if not a.requires_grad])
        ctx.set_materialize_grads(False)
        return args

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        return grads


class _Every:
    """Hooks that run for every module, before the module's own."""

    __slots__ = ("backward", "backward_pre", "forward", "forward_pre", "full", "registration")

    def __init__(self) -> None:
        self.forward_pre, self.forward, self.backward, self.backward_pre = Hooks(), Hooks(), Hooks(), Hooks()
        self.full: bool | None = None  # whether `backward` holds hooks of the full kind
        self.registration: dict[str, Hooks] = {}


EVERY = _Every()


def call(module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """`forward` with every hook around it."""
    seen: set[int] = set()
    given: list[Any] = [args, kwargs, None]
    try:
        return _hooked(module, given, seen)
    except Exception:
        for own, hooks in ((False, EVERY.forward), (True, module._forward_hooks)):
            for key, (hook, with_kwargs, always) in list(hooks.items()):
                if always and key not in seen:
                    _run_anyway(hook, with_kwargs, module, given, own)
        raise


def _hooked(module: Any, given: list[Any], seen: set[int]) -> Any:
    """The call proper. `given` holds arguments, keyword arguments and result as they are at this moment, and `seen`
    the forward hooks that ran: what there is to know where something raises."""
    for hook, with_kwargs in (*EVERY.forward_pre.values(), *module._forward_pre_hooks.values()):
        changed = hook(module, given[0], given[1]) if with_kwargs else hook(module, given[0])
        if changed is None:
            continue
        if not with_kwargs:
            given[0] = changed if isinstance(changed, tuple) else (changed,)
        elif isinstance(changed, tuple) and len(changed) == 2:
            given[:2] = changed
        else:
            raise RuntimeError("forward pre-hook must return None or a tuple of (new_args, new_kwargs), but got "
                               f"{changed}.")
    old, full = _backward_hooks(module)
    if full is not None:
        given[0] = full.enter(given[0])
    given[2] = module.forward(*given[0], **given[1])
    for key, (hook, with_kwargs, _) in (*EVERY.forward.items(), *module._forward_hooks.items()):
        seen.add(key)
        changed = _run(hook, with_kwargs, module, *given)
        if changed is not None:
            given[2] = changed
    if full is not None:
        given[2] = full.leave(given[2])
    if old:
        hook_result(module, old, given[0], given[2])
    return given[2]


def _run(hook: Any, with_kwargs: bool, module: Any, args: Any, kwargs: Any, result: Any) -> Any:
    return hook(module, args, kwargs, result) if with_kwargs else hook(module, args, result)


def _run_anyway(hook: Any, with_kwargs: bool, module: Any, given: list[Any], own: bool) -> None:
    """Run a hook that wants to be run even though the call failed; it may not hide that."""
    try:
        changed = _run(hook, with_kwargs, module, *given)
        if changed is not None:
            given[2] = changed
    except Exception as error:  # whatever a hook may raise
        warn_user(f"{'' if own else 'global '}module forward hook with ``always_call=True`` raised an exception that "
                  f"was silenced as another error was raised in forward: {error}")


def _backward_hooks(module: Any) -> tuple[list[Any], _BackwardHooks | None]:
    """The hooks of the older kind, which see the node of the result, and those that see the module's own gradients."""
    found = (*((hook, EVERY.full) for hook in EVERY.backward.values()),
             *((hook, module._is_full_backward_hook) for hook in module._backward_hooks.values()))
    full = [hook for hook, is_full in found if is_full]
    pre = [*EVERY.backward_pre.values(), *module._backward_pre_hooks.values()]
    return [hook for hook, is_full in found if not is_full], _BackwardHooks(module, full, pre) if full or pre else None


class _BackwardHooks:
    """The backward hooks of one call: identities around the module whose gradients the hooks see."""

    def __init__(self, module: Any, hooks: list[Any], pre_hooks: list[Any]) -> None:
        self.module, self.hooks, self.pre_hooks = module, hooks, pre_hooks
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
            warn_user("For backward hooks to be called, module output should be a Tensor or a tuple of Tensors but "
                      f"received {type(result)}")
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
        return type(values)(*out) if hasattr(values, "_fields") else tuple(out)

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
