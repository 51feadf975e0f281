"""From a row of the derivative table to nodes of the graph.

An `Op` is a torch operation or a NumPy function: a row, the name of its node, and the order in which the caller
hands over arguments. `record(op, cls, values, z)` takes the result `z`, already computed, and wraps it as `cls`
(`Tensor` or `TracedArray`) with a node whose backward reads the row. What the node must keep is known from the
names in the row's formulas; it is worked out once per set of active operands, as a `Recipe`.
"""
from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Any

import numpy as np

from ad_compiler.rules.apply import fact
from runtime.core import Output, Recorded, edge, leaf_edge, new, sequence, version, wrap
from runtime.grad_mode import LOCAL, MODE
from runtime.op import FACT, OUT, OUT_FACT, PARAMETER, VALUE, Op
from runtime.places import user_place
from runtime.row_node import FRONT, RowNode, leaves_of
from runtime.saved import SavedList, SavedOut, SavedOuts, kept, raw
from runtime.versions import Version

ndarray, array = np.ndarray, np.array
ZERO = (0,)


def record(op: Op, cls: Any, values: Sequence[Any], z: Any) -> Any:
    """`z = op(values)` as a recorded array; with a node if an operand requires grad and the mode records."""
    if MODE.special and (not LOCAL.simple or not LOCAL.enabled):
        if LOCAL.simple:
            return finish(op, cls, values, z, ())
        from runtime.rare_modes import record_special
        return record_special(op, cls, values, z)
    active: tuple[str, ...] = ()
    for name, i in op.places:
        v = values[i]
        if isinstance(v, Recorded):
            if v._req:
                active += (name,)
        elif (type(v) is list or type(v) is tuple) and wants_grad(v):
            active += (name,)
    if op.results is not None and (op.results != -1 or isinstance(z, (list, tuple))):
        return finish(op, cls, values, z, active)
    t = new(cls)
    t._data = z if type(z) is ndarray else array(z)
    t._ver = t._meta = t._node = None
    t._req = False
    if active:
        node = make_node(op, values, (t,), active) if op.lone is None or cls is not FRONT[0] else lone_node(
            op, values[0], t)
        if t._data.dtype.kind in "fc":
            t._node, t._req = node, True
    return t


def wants_grad(value: Any) -> bool:
    """Whether a value, or an item of a sequence of values, requires grad."""
    if isinstance(value, Recorded):
        return value._req
    return type(value) in (list, tuple) and any(wants_grad(v) for v in value)


def finish(op: Op, cls: Any, values: Sequence[Any], z: Any, active: tuple[str, ...]) -> Any:
    """Wrap the result or results, with a node if any operand is active."""
    several = op.results is not None and (op.results != -1 or isinstance(z, (list, tuple)))
    results = list(z) if several else [z]
    tensors = [wrap(cls, item) for item in results]
    if active:
        node = make_node(op, values, tensors, active, several)
        for index, t in enumerate(tensors):
            if t._data.dtype.kind in "fc":
                t._node = Output(node, index) if node.outputs != 1 else node
                t._req = True
    return tuple(tensors) if several else tensors[0]


def lone_node(op: Op, x: Any, t: Any, depth: int = 4) -> RowNode:
    """The node of an operation on one tensor that saves either it or the result; the user is `depth` frames up."""
    node: Any = new(op.node)
    node.extra = None
    node.edges = (x._node or leaf_edge(x),)
    node.seq = sequence()
    node.recipe = recipe = op.lone
    assert recipe is not None
    if recipe.lone == OUT:
        t._ver = cell = new(Version)  # both constructors, written out
        cell.n, cell.savers, cell.writes, cell.views = 0, None, (), None
        saved = new(SavedOut)
        saved.data, saved.cell, saved.index, saved.outer = t._data, cell, 0, None
        node.saved, node.versions = (saved,), ZERO
    else:
        node.saved, node.versions = (x,), (ZERO if x._ver is None else (x._ver.n,))
    node.fits = ((x._data.shape, x._data.dtype),)
    node.place, node.lasti = user_place(depth)
    return node


