"""From a row of the derivative table to nodes of the graph.

An `Op` is a torch operation or a NumPy function: a row, the name of its node, and the order in which the caller
hands over arguments. `record(op, cls, values, z)` takes the result `z`, already computed, and wraps it as `cls`
(`Tensor` or `TracedArray`) with a node whose backward reads the row. What the node must keep is known from the
names in the row's formulas; it is worked out once per set of active operands, as a `Recipe`.
"""
from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ad_compiler.rules.apply import conjugate, fact
from ad_compiler.support.shapes import project
from runtime.core import Node, Output, Recorded, alias, edge, leaf_edge, new, sequence, version, wrap
from runtime.grad_mode import LOCAL, MODE
from runtime.op import BASE, FACT, OUT, OUT_FACT, PARAMETER, VALUE, Op, Recipe, Use
from runtime.places import user_place
from runtime.saved import Packed, SavedList, SavedOut, SavedOuts, freed, modified
from runtime.versions import Version

ndarray, array = np.ndarray, np.array
ZERO = (0,)
FRONT: list[Any] = []  # [Tensor, TracedArray], filled by the package when both exist


class RowNode(Node):
    """A node that reads its backward from a row of the table."""

    __slots__ = ("fits", "recipe", "result", "saved", "versions")

    op: Op
    saved: tuple[Any, ...] | None
    versions: tuple[Any, ...]
    fits: tuple[Any, ...]       # (shape, dtype) per use; lists of them for a sequence operand
    recipe: Recipe
    result: list[Any]           # (shape, dtype) of each result, where there are several

    def run(self, g: Any, keep: bool) -> Any:
        saved = self.saved
        if saved is None:
            raise freed(self)
        recipe = self.recipe
        if recipe.lone is not None and type(saved[0]) is not Packed and type(g) is ndarray and g.dtype is self.fits[0][1] and (
                g.dtype.kind == "f"):
            return self._run_lone(saved[0], g, keep)
        values = self.unpack() if recipe.holds else saved
        if not keep and self.recipe.holds:
            self.saved = None
        return self.formulas(g, values)

    def _run_lone(self, v: Any, g: Any, keep: bool) -> Any:
        """`run` for one operand, of real numbers, and one saved value."""
        recipe = self.recipe
        if recipe.lone == OUT:
            cell, a = v.cell, v.data
        else:
            cell, a = v._ver, v._data
        if cell is not None and cell.n != self.versions[0]:
            raise modified(self, v, self.versions[0])
        if not keep:
            self.saved = None
        r = recipe.uses[0].vjp(g, a)
        shape, dtype = self.fits[0]
        return r if type(r) is ndarray and r.dtype is dtype and r.shape == shape else project(r, shape, dtype)

    def trace(self, g: Any, keep: bool) -> Any:
        if self.saved is None:
            raise freed(self)
        tensor, traced = FRONT
        values = [traced_value(self, v, n) for v, n in zip(self.saved, self.versions, strict=True)]
        if not keep and self.recipe.holds:
            self.saved = None
        with np.errstate(all="ignore"):
            r = self.formulas(_each(lambda t: None if t is None else alias(t, traced), g), values)
        return _each(lambda t: as_front(t, tensor), r)

    def formulas(self, g: Any, values: Sequence[Any]) -> Any:
        """Gradients from the gradient of the result and the saved values, arrays or recorded arrays alike."""
        if type(g) is list:
            g = self.filled(g)
        conj = self.op.plan.holomorphic and (g[0] if type(g) is tuple else g).dtype.kind == "c"
        if conj:
            g, values = conjugate(g), list(values)
        uses = self.recipe.uses
        if len(uses) == 1:
            use = uses[0]
            r = use.vjp(g, *values) if use.whole else use.vjp(g, *[values[i] for i in use.reads])
            if not use.nested and use.edge < 2:
                if conj:
                    r = conjugate(r)
                shape, dtype = self.fits[0]
                try:
                    fits = r.dtype is dtype and r.shape == shape
                except AttributeError:  # a Python number
                    fits = False
                return r if fits else project(r, shape, dtype)
            results = [r]
        else:
            results = [use.vjp(g, *[values[i] for i in use.reads]) for use in uses]
        out: list[Any] = [None] * len(self.edges)
        for use, r, fit in zip(uses, results, self.fits, strict=True):
            self.place_result(out, use, conjugate(r) if conj else r, fit)
        return tuple(out)

    def place_result(self, out: list[Any], use: Use, r: Any, fit: Any) -> None:
        """Put one operand's gradient where its edges are (a sequence operand has one edge per item)."""
        if use.nested:
            for k, (item, (shape, dtype)) in enumerate(zip(leaves_of(r), leaves_of(fit, list), strict=True)):
                if self.edges[use.edge + k] is not None:
                    out[use.edge + k] = project(item, shape, dtype)
        else:
            out[use.edge] = project(r, *fit)

    def filled(self, g: list[Any]) -> tuple[Any, ...]:
        """Gradients of several results, zeros where none arrived."""
        # a list of one result has a node of two outputs, so that its gradient comes as a list: the second is nobody's
        return tuple(np.zeros(shape, dtype) if x is None else x for x,
                     (shape, dtype) in zip(g[:len(self.result)], self.result, strict=True))

    def unpack(self) -> list[Any]:
        """The saved values as arrays; raises if one was overwritten."""
        values = []
        for v, n in zip(self.saved or (), self.versions, strict=True):
            if n is None:
                values.append(v.unpack(self, raw) if type(v) in (SavedList, SavedOuts) else v)
            elif type(v) is SavedOut:
                if v.cell.n != n:
                    raise modified(self, v, n)
                values.append(v.data)
            elif type(v) is Packed:
                values.append(v.unpack()._data)
            else:
                cell = v._ver
                if n != (0 if cell is None else cell.n):
                    raise modified(self, v, n)
                values.append(v._data)
        return values

    def clone_saved(self, cell: Any) -> None:
        """The memory behind `cell` is about to be overwritten: keep what was saved of it."""
        saved, versions = list(self.saved or ()), list(self.versions)
        for k, v in enumerate(saved):
            if type(v) is SavedOut and v.cell is cell:
                v.data, v.cell = v.data.copy(), Version()
                versions[k] = 0
            elif isinstance(v, Recorded) and v._ver is cell:
                saved[k], versions[k] = kept_copy(v), 0
            elif type(v) in (SavedList, SavedOuts):
                v.clone(cell, kept_copy)
        if self.saved is not None:
            self.saved, self.versions = tuple(saved), tuple(versions)

    def release(self) -> None:
        if self.recipe.holds:
            self.saved = None

    def result_meta(self, index: int) -> tuple[tuple[int, ...], Any] | None:
        return self.result[index] if self.outputs != 1 and index < len(self.result) else None


