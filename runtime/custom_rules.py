"""Functions with a derivative rule of the user's (`ad.custom_vjp`, `ad.custom_jvp`, `ad.primitive`) on the tape.

A call on recorded arrays is one node, whose backward is the rule. `stop_gradient` and `probe` are here too. The rule
itself is written for plain arrays: it runs on those, and on `TracedArray`s where a backward is recorded.
"""
from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np

from ad_compiler.support.shapes import project
from runtime.core import Node, Output, Recorded, alias, edge, leaf, sequence, target, version, wrap
from runtime.grad_mode import LOCAL, recording
from runtime.hooks import Hooks, add
from runtime.places import user_place
from runtime.saved import freed
from runtime.tensor import Tensor
from runtime.traced_array import TracedArray


class RuleBackward(Node):
    """One call: `pull` maps the results' cotangents to those of the arguments, `again` runs the call recorded."""

    def __init__(self, fun: Any, again: Callable[[], Any] | None, pull: Any, inputs: list[tuple[int, Any]]) -> None:
        self.fun: Any = fun
        self.again: Callable[[], Any] | None = again  # it and `pull` are None once released
        self.pull: Any = pull
        self.places = [place for place, _ in inputs]
        self.edges = tuple(edge(x) for _, x in inputs)
        self.fits = [(x._data.shape, x._data.dtype) for _, x in inputs]
        self.extra = None
        self.outputs = 1
        self.place, self.lasti = user_place()
        self.seq = sequence()
        self.count: list[Any] = []  # shape and dtype of each result

    def run(self, g: Any, keep: bool) -> Any:
        if self.pull is None:
            raise freed(self)
        bars = self.pull([np.zeros(*info) if x is None else x for x, info in self._arrived(g)])
        if not keep:
            self.release()
        return tuple(None if bars[p] is None else project(np.asarray(bars[p]), *fit)
                     for p, fit in zip(self.places, self.fits, strict=True))

    def trace(self, g: Any, keep: bool) -> Any:
        if self.pull is None or self.again is None:
            raise freed(self)
        given = [leaf(TracedArray, np.zeros(*info)) if x is None else alias(x, TracedArray)
                 for x, info in self._arrived(g)]
        bars = self.again()(given)
        if not keep:
            self.release()
        return tuple(None if bars[p] is None else _as_tensor(project(bars[p], *fit))
                     for p, fit in zip(self.places, self.fits, strict=True))

    def _arrived(self, g: Any) -> Any:
        return zip(g if self.outputs != 1 else [g], self.count, strict=True)

    def release(self) -> None:
        self.pull = self.again = None


def _as_tensor(x: Any) -> Tensor:
    return alias(x, Tensor) if isinstance(x, Recorded) else wrap(Tensor, np.asarray(x))


def record(fun: Any, args: tuple[Any, ...]) -> Any:
    """Call a function with a rule on arguments that hold recorded arrays. Raises TypeError, ValueError for a wrong
    rule, RuntimeError where tangents are carried."""
    tree = fun.tree
    found = tree.floating(args)
    if LOCAL.dual_level >= 0 and any(isinstance(x, Recorded) and x._meta is not None and x._meta.dual is not None
                                     for x in found):
        raise RuntimeError(f"`{fun.__name__}` has a derivative rule of its own, which forward mode on the tape does "
                           "not take: use `ad_compiler.jvp`")
    front = Tensor if any(isinstance(x, Tensor) for x in found) else TracedArray
    inputs = [(i, x) for i, x in enumerate(found) if isinstance(x, Recorded) and x._req]
    plain = tree.map_leaves(_plain, args)
    if not recording() or not inputs:
        return tree.map_leaves(lambda x: leaf(front, np.array(x)) if tree.carries(x) else x, fun.fun(*plain))
    out, pull = fun.pullback_at(plain)
    shared = tree.map_leaves(lambda x: alias(x, TracedArray) if isinstance(x, Recorded) else x, args)

    def again() -> Any:
        value, pull_again = fun.pullback_at(shared)
        return lambda bars: pull_again(_filled(tree, value, bars))

    node = RuleBackward(fun, again, lambda bars: pull(_filled(tree, out, bars)), inputs)
    return _results(tree, out, node, front)


def _plain(x: Any) -> Any:
    """A recorded array's numbers as they are now: what the program writes later is not seen by the rule."""
    if not isinstance(x, Recorded):
        return x
    return x._data[()] if x._data.ndim == 0 else x._data.copy()


def _results(tree: Any, out: Any, node: RuleBackward, front: Any) -> Any:
    """The result with recorded arrays for its numbers."""
    numbers = tree.floating(out)
    node.count = [(np.shape(x), np.asarray(x).dtype) for x in numbers]
    node.outputs = len(numbers)
    places = iter(range(len(numbers)))

    def wrapped(x: Any) -> Any:
        if not tree.carries(x):
            return x
        k = next(places)
        return wrap(front, np.array(x), node if node.outputs == 1 else Output(node, k))

    return tree.map_leaves(wrapped, out)


def _filled(tree: Any, out: Any, bars: Any) -> Any:
    """Cotangents in the structure of the result; numbers for numbers."""
    rest = iter(bars)

    def bar(x: Any) -> Any:
        if not tree.carries(x):
            return None
        g = next(rest)
        return g[()] if np.ndim(g) == 0 and not isinstance(g, Recorded) else g

    return tree.map_leaves(bar, out)


def stopped(x: Any) -> Any:
    """The same memory, outside the graph."""
    t = wrap(type(x), x._data)
    t._ver = version(x)
    return t


def probed(x: Any, fn: Callable[[Any], Any]) -> Any:
    """A view of `x` at whose place in the graph `fn` sees, or replaces, the cotangent.

    Raises TypeError for a structure: the parts of a cotangent do not arrive together on the tape.
    """
    if not isinstance(x, Tensor | TracedArray):
        raise TypeError("on the tape `probe` takes one array: probe the parts of a structure one by one")
    if not x._req:
        return x
    view = cast("Any", x)[...]
    node, index = target(edge(view))
    assert node is not None

    def hook(grad: Any) -> Any:
        seen = alias(grad, TracedArray) if grad._req else _plain(grad)
        found = fn(seen)
        if found is None:
            return None
        if np.shape(found) != grad._data.shape:
            raise ValueError(f"the function given to `probe` must return a cotangent of shape {grad._data.shape}, not "
                             f"{np.shape(found)}")
        return _as_tensor(found if isinstance(found, Recorded) else np.asarray(found, grad._data.dtype))

    add(node._extra().tensor.setdefault(index, Hooks()), hook)
    return view
