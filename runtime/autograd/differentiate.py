"""`backward` and `grad`: what users ask, checked with torch's messages, before the engine runs."""
from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from runtime.autograd.graph import GradientEdge, as_edge
from runtime.backward import run_backward
from runtime.core import Recorded, edge, leaf, wrap
from runtime.dtypes import Size, of
from runtime.hooks import warn_user
from runtime.tensor import BACKWARD, Tensor

NOT_RECORDED = "element {} of tensors does not require grad and does not have a grad_fn"
NOT_SCALAR = "grad can be implicitly created only for scalar outputs"
NOT_USED = ("The differentiated Tensor at index {} appears to not have been used in the graph. Set allow_unused=True "
            "if this is the desired behavior.")
ONLY_INPUTS = ("only_inputs argument is deprecated and is ignored now (defaults to True). To accumulate gradient for "
               "other parts of the graph, please use torch.autograd.backward.")


CYCLE = ("Using backward() with create_graph=True will create a reference cycle between the parameter and its gradient "
         "which "
         "can cause a memory leak. We recommend using autograd.grad when creating the graph to avoid this. If you have "
         "to use "
         "this function, make sure to reset the .grad fields of your parameters to None after use to break the cycle "
         "and avoid "
         "the leak.")


BATCH_SHAPE = (
    "If `is_grads_batched=True`, we interpret the first dimension of each grad_output as the batch dimension. The "
    "sizes "
    "of the remaining dimensions are expected to match the shape of corresponding output, but a mismatch was detected: "
    "grad_output[{0}] has a shape of {1} and output[{0}] has a shape of {2}. If you only want some tensors in "
    "`grad_output` to be considered batched, consider using vmap.")
_PLACES = (Recorded, GradientEdge)
_WARNED: list[bool] = []  # like torch, the process is warned once


def as_tuple(tensors: Any) -> tuple[Any, ...]:
    """One tensor or a sequence of them as a tuple."""
    return (tensors,) if isinstance(tensors, _PLACES) else tuple(tensors)


def _one(like: np.ndarray) -> np.ndarray:
    """The number 1 with the shape of an array of one element."""
    one = np.array(1, like.dtype)
    return one if not like.ndim else one.reshape(like.shape)


def check_gradient(out: Tensor, g: Any, index: int, batched: bool = False) -> Any:
    """The gradient to start from at `out`: the given one, or 1 for a single element."""
    if g is None:
        if not out._req:
            return None
        if out._data.size != 1:
            raise RuntimeError(NOT_SCALAR)
        if out._data.dtype.kind != "f":
            raise RuntimeError(f"grad can be implicitly created only for real scalar outputs but got "
                               f"{of(out._data.dtype)}")
        return leaf(Tensor, _one(out._data))
    if not isinstance(g, Tensor):
        raise TypeError(f"gradients can be either Tensors or None, but got {type(g).__name__}")
    if g._data.shape != out._data.shape and not batched:
        raise RuntimeError(f"Mismatch in shape: grad_output[{index}] has a shape of {Size(g._data.shape)} and "
                           f"output[{index}] has a shape of {Size(out._data.shape)}.")
    if (out._data.dtype.kind == "c") != (g._data.dtype.kind == "c"):
        raise RuntimeError(
            "For complex Tensors, both grad_output and output are required to have the same dtype. Mismatch in dtype: "
            f"grad_output[{index}] has a dtype of {of(g._data.dtype)} and output[{index}] has a dtype of "
            f"{of(out._data.dtype)}.")
    return g


def _roots(outputs: Sequence[Any], gradients: Sequence[Any], graph: bool) -> list[tuple[Any, Any]]:
    roots = []
    if len(gradients) < len(outputs):
        raise RuntimeError(f"got {len(outputs)} tensors and {len(gradients)} gradients")
    for index, (out, g) in enumerate(zip(outputs, gradients, strict=False)):
        if isinstance(out, GradientEdge):
            roots.append((as_edge(out), _start_at(out, g, graph, index)))
            continue
        start = check_gradient(out, g, index)
        e = edge(out)
        if e is None:
            raise RuntimeError(NOT_RECORDED.format(index))
        if start._data.dtype is not out._data.dtype and start._data.dtype != out._data.dtype:
            start = start.to(out.dtype)
        roots.append((e, start if graph else start._data))
    return roots


def _start_at(out: GradientEdge, g: Any, graph: bool, index: int) -> Any:
    """The gradient to start from at an edge, whose shape only its node may know."""
    if out.ownership_token is not None:
        g = check_gradient(out.ownership_token, g, index)
    elif g is None:
        raise RuntimeError(NOT_SCALAR)
    return g if graph else g._data


def _gradients(given: Any, count: int) -> Sequence[Any]:
    if given is None:
        return (None,) * count
    if isinstance(given, Tensor):
        return (given,)
    return tuple(given)


