"""Views: results that share memory with their base, and what a write through one means for the graph.

After a write to the family (the base or any view of it), the *base's* history contains the write (`CopySlices`
if it was made through a view), and every view is read anew from its base (`AsStridedBackward0`).
"""
from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from runtime.core import Meta, Node, Recorded, edge, new, sequence, target, version, wrap
from runtime.grad_mode import LOCAL, recording
from runtime.observers import aligned
from runtime.pieces import Piece
from runtime.saved import SavedOut, freed, plain_name
from runtime.versions import Version, show_gradient

NO_GRAD_VIEW_READ = (
    "A view was created in no_grad mode and its base or another view of its base has been modified inplace with grad "
    "mode enabled. Given that this use case is ambiguous and error-prone, it is forbidden. You can clarify your code "
    "by moving both the view and the inplace either both inside the no_grad block (if you don't want the inplace to "
    "be tracked) or both outside (if you want the inplace to be tracked).")


NO_GRAD_VIEW_FIRST = ("A view was created in no_grad mode and its base or another view of its base has been modified "
                      "inplace with grad mode enabled. ")
FROM_CUSTOM = ("This view was created inside a custom Function (or because an input was returned as-is) and the "
               "autograd logic to handle view+inplace would override the custom backward associated with the custom "
               "Function, leading to incorrect gradients. This behavior is forbidden. You can fix this by cloning the "
               "output of the custom Function.")
MULTI_VIEW_READ = "Output {} of {} is a view and its base or another view of its base has been modified inplace. "
FROM_MULTI = ("This view is the output of a function that returns multiple views. Such functions do not allow the "
              "output views to be modified inplace. You should replace the inplace operation by an out-of-place one.")


def said_of(creation: str, message: str) -> str:
    """What is said of views made under `no_grad`, for those made in inference mode where `creation` says so."""
    if creation == "no_grad":
        return message
    return (message.replace("created in no_grad mode", "created in inference mode")
            .replace("with grad mode enabled", "in normal mode").replace("no_grad block", "inference_mode block"))


def how_made() -> str:
    """The mode that a view is made in: "" where it is recorded."""
    return "" if recording() else "inference" if LOCAL.inference else "no_grad"


class Link:
    """How a view is taken from its base: a chain of array functions, each giving a view.

    A `reshape` is a view or a copy by the order of the axes in memory. `axes` is that of the base, outermost first;
    None for C order.
    """

    __slots__ = ("args", "axes", "function", "previous")

    def __init__(self, previous: Link | None, function: Callable[..., np.ndarray], args: tuple[Any, ...],
                 axes: tuple[int, ...] | None = None) -> None:
        self.previous, self.function, self.args, self.axes = previous, function, args, axes

    def of(self, base: np.ndarray) -> np.ndarray:
        """The view of `base`, an array of the base's shape."""
        chain: list[Link] = []
        link: Link | None = self
        while link is not None:
            chain.append(link)
            link = link.previous
        for step in reversed(chain):
            base = step.function(base, *step.args)
        return base

    def laid_out(self, a: np.ndarray) -> np.ndarray:
        """A copy of `a`, an array of the base's shape, in the base's order of memory: what is taken of it is a view."""
        if self.axes is None:
            return np.array(a, order="C")
        return np.array(a.transpose(self.axes), order="C").transpose(np.argsort(self.axes))

    def written(self, a: np.ndarray) -> np.ndarray | None:
        """The view of `a`; None where taking it gives a copy, since `a` has another order of memory."""
        if self.axes is None and a.flags.c_contiguous:
            return self.of(a)
        try:
            view = self.of(a)
        except RuntimeError:  # `view`, which makes no copies
            return None
        return view if not a.size or np.may_share_memory(view, a) else None


def memory_order(a: np.ndarray) -> tuple[int, ...] | None:
    """The axes of an array from the one with the longest steps to that with the shortest; None for C order."""
    if a.flags.c_contiguous:
        return None
    return tuple(sorted(range(a.ndim), key=lambda k: -abs(a.strides[k])))


