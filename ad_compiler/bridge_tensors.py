"""Compiled code called with the tape's arrays: the call is one node of their graph.

The function sees plain arrays. Backward pulls the cotangent through the compiled pullback; a backward that is itself
recorded calls the pullback as a function of the cotangent and the arguments, which is again one node, so that every
order of derivative that the compiler can make is there. This is the other half of `bridge`: there the tape runs what
cannot be compiled, here compiled code runs as a step of the tape.
"""
from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .bridge_trees import described, infos, leaves, mapped, refuse_written


class Step:
    """What a call is differentiated by: the function, how to make its pullback and its tangent, its name.

    pullback    `pullback(function, args, argnums) -> (out, pull)`; `pull(bars)` gives a cotangent per argnum
    gradient    `gradient(function, argnums)`: the pullback as a function `(bars, *args)` of its own
    known       cotangents for a seed of 1 in the first result, by position of the argument, where they are known
    again       `pullback`, for the functions that `gradient` makes
    value       the function that gives the first result alone, where there is one, and its `value_pullback`
    """

    __slots__ = ("again", "function", "gradient", "known", "name", "pullback", "value", "value_pullback")

    def __init__(self, function: Callable[..., Any], name: str, pullback: Callable[..., Any],
                 gradient: Callable[..., Any], again: Callable[..., Any]) -> None:
        self.function, self.name, self.pullback, self.gradient = function, name, pullback, gradient
        self.again = self.value_pullback = again
        self.known: dict[int, Any] = {}
        self.value: Callable[..., Any] | None = None


def node_name(name: str, suffix: str = "Backward") -> str:
    """The name of a node: `EnergyBackward` for `energy`."""
    words = [w for w in name.split("_") if w] or ["Function"]
    return "".join(w[0].upper() + w[1:] for w in words) + suffix


def call(step: Step, args: Sequence[Any], out: Any = None, lazy: bool = False) -> Any:
    """`step.function(*args)` with recorded arrays among the arguments: its results as recorded arrays of one node.

    With `lazy` the value is had by a plain call (or is `out`, where it is known already), and the pullback is made
    when a gradient arrives.
    """
    from runtime.core import Recorded
    from runtime.grad_mode import LOCAL, recording

    recorded = [leaf for leaf in leaves(tuple(args)) if isinstance(leaf, Recorded)]
    plain_args = [mapped(a, plain_leaf) for a in args]
    argnums = tuple(k for k, a in enumerate(args) if any(isinstance(x, Recorded) and x._req for x in leaves(a)))
    front = _front(recorded)
    if LOCAL.dual_level >= 0 and any(x._meta is not None for x in recorded):
        from .bridge_tangents import push, tangents
        if any(d is not None for d in tangents(recorded)):
            bare = outside_level(lambda: call(step, args, out, lazy))
            push(lambda fresh: call(step, fresh), args, bare)
            return bare
    differentiated = bool(argnums and recording())
    pull = None
    if out is None:
        kept = copies(plain_args)
        if lazy or not differentiated:
            out = step.function(*plain_args)
        else:
            out, pull = step.pullback(step.function, plain_args, argnums)
        if (out[0] if isinstance(out, tuple) and out else out) is not None:  # (procedures are the caller's to refuse)
            refuse_written(step.name, args, plain_args, kept)
        plain_args = kept
    if not differentiated:
        return _shown(out, front, None)
    node = _node(step, args, plain_args, argnums, out, pull)
    return _shown(out, front, node)


def copies(args: Sequence[Any]) -> list[Any]:
    return [mapped(a, lambda leaf: leaf.copy("K") if isinstance(leaf, np.ndarray) else leaf) for a in args]


def plain_leaf(leaf: Any) -> Any:
    """A leaf as compiled code takes it: an array of its own memory, or a number of its dtype."""
    from runtime.core import Recorded

    if not isinstance(leaf, Recorded):
        return leaf
    return leaf._data.copy("K") if leaf._data.ndim else leaf._data[()]


def _front(recorded: Sequence[Any]) -> Any:
    from runtime.tensor import Tensor

    return Tensor if isinstance(recorded[0], Tensor) else type(recorded[0])


