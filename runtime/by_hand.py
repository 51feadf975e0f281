"""What users do with a node by hand: call it with incoming gradients."""
from __future__ import annotations

from typing import Any

from runtime.core import AccumulateGrad, Node, Recorded
from runtime.grad_mode import recording
from runtime.leaves import deposit
from runtime.observers import aligned, as_tensor
from runtime.pieces import Piece
from runtime.quiet import ENTER, LEAVE, SILENT


def call_node(node: Node, grads: tuple[Any, ...]) -> Any:
    """Gradients of the inputs for gradients of the results: one tensor, or a tuple (None where none flows).

    Calling an AccumulateGrad adds to the leaf's `.grad` and returns an empty tuple. Nothing is released.
    """
    if len(grads) != node.outputs:
        raise TypeError(f"expected {node.outputs} arguments, got {len(grads)} instead")
    for k, g in enumerate(grads):
        if g is not None and not isinstance(g, Recorded):
            raise TypeError(f"argument {k} is not a Variable")
    token = ENTER(SILENT)
    try:
        return _called(node, grads, recording())
    finally:
        LEAVE(token)


def _called(node: Node, grads: tuple[Any, ...], graph: bool) -> Any:
    if isinstance(node, AccumulateGrad):
        if grads[0] is not None:
            deposit(node, grads[0] if graph and grads[0]._req else grads[0]._data.copy(),
                    bool(graph and grads[0]._req))
        return ()
    _ = node.next_functions  # an index of several parts becomes a chain of nodes
    given: Any = list(grads) if node.outputs != 1 else grads[0]
    if node.outputs == 1 and given is None:
        r: Any = (None,) * len(node.edges)
    elif graph:
        r = aligned(node, node.trace(given, True))
    else:
        given = [None if g is None else g._data for g in given] if node.outputs != 1 else given._data
        r = aligned(node, node.run(given, True))
        r = tuple(as_tensor(x.dense() if type(x) is Piece else x, False) for x in r)
    return r[0] if len(r) == 1 else r
