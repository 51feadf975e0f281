"""`torch.autograd.functional`: derivatives of functions of tensors, as tensors.

>>> import runtime as torch
>>> torch.autograd.functional.jacobian(lambda x: x * x, torch.tensor([1.0, 2.0]))
tensor([[2., 0.],
        [0., 4.]])
"""
from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from runtime.autograd.differentiate import grad
from runtime.core import leaf, wrap
from runtime.grad_mode import enable_grad
from runtime.ops.parts import stack
from runtime.tensor import Tensor


def _tuple(value: Any, what: str, function: str) -> tuple[bool, tuple[Any, ...]]:
    """Whether a value was a tuple, and the value as one. Raises TypeError for anything but tensors."""
    items = value if isinstance(value, tuple) else (value,)
    for k, item in enumerate(items):
        if isinstance(item, Tensor):
            continue
        if isinstance(value, tuple):
            raise TypeError(f"The {what} given to {function} must be either a Tensor or a tuple of Tensors but the "
                            f"value at index {k} has type {type(item)}.")
        raise TypeError(f"The {what} given to {function} must be either a Tensor or a tuple of Tensors but the given "
                        f"{what} has type {type(item)}.")
    return isinstance(value, tuple), tuple(items)


UNUSED = "The output of the user-provided function is independent of input {}. This is not allowed in strict mode."
LINEAR = ("While computing the hessian, found that the jacobian of the user-provided function with respect to input "
          "{} is "
          "independent of the input. This is not allowed in strict mode. You should ensure that your function is twice "
          "differentiable and that the jacobian depends on the inputs (this would be violated by a linear function for "
          "example).")
NOT_FORWARD = ("Computing Jacobian using forward-AD or forward-over-reverse Hessian isonly implemented for "
               "`vectorize=True`.")


class _Run:
    """One run of the user's function on tensors to differentiate by."""

    def __init__(self, func: Callable[..., Any], inputs: Any, name: str, create_graph: bool, strict: bool) -> None:
        self.create_graph, self.strict = create_graph, strict
        self.many_in, given = _tuple(inputs, "inputs", name)
        with enable_grad():
            self.inputs = [t.view_as(t) if create_graph and t.requires_grad else leaf(Tensor, t._data, True)
                           for t in given]
            self.many_out, self.outs = _tuple(func(*self.inputs), "outputs of the user-provided function", name)
        if strict:
            for k, out in enumerate(self.outs):
                if not out.requires_grad:
                    raise RuntimeError(f"Output {k} of the user-provided function does not require gradients. The "
                                       "outputs must be computed in a differentiable manner from the input when "
                                       "running in strict mode.")

    def pull(self, outs: Sequence[Any], inputs: Sequence[Any], cotangents: Sequence[Any],
             record: bool = True, unused: str = UNUSED) -> list[Any]:
        """Gradients, zeros where none flows; in strict mode that raises RuntimeError."""
        active = [(o, c) for o, c in zip(outs, cotangents, strict=True) if o.requires_grad]
        found: Sequence[Any] = [None] * len(inputs)
        if active:
            with enable_grad():
                found = grad([o for o, _ in active], inputs, [c for _, c in active], retain_graph=True,
                             create_graph=record, allow_unused=True)
        if self.strict and any(g is None for g in found):
            index = next(k for k, g in enumerate(found) if g is None)
            raise RuntimeError(unused.format(index))
        return [wrap(Tensor, np.zeros_like(t._data)) if g is None else g for t, g in zip(inputs, found, strict=True)]

    def leave(self, tensors: Sequence[Any], many: bool) -> Any:
        """Results as the user gave the corresponding values: a tuple, or one tensor."""
        left = tuple(t if self.create_graph else t.detach() for t in tensors)
        return left if many else left[0]


def _vector(v: Any, like: Sequence[Any], many: bool, name: str, missing: str) -> Sequence[Any]:
    if v is None:
        if len(like) != 1 or like[0].numel() != 1:
            raise RuntimeError(f"The vector v can only be None if {missing} single Tensor with a single element.")
        return [wrap(Tensor, np.ones_like(like[0]._data))]
    _, given = _tuple(v, "v", name)
    if len(given) != len(like):
        if many:
            raise RuntimeError(f"v is a tuple of invalid length: should be {len(like)} but got {len(given)}.")
        raise RuntimeError("The given v should contain a single Tensor.")
    for k, (t, x) in enumerate(zip(given, like, strict=True)):
        if t.shape != x.shape:
            entry = f"Entry {k} in v" if many else "v"
            raise RuntimeError(f"{entry} has invalid size: should be {x.shape} but got {t.shape}.")
    return given


_OF_OUTPUT = "the user-provided function returns a"
_OF_INPUT = "the input to the user-provided function is a"