def outside_level(function: Callable[[], Any]) -> Any:
    """The result of a call in which no array has a tangent."""
    from runtime.autograd.forward_ad import outside

    return outside(function)


def _differentiable(leaf: Any) -> bool:
    return isinstance(leaf, float | complex) or (isinstance(leaf, np.ndarray | np.generic) and leaf.dtype.kind in "fc")


def _shown(out: Any, front: Any, node: Any) -> Any:
    """The results as recorded arrays, produced by `node`."""
    from runtime.core import Output
    from runtime.rare_modes import fresh

    count = 0

    def show(leaf: Any) -> Any:
        nonlocal count
        if not isinstance(leaf, np.ndarray | np.generic | float | complex):
            return leaf
        t = fresh(front, np.asarray(leaf))
        if node is not None and _differentiable(leaf):
            t._node, t._req = (Output(node, count) if node.outputs != 1 else node), True
            count += 1
        return t
    return mapped(out, show)


def _node(step: Step, args: Sequence[Any], plain_args: Sequence[Any], argnums: tuple[int, ...], out: Any,
          pull: Any) -> Any:
    from runtime.core import Recorded, edge, sequence
    from runtime.places import user_place
    from runtime.saved import current

    node = _class(step.name)()
    wanted = [x for k in argnums for x in leaves(args[k]) if isinstance(x, Recorded)]
    node.edges = tuple(edge(x) for x in wanted)
    node.seq, node.extra = sequence(), None  # after the edges: one of them may have been made just now
    node.place, node.lasti = user_place()
    node.step, node.args, node.plain_args, node.argnums, node.pull = step, tuple(args), plain_args, argnums, pull
    node.versions = [current(x) for x in leaves(tuple(args)) if isinstance(x, Recorded)]
    node.like = mapped(out, lambda leaf: (np.shape(leaf), np.asarray(leaf).dtype, _differentiable(leaf))
                       if isinstance(leaf, np.ndarray | np.generic | float | complex) else None)
    node.results = [(np.shape(x), np.asarray(x).dtype) for x in leaves(out) if _differentiable(x)]
    node.outputs = max(len(node.results), 1)
    node.fits = [(x._data.shape, x._data.dtype) for x in wanted]
    return node


_CLASSES: dict[str, Any] = {}


def _class(name: str) -> Any:
    """The class of the nodes of this name."""
    found = _CLASSES.get(name)
    if found is None:
        found = _CLASSES[name] = type(name, (_base(),), {"__slots__": (), "__module__": "builtins"})
    return found


def _base() -> Any:
    """The class of nodes that call compiled code, made when the tape is there."""
    if "" in _CLASSES:
        return _CLASSES[""]
    from runtime.core import Node
    from runtime.saved import freed

    class CompiledNode(Node):
        """A call of a compiled function."""

        __slots__ = ("argnums", "args", "fits", "like", "outputs", "plain_args", "pull", "results", "step", "versions")

        def run(self, g: Any, keep: bool) -> Any:
            if self.args is None:
                raise freed(self)
            found = _pulled(self, g if self.outputs != 1 else [g])
            if not keep:
                self.release()
            return found

        def trace(self, g: Any, keep: bool) -> Any:
            if self.args is None:
                raise freed(self)
            found = _pulled_recorded(self, g if self.outputs != 1 else [g])
            if not keep:
                self.release()
            return found

        def release(self) -> None:
            self.args = self.plain_args = self.pull = None

    _CLASSES[""] = CompiledNode
    return CompiledNode


def _bars(node: Any, grads: Sequence[Any], wrap: Callable[[Any], Any]) -> Any:
    """Cotangents with the structure of the result: zeros where none arrived."""
    given = iter(grads)

    def one(info: Any) -> Any:
        if info is None:
            return None
        shape, dtype, differentiable = info
        g = next(given) if differentiable else None
        return np.zeros(shape, dtype)[()] if g is None else wrap(g)
    return described(node.like, one)


