"""Trading time for memory: what a function would save is computed again in backward.

>>> import runtime as torch
>>> from runtime.utils.checkpoint import checkpoint
>>> x = torch.tensor(2.0, requires_grad=True)
>>> checkpoint(lambda x: x.exp().sin(), x, use_reentrant=False).backward()
>>> x.grad
tensor(3.3129)
"""
from __future__ import annotations

import warnings
from collections.abc import Callable
from contextlib import contextmanager, nullcontext
from typing import Any

from runtime.autograd.differentiate import backward
from runtime.autograd.function import Function
from runtime.autograd.graph import saved_tensors_hooks
from runtime.core import wrap
from runtime.draws import current_stream
from runtime.grad_mode import LOCAL, enable_grad, recording
from runtime.tensor import Tensor
from runtime.utils import pytree


class CheckpointError(RuntimeError):
    """The second run of a checkpointed function saved other tensors than the first."""


class _Frame:
    """One checkpointed call: how to run it again, and what that saved."""

    def __init__(self, function: Callable[..., Any], args: Any, kwargs: Any, preserve: bool, context: Any) -> None:
        self.function, self.args, self.kwargs, self.context = function, args, kwargs, context
        self.early_stop = _EARLY_STOP[-1]
        self.random = dict(current_stream().bit_generator.state) if preserve else None
        self.shapes: list[Any] = []
        self.complete = False  # the first run is over: before, a backward inside the function may ask already
        self.found: dict[int, Any] = {}

    def pack(self, t: Any) -> Any:
        """Keep the number instead of the tensor; who saves it knows its place in the graph."""
        self.shapes.append((t._data.shape, t._data.dtype))
        return len(self.shapes) - 1

    def unpack(self, number: int) -> Any:
        """The tensor, computed again with every other one if it is not there."""
        if number not in self.found:
            self.recompute()
        return wrap(Tensor, self.found.pop(number))

    def recompute(self) -> None:
        """Run the function again. Raises CheckpointError if it saves other tensors than the first time."""
        leaves, form = pytree.flatten((self.args, self.kwargs))
        again = [t.detach().requires_grad_(t.requires_grad) if isinstance(t, Tensor) else t for t in leaves]
        args, kwargs = pytree.unflatten(again, form)
        saved: list[Any] = []
        generator, state = current_stream(), dict(current_stream().bit_generator.state)
        if self.random is not None:
            generator.bit_generator.state = self.random
        try:
            with self.context, enable_grad(), saved_tensors_hooks(self._collector(saved), _itself):
                self.function(*args, **kwargs)
        except _Enough:
            pass
        finally:
            generator.bit_generator.state = state
        if not self.complete:
            del saved[len(self.shapes):]
        shapes = [(a.shape, a.dtype) for a in saved]
        if len(shapes) != len(self.shapes):
            raise CheckpointError(
                "torch.utils.checkpoint: A different number of tensors was saved during the original forward and "
                f"recomputation.\nNumber of tensors saved during forward: {len(self.shapes)}\n"
                f"Number of tensors saved during recomputation: {len(shapes)}.")
        if shapes != self.shapes:
            raise CheckpointError("torch.utils.checkpoint: Recomputed values for the following tensors have different "
                                  "metadata than during the forward pass.")
        self.found = dict(enumerate(saved))

    def _collector(self, saved: list[Any]) -> Callable[[Any], Any]:
        def keep(t: Any) -> Any:
            saved.append(t._data)
            if self.early_stop and len(saved) == len(self.shapes):
                raise _Enough
            return wrap(Tensor, t._data)  # for a backward inside the function, which is run again as well
        return keep


class _Enough(Exception):
    """Everything that was saved is there again: the rest of the function need not run."""


_EARLY_STOP = [True]


@contextmanager
def set_checkpoint_early_stop(enable: bool) -> Any:
    """Whether checkpoints made inside run their function again only until everything saved is there (the default)."""
    _EARLY_STOP.append(enable)
    try:
        yield
    finally:
        _EARLY_STOP.pop()


EXPLICIT = (
    "torch.utils.checkpoint: the use_reentrant parameter should be passed explicitly. Starting in PyTorch 2.9, calling "
    "checkpoint without use_reentrant will raise an exception. use_reentrant=False is recommended, but if you need to "
    "preserve the current default behavior, you can pass use_reentrant=True. Refer to docs for more details on the "
    "differences between the two variants.")
