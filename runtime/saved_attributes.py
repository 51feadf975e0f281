"""What a node saved, as users see it: `node._saved_self`, `node._raw_saved_self`, `dir(node)`."""
from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from runtime.arithmetic_nodes import AddBackward0, PowBackward0, SavesTwo, SubBackward0
from runtime.core import Node, Recorded, wrap
from runtime.op import FACT, OUT, PARAMETER, VALUE
from runtime.row_node import RowNode
from runtime.saved import Packed, SavedOut, SavedOuts, current, freed, modified
from runtime.tensor import Tensor
from runtime.views import TakeNode

# torch's names of operands and parameters, where they differ from the row's
NAMES = {"x1": "self", "x": "self", "a": "self", "m": "self", "x2": "other", "b": "other", "out": "result",
         "axis": "dim", "keepdims": "keepdim", "axis1": "dim0", "axis2": "dim1", "low": "min", "high": "max",
         "axes": "dims", "reps": "repeats", "shift": "shifts", "ddof": "correction"}
# where one name means several things, by the node
BY_NODE = {"FlipBackward0": {"axis": "dims"}, "RollBackward0": {"axis": "dims"}, "TrilBackward0": {"k": "diagonal"},
           "TriuBackward0": {"k": "diagonal"},
           **{f"{n}Backward0": {"index": "indices"} for n in ("Sort", "Topk", "Max", "Min", "Kthvalue", "Mode")}}
OTHERS = {"MmBackward0": "mat2", "MvBackward0": "vec", "DotBackward0": "tensor", "BmmBackward0": "mat2",
          "PowBackward0": "exponent"}
PUBLIC = ("_input_metadata", "_register_hook_dict", "_sequence_nr", "_set_sequence_nr", "metadata", "name",
          "next_functions", "register_hook", "register_prehook", "requires_grad")


def torch_name(node: Node, name: str) -> str:
    """torch's name of what a row calls `name`."""
    found = BY_NODE.get(type(node).__name__, NAMES).get(name) or NAMES.get(name, name)
    return OTHERS.get(type(node).__name__, found) if found == "other" else found


def directory(node: Node) -> list[str]:
    """The names that torch lists for a node."""
    tensors, values = _names(node)
    saved = [f"_saved_{n}" for n in (*tensors, *values)] + [f"_raw_saved_{n}" for n in tensors]
    return sorted([*PUBLIC, *dir(object), *saved])


def _names(node: Node) -> tuple[list[str], list[str]]:
    """The names of the saved tensors, and of other saved values."""
    if isinstance(node, RowNode):
        sources = node.recipe.sources
        tensors = ["result" if kind == OUT else torch_name(node, node.op.order[i]) for kind, i, _ in sources
                   if kind in (VALUE, OUT)]
        values = [torch_name(node, node.op.order[i]) for kind, i, _ in sources if kind == PARAMETER]
        sizes = any(kind == FACT and fact == "shape" for kind, _, fact in sources)
        return tensors, [*values, *(["self_sym_sizes"] if sizes else [])]
    if isinstance(node, PowBackward0):
        return ["self"], ["exponent"]
    if isinstance(node, SavesTwo):
        return ["self", torch_name(node, "other")], []
    if isinstance(node, AddBackward0 | SubBackward0):
        return [], ["alpha"]
    return [], list(_facts(node))


def _facts(node: Any) -> dict[str, Any]:
    """What nodes know that save no tensors: shapes, dimensions."""
    if isinstance(node, TakeNode):
        return _of_index(node)
    shape = getattr(node, "shape", None)
    if type(shape) is not tuple:
        return {}
    found: dict[str, Any] = {"self_sym_sizes": shape}
    return found if type(node).__name__ != "MeanBackward0" else found | {"self_sym_numel": prod(shape)}


