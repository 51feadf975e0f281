"""What is recorded: arrays with a place in a graph, the nodes of the graph, and the edges between them.

A recorded array (`Recorded`; `Tensor` and `TracedArray` are its two fronts) has five slots:

    _data   the ndarray
    _req    whether gradients flow to it
    _node   what produced it: a `Node`, or an `Output` of a node with several results; None for leaves and views
    _ver    the version cell, shared by everything that shares the memory; None until something needs it
    _meta   everything rare (`.grad`, hooks, base of a view, ...); None until something needs it

An edge is a `Node` (meaning its only result), an `Output`, or an `AccumulateGrad`. A node's edges are older than
the node, so descending `seq` is a topological order and the engine needs no dependency counts.

Where a result becomes part of the graph this is the whole protocol (see `runtime.dispatch.record`):
`edge(x)` of each input that requires grad, a node whose `edges` are these, and `_node` of the result.
"""
from __future__ import annotations

import itertools
import weakref
from typing import Any

import numpy as np

from runtime.grad_mode import LOCAL, MODE
from runtime.hooks import LEAF_HOOKS, Extra
from runtime.versions import NoVersion, Version

new = object.__new__
sequence = itertools.count(1).__next__


class Meta:
    """The rare state of a recorded array."""

    __slots__ = ("acc", "base", "cell", "creation", "dual", "grad", "hooks", "inference", "link", "node", "post_hooks",
                 "retains", "stamp")

    def __init__(self) -> None:
        self.acc: weakref.ref[AccumulateGrad] | None = None
        self.grad: Any = None
        self.hooks: Any = None         # tensor hooks of a leaf, by id
        self.post_hooks: Any = None    # post-accumulate hooks of a leaf, by id
        self.base: Recorded | None = None
        self.node: Any = None          # a view's edge, valid while the version is `stamp`
        self.link: Any = None          # how the view is taken from its base (runtime.views.Link)
        self.stamp = 0
        self.creation = ""             # why a view may not be written: "", "no_grad", "multi", "inference"
        self.retains = False
        self.inference = False
        self.cell = False              # an array of no dimensions that `+=` writes to, where a number gets a new name
        self.dual: Any = None


class Recorded:
    """An array with a place in a graph. Not for users: see `Tensor` and `TracedArray`."""

    __slots__ = ("__weakref__", "_data", "_meta", "_node", "_req", "_ver")

    numbers = False  # whether one of no dimensions is a number, as NumPy's are

    _data: np.ndarray
    _meta: Meta | None
    _node: Any
    _req: bool
    _ver: Version | None

    # how a function with a rule of the user's, a solution, `stop_gradient` and `probe` meet a recorded array
    @staticmethod
    def __ad_rule__(function: Any, args: tuple[Any, ...]) -> Any:
        from runtime.custom_rules import record
        return record(function, args)

    @staticmethod
    def __ad_probe__(x: Any, fn: Any) -> Any:
        from runtime.custom_rules import probed
        return probed(x, fn)

    @staticmethod
    def __ad_solution__(*given: Any) -> Any:
        from runtime.implicit import solution
        return solution(*given)

    @property
    def __ad_kind__(self) -> str:
        return self._data.dtype.kind

    def __ad_stop__(self) -> Any:
        from runtime.custom_rules import stopped
        return stopped(self)


def wrap(cls: Any, data: Any, edge: Any = None) -> Any:
    """A recorded array of class `cls` on `data`, produced by `edge` (None: nothing recorded)."""
    t = new(cls)
    t._data = data if type(data) is np.ndarray else np.asarray(data)
    t._node = edge
    t._req = edge is not None
    t._ver = None
    t._meta = None
    return t


def in_front(cls: Any, x: Any) -> Any:
    """A recorded array as one of class `cls`: at the same place of the graph, on the same memory."""
    if not isinstance(x, Recorded) or isinstance(x, cls):
        return x
    t = wrap(cls, x._data)
    t._node, t._req, t._ver = edge(x), x._req, x._ver
    return t


def leaf(cls: Any, data: np.ndarray, requires_grad: bool = False) -> Any:
    """A leaf of class `cls` on `data`."""
    t = new(cls)
    t._data = data
    t._node = None
    t._ver = None
    t._req = requires_grad
    t._meta = Meta() if requires_grad else None
    return t


def meta(x: Recorded) -> Meta:
    """The rare state of `x`, made if need be."""
    found = x._meta
    if found is None:
        found = x._meta = Meta()
    return found


def mark_inference(x: Recorded) -> None:
    """Make `x` an inference tensor: never to be saved."""
    meta(x).inference = True
    x._ver = NoVersion()


def version(x: Recorded) -> Version:
    """The version cell of `x`, made if need be."""
    found = x._ver
    if found is None:
        found = x._ver = Version()
    return found


def edge(x: Recorded) -> Any:
    """The edge to `x`: what receives its gradient; None where none is wanted."""
    if not x._req:
        return None
    return x._node or leaf_edge(x)


