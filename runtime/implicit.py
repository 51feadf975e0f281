"""Solutions of equations (`ad.custom_root` and its relatives) on the tape: one node, by the implicit function theorem.

    residual(x, params) = 0     =>     params_bar = -r_params' (r_x'^-1 x_bar)

The solver runs on plain numbers. Then the residual is recorded once, at the solution as the node gives it, so that its
graph leads both to everything that the equation uses and back to the node. A backward through the node runs through
that graph, with the way back closed. Where that backward is itself recorded, what it did depends on the solution by the
way back, which is open then: derivatives of every order follow from the one rule.
"""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from runtime.autograd import no_grad
from runtime.backward import run_backward
from runtime.core import Node, Output, Recorded, alias, edge, sequence, wrap
from runtime.custom_rules import _as_tensor, _plain
from runtime.grad_mode import LOCAL, recording
from runtime.places import user_place
from runtime.saved import freed
from runtime.tensor import Tensor
from runtime.traced_array import TracedArray


class WayBack(Node):
    """An unknown as the equation sees it: the solution's numbers, cut off while the equation is pulled back."""

    def __init__(self, solution: Any, shape: tuple[int, ...]) -> None:
        self.edges = (solution,)
        self.extra = None
        self.place, self.lasti = user_place()
        self.seq = sequence()
        self.shape = shape
        self.closed = False

    def run(self, g: Any, keep: bool) -> Any:
        return (None if self.closed else g,)

    def trace(self, g: Any, keep: bool) -> Any:
        return (None if self.closed else g,)

    def joined(self, bar: Any, graph: bool) -> Any:
        """A cotangent of the unknown as a vector; zeros where none arrived."""
        if bar is None:
            return np.zeros(int(np.prod(self.shape)))
        return np.reshape(alias(bar, TracedArray) if graph else bar, (-1,))


class ImplicitBackward(Node):
    """A solution. Its edges are those at which the equation's graph meets what was recorded before."""

    def __init__(self) -> None:
        self.edges = ()
        self.extra = None
        self.place, self.lasti = user_place()
        self.seq = sequence()
        self.unknowns: list[WayBack] = []
        self.residual: list[Any] | None = None  # recorded arrays; None once released

    def run(self, g: Any, keep: bool) -> Any:
        return self._pulled(g, keep, False)

    def trace(self, g: Any, keep: bool) -> Any:
        return self._pulled(g, keep, True)

    def release(self) -> None:
        self.residual = None

    def _pulled(self, g: Any, keep: bool, graph: bool) -> tuple[Any, ...]:
        """Cotangents for the edges: arrays, or tensors with `graph`. Raises LinAlgError for a singular matrix."""
        if self.residual is None:
            raise freed(self)
        residual = self.residual
        matrix = np.stack([row for y in residual for row in self._rows(y, graph)], axis=1)
        bars = zip(g if self.outputs != 1 else [g], self.unknowns, strict=True)
        whole = -np.linalg.solve(matrix, np.concatenate([way.joined(bar, graph) for bar, way in bars]))
        roots, at = [], 0
        for y in residual:
            part = np.reshape(whole[at:at + y._data.size], y._data.shape)
            roots.append((edge(y), _as_tensor(part) if graph else part))
            at += y._data.size
        found = self._partial(roots, graph, list(self.edges))
        if not keep:
            self.release()
        return tuple(found)

    def _rows(self, y: Any, graph: bool) -> list[Any]:
        """The derivative of each number of one array of the residual by all unknowns, one after the other."""
        rows = []
        for k in range(y._data.size):
            unit = np.zeros(y._data.size)
            unit[k] = 1.0
            unit = np.reshape(unit, y._data.shape)
            bars = self._partial([(edge(y), wrap(Tensor, unit) if graph else unit)], graph, list(self.unknowns))
            rows.append(np.concatenate([way.joined(bar, graph) for bar, way in zip(bars, self.unknowns, strict=True)]))
        return rows

    def _partial(self, roots: list[Any], graph: bool, inputs: list[Any]) -> list[Any]:
        """Cotangents that the equation's graph carries to `inputs` with the unknowns held."""
        roots = [root for root in roots if root[0] is not None]
        if not roots or not inputs:
            return [None] * len(inputs)
        before = [way.closed for way in self.unknowns]
        try:
            for way in self.unknowns:
                way.closed = True
            return run_backward(roots, True, graph, inputs, accumulate=False, bare=True)
        finally:
            for way, closed in zip(self.unknowns, before, strict=True):
                way.closed = closed


def solution(name: str, tree: Any, f: Callable[[Any], Any], residual: Callable[[Any, Any], Any], guess: Any,
             solve: Callable[[Callable[[Any], Any], Any], Any]) -> Any:
    """What `solve` finds for a function that uses recorded arrays, with the derivative of `residual(f(x), x) = 0`.

    Raises RuntimeError for complex unknowns, or where tangents are carried.
    """
    fronts: set[type] = set()

    def plain(x: Any) -> Any:
        with no_grad():
            y = f(x)
        fronts.update(type(part) for part in tree.floating(y))
        return tree.map_leaves(_plain, y)

    found = tree.map_leaves(_plain, solve(plain, tree.map_leaves(_plain, guess)))
    if any(np.asarray(x).dtype.kind == "c" for x in tree.floating(found)):
        raise RuntimeError(f"`{name}` of complex unknowns has no derivative on the tape")
    if LOCAL.dual_level >= 0:
        raise RuntimeError(f"`{name}` has a derivative rule of its own, which forward mode on the tape does not take: "
                           "use `ad_compiler.jvp`")
    if not recording():
        return found
    node, front = ImplicitBackward(), Tensor if Tensor in fronts else TracedArray
    results = _results(tree, found, node, front)
    unknowns = tree.map_leaves(lambda x: _way_back(x, node) if isinstance(x, Recorded) else x, results)
    equation = [x if isinstance(x, Recorded) else wrap(front, np.asarray(x))
                for x in tree.floating(residual(f(unknowns), unknowns))]
    node.residual = equation
    node.edges = tuple(_meeting(equation, node.seq))
    return results


def _results(tree: Any, found: Any, node: ImplicitBackward, front: type) -> Any:
    """The solution, recorded as results of the node."""
    node.outputs = len(tree.floating(found))
    places = iter(range(node.outputs))

    def wrapped(x: Any) -> Any:
        if not tree.carries(x):
            return x
        k = next(places)
        data = np.array(x) if np.asarray(x).dtype.kind == "f" else np.array(x, float)
        return wrap(front, data, node if node.outputs == 1 else Output(node, k))

    return tree.map_leaves(wrapped, found)


def _way_back(x: Any, node: ImplicitBackward) -> Any:
    """A result of the node as the equation is to see it."""
    way = WayBack(edge(x), x._data.shape)
    node.unknowns.append(way)
    return wrap(type(x), x._data.copy(), way)


def _meeting(arrays: list[Any], since: int) -> list[Any]:
    """The edges at which the graph of `arrays` meets leaves, and what was recorded before the number `since`."""
    met: dict[tuple[Node, int], Any] = {}
    seen: set[Node] = set()
    stack = [edge(x) for x in arrays]
    while stack:
        t = stack.pop()
        if t is None:
            continue
        node, index = (t.node, t.index) if type(t) is Output else (t, 0)
        if node.seq < since:  # leaves have the number 0
            met[node, index] = t
        elif node.seq > since and node not in seen:  # the way back ends at the node itself
            seen.add(node)
            stack.extend(node.edges)
    return list(met.values())
