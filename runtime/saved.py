"""Values that a node saved: what it finds when it wants them back, and what it says when they are gone."""
from __future__ import annotations

import weakref
from typing import Any

import numpy as np

from runtime.core import AccumulateGrad, Node, Output, Recorded, edge, leaf, meta, target, version, wrap
from runtime.dtypes import TENSOR_TYPES, of
from runtime.grad_mode import LOCAL, no_grad
from runtime.places import describe
from runtime.versions import Version

FREED = (
    "Trying to backward through the graph a second time (or directly access saved tensors after they have already "
    "been freed). Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). "
    "Specify retain_graph=True if you need to backward through the graph a second time or if you need to access "
    "saved tensors after calling backward.")


PACK_WRITES = (
    "A saved tensor pack hook is modifying its input in place. Tensors provided as input to pack hook cannot be "
    "modified by in-place operations as this can lead to unexpected side-effects. Please open an issue if you need to "
    "perform in-place operations on the input to a pack hook.")


class SavedOut:
    """A node's own result, saved without the cycle that saving the tensor itself would be."""

    __slots__ = ("cell", "data", "index", "outer")

    def __init__(self, data: Any, cell: Version, index: int = 0) -> None:
        self.data = data
        self.cell = cell
        self.index = index
        self.outer: Any = None  # a write through a view: weakly, the node that put the result into the base

    def edge(self, node: Node) -> Any:
        """The edge to the saved result of `node`."""
        outer = None if self.outer is None else self.outer()
        if outer is not None:
            return outer.part_edge(self.data.shape)
        return Output(node, self.index) if node.outputs != 1 else node


class SavedOuts:
    """A node's own results, where it has several."""

    __slots__ = ("items", "versions")

    def __init__(self, items: list[SavedOut]) -> None:
        self.items = items
        self.versions = [out.cell.n for out in items]

    def unpack(self, node: Node, show: Any) -> tuple[Any, ...]:
        """The results through `show`; raises if one was overwritten."""
        for out, n in zip(self.items, self.versions, strict=True):
            if out.cell.n != n:
                raise modified(node, out, n)
        return tuple(show(out) for out in self.items)

    def cells(self) -> list[Version]:
        """The version cells of the saved memory."""
        return [out.cell for out in self.items]

    def clone(self, cell: Version, copy: Any) -> None:
        """Keep a copy of what lies in the memory of `cell`, which is about to be overwritten."""
        for k, out in enumerate(self.items):
            if out.cell is cell:
                out.data, out.cell, self.versions[k] = out.data.copy(), Version(), 0


class SavedList:
    """The items of a sequence operand, each with its version (None for what is no recorded array)."""

    __slots__ = ("items", "versions")

    def __init__(self, items: Any) -> None:
        self.items = [kept(v) for v in items]
        self.versions = [current(v) if isinstance(v, Recorded) else None for v in self.items]

    def unpack(self, node: Node, show: Any) -> list[Any]:
        """The items, recorded ones through `show`; raises if one was overwritten."""
        for v, n in zip(self.items, self.versions, strict=True):
            if n is not None and current(v) != n:
                raise modified(node, v, n)
        return [v if n is None else show(v) for v, n in zip(self.items, self.versions, strict=True)]

    def cells(self) -> list[Version]:
        """The version cells of the saved memory."""
        return [version(v) for v in self.items if isinstance(v, Recorded)]

    def clone(self, cell: Version, copy: Any) -> None:
        """Keep a copy of what lies in the memory of `cell`, which is about to be overwritten."""
        for k, v in enumerate(self.items):
            if isinstance(v, Recorded) and v._ver is cell:
                self.items[k], self.versions[k] = copy(v), 0


class Packed:
    """A saved value in the keeping of saved-tensor hooks. `index` says which result of the node it is, if one."""

    __slots__ = ("at", "front", "index", "packed", "unpack_hook")

    _ver = None  # what a saved tensor has, for the nodes that look at it: hooks take over the care for versions

    def __init__(self, tensor: Any, hooks: Any, index: int | None = None) -> None:
        self.at = None if index is not None else edge(tensor)
        self.index = index
        self.front = type(tensor)
        before = current(tensor)
        with no_grad():
            self.packed = hooks[0](tensor)
        if current(tensor) != before:
            raise RuntimeError(PACK_WRITES)
        self.unpack_hook = hooks[1]

    def unpack(self) -> Any:
        """The tensor that the hooks give back, at the place in the graph where the saved one was."""
        t = self.unpack_hook(self.packed)
        if not isinstance(t, Recorded):
            raise TypeError(f"Output of saved tensor unpack_hook expected to be a Tensor but got result of type "
                            f"{type(t).__name__}")
        if type(self.at) is not AccumulateGrad:
            return t if self.index is not None or self.at is None else wrap(self.front, t._data, self.at)
        t = leaf(self.front, t._data, True)
        meta(t).acc = weakref.ref(self.at)
        return t

    @property
    def _data(self) -> Any:
        return self.unpack()._data


