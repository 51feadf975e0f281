"""Recording in the rare states: grad mode off, inference mode, saved-tensor hooks, forward mode, anomaly mode."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from runtime.core import Output, Recorded, mark_inference, wrap
from runtime.dispatch import Op, finish, wants_grad
from runtime.grad_mode import LOCAL, MODE
from runtime.row_node import RowNode


def fresh(cls: Any, z: Any) -> Any:
    """A result outside the graph."""
    t = wrap(cls, z)
    if MODE.special and LOCAL.inference:
        mark_inference(t)
    return t


def record_special(op: Op, cls: Any, values: Sequence[Any], z: Any) -> Any:
    """`dispatch.record` where some state is not the default."""
    active = ()
    if LOCAL.enabled and not LOCAL.inference:
        active = tuple(name for name, i in op.places if wants_grad(values[i]))
    out = finish(op, cls, values, z, active)
    results = out if isinstance(out, tuple) else [out]
    if LOCAL.inference:
        for t in results:
            mark_inference(t)
    if LOCAL.dual_level >= 0:
        from runtime.autograd.forward_ad import push_forward
        push_forward(op, cls, values, results)
    if active:
        watch_node(results[0])
    return out


def watch_node(t: Recorded) -> None:
    """What the states want of a node that was just made: packed values, the place of its making."""
    node = t._node.node if type(t._node) is Output else t._node
    if LOCAL.anomaly:
        from runtime.autograd.anomaly_mode import remember_place
        remember_place(node)
    if (LOCAL.saved_hooks or LOCAL.saved_disabled) and isinstance(node, RowNode) and node.saved:
        from runtime.autograd.graph import pack_node
        pack_node(node)
