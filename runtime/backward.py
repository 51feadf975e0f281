"""The engine: carry gradients from results back to the leaves, in one loop without recursion.

The next node to run is always the youngest that has a gradient (`seq` is larger than that of every node it
leads to), so its gradient is complete. A chain is followed without touching the queue at all.

Two readings. Plain: gradients are arrays, nothing is recorded. `graph`: gradients are tensors and every step
is recorded (`create_graph=True`). Leaves receive their sum at the end, after everything else has succeeded,
so a backward that fails leaves every `.grad` as it was; only a leaf with hooks that run after it was added to
receives its own at once, for they may look at the others (an optimizer that steps inside the backward).

A node that gives no gradient for an edge says None. What lies below runs all the same, as in torch: a custom
function there is called with zeros, hooks are called with None.
"""
from __future__ import annotations

from heapq import heappop, heappush
from operator import iadd
from typing import Any

from runtime.core import AccumulateGrad, Node, Output
from runtime.grad_mode import LOCAL, MODE
from runtime.hooks import LEAF_HOOKS
from runtime.leaves import deposit
from runtime.observers import Captures, after, before, leaf_ready, nothing, ready_leaves, without
from runtime.pieces import Piece
from runtime.quiet import ENTER, LEAVE, SILENT


def run_backward(roots: list[tuple[Any, Any]], keep: bool, graph: bool,
                 inputs: list[Any] | None = None, accumulate: bool = True, bare: bool = False) -> list[Any]:
    """Run the graph below `roots`, pairs of an edge and its gradient (arrays, or tensors if `graph`).

    `inputs` limits the run to the paths that reach these edges. With `accumulate` their leaves' `.grad` is
    added to; without, their gradients are returned in order (None where nothing arrived). With `bare` the run
    ends at these edges, and what it returns are parts of gradients, which no hook of theirs sees.
    """
    captures = None if inputs is None else Captures(roots, inputs, accumulate, bare)
    state = LOCAL.__dict__  # this thread's: one look-up for all
    enabled, limited, outer = state.get("enabled", True), state.get("limited", False), state.get("task")
    state["task"] = roots, captures
    if limited or captures is not None:
        state["limited"] = captures is not None
    if enabled is not graph:  # `set_enabled`, written out
        state["enabled"] = graph
        if graph:
            MODE.special.pop()
        else:
            MODE.special.append(None)
    token = ENTER(SILENT)
    try:
        leaves = _sweep(roots, keep, graph, captures)
        if captures is None or accumulate:
            for node in list(leaves):
                deposit(node, leaves.pop(node), graph)
    except Exception:
        if LOCAL.anomaly:
            from runtime.autograd.anomaly_mode import report
            report(LOCAL.evaluating)
        raise
    finally:
        LEAVE(token)
        if state.get("anomaly"):
            state["evaluating"] = None
        now = state.get("enabled", True)  # hooks may have changed it
        if now is not enabled:
            state["enabled"] = enabled
            if enabled:
                MODE.special.pop()
            else:
                MODE.special.append(None)
        state["task"] = outer
        if limited or captures is not None:
            state["limited"] = limited
    return [] if captures is None or accumulate else captures.collect(leaves)


def _sweep(roots: list[tuple[Any, Any]], keep: bool, graph: bool,
           captures: Captures | None) -> dict[AccumulateGrad, Any]:
    """Run every node; the complete gradients of the leaves, in the order in which they became complete."""
    allowed = None if captures is None else captures.allowed
    ready = ready_leaves(roots, allowed) if LEAF_HOOKS[0] and (captures is None or not captures.bare) else None
    anomaly = MODE.special and LOCAL.anomaly
    watching, plain = anomaly or captures is not None, allowed is None and ready is None
    front = Front(graph)
    leaves, waiting, queue = front.leaves, front.waiting, front.queue
    for t, g in roots:
        front.arrive(t, g)
        if ready is not None and t in ready:
            leaf_ready(ready[t], leaves, graph, captures)
    while queue:
        node: Any = heappop(queue)[1]
        g = waiting.pop(node)
        while node is not None:  # follow the chain from `node`
            if type(g) is Piece:
                g = g.dense()
            if watching or node.extra is not None or node.outputs != 1 or g is None:
                g, go_on = before(node, g, graph, captures)
                if not go_on:
                    break
                r = (without(node, keep) if nothing(node, g) else node.trace(g, keep) if graph
                     else node.run(g, keep))
                r = after(node, r, g, graph, anomaly)
            else:
                r = node.trace(g, keep) if graph else node.run(g, keep)
            edges, done, node = node.edges, node, None
            if type(r) is not tuple:
                t = edges[0]
                if t is None:
                    if len(edges) == 1 or (t := edges[1]) is None:  # the operand is a view made without recording
                        break
                if not queue and plain and type(t) is not AccumulateGrad and type(t) is not Output:
                    node, g = t, r
                    continue
                edges, r = (t,), (r,)
            for t, d in zip(edges, r, strict=False):
                if t is None or (allowed is not None and t not in allowed):
                    continue
                if d is None:
                    front.arrive(t, None)
                    continue
                if type(t) is AccumulateGrad and t not in leaves:
                    leaves[t] = d
                elif t is node:
                    g = g + d
                elif node is None and not queue and type(t) is not AccumulateGrad and type(t) is not Output:
                    node, g = t, d
                else:
                    front.arrive(t, d)
            if node is not None and queue:
                node = front.arrive(node, g)
            if ready is not None and done in ready:
                leaf_ready(ready[done], leaves, graph, captures)
    return leaves


class Front:
    """The gradients on their way: complete or not, at leaves and at nodes that wait for their turn."""

    __slots__ = ("graph", "leaves", "owned", "queue", "waiting")

    def __init__(self, graph: bool) -> None:
        self.graph = graph
        self.leaves: dict[AccumulateGrad, Any] = {}
        self.waiting: dict[Node, Any] = {}
        self.queue: list[tuple[int, Node]] = []
        self.owned: set[AccumulateGrad] = set()  # leaves whose sum is an array of our own

    def arrive(self, t: Any, g: Any) -> None:
        """A gradient arrives at an edge of any kind."""
        waiting = self.waiting
        if type(t) is AccumulateGrad:
            self._arrive_at_leaf(t, g)
        elif type(t) is Output:
            node = t.node
            if node.outputs == 1:
                self.arrive(node, g)
                return
            found = waiting.get(node)
            if found is None:
                found = waiting[node] = [None] * node.outputs
                heappush(self.queue, (-node.seq, node))
            old = found[t.index]
            found[t.index] = g if old is None else old if g is None else old + g
        else:
            old = waiting.get(t)
            if old is not None:
                waiting[t] = old if g is None else old + g
                return
            if t not in waiting:
                heappush(self.queue, (-t.seq, t))
            waiting[t] = g

    def _arrive_at_leaf(self, t: AccumulateGrad, g: Any) -> None:
        """Add to the gradient of a leaf: in place once the sum is an array of our own."""
        old = self.leaves.get(t)
        if old is None or g is None:
            self.leaves[t] = g if old is None else old
        elif t in self.owned:
            self.leaves[t] = g.merged_into(old) if type(g) is Piece else iadd(old, g)
        else:
            self.leaves[t] = old + g
            if not self.graph and (type(old) is Piece or old.size > 64):  # small arrays are added faster anew
                self.owned.add(t)
