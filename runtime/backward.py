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
    enabled = LOCAL.enabled
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
    leaves: dict[AccumulateGrad, Any] = {}
    waiting: dict[Node, Any] = {}
    queue: list[tuple[int, Node]] = []
    owned: set[AccumulateGrad] = set()  # leaves whose sum is an array of our own
    arrived: Any = None
    for t, g in roots:
        _arrive(t, g, leaves, waiting, queue)
        if ready is not None and t in ready:
            leaf_ready(ready[t], leaves, graph)
    while queue:
        node = heappop(queue)[1]
        g = waiting.pop(node)
        while True:  # follow the chain from `node`
            if type(g) is Piece:
                g = g.dense()
            watched = anomaly or node.extra is not None or captures is not None or node.outputs != 1
            if watched:
                g, go_on = before(node, g, graph, captures)
                if not go_on:
                    break
            r = node.trace(g, keep) if graph else node.run(g, keep)
            if watched:
                r = after(node, r, g, graph, anomaly)
            edges = node.edges
            if type(r) is not tuple:
                t = edges[0]
                if t is None:
                    t = edges[1]
                if (not queue and ready is None and allowed is None and type(t) is not AccumulateGrad
                        and type(t) is not Output):
                    node, g = t, r
                    continue
                r = (r,) if t is edges[0] else (None, r)
            onward = None  # the one node to go on with, if the queue stays empty
            for t, g in zip(edges, r, strict=False):
                if t is None or g is None or (allowed is not None and t not in allowed):
                    continue
                kind = type(t)
                if kind is AccumulateGrad:
                    old = leaves.get(t)
                    if old is None:
                        leaves[t] = g
                    elif t in owned:
                        leaves[t] = g.merged_into(old) if type(g) is Piece else iadd(old, g)
                    else:
                        leaves[t] = old + g
                        if not graph and (type(old) is Piece or old.size > 64):  # a small array is added faster anew
                            owned.add(t)
                elif kind is Output:
                    _arrive(t, g, leaves, waiting, queue)
                elif onward is None and not queue:
                    onward, arrived = t, g
                elif t is onward:
                    arrived = arrived + g
                else:
                    old = waiting.get(t)
                    if old is None:
                        waiting[t] = g
                        heappush(queue, (-t.seq, t))
                    else:
                        waiting[t] = old + g
            if ready is not None and node in ready:
                leaf_ready(ready[node], leaves, graph)
            if onward is None:
                break
            if queue:
                waiting[onward] = arrived
                heappush(queue, (-onward.seq, onward))
                break
            node, g = onward, arrived
    return leaves


def _arrive(t: Any, g: Any, leaves: dict[AccumulateGrad, Any], waiting: dict[Node, Any],
            queue: list[tuple[int, Node]]) -> None:
    """A gradient arrives at an edge of any kind."""
    if type(t) is AccumulateGrad:
        old = leaves.get(t)
        leaves[t] = g if old is None else old + g
        return
    node, index = (t.node, t.index) if type(t) is Output else (t, 0)
    if node not in waiting:
        waiting[node] = [None] * node.outputs if node.outputs != 1 else None
        heappush(queue, (-node.seq, node))
    if node.outputs == 1:
        old = waiting[node]
        waiting[node] = g if old is None else old + g
    else:
        old = waiting[node][index]
        waiting[node][index] = g if old is None else old + g


