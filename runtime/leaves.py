"""What happens at a leaf: the gradient is added to `.grad`."""
from __future__ import annotations

from sys import getrefcount
from typing import Any

import numpy as np

from runtime.core import AccumulateGrad, leaf, new, version
from runtime.pieces import Piece
from runtime.quiet import ENTER, LEAVE, SILENT
from runtime.tensor import Tensor

ndarray = np.ndarray


def _count_alone() -> int:
    """References to an array that only the engine holds, counted as `deposit` counts them, on this interpreter."""
    found: list[int] = []

    def deposited(g: Any) -> None:
        found.append(getrefcount(g))

    deposited({0: np.empty(1)}.pop(0))
    return found[0]


_ALONE = _count_alone()  # who holds no more than this holds the memory alone, and may keep it


def deposit(node: AccumulateGrad, g: Any, graph: bool) -> None:
    """Add `g` (an array; a tensor if `graph`) to the leaf's `.grad`, then run its post-accumulate hooks."""
    x = node.variable
    m = x._meta
    if not x._req or m is None:
        return
    if x._node is not None:
        raise RuntimeError("leaf variable has been moved into the graph interior")
    old = m.grad
    if type(g) is not ndarray and not graph:
        if g is None:
            _tell(node, x, m, g, graph)
            return
        g = g.dense() if type(g) is Piece else np.array(g)
    if graph:
        if g is None:
            _tell(node, x, m, g, graph)
            return
        m.grad = g.copied_for_grad() if old is None else old + g
    elif old is None:
        m.grad = t = new(Tensor)
        t._data = g if g.base is None and getrefcount(g) <= _ALONE and g.flags.writeable else np.array(g)
        t._node = t._ver = t._meta = None
        t._req = False
    else:
        m.grad = _added(old, g)
    if m.post_hooks or node.extra is not None:
        _tell(node, x, m, g, graph)


def _tell(node: AccumulateGrad, x: Any, m: Any, g: Any, graph: bool) -> None:
    """Run the hooks that see `.grad` as it is now: the tensor's, then the node's."""
    if m.post_hooks:
        for hook in list(m.post_hooks.values()):
            result = hook(x)
            if result is not None and not isinstance(result, Tensor):
                raise TypeError(f"expected Variable, but hook returned '{type(result).__name__}'")
            if result is not None:
                raise RuntimeError("Tensor post accumulate grad hooks should return None.")
    if node.extra is not None and node.extra.post:
        shown = g if graph or g is None else leaf(Tensor, np.asarray(g))
        for hook in list(node.extra.post.values()):
            hook((), (shown,))


def forget(tensors: Any, set_to_none: bool) -> None:
    """Forget the gradients of some leaves, or set them to zero in place."""
    for p in tensors:
        if p.grad is None:
            continue
        if set_to_none:
            p.grad = None
        else:
            p.grad = p.grad.detach() if p.grad.requires_grad else p.grad
            p.grad.zero_()


def _added(old: Any, g: Any) -> Any:
    """`.grad` after adding `g`: in place, so that who holds `.grad` sees it."""
    if old._data.dtype != g.dtype:
        return leaf(type(old), np.asarray(old._data + g, old._data.dtype))
    token = ENTER(SILENT)
    try:
        old._data += g
    finally:
        LEAVE(token)
    version(old).n += 1
    return old
