"""The engine: carry gradients from results back to the leaves, in one loop without recursion.

The next node to run is always the youngest that has a gradient (`seq` is larger than that of every node it
leads to), so its gradient is complete. A chain is followed without touching the queue at all.

Two readings. Plain: gradients are arrays, nothing is recorded. `graph`: gradients are tensors and every step
is recorded (`create_graph=True`). Leaves receive their sum at the end, after everything else has succeeded,
so a backward that fails leaves every `.grad` as it was.
"""
from __future__ import annotations

from heapq import heappop, heappush
from operator import iadd
from typing import Any

from runtime.core import AccumulateGrad, Node, Output
from runtime.grad_mode import LOCAL, MODE, set_enabled
from runtime.hooks import LEAF_HOOKS
from runtime.leaves import deposit
from runtime.observers import Captures, after, before, leaf_ready, ready_leaves
from runtime.pieces import Piece
from runtime.quiet import ENTER, LEAVE, SILENT


def run_backward(roots: list[tuple[Any, Any]], keep: bool, graph: bool,
                 inputs: list[Any] | None = None, accumulate: bool = True) -> list[Any]:
    """Run the graph below `roots`, pairs of an edge and its gradient (arrays, or tensors if `graph`).

    `inputs` limits the run to the paths that reach these edges. With `accumulate` their leaves' `.grad` is
    added to; without, their gradients are returned in order (None where nothing arrived).
    """
    captures = None if inputs is None else Captures(roots, inputs, accumulate)
    enabled, limited = LOCAL.enabled, LOCAL.limited
    LOCAL.limited = captures is not None
    set_enabled(graph)
    token = ENTER(SILENT)
    try:
        leaves = _sweep(roots, keep, graph, captures)
    except Exception:
        if LOCAL.anomaly:
            from runtime.autograd.anomaly_mode import report
            report(LOCAL.evaluating)
        raise
    finally:
        LEAVE(token)
        set_enabled(enabled)
        LOCAL.limited = limited
    if captures is not None and not accumulate:
        return captures.collect(leaves)
    for node in list(leaves):
        deposit(node, leaves.pop(node), graph)
    return []


def _sweep(roots: list[tuple[Any, Any]], keep: bool, graph: bool,
           captures: Captures | None) -> dict[AccumulateGrad, Any]:
    """Run every node; the complete gradients of the leaves, in the order in which they became complete."""
    allowed = None if captures is None else captures.allowed
    ready = ready_leaves(roots, allowed) if LEAF_HOOKS[0] else None
    anomaly = MODE.special and LOCAL.anomaly
    watching = anomaly or captures is not None
    front = Front(allowed, graph)
    for t, g in roots:
        front.arrive(t, g)
        if ready is not None and t in ready:
            leaf_ready(ready[t], front.leaves, graph)
    queue, waiting = front.queue, front.waiting
    while queue:
        node = heappop(queue)[1]
        g = waiting.pop(node)
        while True:  # follow the chain from `node`
            if type(g) is Piece:
                g = g.dense()
            watched = watching or node.extra is not None or node.outputs != 1
            if watched:
                g, go_on = before(node, g, graph, captures)
                if not go_on:
                    break
            r = node.trace(g, keep) if graph else node.run(g, keep)
            if watched:
                r = after(node, r, g, graph, anomaly)
            edges: Any = node.edges
            if type(r) is not tuple:
                t = edges[0]
                if t is None:
                    t = edges[1] if len(edges) > 1 else None
                    if t is None:  # the operand is a view made without recording
                        break
                if (not queue and ready is None and allowed is None and type(t) is not AccumulateGrad
                        and type(t) is not Output):
                    node, g = t, r
                    continue
                r = (r,) if t is edges[0] else (None, r)
            onward, g = front.spread(edges, r)
            if ready is not None and node in ready:
                leaf_ready(ready[node], front.leaves, graph)
            if onward is None:
                break
            node = onward
    return front.leaves


class Front:
    """The gradients on their way: complete or not, at leaves and at nodes that wait for their turn."""

    __slots__ = ("allowed", "graph", "leaves", "owned", "queue", "waiting")

    def __init__(self, allowed: set[Any] | None, graph: bool) -> None:
        self.allowed, self.graph = allowed, graph
        self.leaves: dict[AccumulateGrad, Any] = {}
        self.waiting: dict[Node, Any] = {}
        self.queue: list[tuple[int, Node]] = []
        self.owned: set[AccumulateGrad] = set()  # leaves whose sum is an array of our own

    def spread(self, edges: tuple[Any, ...], grads: tuple[Any, ...]) -> tuple[Any, Any]:
        """Deliver the gradients of a node's inputs. The node to go on with at once and its gradient, or None."""
        leaves, waiting, queue, allowed = self.leaves, self.waiting, self.queue, self.allowed
        onward = arrived = None
        for t, g in zip(edges, grads, strict=False):
            if t is None or g is None or (allowed is not None and t not in allowed):
                continue
            kind = type(t)
            if kind is AccumulateGrad:
                old = leaves.get(t)
                if old is None:
                    leaves[t] = g
                elif t in self.owned:
                    leaves[t] = g.merged_into(old) if type(g) is Piece else iadd(old, g)
                else:
                    leaves[t] = old + g
                    if not self.graph and (type(old) is Piece or old.size > 64):  # small arrays are added faster anew
                        self.owned.add(t)
            elif kind is Output:
                self.arrive(t, g)
            elif t is onward:
                arrived = arrived + g
            elif onward is None and not queue:
                onward, arrived = t, g
            else:
                old = waiting.get(t)
                if old is None:
                    waiting[t] = g
                    heappush(queue, (-t.seq, t))
                else:
                    waiting[t] = old + g
        if onward is not None and queue:
            waiting[onward] = arrived
            heappush(queue, (-onward.seq, onward))
            return None, None
        return onward, arrived

    def arrive(self, t: Any, g: Any) -> None:
        """A gradient arrives at an edge of any kind."""
        if type(t) is AccumulateGrad:
            old = self.leaves.get(t)
            self.leaves[t] = g if old is None else old + g
            return
        node, index = (t.node, t.index) if type(t) is Output else (t, 0)
        waiting = self.waiting
        if node not in waiting:
            waiting[node] = [None] * node.outputs if node.outputs != 1 else None
            heappush(self.queue, (-node.seq, node))
        if node.outputs == 1:
            old = waiting[node]
            waiting[node] = g if old is None else old + g
        else:
            old = waiting[node][index]
            waiting[node][index] = g if old is None else old + g
