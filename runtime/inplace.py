"""Writes in place: what may be written, and how a write enters the graph."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from runtime.composite import Composite
from runtime.core import Output, Recorded, edge, meta, new, target, version
from runtime.dtypes import SCALAR_TYPES, of
from runtime.grad_mode import LOCAL
from runtime.places import user_place
from runtime.quiet import ENTER, LEAVE, SILENT
from runtime.row_node import RowNode
from runtime.saved import SavedOut, is_leaf, plain_name
from runtime.views import FROM_CUSTOM, FROM_MULTI, rebase, said_of

LEAF = "a leaf Variable that requires grad is being used in an in-place operation."
VIEW_OF_LEAF = "a view of a leaf Variable that requires grad is being used in an in-place operation."
NO_GRAD_VIEW = (
    "A view was created in no_grad mode and is being modified inplace with grad mode enabled. Given that this use "
    "case is ambiguous and error-prone, it is forbidden. You can clarify your code by moving both the view and the "
    "inplace either both inside the no_grad block (if you don't want the inplace to be tracked) or both outside (if "
    "you want the inplace to be tracked).")
WRITTEN_VIEW = "Output {} of {} is a view and is being modified inplace. "
PARTIAL = ("unsupported operation: some elements of the input tensor and the written-to tensor refer to a single "
           "memory location. Please clone() the tensor before performing the operation.")
INFERENCE = (
    "Inplace update to inference tensor outside InferenceMode is not allowed.You can make a clone to get a normal "
    "tensor before doing inplace update.See https://github.com/pytorch/rfcs/pull/17 for more details.")
OVERLAP = ("unsupported operation: more than one element of the written-to tensor refers to a single memory location. "
           "Please clone() the tensor before performing the operation.")


def guard(x: Recorded, records: bool) -> None:
    """Raise if `x` may not be written. `records` says that the write would be recorded."""
    m = x._meta
    if m is not None and m.inference and not LOCAL.inference:
        raise RuntimeError(INFERENCE)
    if not x._data.flags.writeable or (0 in x._data.strides and x._data.size):
        _refuse_overlap(x._data)
    if not records or not LOCAL.enabled:
        return
    if m is not None and m.base is not None:
        base = m.base
        if m.creation in ("no_grad", "inference"):
            raise RuntimeError(said_of(m.creation, NO_GRAD_VIEW))
        if m.creation in ("multi", "custom"):
            node, index = target(edge(x))
            why = FROM_MULTI if m.creation == "multi" else FROM_CUSTOM
            raise RuntimeError((NO_GRAD_VIEW.partition("Given")[0] if node is None
                                else WRITTEN_VIEW.format(index, plain_name(node.name()))) + why)
        if base._req and is_leaf(base):
            raise RuntimeError(VIEW_OF_LEAF)
    elif x._req and is_leaf(x):
        raise RuntimeError(LEAF)


def _refuse_overlap(a: np.ndarray) -> None:
    if any(stride == 0 and length > 1 for stride, length in zip(a.strides, a.shape, strict=True)):
        raise RuntimeError(OVERLAP)
    if not a.flags.writeable:
        raise RuntimeError("the memory of this tensor is read-only: it comes from an array that may not be written. "
                           "Please clone() the tensor before performing the operation.")


def stand_in(x: Recorded) -> Any:
    """The value of `x` before the write, as an operand of its own."""
    t = new(type(x))
    t._data = x._data
    t._node = edge(x) if x._req else None
    t._req = t._node is not None
    t._ver = None
    t._meta = None
    if LOCAL.dual_level >= 0:
        from runtime.autograd.forward_ad import tangent_of
        meta(t).dual = tangent_of(x)
    return t


def write(x: Recorded, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """`x` becomes `function(x, *args)`, in place and recorded; returns `x`."""
    guard(x, wants(x, args))
    for a in args:
        if isinstance(a, Recorded):
            refuse_partial_overlap(x._data, a._data)
    before = stand_in(x)
    result = function(before, *args, **kwargs)
    commit(x, before, result)
    return x


def refuse_partial_overlap(a: np.ndarray, b: np.ndarray) -> None:
    """Raise if the memory that is written and an operand's overlap without being the same."""
    if (a.flags.c_contiguous and b.flags.c_contiguous and np.may_share_memory(a, b)
            and (a.ctypes.data != b.ctypes.data or a.nbytes != b.nbytes)):
        raise RuntimeError(PARTIAL)


def wants(x: Recorded, args: tuple[Any, ...]) -> bool:
    """Whether a write to `x` with these operands concerns the graph."""
    return (x._req or any(isinstance(a, Recorded) and a._req for a in args)
            or (x._meta is not None and x._meta.base is not None and x._meta.base._req))


def commit(x: Recorded, before: Any, result: Any) -> None:
    """Put `result`, computed from the stand-in `before`, into the memory and the history of `x`."""
    z = result._data
    check_fits(x._data, z)
    node = result._node
    if type(node) is Output:
        node = node.node
    if isinstance(node, Composite):
        node.keep_copy(before)
    elif node is not None and before is not None and _keeps(node, before):
        before._data = before._data.copy()
    token = ENTER(SILENT)
    np.copyto(x._data, z, casting="unsafe")
    LEAVE(token)
    if LOCAL.dual_level >= 0:
        from runtime.autograd.forward_ad import write_tangent
        write_tangent(x, None if result._meta is None else result._meta.dual)
    cell = version(x)
    cell.bump(user_place())
    if node is not None:
        if isinstance(node, RowNode) and node.saved:
            _adopt(node, z, x)
        rebase(x, node)


def check_fits(target: np.ndarray, z: np.ndarray) -> None:
    """Raise torch's error unless `z` can be stored into `target` in place."""
    if z.shape != target.shape:
        raise RuntimeError(f"output with shape {list(target.shape)} doesn't match the broadcast shape {list(z.shape)}")
    have, want = of(z.dtype), of(target.dtype)
    if have is not want and (have._category > want._category and not (have._category == 1 and want._category)):
        raise RuntimeError(f"result type {SCALAR_TYPES[have.name]} can't be cast to the desired output type "
                           f"{SCALAR_TYPES[want.name]}")


def _keeps(node: Any, x: Any) -> bool:
    if isinstance(node, RowNode):
        return any(v is x for v in node.saved or ())
    return getattr(node, "x", None) is x or getattr(node, "y", None) is x


def _adopt(node: RowNode, z: np.ndarray, x: Recorded) -> None:
    """What the node saved as its result is now the memory of `x`."""
    cell = version(x)
    versions = list(node.versions)
    for k, v in enumerate(node.saved or ()):
        if type(v) is SavedOut and v.data is z:
            v.data, v.cell = x._data, cell
            versions[k] = cell.n
    node.versions = tuple(versions)
