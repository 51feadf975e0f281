"""The node of an operation that has a row in the derivative table: its backward reads the row's formulas."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ad_compiler.rules.apply import conjugate
from ad_compiler.support.shapes import project
from runtime.core import Node, Output, Recorded, alias, wrap
from runtime.op import BASE, OUT, VALUE, Op, Recipe, Use
from runtime.saved import Packed, SavedList, SavedOut, SavedOuts, attached, freed, modified, raw
from runtime.versions import Version

ndarray = np.ndarray
# nodes whose recorded backward is one node in torch too, and what that one is called
RECORDED = {
    **{f"{n}Backward0": f"{n}BackwardBackward0" for n in (
        "Sigmoid", "Tanh", "Gelu", "Elu", "LeakyRelu", "Softplus", "MseLoss", "SmoothL1Loss", "HuberLoss", "Hardswish",
        "Mish", "Glu", "LogSigmoid", "NativeLayerNorm")},
    "SoftmaxBackward0": "SoftmaxBackwardDataBackward0", "LogSoftmaxBackward0": "LogSoftmaxBackwardDataBackward0"}
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
        if recipe.lone is not None and type(saved[0]) is not Packed and type(g) is ndarray and (
                g.dtype.kind == "f" and g.dtype is self.fits[0][1]):
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
        use = recipe.uses[0]
        shape, dtype = self.fits[0]
        if use.kernel is not None and shape and a.dtype is dtype and a.shape == g.shape:
            return use.kernel(a, g)
        if use.derivative is not None:
            r = use.derivative(a)
            if type(r) is ndarray and r is not a and r.base is None and r.shape == shape and r.dtype is dtype:
                r *= g  # nobody else has this array
                return r
            r = g * r
        else:
            r = use.vjp(g, a)
        return r if type(r) is ndarray and r.dtype is dtype and r.shape == shape else project(r, shape, dtype)

    def trace(self, g: Any, keep: bool) -> Any:
        if self.saved is None:
            raise freed(self)
        tensor, traced = FRONT
        values = [traced_value(self, v, n) for v, n in zip(self.saved, self.versions, strict=True)]
        edges = {i: k for k, (_, i) in enumerate(self.op.places)}
        for (kind, i, _), v in zip(self.recipe.sources, self.saved, strict=True):
            if kind == VALUE and i in edges:
                attached(v, self.edges[edges[i]])
        if not keep and self.recipe.holds:
            self.saved = None
        name = RECORDED.get(type(self).__name__)
        if name is not None and type(g) is tensor:
            from runtime.composite import composite
            shown = [as_front(v, tensor) if isinstance(v, Recorded) else v for v in values]
            found = composite(name, self._traced, g, *shown)
            out: list[Any] = [None] * len(self.edges)
            for use, t in zip(self.recipe.uses, found if type(found) is tuple else (found,), strict=True):
                out[use.edge] = t
            return tuple(out)
        with np.errstate(all="ignore"):
            r = self.formulas(_each(lambda t: None if t is None else alias(t, traced), g), values)
        return _each(lambda t: as_front(t, tensor), r)

    def _traced(self, g: Any, *values: Any) -> Any:
        """`trace`, from the saved values as tensors: the gradients that are wanted, a tuple if they are several."""
        tensor, traced = FRONT
        with np.errstate(all="ignore"):
            r = self.formulas(alias(g, traced), [as_front(v, traced) if isinstance(v, tensor) else v for v in values])
        if type(r) is not tuple:
            return as_front(r, tensor)
        wanted = [as_front(r[use.edge], tensor) for use in self.recipe.uses]
        return tuple(wanted) if len(wanted) > 1 else wanted[0]

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
                if r is None:  # zero
                    return None
                shape, dtype = self.fits[0]
                if conj or (dtype.kind == "c" and self.op.plan.holomorphic):  # (`np.poly` of pairs of roots is real)
                    r = conjugate(r)
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
            self.place_result(out, use, conjugate(r) if conj and r is not None else r, fit)
        return tuple(out)

    def place_result(self, out: list[Any], use: Use, r: Any, fit: Any) -> None:
        """Put one operand's gradient where its edges are (a sequence operand has one edge per item)."""
        if use.nested:
            for k, (item, (shape, dtype)) in enumerate(zip(leaves_of(r), leaves_of(fit, list), strict=True)):
                if self.edges[use.edge + k] is not None and item is not None:
                    out[use.edge + k] = project(item, shape, dtype)
        elif r is not None:  # None is zero
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