def raw(v: Any) -> Any:
    """A value with recorded arrays replaced by their arrays, inside sequences too."""
    if isinstance(v, (Recorded, SavedOut)):
        return v._data if isinstance(v, Recorded) else v.data
    if isinstance(v, tuple) and hasattr(v, "_fields"):
        return type(v)(*map(raw, v))
    return type(v)(map(raw, v)) if type(v) in (list, tuple) else v


_KEPT: dict[int, tuple[Any, np.ndarray]] = {}  # the last copy of each array that lives, by its id


def kept(v: Any) -> Any:
    """Plain arrays as they are now, inside sequences too: counts, places and masks, which have no versions. An array
    that was not changed since it was last kept is not copied again."""
    if type(v) is tuple or type(v) is list:
        return type(v)(map(kept, v))
    if type(v) is not np.ndarray or v.dtype.hasobject:
        return v
    found = _KEPT.get(id(v))
    if found is not None and found[0]() is v and _same(found[1], v):
        return found[1]
    copy = v.copy(order="K")
    _KEPT[id(v)] = weakref.ref(v, lambda _, k=id(v): _KEPT.pop(k, None)), copy
    return copy


def _same(a: np.ndarray, b: np.ndarray) -> bool:
    return a.shape == b.shape and a.dtype == b.dtype and bool((a == b).all())


DETACHED = ("Trying to use a saved tensor that has been detached in-place, i.e. with .detach_().This is not supported, "
            "please use out-of-place `.detach()` instead")


def attached(v: Any, at: Any) -> Any:
    """A saved operand for a recorded backward. Raises if it was recorded at the edge `at` and detached since."""
    if at is not None and isinstance(v, Recorded) and not v._req and type(at) is not AccumulateGrad:
        raise RuntimeError(DETACHED)
    return v


def recorded_at(node: Node) -> str:
    """The user's line that recorded the node, "" where it is not known."""
    return "" if node.place is None else describe(node.place, node.lasti)


def freed(node: Node) -> RuntimeError:
    """The error of a second backward; names the node and the line that recorded it."""
    place = recorded_at(node)
    lines = [FREED, f"  the node that was freed already: {node.name()}" + (f", recorded at {place}" if place else "")]
    return RuntimeError("\n".join(lines))


def modified(node: Node, saved: Any, expected: int) -> RuntimeError:
    """The error of a saved value that was overwritten; names both lines."""
    out = type(saved) is SavedOut
    data = saved.data if out else saved._data
    cell = saved.cell if out else saved._ver
    kind = TENSOR_TYPES[of(data.dtype).name]
    if out:
        origin: str = f", which is output {saved.index} of {plain_name(node.name())},"
    else:
        producer, index = (None, 0) if not saved._req or is_leaf(saved) else target(edge(saved))
        origin = "" if producer is None else f", which is output {index} of {plain_name(producer.name())},"
    hint = ("the backtrace further above shows the operation that failed to compute its gradient. The variable in "
            "question was changed in there or anywhere later. Good luck!" if LOCAL.anomaly else
            "enable anomaly detection to find the operation that failed to compute its gradient, with "
            "torch.autograd.set_detect_anomaly(True, check_nan=False).")
    lines = [f"one of the variables needed for gradient computation has been modified by an inplace operation: "
             f"[torch.{kind} {list(data.shape)}]{origin} is at version {cell.n}; expected version {expected} instead. "
             f"Hint: {hint}"]
    place = recorded_at(node)
    lines.append(f"  saved for {node.name()}" + (f" at {place}" if place else ""))
    for n, code, lasti in cell.writes:
        if n == expected + 1:
            lines.append(f"  overwritten at {describe(code, lasti)}")
    return RuntimeError("\n".join(lines))


def plain_name(name: str) -> str:
    """The name of an operation from the name of its node: Exp of ExpBackward0, Clamp1 of ClampBackward1."""
    first, _, last = name.rpartition("Backward")
    return first + last.removesuffix("0") if first else name


def is_leaf(x: Recorded) -> bool:
    """Whether no operation produced `x`."""
    if x._node is not None:
        return False
    m = x._meta
    return not x._req or m is None or m.base is None or (m.node is None and m.creation in ("no_grad", "inference"))


def current(x: Recorded) -> int:
    """The version of `x`."""
    return 0 if x._ver is None else x._ver.n
