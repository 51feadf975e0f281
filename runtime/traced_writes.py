"""In-place writes to a `TracedArray`. What earlier nodes saved of the memory is cloned before it is overwritten."""
from __future__ import annotations

from typing import Any

import numpy as np

from runtime.core import Recorded, version
from runtime.grad_mode import recording
from runtime.inplace import check_fits, commit, stand_in
from runtime.own_rows import copy_from


def store(target: Any, value: Any) -> Any:
    """`target[...] = value`; raises for a plain array that would have to carry gradients."""
    from runtime.numpy_calls import call

    if not isinstance(target, Recorded):
        if isinstance(value, Recorded):
            if value._req and recording():
                raise TypeError("a value with derivatives cannot be stored into a plain NumPy array, which keeps no "
                                "record; make the array inside the differentiated code, or record it")
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
        from runtime.traced_functions import array_of
        value = array_of(value, x)
    if is_basic(index):
        part = getitem(type(x), x, index, numpy=True)
        if isinstance(part, Recorded) and part._meta is not None and part._meta.base is not None:
            store(part, value)
            return
    from runtime.numpy_calls import call
    from runtime.own_rows import index_put
    where = index._data if isinstance(index, Recorded) else index
    if isinstance(where, tuple):
        where = tuple(i._data if isinstance(i, Recorded) else i for i in where)
        for k, i in enumerate(where):
            if type(i) is list:
                where = (*where[:k], np.asarray(i, None if i else np.intp), *where[k + 1:])
    elif type(where) is list:
        where = np.asarray(where, None if where else np.intp)
    from runtime.traced_functions import last_wins
    where, value = last_wins(x, where, value)
    write_traced(x, lambda before: call(index_put, (before, where, value, False), {}, type(x)))
