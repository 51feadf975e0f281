"""Custom functions: a forward and a backward of the user's own, as one node of the graph."""
from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from ad_compiler.parameters import signature_of
from ad_compiler.support.shapes import fit
from runtime.autograd.function_results import wrap_results
from runtime.core import AccumulateGrad, Node, Output, Recorded, edge, in_front, leaf, sequence, wrap
from runtime.dtypes import of
from runtime.grad_mode import LOCAL, no_grad, recording
from runtime.nesting import nested
from runtime.places import user_place
from runtime.saved import Packed, SavedOut, current, freed, modified
from runtime.tensor import Tensor

ONCE = "trying to differentiate twice a function that was marked with @once_differentiable"


class FunctionCtx(Node):
    """The `ctx` of a custom function's forward, and the node of its results."""

    _forward_cls: Any = None
    always = True  # its backward is the user's, who may print

    def __init__(self) -> None:
        self.edges, self.extra = (), None
        self.seq = sequence()
        self.place, self.lasti = user_place()
        self.needs_input_grad: tuple[bool, ...] = ()
        self.outputs = 1
        self._wanted: tuple[Any, ...] = ()       # what save_for_backward was given, while the forward runs
        self._saved: list[tuple[Any, int]] | None = []
        self._forward_saved: tuple[Any, ...] = ()
        self._dirty: tuple[Any, ...] = ()
        self._constants: tuple[Any, ...] = ()
        self._constant_places: set[int] = set()
        self._materialize = True
        self._materialize_non_diff_grads = True
        self._pushing = False                    # whether the jvp runs, which sees what was saved for it
        self._inputs: list[Any] = []             # per argument: (shape, dtype), or None for what is no tensor
        self._results: list[Any] = []            # per result: likewise

    # --- what a forward may say

    def save_for_backward(self, *tensors: Any) -> None:
        """Save tensors (inputs, results or others) for the backward; `saved_tensors` gives them back."""
        self._wanted = tensors

    def save_for_forward(self, *tensors: Any) -> None:
        """Save tensors for the jvp."""
        self._forward_saved = tensors

    def mark_dirty(self, *tensors: Any) -> None:
        """Say which inputs were written in place; they must be returned."""
        for t in tensors:
            if not isinstance(t, Tensor):
                raise RuntimeError("mark_dirty can only accept variables, but argument ")
        self._dirty = tensors

    def mark_non_differentiable(self, *tensors: Any) -> None:
        """Say which results carry no gradient."""
        self._constants = tensors

    def set_materialize_grads(self, value: bool) -> None:
        """Whether gradients that did not arrive are zeros (the default) or None."""
        self._materialize = value

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """What `save_for_backward` saved; raises once it was released, or if it was overwritten."""
        if self._pushing:
            return self._forward_saved
        if self._saved is None:
            raise freed(self)
        if self._wanted and not self._saved:
            return self._forward_saved or self._wanted
        return tuple(self._unpacked(v, n) for v, n in self._saved)

    def _unpacked(self, v: Any, n: int) -> Any:
        if v is None:
            return None
        if isinstance(v, Packed):
            t = v.unpack()
            return t if v.index is None else wrap(Tensor, t._data, Output(self, v.index) if self.outputs != 1 else self)
        if (v.cell.n if type(v) is SavedOut else current(v)) != n:
            raise modified(self, v, n)
        if type(v) is SavedOut:
            t = wrap(Tensor, v.data, v.edge(self))
            t._ver = v.cell
            return t
        return v

    # --- the node

    def run(self, g: Any, keep: bool) -> Any:
        grads = [None if x is None else wrap(Tensor, x) for x in (g if self.outputs != 1 else [g])]
        return tuple(None if t is None else t._data for t in self._backward(grads, keep))

    def trace(self, g: Any, keep: bool) -> Any:
        return tuple(self._backward(list(g) if self.outputs != 1 else [g], keep))

    def _backward(self, grads: list[Any], keep: bool) -> list[Any]:
        if self._saved is None:
            raise freed(self)
        if self._materialize:
            left = () if self._materialize_non_diff_grads else self._constant_places
            grads = [leaf(Tensor, np.zeros(*info)) if x is None and info is not None and k not in left else x
                     for k, (x, info) in enumerate(zip(grads, self._results, strict=True))]
        result = nested(_derivative(self._forward_cls), self, *grads)
        checked = self._checked(result if isinstance(result, tuple) else (result,))
        if not keep:
            self.release()
        return checked

    def _checked(self, result: tuple[Any, ...]) -> list[Any]:
        """The gradients of the tensors among the arguments, of their shape and dtype."""
        name, expected = self.name(), len(self._inputs)
        while len(result) > expected and result[-1] is None:
            result = result[:-1]
        if len(result) != expected:
            raise RuntimeError(f"function {name} returned an incorrect number of gradients (expected {expected}, got "
                               f"{len(result)})")
        out = []
        for k, (t, info) in enumerate(zip(result, self._inputs, strict=True)):
            if info is None:
                if t is not None:
                    raise RuntimeError(f"function {name} returned a gradient different than None at position {k + 1}, "
                                       f"but the "
                                       "corresponding forward input was not a Variable")
                continue
            if t is not None and not isinstance(t, Tensor):
                raise RuntimeError(f"expected Variable or None (got {type(t).__name__})")
            out.append(t if t is None or self.edges[len(out)] is None else _shaped(t, info, name, len(out)))
        return out

    def release(self) -> None:
        if self._saved:
            self._saved = None

    @property
    def _raw_saved_tensors(self) -> tuple[Any, ...]:
        return self.saved_tensors