def backward(tensors: Any, grad_tensors: Any = None, retain_graph: bool | None = None, create_graph: bool = False,
             grad_variables: Any = None, inputs: Any = None) -> None:
    """Accumulate the gradients of `tensors` into the leaves.

    `grad_tensors` weights each (None for one element). With `inputs`, only these leaves receive gradients.

    >>> import runtime as torch
    >>> x = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> torch.autograd.backward(x.pow(2).sum())
    >>> x.grad
    tensor([2., 4.])
    """
    if grad_variables is not None:
        warnings.warn("`grad_variables` is deprecated. Use `grad_tensors` instead.", FutureWarning, stacklevel=2)
        if grad_tensors is not None:
            raise RuntimeError("`grad_tensors` and `grad_variables` (deprecated) arguments both passed to "
                               "`backward()`. "
                               "Please only use `grad_tensors`.")
        grad_tensors = grad_variables
    if inputs is not None and not isinstance(inputs, Tensor) and len(inputs) == 0:
        raise RuntimeError("`inputs` argument to `backward()` cannot be empty.")
    keep = create_graph if retain_graph is None else bool(retain_graph)
    if type(tensors) is Tensor and grad_tensors is None and inputs is None and not create_graph:
        a, e = tensors._data, edge(tensors)
        if e is not None and a.size == 1 and a.dtype.kind == "f":  # a loss: the plain case of what follows
            run_backward([(e, _one(a))], keep, False)
            return
    outputs = as_tuple(tensors)
    gradients = _gradients(grad_tensors, len(outputs))
    wanted = None
    if inputs is not None:
        wanted = []
        for t in as_tuple(inputs):
            if isinstance(t, Tensor) and t._req and not t.is_leaf:
                t.retain_grad()
            e = as_edge(t)
            if e is None:
                t.retain_grad()  # raises
            wanted.append(e)
    roots = _roots(outputs, gradients, create_graph)
    if create_graph and not _WARNED:
        _WARNED.append(True)
        warn_user(CYCLE)
    run_backward(roots, keep, create_graph, wanted, accumulate=True)


BACKWARD.append(backward)


def grad(outputs: Any, inputs: Any, grad_outputs: Any = None, retain_graph: bool | None = None,
         create_graph: bool = False, only_inputs: bool = True, allow_unused: bool | None = None,
         is_grads_batched: bool = False, materialize_grads: bool = False) -> tuple[Any, ...]:
    """The gradients of `outputs` with respect to `inputs`, as a tuple; nothing is accumulated.

    An input that was not used is an error, None with `allow_unused`, zeros with `materialize_grads`.

    >>> import runtime as torch
    >>> x = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> torch.autograd.grad((x * x).sum(), x)
    (tensor([2., 4.]),)
    """
    if materialize_grads and allow_unused is False:
        raise ValueError("Expected allow_unused to be True or not passed when materialize_grads=True, but got: "
                         "allow_unused=False.")
    if allow_unused is None:
        allow_unused = materialize_grads
    outs, ins = as_tuple(outputs), as_tuple(inputs)
    if not ins:
        raise RuntimeError("`inputs` argument to `grad()` cannot be empty.")
    for t in ins:
        if not isinstance(t, _PLACES):
            raise RuntimeError(f"all inputs have to be Tensors or GradientEdges, but got {type(t).__name__}")
    if not only_inputs:
        warnings.warn(ONLY_INPUTS, FutureWarning, stacklevel=2)
    given = _gradients(grad_outputs, len(outs))
    keep = create_graph if retain_graph is None else retain_graph
    if is_grads_batched:
        return _batched(outs, ins, given, bool(keep), create_graph, allow_unused, materialize_grads)
    return _grad_once(outs, ins, given, bool(keep), create_graph, allow_unused, materialize_grads)


def _grad_once(outs: Sequence[Any], ins: Sequence[Any], given: Sequence[Any], keep: bool, create_graph: bool,
               allow_unused: bool, materialize: bool) -> tuple[Any, ...]:
    roots = _roots(outs, given, create_graph)
    edges = [as_edge(t) for t in ins]
    if any(e is None for e in edges):
        raise RuntimeError("One of the differentiated Tensors does not require grad")
    found = run_backward(roots, keep, create_graph, edges, accumulate=False)
    results: list[Any] = []
    for index, (t, g) in enumerate(zip(ins, found, strict=True)):
        if g is None:
            if materialize:
                results.append(leaf(Tensor, np.zeros_like(t._data), create_graph))
                continue
            if not allow_unused:
                raise RuntimeError(NOT_USED.format(index))
            results.append(None)
        else:
            results.append(g if create_graph else wrap(Tensor, np.array(g) if not isinstance(g, np.ndarray) else g))
    return tuple(results)


def _batched(outs: Sequence[Any], ins: Sequence[Any], given: Sequence[Any], keep: bool, create_graph: bool,
             allow_unused: bool, materialize: bool) -> tuple[Any, ...]:
    """Each slice of the gradients along dimension 0 by itself, the results stacked."""
    from runtime.ops.parts import stack

    for index, (out, g) in enumerate(zip(outs, given, strict=False)):
        if g is not None and g._data.shape[1:] != out._data.shape:
            raise RuntimeError(BATCH_SHAPE.format(index, Size(g._data.shape[1:]), Size(out._data.shape)))
    lengths = {g._data.shape[0] for g in given if g is not None}
    count = lengths.pop() if lengths else 0
    rows = [_grad_once(outs, ins, [None if g is None else g[k] for g in given], keep or k + 1 < count, create_graph,
                       allow_unused, materialize) for k in range(count)]
    return tuple(None if row[0] is None else stack(row) for row in zip(*rows, strict=True))