def _picked(node: Any, bars: Sequence[Any], original: Sequence[Any]) -> list[Any]:
    """The cotangents of the recorded arrays among the arguments."""
    from runtime.core import Recorded

    return [bar for k, tree in zip(node.argnums, bars, strict=True)
            for bar, leaf in zip(leaves(tree, original[k]), leaves(original[k]), strict=True)
            if isinstance(leaf, Recorded)]


def _pulled(node: Any, grads: Sequence[Any]) -> tuple[Any, ...]:
    """The gradients of the arguments, as arrays."""
    step = node.step
    first = grads[0] is not None and all(g is None for g in grads[1:])
    if first and all(k in step.known for k in node.argnums):
        bars: Any = tuple(mapped(step.known[k], lambda bar: None if bar is None else bar * grads[0][()])
                          for k in node.argnums)
    elif first and step.value is not None:
        bars = step.value_pullback(step.value, copies(node.plain_args), node.argnums)[1](np.array(grads[0])[()])
    else:
        if node.pull is None:
            _, node.pull = step.pullback(step.function, copies(node.plain_args), node.argnums)
        bars = node.pull(_bars(node, grads, lambda g: np.array(g)[()]))
    return tuple(_fitted(bar, *fit) for bar, fit in zip(_picked(node, bars, node.args), node.fits, strict=True))


def _fitted(bar: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    if bar is None or dtype.kind not in "fc":
        return None
    a = np.asarray(bar)
    a = a.real if a.dtype.kind == "c" and dtype.kind != "c" else a
    return np.broadcast_to(a, shape).astype(dtype, copy=False) if a.shape != shape or a.dtype != dtype else a


def _pulled_on_tape(node: Any, grads: Sequence[Any]) -> tuple[Any, ...]:
    """The gradients as recorded arrays where the compiler cannot read the function: it runs on the tape once more,
    this time as a part of the graph of its arguments."""
    from runtime.backward import run_backward
    from runtime.core import Recorded, alias, edge
    from runtime.grad_mode import enable_grad
    from runtime.traced_array import TracedArray

    from .recording import rebound

    inputs: list[Any] = []  # edges

    def recorded(leaf: Any) -> Any:
        if not isinstance(leaf, Recorded):
            return leaf
        if not leaf._req:
            return plain_leaf(leaf)
        own = np.copy(alias(leaf, TracedArray))  # which the program may write into
        inputs.append(edge(own))  # of its own for each place: an argument may be given twice
        return own

    with enable_grad():
        out = rebound(node.step.function)(*(mapped(a, recorded) for a in node.args))
        parts = [part for part, info in zip(leaves(out), infos(node.like), strict=True) if info and info[2]]
        roots = [(edge(part), g) for part, g in zip(parts, grads, strict=True)
                 if g is not None and isinstance(part, Recorded) and part._req]
        found = iter(run_backward(roots, True, True, inputs, accumulate=False))
    wanted = [x for k in node.argnums for x in leaves(node.args[k]) if isinstance(x, Recorded)]
    return tuple(next(found) if x._req else None for x in wanted)


def _pulled_recorded(node: Any, grads: Sequence[Any]) -> tuple[Any, ...]:
    """The gradients of the arguments as recorded arrays: the pullback is one more call of compiled code."""
    from runtime.core import Recorded, alias
    from runtime.saved import current, modified
    from runtime.tensor import Tensor

    held = [x for x in leaves(node.args) if isinstance(x, Recorded)]
    for x, n in zip(held, node.versions, strict=True):
        if current(x) != n:
            raise modified(node, x, n)
    step = node.step
    if getattr(getattr(node.pull, "_special", None), "partly_on_tape", False):
        return _pulled_on_tape(node, grads)
    args = [mapped(a, lambda x: alias(x, Tensor) if isinstance(x, Recorded) and not isinstance(x, Tensor) else x)
            for a in node.args]
    function = step.gradient(step.function, node.argnums)
    inner = Step(function, step.name + "Backward", step.again, step.gradient, step.again)
    bars = call(inner, [_bars(node, grads, lambda g: g), *args], lazy=True)
    return tuple(bar if isinstance(bar, Recorded) else None for bar in _picked(node, bars, node.args))