LIMITED = (
    "When use_reentrant=True, torch.utils.checkpoint is incompatible with .grad() or passing an `inputs` parameter to "
    ".backward(). To resolve this error, you can either set use_reentrant=False, or call .backward() without "
    "passing the "
    "`inputs` argument.")


class CheckpointFunction(Function):
    """A call as one node that saves its arguments only; its backward is a forward and a backward of the function."""

    @staticmethod
    def forward(ctx: Any, function: Callable[..., Any], preserve: bool, *args: Any) -> Any:
        ctx.function = function
        ctx.random = dict(current_stream().bit_generator.state) if preserve else None
        ctx.places = [k for k, a in enumerate(args) if isinstance(a, Tensor)]
        ctx.args = [None if isinstance(a, Tensor) else a for a in args]
        ctx.save_for_backward(*(args[k] for k in ctx.places))
        return function(*args)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        if LOCAL.limited:
            raise RuntimeError(LIMITED)
        args = list(ctx.args)
        for k, t in zip(ctx.places, ctx.saved_tensors, strict=True):
            args[k] = t.detach().requires_grad_(t.requires_grad)
        generator, state = current_stream(), dict(current_stream().bit_generator.state)
        if ctx.random is not None:
            generator.bit_generator.state = ctx.random
        try:
            with enable_grad():
                outs = ctx.function(*args)
        finally:
            if ctx.random is not None:
                generator.bit_generator.state = state
        outs = outs if isinstance(outs, tuple) else (outs,)
        pairs = [(o, g) for o, g in zip(outs, grads, strict=True) if isinstance(o, Tensor) and o.requires_grad]
        if not pairs:
            raise RuntimeError("none of output has requires_grad=True, this checkpoint() is not necessary")
        backward([o for o, _ in pairs], [g for _, g in pairs])
        return (None, None, *(a.grad if isinstance(a, Tensor) else None for a in args))


def _itself(packed: Any) -> Any:
    return packed


def checkpoint(function: Callable[..., Any], *args: Any, use_reentrant: bool | None = None,
               context_fn: Callable[[], tuple[Any, Any]] | None = None, determinism_check: str = "default",
               debug: bool = False, preserve_rng_state: bool = True, **kwargs: Any) -> Any:
    """`function(*args, **kwargs)`, whose saved tensors are not kept but computed again in backward.

    With `use_reentrant` (the default, with a warning) the call is one node, whose backward runs the function once more
    and a backward through it. Random numbers are drawn again as they were unless `preserve_rng_state` is off. Raises
    CheckpointError in backward if the second run saves other tensors, and RuntimeError where a reentrant checkpoint
    meets `autograd.grad`. `context_fn` gives the contexts of the two runs.
    """
    if use_reentrant is None:
        warnings.warn(EXPLICIT, stacklevel=2)
        use_reentrant = True
    if use_reentrant:
        if context_fn is not None or debug:
            raise ValueError("Passing `context_fn` or `debug` is only supported when use_reentrant=False.")
        if kwargs:
            raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
        if recording() and not any(isinstance(a, Tensor) and a.requires_grad for a in args):
            warnings.warn("None of the inputs have requires_grad=True. Gradients will be None", stacklevel=2)
        return CheckpointFunction.apply(function, preserve_rng_state, *args)
    first, second = (nullcontext(), nullcontext()) if context_fn is None else context_fn()
    frame = _Frame(function, args, kwargs, preserve_rng_state, second)
    with saved_tensors_hooks(frame.pack, frame.unpack), first:
        result = function(*args, **kwargs)
    frame.complete = True
    return result


def checkpoint_sequential(functions: Any, segments: int, input: Any, use_reentrant: bool | None = None) -> Any:
    """Call modules one after the other, checkpointing all but the last of `segments` runs of them."""
    modules = list(functions)
    size = max(len(modules) // segments, 1)
    starts = [k * size for k in range(segments) if k * size < len(modules)]
    for start, stop in zip(starts, [*starts[1:], len(modules)], strict=True):
        run = _chain(modules[start:stop])
        input = run(input) if stop == len(modules) else checkpoint(run, input, use_reentrant=use_reentrant)
    return input


def _chain(modules: list[Any]) -> Callable[[Any], Any]:
    def run(value: Any) -> Any:
        for module in modules:
            value = module(value)
        return value
    return run


__all__ = ["CheckpointError", "checkpoint", "checkpoint_sequential", "set_checkpoint_early_stop"]