def make_node(op: Op, values: Sequence[Any], results: Sequence[Any], active: tuple[str, ...],
              several: bool = False) -> RowNode:
    """The node of a call, with what its backward needs."""
    recipe = op.recipes.get(active) or op.recipe(active)
    node: Any = new(op.node_of(len(results)) if several else op.node)
    node.extra = None
    edges: list[Any] = []
    for _, i in op.places:
        v = values[i]
        if isinstance(v, Recorded):
            edges.append((v._node or leaf_edge(v)) if v._req else None)
        elif type(v) is list or type(v) is tuple:
            edges += [edge(item) if isinstance(item, Recorded) else None for item in leaves_of(v)]
        else:
            edges.append(None)
    node.edges = tuple(edges)
    node.seq = sequence()  # after the edges: one of them may have been made just now, and comes later in the sweep
    node.recipe = recipe
    saved: list[Any] = []
    versions: list[Any] = []
    for kind, i, attribute in recipe.sources:
        if kind == VALUE and isinstance(values[i], Recorded):
            v = values[i]
            n = 0 if v._ver is None else v._ver.n
        elif kind == OUT and not several:
            t = results[0]
            t._ver = cell = t._ver or Version()
            v, n = SavedOut(t._data, cell), cell.n
        elif kind == OUT:
            v, n = SavedOuts([SavedOut(t._data, version(t), k) for k, t in enumerate(results)]), None
        else:
            v, n = _save(kind, i, attribute, values, results, several), None
        saved.append(v)
        versions.append(n)
    node.saved, node.versions = tuple(saved), tuple(versions)
    if not recipe.holds and any(is_array(v) for v in saved):
        node.recipe = recipe = recipe.held
    node.fits = tuple([_fit(values[use.value]) for use in recipe.uses])
    if several:
        node.result = [(t._data.shape, t._data.dtype) for t in results]
    if recipe.holds:
        node.place, node.lasti = user_place()
        if type(results[0]) is not FRONT[0]:
            _announce(node)
    else:
        node.place, node.lasti = None, 0
    return node


def is_array(v: Any) -> bool:
    """Whether a saved parameter is an array, or an index made of arrays."""
    return type(v) is ndarray or (type(v) is tuple and any(type(item) is ndarray for item in v))


def _announce(node: RowNode) -> None:
    """Tell the memory of saved TracedArrays who saved it, so that a later write clones it first."""
    for v in node.saved or ():
        if isinstance(v, Recorded):
            cells = [version(v)]
        elif type(v) is SavedOut:
            cells = [v.cell]
        else:
            cells = v.cells() if type(v) in (SavedList, SavedOuts) else []
        for cell in cells:
            if cell.savers is None:
                cell.savers = []
            cell.savers.append(weakref.ref(node))


def _save(kind: int, i: Any, attribute: Any, values: Sequence[Any], results: Sequence[Any], several: bool) -> Any:
    """A value for the backward that has no version."""
    if kind in (VALUE, PARAMETER):
        v = values[i]
        if kind == VALUE and (type(v) is list or type(v) is tuple) and not any(
                type(item) in (list, tuple) for item in v):
            return SavedList(v)
        return kept(raw(v))
    if kind == FACT:
        return _fact(values[i], attribute)
    if kind == OUT_FACT:
        if several:
            return tuple(getattr(t._data, attribute) for t in results)
        return getattr(results[0]._data, attribute)
    return attribute


def _fact(v: Any, attribute: str) -> Any:
    if isinstance(v, Recorded):
        return getattr(v._data, attribute)
    if type(v) in (list, tuple):
        return [_fact(item, attribute) for item in v]
    return fact(v, attribute)


def _fit(v: Any) -> Any:
    if isinstance(v, Recorded):
        return v._data.shape, v._data.dtype
    if type(v) in (list, tuple):
        return [_fit(item) for item in v]
    a = np.asarray(v)
    return a.shape, a.dtype
