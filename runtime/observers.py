"""What may watch a backward: hooks, retained gradients, captured gradients, anomaly detection."""
from __future__ import annotations

from operator import attrgetter
from typing import Any

import numpy as np

from runtime.core import AccumulateGrad, Node, Output, leaf, wrap
from runtime.grad_mode import LOCAL
from runtime.hooks import Extra, hook_name, run_tensor_hooks
from runtime.leaves import deposit
from runtime.pieces import Piece
from runtime.tensor import Tensor


def as_tensor(g: Any, graph: bool) -> Any:
    """A gradient as a tensor, to show to users."""
    return g if graph or g is None else wrap(Tensor, g)


def as_gradient(t: Any, graph: bool) -> Any:
    """The engine's form of a gradient that came from the user."""
    return t if graph or t is None else t._data


def _reachable(roots: list[tuple[Any, Any]]) -> list[Node]:
    """Every node below the roots, the oldest first."""
    seen: set[Node] = set()
    stack = [t.node if type(t) is Output else t for t, _ in roots]
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        for t in node.edges:
            if t is not None:
                stack.append(t.node if type(t) is Output else t)
    return sorted(seen, key=attrgetter("seq"))


def reached(roots: list[tuple[Any, Any]], captures: Captures | None) -> set[Node]:
    """The nodes and leaves to which a backward carries a gradient; like torch, not those that it starts from."""
    nodes = set(_reachable(roots)) - {t.node if type(t) is Output else t for t, _ in roots}
    return nodes if captures is None else {node for node in nodes if node in captures.allowed or node in captures.run}


def ready_leaves(roots: list[tuple[Any, Any]], allowed: set[Any] | None) -> dict[Any, list[AccumulateGrad]]:
    """For each node, the leaves whose gradient is complete once it has run; a leaf that is a root, for itself."""
    last: dict[AccumulateGrad, Any] = {t: t for t, _ in roots if type(t) is AccumulateGrad}
    for node in reversed(_reachable(roots)):
        if allowed is None or node in allowed:
            for t in node.edges:
                if type(t) is AccumulateGrad:
                    last.pop(t, None)  # leaves become complete in the order of their last edges
                    last[t] = node
    ready: dict[Any, list[AccumulateGrad]] = {}
    for accumulator, node in last.items():
        ready.setdefault(node, []).append(accumulator)
    return ready


def leaf_ready(accumulators: list[AccumulateGrad], leaves: dict[AccumulateGrad, Any], graph: bool,
               captures: Captures | None) -> None:
    """The gradients of these leaves are complete: run their hooks. Those with hooks that want to see `.grad` are added
    to now; where gradients are only asked for, nothing is added, and the hooks of the step that adds stay silent."""
    for a in accumulators:
        if a not in leaves:
            continue
        g = leaves.pop(a)
        if type(g) is Piece:
            g = g.dense()
        m = a.variable._meta
        if m.hooks:
            g = as_gradient(run_tensor_hooks(m.hooks, as_tensor(g, graph), Tensor), graph)
        if a.extra is not None and a.extra.pre and (captures is None or captures.accumulate):
            g = _run_prehooks(a.extra, [g], graph)[0]
        leaves[a] = g
        del g  # so that `.grad` may keep the array
        if captures is not None and not captures.accumulate:
            continue
        if m.post_hooks or (a.extra is not None and a.extra.post):
            deposit(a, leaves.pop(a), graph)


def nothing(node: Node, g: Any) -> bool:
    """Whether no gradient arrived at any result of the node, which does not want to know."""
    return (g is None or (type(g) is list and not any(x is not None for x in g))) and not node.always


def without(node: Node, keep: bool) -> tuple[None, ...]:
    """What the node gives where nothing arrived: nothing."""
    if not keep:
        node.release()
    return (None,) * len(node.edges)