def vjp(func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """`(func(*inputs), v @ Jacobian)`; `v` is shaped like the outputs."""
    run = _Run(func, inputs, "vjp", create_graph, strict)
    given = _vector(v, run.outs, run.many_out, "vjp", _OF_OUTPUT)
    found = run.pull(run.outs, run.inputs, given, create_graph)
    return run.leave(run.outs, run.many_out), run.leave(found, run.many_in)


def jvp(func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """`(func(*inputs), Jacobian @ v)`; `v` is shaped like the inputs."""
    run = _Run(func, inputs, "jvp", create_graph, strict)
    given = _vector(v, run.inputs, run.many_in, "jvp", _OF_INPUT)
    dummies = [leaf(Tensor, np.zeros_like(o._data), True) for o in run.outs]
    pulled = run.pull(run.outs, run.inputs, dummies)
    found = run.pull(pulled, dummies, given, create_graph)
    return run.leave(run.outs, run.many_out), run.leave(found, run.many_out)


def _second(name: str, func: Callable[..., Any], inputs: Any, v: Any, create_graph: bool, strict: bool) -> Any:
    """The value and the Hessian, which is symmetric, times `v`."""
    run = _Run(func, inputs, name, create_graph, strict)
    given = _vector(v, run.inputs, run.many_in, name, _OF_INPUT)
    if run.many_out or run.outs[0].numel() != 1:
        raise RuntimeError(f"The function given to {name} should return a single Tensor" if run.many_out
                           else f"The Tensor returned by the function given to {name} should contain a single element")
    slopes = run.pull(run.outs, run.inputs, [wrap(Tensor, np.ones_like(run.outs[0]._data))])
    if strict:
        _depends(slopes)
    found = run.pull(slopes, run.inputs, given, create_graph, LINEAR)
    return run.leave(run.outs, False), run.leave(found, run.many_in)


def _depends(slopes: Sequence[Any]) -> None:
    """Raise RuntimeError for the first gradient that does not depend on the inputs."""
    for k, t in enumerate(slopes):
        if not t.requires_grad:
            raise RuntimeError(LINEAR.format(k))


def vhp(func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """`(func(*inputs), v @ Hessian)` of a scalar function."""
    return _second("vhp", func, inputs, v, create_graph, strict)


def hvp(func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> Any:
    """`(func(*inputs), Hessian @ v)` of a scalar function."""
    return _second("hvp", func, inputs, v, create_graph, strict)


def jacobian(func: Callable[..., Any], inputs: Any, create_graph: bool = False, strict: bool = False,
             vectorize: bool = False, strategy: str = "reverse-mode") -> Any:
    """Blocks of the shape (output shape, input shape), in tuples where outputs or inputs are tuples.

    `vectorize` and `strategy` change nothing but speed in torch, and are accepted where torch accepts them.
    """
    _check_way(strategy, vectorize, strict)
    run = _Run(func, inputs, "jacobian", create_graph, strict)
    blocks = []
    for number, out in enumerate(run.outs):
        unused = UNUSED.replace("The output", f"Output {number}")
        basis = np.eye(out.numel(), dtype=out._data.dtype).reshape(-1, *out.shape)
        rows = [run.pull([out], run.inputs, [wrap(Tensor, e)], create_graph, unused) for e in basis]
        with enable_grad():
            blocks.append(run.leave([
                stack([row[k] for row in rows]).view(*out.shape, *x.shape) if rows
                else wrap(Tensor, np.zeros((*out.shape, *x.shape), x._data.dtype))
                for k, x in enumerate(run.inputs)], run.many_in))
    return tuple(blocks) if run.many_out else blocks[0]


def _check_way(strategy: str, vectorize: bool, strict: bool) -> None:
    """Raise what torch raises for combinations of options that it does not have."""
    if strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError('Expected strategy to be either "forward-mode" or "reverse-mode". Hint: If your function '
                             'has more outputs than inputs, "forward-mode" tends to be more performant. Otherwise, '
                             'prefer to use "reverse-mode".')
    if strict and vectorize:
        raise RuntimeError("torch.autograd.functional.jacobian: `strict=True` and `vectorized=True` are not supported "
                           "together. Please either set `strict=False` or `vectorize=False`.")
    if strategy == "forward-mode" and not vectorize:
        raise NotImplementedError(NOT_FORWARD)


def hessian(func: Callable[..., Any], inputs: Any, create_graph: bool = False, strict: bool = False,
            vectorize: bool = False, outer_jacobian_strategy: str = "reverse-mode") -> Any:
    """Second derivatives of a scalar function, a block for each pair of inputs. Raises RuntimeError for others."""
    many, given = _tuple(inputs, "inputs", "hessian")
    _check_way(outer_jacobian_strategy, vectorize, strict)

    def slopes(*args: Any) -> Any:
        out = func(*args)
        _, outs = _tuple(out, "outputs of the user-provided function", "hessian")
        if len(outs) != 1 or isinstance(out, tuple):
            raise RuntimeError("The function given to hessian should return a single Tensor")
        if outs[0].numel() != 1:
            raise RuntimeError("The Tensor returned by the function given to hessian should contain a single element")
        if not out.requires_grad:
            return tuple(x * 0 for x in args)
        found = grad([out.reshape(())], args, create_graph=True, allow_unused=True)
        if strict:
            _depends([x.detach() if g is None else g for x, g in zip(args, found, strict=True)])
        return tuple(x * 0 if g is None else g for x, g in zip(args, found, strict=True))
    blocks = jacobian(slopes, given, create_graph, strict)
    return blocks if many else blocks[0][0]
