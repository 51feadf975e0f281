"""Reading and writing items of batched arrays.

    x[i, 1:]  ==>  x[:, i, 1:]          where the index is the same for all examples
    x[i]      ==>  x[examples, i]       where each example has its own; `examples` is np.arange(batch)
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..analysis.indexing import index_items, index_type
from ..analysis.infer import type_of
from ..ir import nodes as ir
from ..ir import prims, visit
from ..ir.types import Array, ListOf, Num, Seq
from .handles import Handle, to_arg, wrap

if TYPE_CHECKING:
    from .batching import Batching

FULL = ir.Pack("slice", (ir.Const(None),) * 3)


def batched_item(b: Batching, target: ir.Var, call: ir.Call) -> Any:
    """`base[index]`, one of them being batched."""
    base, index = call.args
    if isinstance(base, ir.Pack):  # one of several values
        if b.is_batched(index):
            b.refuse(b.stmt, "which of several values is meant differs between examples", "put them into one array")
        items = ir.Pack("tuple", tuple(to_arg(b.lifted(i)) for i in base.items))
        return Handle(b.emitter, b.emitter.call(prims.item, (items, index), style="index", type_=_batched(b, target)))
    t = type_of(base)
    if isinstance(t, (Seq, ListOf)) or not isinstance(t, Array):
        if b.is_batched(index):
            b.refuse(b.stmt, "the index into a list differs between examples", "use an array")
        found = b.emitter.call(prims.item, (b.operand(base), index), style="index", type_=_batched(b, target))
        return Handle(b.emitter, found)
    found = _of_array(b, base, index, t)
    if isinstance(target.type, Num) and isinstance(base, ir.Var) and b.aliases.written(base) and not _used_up(
            b, target, base):
        return np.copy(found)  # a number of one example is not changed by later writes; a column would be
    return found


def _used_up(b: Batching, target: ir.Var, base: ir.Var) -> bool:
    """Whether a number read from an array is used before the array is written again, and only to compute with."""
    uses = sum(v is target for s in visit.walk(b.fn.body) for v in visit.reads(s))
    memory = b.aliases.find(base)
    for stmt in b.rest:
        here = sum(v is target for v in visit.reads(stmt))
        computes = isinstance(stmt, ir.Store) or (isinstance(stmt, ir.Assign) and isinstance(stmt.value, ir.Call)
                                                  and stmt.value.style != "display")
        if here and not computes:
            return False
        uses -= here
        if not uses:
            return True
        if any(isinstance(s, ir.Store) and b.aliases.find(s.base) is memory for s in visit.walk(ir.Block([stmt]))):
            return False
    return False


def _of_array(b: Batching, base: ir.Arg, index: ir.Arg, t: Array) -> Any:
    items = _expanded(_taken_apart(b, index), t.ndim)
    _same_slices(b, items)
    if not b.is_batched(base):
        return _gathered(b, base, items)
    if not b.is_batched(index) and not _apart(items):
        return Handle(b.emitter, b.operand(base))[_wrapped(b, [FULL, *items])]
    place, _, order = _own_places(b, items, t)
    found = Handle(b.emitter, b.operand(base))[tuple(place)]
    return found if order is None else np.moveaxis(found, order[0], order[1])


def _batched(b: Batching, target: ir.Var) -> Any:
    from .batching_results import batched_type

    return batched_type(target.type, b.size)


def _same_slices(b: Batching, items: list[ir.Arg]) -> None:
    if any(_kind(i) == "slice" and b.is_batched(i) for i in items):
        b.refuse(b.stmt, "the bounds of a slice differ between examples", "use np.where, or indices of a fixed number")


def _gathered(b: Batching, base: ir.Arg, items: list[ir.Arg]) -> Any:
    """Items of one array at places that differ: the batch is where the places' dimensions are in the result."""
    arrays = [i for i in items if _kind(i) in ("array", "int")]
    if any(_kind(i) == "bool" for i in items):
        b.refuse(b.stmt, "how many elements a mask picks differs between examples", "use np.where")
    rank = max(b.rank(i) for i in arrays)
    placed = [b.align(i, rank) if _kind(i) in ("array", "int") else wrap(b.emitter, i) for i in items]
    found = Handle(b.emitter, base)[tuple(placed)]
    at = 0 if _apart_with(items) else next(n for n, i in enumerate(_results(items)) if i)
    return np.moveaxis(found, at, 0) if at else found


def _own_places(b: Batching, items: list[ir.Arg], t: Array) -> tuple[list[Any], int, tuple[Any, Any] | None]:
    """An index with the number of the example in it; how many dimensions its arrays have; which to move where."""
    if any(_kind(i) == "bool" and b.is_batched(i) for i in items):
        b.refuse(b.stmt, "how many elements a mask picks differs between examples", "use np.where")
    arrays = [i for i in items if _kind(i) in ("array", "int", "bool")]
    rank = max(1 if _kind(i) == "bool" else b.rank(i) for i in arrays)
    examples = b.emitted(np.arange, b.count, text="np.arange")
    examples = examples[(slice(None), *[None] * rank)] if rank else examples
    placed = [b.align(i, rank) if i in arrays else wrap(b.emitter, i) for i in items]
    if rank == 0 or _apart_with(items):
        return [examples, *placed], rank, None
    at = next(n for n, i in enumerate(_results(items)) if i)  # dimensions of the result before those of the arrays
    moved = (tuple(range(1, 1 + rank)), tuple(range(1 + at, 1 + at + rank))) if at else None
    return [examples, *placed], rank, moved