def leaf_edge(x: Recorded) -> Any:
    """The edge to a leaf or a view that requires grad."""
    m = x._meta
    assert m is not None
    if m.acc is not None:
        found = m.acc()
        if found is not None:
            return found
    if m.base is not None:
        return view_edge(x)
    node = new(AccumulateGrad)  # its __init__, written out: a training loop makes one per parameter and step
    node.edges = ()
    node.extra = node.place = None
    node.lasti = node.seq = 0
    node.variable = x
    m.acc = weakref.ref(node)
    return node


def view_edge(x: Recorded) -> Any:
    """The edge to a view. After a write to the family it is rebuilt: the view is then read from its base."""
    m = x._meta
    assert m is not None and x._ver is not None
    if m.stamp != x._ver.n:
        from runtime.views import reread
        reread(x)
    return m.node


def alias(x: Recorded, cls: Any) -> Any:
    """The same value at the same place in the graph, as the other front."""
    t = new(cls)
    t._data = x._data
    t._node = (x._node or leaf_edge(x)) if x._req else None
    t._req = t._node is not None
    t._ver = version(x)
    t._meta = None
    if MODE.special and x._meta is not None and LOCAL.dual_level >= 0:
        from runtime.autograd.forward_ad import tangent_of
        meta(t).dual = tangent_of(x)
    return t


class Node:
    """A step of the graph. `edges` has one entry per input, None where no gradient is wanted.

    `run(g, keep)` maps the gradient of the result to the gradients of the inputs, on arrays: a tuple aligned
    with `edges`, or the bare gradient of the first edge that is not None where that is the only one.
    `trace(g, keep)` does the same on tensors and records it. Without `keep` what was saved is released.
    """

    __slots__ = ("__weakref__", "edges", "extra", "lasti", "place", "seq")

    always = False  # whether it runs where no gradient arrived at any of its results
    outputs = 1  # how many results; with more than one, `g` is a list with None for absent gradients
    edges: tuple[Any, ...]
    extra: Extra | None
    place: Any   # code object of the line that recorded the node, and `lasti` its instruction; None where unknown
    lasti: int
    seq: int

    def run(self, g: Any, keep: bool) -> Any:
        raise NotImplementedError

    def trace(self, g: Any, keep: bool) -> Any:
        raise NotImplementedError

    def release(self) -> None:
        """Drop what was saved."""

    def name(self) -> str:
        """The name that torch gives the operation."""
        return type(self).__name__

    @property
    def next_functions(self) -> tuple[tuple[Node | None, int], ...]:
        """`((node, index of its result), ...)`, with `(None, 0)` where no gradient flows."""
        return tuple(target(e) for e in self.edges)

    @property
    def metadata(self) -> dict[Any, Any]:
        """A dictionary for the user's notes."""
        return self._extra().metadata

    @property
    def requires_grad(self) -> bool:
        return True

    def _sequence_nr(self) -> int:
        return self.seq

    def _extra(self) -> Extra:
        if self.extra is None:
            self.extra = Extra()
        return self.extra

    def register_hook(self, hook: Any) -> Any:
        """`hook(grad_inputs, grad_outputs)` runs after the node; what it returns replaces `grad_inputs`."""
        return self._extra().add("post", hook)

    def register_prehook(self, hook: Any) -> Any:
        """`hook(grad_outputs)` runs before the node; what it returns replaces `grad_outputs`."""
        return self._extra().add("pre", hook)

    def __call__(self, *grads: Any) -> Any:
        from runtime.by_hand import call_node
        return call_node(self, grads)

    def __dir__(self) -> list[str]:
        from runtime.saved_attributes import directory
        return directory(self)

    def __getattr__(self, name: str) -> Any:
        if name.startswith(("_saved_", "_raw_saved_")):
            from runtime.saved_attributes import saved_attribute
            return saved_attribute(self, name)
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")


class Output:
    """One result of a node that has several."""

    __slots__ = ("index", "node")

    def __init__(self, node: Node, index: int) -> None:
        self.node = node
        self.index = index


class AccumulateGrad(Node):
    """The end of the graph at a leaf: adds what arrives to the leaf's `.grad`."""

    __slots__ = ("variable",)

    def __init__(self, variable: Any) -> None:
        self.edges = ()
        self.extra = None
        self.place = None
        self.lasti = 0
        self.seq = 0
        self.variable = variable

    def name(self) -> str:
        return "torch::autograd::AccumulateGrad"

    def _extra(self) -> Extra:
        LEAF_HOOKS[0] += 1  # whoever asks is about to register something
        return super()._extra()

    def _sequence_nr(self) -> int:
        return 2**64 - 1


AccumulateGrad.__module__ = "builtins"  # prints as torch prints it


def target(e: Any) -> tuple[Node | None, int]:
    """An edge as torch shows it: `(node, index of the result)`."""
    if e is None:
        return None, 0
    if type(e) is Output:
        return e.node, e.index
    return e, 0