class Captures:
    """Gradients that `autograd.grad` asked for, and the nodes worth running to get them."""

    def __init__(self, roots: list[tuple[Any, Any]], inputs: list[Any], accumulate: bool, bare: bool = False) -> None:
        self.inputs = [(t.node, t.index) if type(t) is Output else (t, 0) for t in inputs]
        self.nodes = {node for node, _ in self.inputs}
        self.found: dict[tuple[Node, int], Any] = {}
        self.allowed: set[Any] = set()
        self.run: set[Node] = set()
        self.accumulate = accumulate
        self.bare = bare
        for node in _reachable(roots):
            useful = [t for t in node.edges if t is not None and (
                t in self.allowed or (type(t) is Output and t.node in self.allowed))]
            if useful:
                self.run.add(node)
                self.allowed.update(useful)
            if useful or node in self.nodes:
                self.allowed.add(node)

    def take(self, node: Node, g: Any) -> bool:
        """Note the gradient that arrived at `node`; whether the node must run as well."""
        if node in self.nodes:
            for index in range(node.outputs):
                got = g if node.outputs == 1 else g[index]
                self.found[node, index] = got
        return node in self.run and not (self.bare and node in self.nodes)

    def collect(self, leaves: dict[AccumulateGrad, Any]) -> list[Any]:
        """The gradients in the order of the inputs, None where nothing arrived."""
        out = []
        for node, index in self.inputs:
            g = leaves.get(node) if type(node) is AccumulateGrad else self.found.get((node, index))
            out.append(g.dense() if type(g) is Piece else g)
        return out


def before(node: Node, g: Any, graph: bool, captures: Captures | None) -> tuple[Any, bool]:
    """The gradient after the hooks of the node's results and its prehooks; whether to run the node."""
    if node.outputs != 1:
        g = [x.dense() if type(x) is Piece else x for x in g]
    extra = None if captures is not None and captures.bare and node in captures.nodes else node.extra
    if extra is not None and (extra.tensor or extra.retain):
        grads = g if node.outputs != 1 else [g]
        for index, hooks in extra.tensor.items():
            grads[index] = as_gradient(run_tensor_hooks(hooks, as_tensor(grads[index], graph), Tensor), graph)
        for index, holder in extra.retain.items():
            _retain(holder(), grads[index], graph)
        g = grads if node.outputs != 1 else grads[0]
    go_on = captures is None or captures.take(node, g)
    if captures is not None and not go_on and not captures.accumulate:
        return g, False
    if extra is not None and extra.pre:
        grads = _run_prehooks(extra, g if node.outputs != 1 else [g], graph)
        g = grads if node.outputs != 1 else grads[0]
    if LOCAL.anomaly and go_on:
        LOCAL.evaluating = node
    return g, go_on


def _retain(t: Any, g: Any, graph: bool) -> None:
    """Put the gradient into the `.grad` of a tensor that retains it."""
    if t is None or g is None:
        return
    m = t._meta
    if m.grad is None:
        m.grad = g if graph else leaf(Tensor, np.array(g))
    else:
        m.grad = m.grad + (g if graph else leaf(Tensor, np.asarray(g)))


def _run_prehooks(extra: Extra, grads: list[Any], graph: bool) -> list[Any]:
    for hook in list(extra.pre.values()):
        shown = tuple(as_tensor(g, graph) for g in grads)
        result = hook(shown)
        if result is not None:
            _check_replacement(hook, result, len(grads))
            grads = [as_gradient(t, graph) for t in result]
    return grads


def _check_replacement(hook: Any, result: Any, expected: int) -> None:
    """Raise unless a node's hook returned a tuple of as many gradients as it was shown."""
    if not isinstance(result, tuple):
        raise TypeError(f"expected tuple, but hook returned '{type(result).__name__}'")
    if len(result) != expected:
        raise RuntimeError(f"hook '{hook_name(hook)}' has returned an incorrect number of values (got {len(result)}, "
                           f"but expected {expected})")


def after(node: Node, r: Any, g: Any, graph: bool, anomaly: Any) -> Any:
    """The gradients of the inputs after the node's hooks; checked for NaN in anomaly mode."""
    extra = node.extra
    if anomaly:
        from runtime.autograd.anomaly_mode import check_gradients
        check_gradients(node, r)
    if extra is None or not extra.post:
        return r
    grads = list(aligned(node, r))
    for hook in list(extra.post.values()):
        shown_in = tuple(as_tensor(x.dense() if type(x) is Piece else x, graph) for x in grads)
        shown_out = tuple(as_tensor(x, graph) for x in (g if node.outputs != 1 else [g]))
        result = hook(shown_in, shown_out)
        if result is not None:
            _check_replacement(hook, result, len(grads))
            grads = [as_gradient(t, graph) for t in result]
    return tuple(grads)


def aligned(node: Node, r: Any) -> tuple[Any, ...]:
    """What a node returned as a tuple with one entry per edge."""
    if type(r) is tuple:
        return r + (None,) * (len(node.edges) - len(r))
    out: list[Any] = [None] * len(node.edges)
    for index, t in enumerate(node.edges):
        if t is not None:
            out[index] = r
            break
    return tuple(out)
