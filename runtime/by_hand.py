"""What users do with a node by hand: call it, look at what it saved."""
from __future__ import annotations

from typing import Any

import numpy as np

from runtime.arithmetic_nodes import SavesTwo
from runtime.core import AccumulateGrad, Node, Recorded, wrap
from runtime.grad_mode import recording
from runtime.leaves import deposit
from runtime.observers import aligned, as_tensor
from runtime.op import OUT, PARAMETER, VALUE
from runtime.pieces import Piece
from runtime.quiet import ENTER, LEAVE, SILENT
from runtime.row_node import RowNode
from runtime.saved import Packed, SavedOut, SavedOuts, current, freed, modified
from runtime.tensor import Tensor


def call_node(node: Node, grads: tuple[Any, ...]) -> Any:
    """Gradients of the inputs for gradients of the results: one tensor, or a tuple (None where none flows).

    Calling an AccumulateGrad adds to the leaf's `.grad` and returns an empty tuple. Nothing is released.
    """
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


# torch's names of saved operands, where they differ from the row's
_NAMES = {"self": ("x1", "x", "a", "m"), "other": ("x2", "b"), "result": ("out",), "exponent": ("x2",),
          "dim": ("axis",),
          "keepdim": ("keepdims",), "mat2": ("x2", "b"), "vec": ("x2",), "tensor": ("x2", "b")}


def saved_attribute(node: Node, name: str) -> Any:
    """`node._saved_self` and the like; raises AttributeError for what the node does not save."""
    if name.startswith("_raw"):
        return _raw(node, name.removeprefix("_raw_saved_"))
    short = name.removeprefix("_saved_")
    if isinstance(node, RowNode):
        if node.saved is None:
            raise freed(node)
        for candidate in (short, *_NAMES.get(short, ())):
            found = _from_row(node, candidate)
            if found is not _ABSENT:
                return found
        if short.endswith("sizes"):
            return node.fits[0][0]
    elif isinstance(node, SavesTwo) and short in ("self", "other", "mat2", "exponent"):
        if node.y is Node:
            raise freed(node)
        if short == "exponent":
            return node.y
        v, n = (node.x, node.vx) if short == "self" else (node.y, node.vy)
        if isinstance(v, Recorded) and current(v) != n:
            raise modified(node, v, n)
        return v.unpack() if type(v) is Packed else wrap(Tensor, v) if isinstance(v, float | int) else v
    raise AttributeError(f"'{type(node).__name__}' object has no attribute '{name}'")


_ABSENT = object()


def _from_row(node: RowNode, name: str) -> Any:
    for (kind, i, _), v, n in zip(node.recipe.sources, node.saved or (), node.versions, strict=True):
        if kind == OUT and name == "out" and type(v) is SavedOuts:
            return v.unpack(node, lambda out: wrap(Tensor, out.data, out.edge(node)))
        if kind == OUT and name == "out":
            if v.cell.n != n:
                raise modified(node, v, n)
            return wrap(Tensor, v.data, v.edge(node))
        if kind in (VALUE, PARAMETER) and node.op.order[i] == name:
            if isinstance(v, Recorded) and current(v) != n:
                raise modified(node, v, n)
            return v.unpack() if type(v) is Packed else wrap(Tensor, v) if isinstance(v, np.ndarray) else v
    return _ABSENT


class SavedTensor:
    """A saved operand or result in its place in the node: `node._raw_saved_self`."""

    def __init__(self, node: Any, place: int | str) -> None:
        self._node, self._place = node, place

    def register_hooks(self, pack_hook: Any, unpack_hook: Any) -> None:
        """Hand the saved tensor to `pack_hook` now; `unpack_hook` gives it back. Once only, before it is freed."""
        node, place = self._node, self._place
        held = getattr(node, place) if isinstance(place, str) else node.saved and node.saved[place]
        if held is Node or (not isinstance(place, str) and node.saved is None):
            raise RuntimeError(HOOKS_FREED)
        if type(held) is Packed:
            raise RuntimeError(HOOKS_TWICE)
        if not isinstance(held, Recorded | SavedOut):
            raise RuntimeError("Calling register_hooks on a saved tensor with value None is forbidden")
        out = type(held) is SavedOut
        packed = Packed(wrap(Tensor, held.data, held.edge(node)) if out else held, (pack_hook, unpack_hook),
                        held.index if out else None)
        if isinstance(place, str):
            setattr(node, place, packed)
        else:
            node.saved = (*node.saved[:place], packed, *node.saved[place + 1:])


SavedTensor.__module__ = "torch._C._autograd"
HOOKS_FREED = ("Calling register_hooks on a saved tensor after it has been freed. Saved intermediate values of the "
               "graph "
               "are freed when you call .backward() or autograd.grad(). Specify retain_graph=True if you need to "
               "backward through the graph a second time or if you need to access saved variables after calling "
               "backward.")
HOOKS_TWICE = ("Calling register_hooks on a saved tensor whose hooks have already been set. Hint: only one pair of "
               "hooks "
               "is allowed at a time.")


def _raw(node: Any, short: str) -> Any:
    """The place of a saved tensor; raises AttributeError where the node saves none of this name."""
    if isinstance(node, RowNode):
        for candidate in (short, *_NAMES.get(short, ())):
            for k, (kind, i, _) in enumerate(node.recipe.sources):
                if (kind == OUT and candidate == "out") or (kind == VALUE and node.op.order[i] == candidate):
                    return SavedTensor(node, k)
    elif isinstance(node, SavesTwo) and short in ("self", "other", "mat2"):
        return SavedTensor(node, "x" if short == "self" else "y")
    raise AttributeError(f"'{type(node).__name__}' object has no attribute '_raw_saved_{short}'")