BASE.append(RowNode)


def kept_copy(v: Any) -> Any:
    """A saved array with memory of its own, at the same place in the graph."""
    kept = alias(v, type(v))
    kept._data, kept._ver = v._data.copy(), None
    return kept


def leaves_of(value: Any, *kinds: type) -> list[Any]:
    """The items of a (nested) sequence, in order."""
    kinds = kinds or (list, tuple)
    return [leaf for item in value for leaf in leaves_of(item, *kinds)] if type(value) in kinds else [value]


def traced_value(node: Node, v: Any, n: Any) -> Any:
    """A saved value as a recorded array, for a backward that is itself recorded."""
    traced = FRONT[1]
    if n is None:
        if type(v) is SavedOuts:
            return v.unpack(node, lambda out: wrap(traced, out.data, out.edge(node) if out.data.dtype.kind in "fc"
                                                   else None))
        return v.unpack(node, lambda item: alias(item, traced)) if type(v) is SavedList else v
    if type(v) is Packed:
        if v.index is None:
            return alias(v.unpack(), traced)
        return wrap(traced, v.unpack()._data, Output(node, v.index) if node.outputs != 1 else node)
    if type(v) is SavedOut:
        if v.cell.n != n:
            raise modified(node, v, n)
        t = wrap(traced, v.data, v.edge(node))
        t._ver = v.cell
        return t
    if n != (0 if v._ver is None else v._ver.n):
        raise modified(node, v, n)
    return alias(v, traced)


def _each(function: Callable[[Any], Any], value: Any) -> Any:
    if type(value) is list:
        return [function(v) for v in value]
    return tuple(function(v) for v in value) if type(value) is tuple else function(value)


def as_front(value: Any, cls: Any) -> Any:
    """A result of a formula (recorded or a plain array) as a front of class `cls`."""
    if value is None or type(value) is cls:
        return value
    return alias(value, cls) if isinstance(value, Recorded) else wrap(cls, np.asarray(value))


def record(op: Op, cls: Any, values: Sequence[Any], z: Any) -> Any:
    """`z = op(values)` as a recorded array; with a node if an operand requires grad and the mode records."""
    if MODE.special and (not LOCAL.simple or not LOCAL.enabled):
        if LOCAL.simple:
            return finish(op, cls, values, z, ())
        from runtime.special import record_special
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
        node = lone_node(op, values[0], t) if op.lone is not None and cls is FRONT[0] else make_node(op, values, (t,), active)
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


def lone_node(op: Op, x: Any, t: Any) -> RowNode:
    """The node of an operation on one tensor that saves either it or the result."""
    node: Any = new(op.node)
    node.extra = None
    node.edges = (x._node or leaf_edge(x),)
    node.seq = sequence()
    node.recipe = recipe = op.lone
    if recipe.lone == OUT:
        t._ver = cell = Version()
        node.saved, node.versions = (SavedOut(t._data, cell),), ZERO
    else:
        node.saved, node.versions = (x,), (ZERO if x._ver is None else (x._ver.n,))
    node.fits = ((x._data.shape, x._data.dtype),)
    node.place, node.lasti = user_place(4)
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
        return raw(v)
    if kind == FACT:
        return _fact(values[i], attribute)
    if kind == OUT_FACT:
        if several:
            return tuple(getattr(t._data, attribute) for t in results)
        return getattr(results[0]._data, attribute)
    return attribute


def raw(v: Any) -> Any:
    """A value with recorded arrays replaced by their arrays, inside sequences too."""
    if isinstance(v, (Recorded, SavedOut)):
        return v._data if isinstance(v, Recorded) else v.data
    if isinstance(v, tuple) and hasattr(v, "_fields"):
        return type(v)(*map(raw, v))  # type: ignore[arg-type]
    return type(v)(map(raw, v)) if type(v) in (list, tuple) else v


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
