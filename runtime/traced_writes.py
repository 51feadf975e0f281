"""In-place writes to a `TracedArray`. What earlier nodes saved of the memory is cloned before it is overwritten."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from runtime.core import Recorded, version
from runtime.grad_mode import recording
from runtime.inplace import check_fits, commit, stand_in
from runtime.numpy_calls import call, joined
from runtime.own_rows import copy_from, index_put
from runtime.traced_refusals import refused


def store(target: Any, value: Any) -> Any:
    """`target[...] = value`; raises for a plain array that would have to carry gradients."""
    if not isinstance(target, Recorded):
        if isinstance(value, Recorded):
            if value._req and recording():
                raise refused(TypeError(
                    "a value with derivatives cannot be stored into a plain NumPy array, which keeps no record; make "
                    "the array inside the differentiated code, or record it"))
            value = value._data
        np.copyto(target, value, casting="same_kind")
        return target
    write_traced(target, lambda before: call(copy_from, (before, value), {}, type(target)))
    return target


def write_traced(x: Any, function: Any) -> None:
    """`x` becomes `function(x)`, in place."""
    before = stand_in(x)
    before._ver = None
    result = function(before)
    check_fits(x._data, result._data)
    preserve(x)
    commit(x, before, result)


def preserve(x: Recorded) -> None:
    """Clone what nodes saved of the memory that is about to be overwritten."""
    cell = version(x)
    savers, cell.savers = cell.savers, None
    for ref in savers or ():
        node = ref()
        if node is not None:
            node.clone_saved(cell)


def assign(x: Any, index: Any, value: Any) -> None:
    """`x[index] = value`."""
    from runtime.ops.index import getitem, is_basic

    if type(value) in (list, tuple):
        value = array_of(value, x)
    if is_basic(index):
        part = getitem(type(x), x, index, numpy=True)
        if isinstance(part, Recorded) and part._meta is not None and part._meta.base is not None:
            store(part, value)
            return
    where = index._data if isinstance(index, Recorded) else index
    if isinstance(where, tuple):
        where = tuple(i._data if isinstance(i, Recorded) else i for i in where)
        for k, i in enumerate(where):
            if type(i) is list:
                where = (*where[:k], np.asarray(i, None if i else np.intp), *where[k + 1:])
    elif type(where) is list:
        where = np.asarray(where, None if where else np.intp)
    where, value = last_wins(x, where, value)
    write_traced(x, lambda before: call(index_put, (before, where, value, False), {}, type(x)))


def plain_of(value: Any) -> Any:
    """Indices, masks and options without their record: where something is stored has no derivative."""
    if isinstance(value, Recorded):
        return value._data
    if type(value) in (list, tuple):
        return type(value)(plain_of(v) for v in value)
    return value


def array_of(value: Any, like: Any) -> Any:
    """A number, array or nested sequence as an array, recorded where it holds recorded numbers."""
    return joined(value, type(like)) if type(value) in (list, tuple) else value


def last_wins(x: Any, where: Any, value: Any) -> tuple[Any, Any]:
    """An index and a value that store what `x[where] = value` stores, naming no element twice."""
    arrays = [i for i in (where if isinstance(where, tuple) else (where,)) if isinstance(i, (np.ndarray, list))]
    if all(np.asarray(i).dtype.kind == "b" for i in arrays):
        return where, value
    places = np.arange(x.size).reshape(x.shape)[where]
    backwards = np.ravel(places)[::-1]
    unique, first = np.unique(backwards, return_index=True)
    if unique.size == backwards.size:
        return where, value
    chosen = np.ravel(np.broadcast_to(value, _fitted_shape(value, places.shape)))[backwards.size - 1 - first]
    return np.unravel_index(unique, x.shape), chosen


def _fitted_shape(value: Any, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape to broadcast a stored value to: leading dimensions of length 1 may be too many."""
    extra = max(np.ndim(value) - len(shape), 0)
    return (1,) * extra + shape


def ufunc_at(ufunc: np.ufunc, a: Any, indices: Any, *b: Any) -> None:
    """`ufunc.at(a, indices, *b)`: repeated indices count repeatedly, in order."""
    if not isinstance(a, Recorded):
        raise refused(TypeError(f"np.{ufunc.__name__}.at would store a value with derivatives into a plain NumPy "
                                "array, which keeps no record; make the array inside the differentiated code"))
    where, value = plain_of(indices), array_of(b[0], a) if b else None
    if ufunc in (np.add, np.subtract):
        added = value if value is None or ufunc is np.add else -value
        where = np.asarray(where) if type(where) is list else where
        write_traced(a, lambda before: call(index_put, (before, where, added, True), {}, type(a)))
        return
    places = np.arange(a.size).reshape(a.shape)[where]
    flat = np.ravel(places)
    target: Any = a
    operands = [] if value is None else [np.ravel(np.broadcast_to(value, np.shape(places)))]
    for turn in _turns(flat):
        at = np.unravel_index(flat[turn], a.shape)
        target[at] = ufunc(target[at], *(v[turn] for v in operands))


def _turns(places: np.ndarray) -> Iterator[np.ndarray]:
    """Positions of the first occurrences, of the second ones, and so on."""
    left = np.arange(places.size)
    while left.size:
        _, first = np.unique(places[left], return_index=True)
        yield left[np.sort(first)]
        left = np.delete(left, first)