def take(a: np.ndarray, where: Any) -> np.ndarray:
    """The part of `a` at an index tuple or a link."""
    return a[where] if type(where) is tuple else where.of(a)


class TakeNode(Node):
    """Backward of taking a part: the gradient is placed into zeros, as a `Piece`."""

    __slots__ = ("dtype", "result", "shape", "unique", "where")

    holds = False

    def run(self, g: Any, keep: bool) -> Any:
        if self.where is None:
            raise freed(self)
        piece = Piece(self.shape, self.dtype, self.where, g, self.unique)
        if self.holds and not keep:
            self.where = None
        return piece

    def trace(self, g: Any, keep: bool) -> Any:
        if self.where is None:
            raise freed(self)
        return put_recorded(g, self.where, self.shape, self.dtype, self.unique, type(self).__name__)

class PutNode(Node):
    """Backward of placing into zeros: the gradient's part."""

    __slots__ = ("dtype", "shape", "unique", "where")

    def run(self, g: Any, keep: bool) -> Any:
        return take(g, self.where)

    def trace(self, g: Any, keep: bool) -> Any:
        return take_recorded(g, self.where, self.unique)

_PUT_NAMES = {"IndexBackward0": "IndexPutImplBackward0"}
_PUT: dict[str, type[PutNode]] = {}


def put_recorded(g: Any, where: Any, shape: tuple[int, ...], dtype: Any, unique: bool, name: str) -> Any:
    """`g` placed into zeros of `shape`, recorded."""
    piece = Piece(shape, dtype, where, g._data, unique)
    node = None
    if g._req:
        kind = _PUT.get(name)
        if kind is None:
            title = _PUT_NAMES.get(name) or name.removesuffix("0") + "Backward0"
            kind = _PUT[name] = type(title, (PutNode,), {"__slots__": (), "__module__": "builtins"})
        node = _plain_node(kind, (edge(g),))
        node.where, node.shape, node.dtype, node.unique = where, shape, dtype, unique
    return wrap(type(g), piece.dense(), node)


def take_recorded(x: Any, where: Any, unique: bool) -> Any:
    """The part of `x` at `where`, recorded, as a copy."""
    data = np.array(take(x._data, where))
    node = take_node(AsStridedBackward0, x, where, data.shape, unique) if x._req else None
    return wrap(type(x), data, node)


def _plain_node(kind: type[Node], edges: tuple[Any, ...]) -> Any:
    node = new(kind)
    node.edges = edges
    node.seq = sequence()
    node.extra = node.place = None
    node.lasti = 0
    return node


def take_node(kind: type[TakeNode], x: Recorded, where: Any, result: tuple[int, ...], unique: bool = True) -> Any:
    """A node for a part of `x`."""
    node = _plain_node(kind, (x._node or edge(x),))
    node.where, node.shape, node.dtype = where, x._data.shape, x._data.dtype
    node.unique, node.result = unique, result
    return node


def node_class(name: str, base: type[Node], **attributes: Any) -> Any:
    """A node class of torch's name."""
    return type(name, (base,), {"__slots__": (), "__module__": "builtins", **attributes})


AsStridedBackward0 = node_class("AsStridedBackward0", TakeNode)


def make_view(cls: Any, x: Recorded, data: np.ndarray, node: Any, function: Callable[..., Any],
              args: tuple[Any, ...], creation: str = "") -> Any:
    """`data`, a view of `x`, as a recorded array; `function(x._data, *args)` took it, `node` is its history."""
    t = new(cls)
    t._data = data
    t._node = None
    t._ver = cell = x._ver or version(x)
    t._req = x._req  # made without recording, it shows what its base does; its gradients go nowhere
    t._meta = m = Meta()
    old = x._meta
    if old is not None and old.inference:  # as torch: an inference tensor like any other, no view
        m.inference, t._req = True, False
        return t
    if old is not None and old.base is not None:
        m.base = old.base
        m.link = Link(old.link, function, args, old.link.axes)
        m.creation = creation or old.creation
    else:
        m.base = x
        m.link = Link(None, function, args, memory_order(x._data))
        m.creation = creation
    m.node = node
    m.stamp = cell.n
    if node is None:
        _tell_later(cell, t)
    return t


