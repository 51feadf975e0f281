"""`torch.func`: differentiation as functions of functions, nested at will.

>>> import runtime as torch
>>> torch.func.grad(torch.func.grad(lambda x: x**3))(torch.tensor(2.0))
tensor(12.)

A transform runs its function on fresh tensors and records every derivative. Whether a result still depends on
something outside (a tensor that requires grad, the variable of an enclosing transform) is read off its graph; if not,
it leaves the transform without history.
"""
from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from runtime.autograd.differentiate import grad as autograd_grad
from runtime.core import AccumulateGrad, leaf, wrap
from runtime.func_batched import functional_call, stack_module_state, vmap
from runtime.grad_mode import LOCAL, enable_grad
from runtime.tensor import Tensor
from runtime.utils import pytree


def _fresh(t: Any) -> Any:
    """A tensor to differentiate by, whose own derivatives still reach `t`."""
    if not isinstance(t, Tensor):
        raise ValueError(f"Thing passed to transform API must be Tensor, got {type(t)}")
    if t._data.dtype.kind not in "fc":
        raise RuntimeError("only Tensors of floating point dtype can require gradients")
    return t.view_as(t) if t.requires_grad else leaf(Tensor, t._data, True)


def _depends(t: Any, own: set[int]) -> bool:
    """Whether a leaf other than `own` is reachable from `t`."""
    if t.grad_fn is None:
        return t.requires_grad and id(t) not in own
    todo, seen = [t.grad_fn], set()
    while todo:
        node = todo.pop()
        if node in seen:
            continue
        seen.add(node)
        if isinstance(node, AccumulateGrad) and id(node.variable) not in own:
            return True
        todo += [n for n, _ in node.next_functions if n is not None]
    return False


class _Call:
    """One run of a function on fresh tensors in place of the leaves of `primals[k]` for k in `argnums`."""

    def __init__(self, function: Callable[..., Any], primals: Sequence[Any], argnums: Sequence[int],
                 kwargs: dict[str, Any], has_aux: bool) -> None:
        self.recorded = LOCAL.enabled
        with enable_grad():
            flat, self.form = pytree.flatten([primals[k] for k in argnums])
            self.inputs = [_fresh(t) for t in flat]
            args = list(primals)
            for k, tree in zip(argnums, pytree.unflatten(self.inputs, self.form), strict=True):
                args[k] = tree
            self.out = function(*args, **kwargs)
        self.aux = None
        if has_aux:
            if not (isinstance(self.out, tuple) and len(self.out) == 2):
                raise RuntimeError("vjp(f, *primals): output of function f should be a tuple: (output, aux) if "
                                   "has_aux is True")
            self.out, self.aux = self.out
        self.own = {id(t) for t in self.inputs}

    def leave(self, tree: Any) -> Any:
        """Tensors on their way out: without history unless it reaches beyond this call."""
        leaves, form = pytree.flatten(tree)
        return pytree.unflatten([
            t.detach() if isinstance(t, Tensor) and not (self.recorded and _depends(t, self.own)) else t
            for t in leaves], form)

    def pull(self, outs: Sequence[Any], cotangents: Sequence[Any], inputs: Sequence[Any] | None = None) -> list[Any]:
        """Gradients of every input, zeros where none flows."""
        inputs = self.inputs if inputs is None else inputs
        active = [(o, c) for o, c in zip(outs, cotangents, strict=True) if o.requires_grad]
        with enable_grad():
            grads = autograd_grad([o for o, _ in active], inputs, [c for _, c in active], retain_graph=True,
                                  create_graph=True, allow_unused=True) if active else [None] * len(inputs)
        return [wrap(Tensor, np.zeros_like(t._data)) if g is None else g for t, g in zip(inputs, grads, strict=True)]


def _positions(argnums: Any, count: int) -> tuple[int, ...]:
    found = (argnums,) if isinstance(argnums, int) else tuple(argnums)
    for k in found:
        if not -count <= k < count:
            raise RuntimeError(f"Got argnum={k}, but only {count} positional inputs")
    return tuple(k % count for k in found)


def _of_argnums(argnums: Any, trees: Any) -> Any:
    return trees[0] if isinstance(argnums, int) else tuple(trees)