def _shaped(t: Any, info: Any, name: str, index: int) -> Any:
    shape, dtype = info
    if t._data.shape != shape:
        try:
            expandable = np.broadcast_shapes(t._data.shape, shape) == t._data.shape
        except ValueError:
            expandable = False
        if not expandable:
            raise RuntimeError(f"Function {name} returned an invalid gradient at index {index} - got "
                               f"{list(t._data.shape)} but "
                               f"expected shape compatible with {list(shape)}")
        t = t.sum_to_size(shape) if t._req else wrap(Tensor, fit(t._data, shape))
    if t._data.dtype != dtype:
        t = t.to(of(dtype))
    return t


def _derivative(cls: Any) -> Any:
    """The user's `backward`, which may be called `vjp` as well."""
    if cls.backward is not Function.backward and cls.vjp is not Function.vjp:
        raise RuntimeError("Implementing both 'backward' and 'vjp' for a custom Function is not allowed. You should "
                           "only implement one of them.")
    return cls.vjp if cls.vjp is not Function.vjp else cls.backward


class _FunctionMeta(type):
    """Gives every custom function the class of its nodes, named after it."""

    def __init__(cls, name: str, bases: tuple[type, ...], attributes: dict[str, Any]) -> None:
        super().__init__(name, bases, attributes)
        cls._backward_cls = type(name + "Backward", (FunctionCtx,),
                                 {"_forward_cls": cls, "__module__": "torch.autograd.function"})