def _of_index(node: Any) -> dict[str, Any]:
    """A select or a slice: where it was taken."""
    _ = node.next_functions  # an index of several parts becomes a chain of nodes
    if type(node.where) is not tuple:
        return {"self_sym_sizes": node.shape}
    if any(isinstance(part, np.ndarray) for part in node.where):
        shown = [wrap(Tensor, part) if isinstance(part, np.ndarray) else None for part in node.where]
        return {"self_sym_sizes": node.shape, "indices": tuple(shown)}
    dim = next((k for k, part in enumerate(node.where) if part != slice(None)), 0)
    part = node.where[dim] if node.where else slice(None)
    found: dict[str, Any] = {"self_sym_sizes": node.shape}
    if isinstance(part, int):
        return found | {"dim": dim, "index": part}
    if isinstance(part, slice):
        start, stop, step = part.indices(node.shape[dim])
        return found | {"dim": dim, "start": start, "end": stop if part.stop is not None else 2**63 - 1, "step": step}
    return {"dim": dim} if part is None else found


def saved_attribute(node: Node, name: str) -> Any:
    """`node._saved_self` and the like; raises AttributeError for what the node does not save."""
    if name.startswith("_raw"):
        return _raw(node, name.removeprefix("_raw_saved_"))
    short = name.removeprefix("_saved_")
    if isinstance(node, RowNode):
        if node.saved is None:
            raise freed(node)
        found = _from_row(node, short)
        if found is not _ABSENT:
            return found
        if short.endswith("sizes"):
            return node.fits[0][0]
    elif isinstance(node, SavesTwo):
        tensors, values = _names(node)
        if short in (*tensors, *values, "other"):
            return _operand(node, short)
    elif short == "alpha" and isinstance(node, AddBackward0 | SubBackward0):
        return 1
    else:
        facts = _facts(node)
        if short in facts:
            return facts[short]
    raise AttributeError(f"'{type(node).__name__}' object has no attribute '{name}'")


def _operand(node: SavesTwo, short: str) -> Any:
    """A saved operand of a product, quotient or power."""
    if node.y is Node:
        raise freed(node)
    if short == "exponent":
        return node.y
    v, n = (node.x, node.vx) if short == "self" else (node.y, node.vy)
    if isinstance(v, Recorded) and current(v) != n:
        raise modified(node, v, n)
    return v.unpack() if type(v) is Packed else wrap(Tensor, np.asarray(v)) if isinstance(v, float | int) else v


_ABSENT = object()


def _from_row(node: RowNode, name: str) -> Any:
    for (kind, i, _), v, n in zip(node.recipe.sources, node.saved or (), node.versions, strict=True):
        if kind == OUT and name in ("result", "out") and type(v) is SavedOuts:
            return v.unpack(node, lambda out: wrap(Tensor, out.data, out.edge(node)))
        if kind == OUT and name in ("result", "out"):
            if type(v) is Packed:
                return v.unpack()
            if v.cell.n != n:
                raise modified(node, v, n)
            t = wrap(Tensor, v.data, v.edge(node))
            t._ver = v.cell
            return t
        if kind in (VALUE, PARAMETER) and name in (node.op.order[i], torch_name(node, node.op.order[i])):
            if isinstance(v, Recorded) and current(v) != n:
                raise modified(node, v, n)
            return v.unpack() if type(v) is Packed else wrap(Tensor, v) if isinstance(v, np.ndarray) else v
    return _ABSENT


class SavedTensor:
    """A saved operand or result in its place in the node: `node._raw_saved_self`."""

    def __init__(self, node: Any = None, place: int | str = "") -> None:
        if node is None:
            raise RuntimeError("Trying to create a SavedTensor object from Python is forbidden.")
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
               "graph are freed when you call .backward() or autograd.grad(). Specify retain_graph=True if you need "
               "to backward through the graph a second time or if you need to access saved variables after calling "
               "backward.")
HOOKS_TWICE = ("Calling register_hooks on a saved tensor whose hooks have already been set. Hint: only one pair of "
               "hooks is allowed at a time.")


def _raw(node: Any, short: str) -> Any:
    """The place of a saved tensor; raises AttributeError where the node saves none of this name."""
    if isinstance(node, RowNode):
        for k, (kind, i, _) in enumerate(node.recipe.sources):
            if (kind == OUT and short == "result") or (kind == VALUE and short in (
                    node.op.order[i], torch_name(node, node.op.order[i]))):
                return SavedTensor(node, k)
    elif isinstance(node, SavesTwo) and short in _names(node)[0]:
        return SavedTensor(node, "x" if short == "self" else "y")
    raise AttributeError(f"'{type(node).__name__}' object has no attribute '_raw_saved_{short}'")