def grad_and_value(func: Callable[..., Any], argnums: Any = 0, has_aux: bool = False) -> Callable[..., Any]:
    """A function that gives the gradient by `argnums` and the value (with `has_aux`: `(value, aux)`)."""
    def run(*args: Any, **kwargs: Any) -> Any:
        call = _Call(func, args, _positions(argnums, len(args)), kwargs, has_aux)
        where = "grad_and_value(f)(*args): Expected f(*args) to return a"
        if not isinstance(call.out, Tensor):
            raise RuntimeError(f"{where} Tensor, got {type(call.out)}")
        if call.out.dim() != 0:
            raise RuntimeError(f"{where} scalar Tensor, got tensor with {call.out.dim()} dims. Maybe you wanted to use "
                               "the vjp or jacrev APIs instead?")
        grads = call.pull([call.out], [wrap(Tensor, np.ones_like(call.out._data))])
        trees = call.leave(pytree.unflatten(grads, call.form))
        value = call.leave(call.out)
        return _of_argnums(argnums, trees), (value, call.leave(call.aux)) if has_aux else value
    return run


def grad(func: Callable[..., Any], argnums: Any = 0, has_aux: bool = False) -> Callable[..., Any]:
    """A function that gives the gradient of a scalar function by the arguments `argnums`.

    With `has_aux`, `func` returns `(value, aux)` and the result is `(gradient, aux)`. Raises RuntimeError unless the
    value is a scalar tensor.
    """
    def run(*args: Any, **kwargs: Any) -> Any:
        found, value = grad_and_value(func, argnums, has_aux)(*args, **kwargs)
        return (found, value[1]) if has_aux else found
    return run


def _only_tensors(outs: Sequence[Any]) -> None:
    for out in outs:
        if not isinstance(out, Tensor):
            raise RuntimeError("vjp(f, *primals): expected f(*primals) to return only tensors, got unsupported type "
                               f"{type(out)}")


def vjp(func: Callable[..., Any], *primals: Any, has_aux: bool = False) -> Any:
    """`(func(*primals), pull)`, where `pull(cotangents)` gives a tuple with one gradient per primal."""
    call = _Call(func, primals, range(len(primals)), {}, has_aux)
    outs, form = pytree.flatten(call.out)
    _only_tensors(outs)

    def pull(cotangents: Any, retain_graph: bool = True, create_graph: bool | None = None) -> Any:
        given, other = pytree.flatten(cotangents)
        if other != form:
            raise RuntimeError("Expected pytree structure of cotangents to be the same as pytree structure of outputs "
                               f"to the function. cotangents: {pytree.shown(other)}, primal output: "
                               f"{pytree.shown(form)}")
        return call.leave(tuple(pytree.unflatten(call.pull(outs, given), call.form)))
    result = call.leave(call.out)
    return (result, pull, call.leave(call.aux)) if has_aux else (result, pull)


def _forward(call: _Call) -> Callable[[Sequence[Any]], list[Any]]:
    """The map from tangents of the inputs to tangents of the outputs: the transpose of the transpose."""
    outs, _ = pytree.flatten(call.out)
    dummies = [leaf(Tensor, np.zeros_like(o._data), True) for o in outs]
    pulled = call.pull(outs, dummies)
    call.own |= {id(t) for t in dummies}
    return lambda tangents: call.pull(pulled, tangents, dummies)


OTHER_SIZE = ("Trying to set a forward gradient that has a different size than that of the original Tensor, this is "
              "not supported. Tensor is of size {} while the given forward gradient is of size {}.")


def jvp(func: Callable[..., Any], primals: Any, tangents: Any, *, strict: bool = False, has_aux: bool = False) -> Any:
    """`(func(*primals), tangent)`: the derivative of `func` along `tangents`."""
    if not isinstance(primals, tuple):
        raise RuntimeError("jvp(f, primals, tangents): Expected primals to be a tuple. E.g. it should be valid to call "
                           "f(*primals).")
    call = _Call(func, primals, range(len(primals)), {}, has_aux)
    given, form = pytree.flatten(list(tangents))
    if form != call.form:
        raise RuntimeError("jvp(f, primals, tangents): Expected primals and tangents to have the same python "
                           "structure.")
    for p, t in zip(pytree.flatten(list(primals))[0], given, strict=True):
        if p._data.shape != t._data.shape:
            raise RuntimeError(OTHER_SIZE.format(list(p._data.shape), list(t._data.shape)))
    _, out_form = pytree.flatten(call.out)
    result = call.leave(call.out), call.leave(pytree.unflatten(_forward(call)(given), out_form))
    return (*result, call.leave(call.aux)) if has_aux else result