class Function(metaclass=_FunctionMeta):
    """Base of custom functions: static methods `forward(ctx, ...)` and `backward(ctx, *grads)`; call `apply`.

    >>> import runtime as torch
    >>> class Square(torch.autograd.Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         ctx.save_for_backward(x)
    ...         return x ** 2
    ...     @staticmethod
    ...     def backward(ctx, g):
    ...         x, = ctx.saved_tensors
    ...         return 2 * x * g
    >>> x = torch.tensor(3.0, requires_grad=True)
    >>> Square.apply(x).backward()
    >>> x.grad
    tensor(6.)
    """

    _backward_cls: Any
    generate_vmap_rule = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        warnings.warn(f"{type(self)} should not be instantiated. Methods on autograd functions are all static, so you "
                      "should invoke them on the class itself. Instantiating an autograd function will raise an error "
                      "in a future version of PyTorch.", DeprecationWarning, stacklevel=2)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise RuntimeError(
            "Legacy autograd function with non-static forward method is deprecated. Please use new-style autograd "
            "function with static forward method. (Example: "
            "https://pytorch.org/docs/stable/autograd.html#torch.autograd.Function)")

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """The function itself: `forward(ctx, *args)`, or `forward(*args)` with a `setup_context`."""
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> Any:
        """Where the forward has no ctx: save from inputs and output."""
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """The gradients of the arguments from those of the results; None for what is no tensor."""
        raise NotImplementedError("You must implement either the backward or vjp method for your custom "
                                  "autograd.Function to "
                                  "use it with backward mode AD.")

    vjp = backward

    @staticmethod
    def jvp(ctx: Any, *grad_inputs: Any) -> Any:
        """The tangents of the results from those of the arguments."""
        raise NotImplementedError("You must implement the jvp function for custom autograd.Function to use it with "
                                  "forward "
                                  "mode AD.")

    @staticmethod
    def vmap(info: Any, in_dims: Any, *args: Any) -> Any:
        """What torch's `vmap` would call; here a batch runs one example after the other."""
        raise NotImplementedError("To use autograd.Function with vmap, you must either override the vmap staticmethod "
                                  "or set generate_vmap_rule=True.")

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Call the function and record it as one node. Keyword arguments have no gradient."""
        if any(isinstance(a, Recorded) and not isinstance(a, Tensor) for a in args):
            return _on_arrays(cls, args, kwargs)
        if cls.setup_context is not Function.setup_context:
            args, kwargs = _in_order(cls.forward, args, kwargs), {}
        ctx = cls._backward_cls()
        tensors = [a for a in args if isinstance(a, Tensor)]
        records = recording() and any(t._req for t in tensors)
        ctx.needs_input_grad = tuple(isinstance(a, Tensor) and a._req for a in args)
        ctx._inputs = [(a._data.shape, a._data.dtype) if isinstance(a, Tensor) else None for a in args]
        if records:
            ctx.edges = tuple(edge(t) for t in tensors)
            ctx.seq = sequence()  # after the edges: one of them may have been made just now
        level, LOCAL.dual_level = LOCAL.dual_level, -1  # tangents are the business of the jvp
        try:
            with no_grad():
                if cls.setup_context is Function.setup_context:
                    output = cls.forward(ctx, *args, **kwargs)
                else:
                    output = cls.forward(*args, **kwargs)
                    cls.setup_context(ctx, args, output)
        finally:
            LOCAL.dual_level = level
        return wrap_results(ctx, cls, args, output, records)


def _in_order(forward: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
    """Arguments given by keyword, and defaults, where the parameters of a forward without `ctx` have them."""
    bound = signature_of(forward).bind(*args, **kwargs)
    bound.apply_defaults()
    return bound.args


def _on_arrays(cls: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A call with NumPy's front of recorded arrays (code that the compiler cannot read runs on those): the function
    sees tensors of the same graph, and its results are given back as arrays."""
    front = next(type(a) for a in args if isinstance(a, Recorded) and not isinstance(a, Tensor))
    out = cls.apply(*(in_front(Tensor, a) for a in args), **kwargs)
    if isinstance(out, tuple):
        return tuple(in_front(front, t) for t in out)
    return in_front(front, out)


def once_differentiable(function: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator of a backward that cannot itself be differentiated: trying to raises."""
    @functools.wraps(function)
    def wrapped(ctx: Any, *grads: Any) -> Any:
        with no_grad():
            result = function(ctx, *grads)
        if not LOCAL.enabled or not any(isinstance(g, Recorded) and g._req for g in grads):
            return result
        several = isinstance(result, tuple)
        found = result if several else (result,)
        node: Any = Error()
        node.edges = tuple(AccumulateGrad(leaf(Tensor, t._data, True)) if isinstance(t, Recorded) else None
                           for t in found)
        node.extra, node.place, node.lasti, node.seq, node.outputs = None, None, 0, sequence(), len(found)
        outs = [wrap(Tensor, t._data, node if len(found) == 1 else Output(node, k)) if isinstance(t, Recorded) else t
                for k, t in enumerate(found)]
        return tuple(outs) if several else outs[0]
    return wrapped


class Error(Node):
    """Stands for gradients that must not be differentiated: raises when one is."""

    __slots__ = ("outputs",)

    def name(self) -> str:
        return "torch::autograd::Error"

    def run(self, g: Any, keep: bool) -> Any:
        raise RuntimeError(ONCE)

    trace = run


Error.__module__ = "builtins"