def batched_store(b: Batching, stmt: ir.Store) -> None:
    """`base[index] op= value` into a batched array."""
    base, t = b.new[stmt.base], stmt.base.type
    assert isinstance(t, Array)
    index = stmt.index
    whole = index is None or (isinstance(index, ir.Const) and index.value is Ellipsis)
    if whole:
        _emit(b, stmt, base, None if index is None else index, b.align(stmt.value, t.ndim))
        return
    items = _expanded(_taken_apart(b, index), t.ndim)
    _same_slices(b, items)
    slot = index_type(t, index)[0]
    rank = slot.ndim if isinstance(slot, Array) else 0
    if len(items) == 1 and _kind(items[0]) == "bool" and b.is_batched(items[0]):
        _masked(b, stmt, base, items[0])
        return
    value = b.align(stmt.value, rank)
    if not b.is_batched(index) and not _apart(items):
        _emit(b, stmt, base, to_arg(_wrapped(b, [FULL, *items])), value)
        return
    place, _, order = _own_places(b, items, t)
    if order is not None and isinstance(value, Handle):
        value = np.moveaxis(b.spread(b.lifted(stmt.value, rank), rank, rank), order[1], order[0])
    _emit(b, stmt, base, to_arg(tuple(place)), value)


def _masked(b: Batching, stmt: ir.Store, base: ir.Var, mask: ir.Arg) -> None:
    """A number at the places of a mask that differs between examples."""
    if b.rank(stmt.value):
        b.refuse(stmt, "how many elements a mask picks differs between examples", "use np.where")
    found = b.value(mask)
    value = b.value(stmt.value)
    if b.is_batched(stmt.value):
        spread = b.spread(value, 0, b.rank(mask))
        value = np.broadcast_to(spread, found.shape)[found]
    _emit(b, stmt, base, to_arg(found), value)


def _emit(b: Batching, stmt: ir.Store, base: ir.Var, index: ir.Arg | None, value: Any) -> None:
    b.emitter.emit(ir.Store(base, index, stmt.op, to_arg(value), stmt.origin, stmt.scatter))


# --- indices ----------------------------------------------------------------------------------------------------------
def _wrapped(b: Batching, items: list[ir.Arg]) -> tuple[Any, ...]:
    return tuple(wrap(b.emitter, b.operand(i)) for i in items)


def _taken_apart(b: Batching, index: ir.Arg) -> ir.Arg:
    """An index that is one value with several parts (`np.triu_indices(n)`), as these parts."""
    if not (isinstance(index, ir.Var) and isinstance(index.type, Seq)):
        return index
    whole = b.operand(index)
    return ir.Pack("tuple", tuple(b.emitter.call(prims.item, (whole, ir.Const(k)), style="index", type_=t)
                                  for k, t in enumerate(index.type.items)))


def _expanded(index: ir.Arg | None, ndim: int) -> list[ir.Arg]:
    """The parts of an index, an Ellipsis written out as slices where it is not the last part."""
    assert index is not None
    items = index_items(index)
    used = sum(type_of(i).ndim if _kind(i) == "bool" else 1
               for i in items if _kind(i) not in ("new", "ellipsis"))
    out: list[ir.Arg] = []
    for i in items:
        out += [FULL] * (ndim - used) if _kind(i) == "ellipsis" else [i]
    return out


def _kind(item: ir.Arg) -> str:
    if isinstance(item, ir.Pack):
        return "slice" if item.kind == "slice" else "array"
    if isinstance(item, ir.Const):
        if item.value is None:
            return "new"
        if item.value is Ellipsis:
            return "ellipsis"
        return "slice" if isinstance(item.value, slice) else "int"
    t = item.type
    if isinstance(t, Num):
        return "int"
    return "bool" if isinstance(t, Array) and t.kind == "b" else "array"


def _advanced(items: list[ir.Arg]) -> bool:
    return any(_kind(i) in ("array", "bool") for i in items)


def _apart(items: list[ir.Arg]) -> bool:
    """Whether arrays (and integers beside them) in an index are separated by slices: their dimensions come first."""
    return _advanced(items) and _apart_with(items)


def _apart_with(items: list[ir.Arg]) -> bool:
    marks = [_kind(i) in ("int", "bool", "array") for i in items]
    if True not in marks:
        return False
    first, last = marks.index(True), len(marks) - 1 - marks[::-1].index(True)
    return not all(marks[first:last + 1])


def _results(items: list[ir.Arg]) -> list[bool]:
    """For each dimension of the result in order (those of arrays being one): whether it is that of the arrays."""
    out: list[bool] = []
    for i in items:
        kind = _kind(i)
        if kind in ("slice", "new"):
            out.append(False)
        elif True not in out:
            out.append(True)
    return out