def linearize(func: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[..., Any]]:
    """`(func(*primals), push)`: `push(*tangents)` is the derivative along tangents, any number of times."""
    call = _Call(func, primals, range(len(primals)), {}, False)
    push = _forward(call)
    _, out_form = pytree.flatten(call.out)

    def run(*tangents: Any) -> Any:
        return call.leave(pytree.unflatten(push(pytree.flatten(list(tangents))[0]), out_form))
    return call.leave(call.out), run


def _basis(t: Any) -> list[Any]:
    """One-hot tensors of the shape of `t`."""
    eye = np.eye(t._data.size, dtype=t._data.dtype)
    return [wrap(Tensor, row.reshape(t._data.shape)) for row in eye]


def _stacked(rows: list[Any], lead: Any, shape: Any, like: Any) -> Any:
    from runtime.ops.parts import stack

    with enable_grad():
        if not rows:
            return wrap(Tensor, np.zeros((*lead, *shape), like._data.dtype))
        return stack(rows).reshape(*lead, *shape)


def jacrev(func: Callable[..., Any], argnums: Any = 0, *, has_aux: bool = False,
           chunk_size: int | None = None) -> Callable[..., Any]:
    """A function that gives the Jacobian by `argnums`, one row per element of the result."""
    def run(*args: Any, **kwargs: Any) -> Any:
        call = _Call(func, args, _positions(argnums, len(args)), kwargs, has_aux)
        outs, form = pytree.flatten(call.out)
        _only_tensors(outs)
        parts = []
        for out in outs:
            rows = [call.pull([out], [e]) for e in _basis(out)]
            blocks = [_stacked([row[k] for row in rows], out.shape, x.shape, x) for k, x in enumerate(call.inputs)]
            parts.append(_of_argnums(argnums, call.leave(pytree.unflatten(blocks, call.form))))
        found = pytree.unflatten(parts, form)
        return (found, call.leave(call.aux)) if has_aux else found
    return run


def jacfwd(func: Callable[..., Any], argnums: Any = 0, has_aux: bool = False, *,
           randomness: str = "error") -> Callable[..., Any]:
    """A function that gives the Jacobian by `argnums`, one column per element of the arguments."""
    def run(*args: Any, **kwargs: Any) -> Any:
        call = _Call(func, args, _positions(argnums, len(args)), kwargs, has_aux)
        outs, form = pytree.flatten(call.out)
        _only_tensors(outs)
        push = _forward(call)
        zeros = [wrap(Tensor, np.zeros_like(x._data)) for x in call.inputs]
        columns = [[push([e if j == k else z for j, z in enumerate(zeros)]) for e in _basis(x)]
                   for k, x in enumerate(call.inputs)]
        parts = []
        for i, out in enumerate(outs):
            blocks = []
            for k, x in enumerate(call.inputs):
                block = _stacked([column[i] for column in columns[k]], x.shape, out.shape, out)
                n = x.dim()
                with enable_grad():
                    blocks.append(block.permute(*range(n, block.dim()), *range(n)) if block.dim() else block)
            parts.append(_of_argnums(argnums, call.leave(pytree.unflatten(blocks, call.form))))
        found = pytree.unflatten(parts, form)
        return (found, call.leave(call.aux)) if has_aux else found
    return run


def hessian(func: Callable[..., Any], argnums: Any = 0) -> Callable[..., Any]:
    """A function that gives the second derivatives by `argnums`."""
    return jacfwd(jacrev(func, argnums), argnums)


__all__ = ["functional_call", "grad", "grad_and_value", "hessian", "jacfwd", "jacrev", "jvp", "linearize",
           "stack_module_state", "vjp", "vmap"]