def _tell_later(cell: Version, view: Recorded) -> None:
    """Remember a view that does not require grad, in case its base comes to require it."""
    if cell.views is None:
        cell.views = []
    views = cell.views
    views.append(weakref.ref(view))
    if len(views) > 32 and len(views) & (len(views) - 1) == 0:
        cell.views = [ref for ref in views if ref() is not None]


def reread(x: Recorded) -> None:
    """Rebuild the history of a view whose family was written to: it is a part of its base."""
    m, cell = x._meta, x._ver
    assert m is not None and cell is not None and m.base is not None
    if m.creation in ("no_grad", "inference") and m.base._req:
        raise RuntimeError(said_of(m.creation, NO_GRAD_VIEW_READ))
    if m.creation in ("multi", "custom") and m.base._req:
        node, index = target(m.node)
        first = NO_GRAD_VIEW_FIRST if node is None else MULTI_VIEW_READ.format(index, plain_name(node.name()))
        raise RuntimeError(first + (FROM_MULTI if m.creation == "multi" else FROM_CUSTOM))
    before = m.node
    m.node = take_node(AsStridedBackward0, m.base, m.link, x._data.shape) if m.base._req else None
    if m.retains and m.node is not None:
        _retain_at(x, before, m.node)
    m.stamp = cell.n


class CopySlices(Node):
    """Backward of a write through a view: the base's gradient, with the written part led through the writer."""

    __slots__ = ("dtype", "inner", "link", "shape")

    def run(self, g: Any, keep: bool) -> Any:
        total = self.link.laid_out(g)
        part = self.link.of(total)
        grads = aligned(self.inner, self.inner.run(part.copy(), keep))
        first = grads[0].dense() if type(grads[0]) is Piece else grads[0]
        part[...] = 0 if first is None else first
        return (total if self.edges[0] is not None else None, *grads[1:])

    def trace(self, g: Any, keep: bool) -> Any:
        part = take_recorded(g, self.link, True)
        grads = aligned(self.inner, self.inner.trace(part, keep))
        change = -part if grads[0] is None else grads[0] - part
        total = g + put_recorded(change, self.link, self.shape, self.dtype, True, "CopySlices")
        return (total if self.edges[0] is not None else None, *grads[1:])

    def name(self) -> str:
        return "torch::autograd::CopySlices"

    def part_edge(self, shape: tuple[int, ...]) -> Any:
        """The edge to the part of the base that was written."""
        node = _plain_node(AsStridedBackward0, (self,))
        node.where, node.shape, node.dtype, node.unique, node.result = self.link, self.shape, self.dtype, True, shape
        return node

CopySlices.__module__ = "builtins"


def rebase(x: Recorded, node: Any) -> None:
    """`x` was written in place by `node`, whose first edge is the old value of `x`."""
    m = x._meta
    if m is not None and m.base is not None:
        base: Recorded = m.base
        before = edge(base)
        node.edges = (before, *node.edges[1:])
        outer = _plain_node(CopySlices, node.edges)
        outer.inner, outer.link, outer.shape, outer.dtype = node, m.link, base._data.shape, base._data.dtype
        for v in getattr(node, "saved", None) or ():
            if type(v) is SavedOut:
                v.outer = weakref.ref(outer)
        written, produced = base, outer
        x._req = True
    else:
        written, produced = x, node
    before = written._node
    first = not written._req
    written._node = produced
    written._req = True
    if first and written._ver is not None:
        show_gradient(written._ver, written)
    if written._meta is not None and written._meta.retains:  # the new value's gradient is retained, not the old one's
        _retain_at(written, before, produced)


def _retain_at(x: Recorded, before: Any, after: Any) -> None:
    """The gradient that `x` retains is the one at its new place in the graph."""
    old, index = target(before)
    if old is not None:
        old._extra().retain.pop(index, None)
    new_node, index = target(after)
    assert new_node is not None
    new_node._extra().retain[index] = weakref.ref(x)
