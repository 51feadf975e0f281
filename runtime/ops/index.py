"""Indexing: `x[...]`, `x[...] = v`, and the operations that take or store by index tensors."""
from __future__ import annotations

from typing import Any

import numpy as np

from runtime import own_rows
from runtime.autograd.forward_ad import push_linear
from runtime.core import Recorded, leaf_edge, new, sequence
from runtime.dispatch import Op, record
from runtime.dtypes import SCALAR_TYPES, TENSOR_TYPES, of
from runtime.grad_mode import MODE, recording
from runtime.inplace import write
from runtime.ops.index_forms import apart, is_basic, plain_index, refusal, steps_of
from runtime.places import user_place
from runtime.promotion import broadcast_error
from runtime.rare_modes import fresh, watch_node
from runtime.saved import kept
from runtime.tensor import Tensor
from runtime.views import TakeNode, how_made, make_view, node_class


class BasicTake(TakeNode):
    """Backward of a basic index. One node for all its parts, which become a chain when somebody looks at the graph."""

    __slots__ = ()

    @property
    def next_functions(self) -> tuple[tuple[Any, int], ...]:
        """As of any node; an index of several parts is taken apart first, one node for each, as in torch."""
        steps = steps_of(self.where, len(self.shape))
        if len(steps) > 1:
            data = np.broadcast_to(np.zeros((), self.dtype), self.shape)
            before, seq = self.edges[0], self.seq
            for k, step in enumerate(steps[:-1]):
                part = data[step]
                node = new(_kind_of(step))
                node.edges, node.seq = (before,), seq - 1 + (k + 1) / len(steps)
                node.extra = node.place = None
                node.lasti = 0
                node.where, node.shape, node.dtype, node.unique = step, data.shape, self.dtype, True
                node.result = part.shape
                before, data = node, part
            self.edges, self.where, self.shape = (before,), steps[-1], data.shape
        return super().next_functions


SelectBackward0 = node_class("SelectBackward0", BasicTake)
SliceBackward0 = node_class("SliceBackward0", BasicTake)
UnsqueezeBackward0 = node_class("UnsqueezeBackward0", BasicTake)
AliasBackward0 = node_class("AliasBackward0", TakeNode)
IndexBackward0 = node_class("IndexBackward0", TakeNode, holds=True)
INDEX_PUT = Op(own_rows.INDEX_PUT, "IndexPutBackward0")
COPY = Op(own_rows.COPY, "CopyBackwards")
FILL = Op(own_rows.FILL, "FillBackward2")
FILL_TENSOR = Op(own_rows.FILL, "FillBackward3")

def _cut(a: np.ndarray, index: tuple[Any, ...]) -> np.ndarray:
    part = a[index]
    return part if type(part) is np.ndarray else a[(*index, ...)]


def getitem(cls: Any, x: Any, index: Any, numpy: bool = False) -> Any:
    """`x[index]` as `cls`: a view for basic indices, a copy otherwise."""
    a = x._data
    if type(index) is int:  # the common case in loops
        where: tuple[Any, ...] = (index,)
        kind = SelectBackward0
        if not -len_of(a) <= index < len_of(a):
            raise refusal(a, where)
    else:
        if not is_basic(index):
            plain = plain_index(index, numpy)
            if not is_basic(plain):
                if not numpy and type(plain) is tuple:
                    basic, plain = apart(plain)
                    if basic:
                        x = getitem(cls, x, basic)
                return _advanced(cls, x, plain)
            index = plain
        where = index if type(index) is tuple else (index,)
        kind = _kind_of(where)
        if not numpy and any(isinstance(i, slice) and i.step is not None and i.step <= 0 for i in where):
            raise ValueError("slice step cannot be zero" if any(isinstance(i, slice) and i.step == 0 for i in where)
                             else "step must be greater than zero")
    try:
        part = a[where]
    except IndexError as error:
        raise (error if numpy else refusal(a, where, error)) from None
    if type(part) is not np.ndarray:
        part = a[(*where, ...)]
    if MODE.special:
        return _special(cls, x, part, kind, where)
    node = None
    if x._req:
        node = new(kind)
        node.edges = (x._node or leaf_edge(x),)
        node.seq = sequence()
        node.extra = node.place = None
        node.where, node.shape, node.dtype, node.unique, node.result = where, a.shape, a.dtype, True, part.shape
    return make_view(cls, x, part, node, _cut, (where,))


def len_of(a: np.ndarray) -> int:
    """The length of the first dimension, 0 for a 0-d array."""
    return a.shape[0] if a.ndim else 0


def _special(cls: Any, x: Any, part: Any, kind: Any, where: Any) -> Any:
    from runtime.views import take_node

    record_it = x._req and recording()
    node = take_node(kind, x, where, part.shape) if record_it else None
    t = make_view(cls, x, part, node, _cut, (where,), how_made())
    if node is not None:
        watch_node(t)
    return t


def _kind_of(where: tuple[Any, ...]) -> Any:
    for i in reversed(where):
        if isinstance(i, int | np.integer):
            return SelectBackward0
        if isinstance(i, slice) and i != slice(None):
            return SliceBackward0
        if i is None:
            return UnsqueezeBackward0
    return SliceBackward0 if any(isinstance(i, slice) for i in where) else AliasBackward0


def _advanced(cls: Any, x: Any, index: Any) -> Any:
    where = index if type(index) is tuple else (index,)
    if any(i is True or i is False for i in where):
        where = tuple(np.asarray(i) if i is True or i is False else i for i in where)
    refused = None
    try:
        part = x._data[where]
    except IndexError as error:
        refused = refusal(x._data, where, error)
    if refused is not None:
        raise refused
    part = np.asarray(part)
    if not part.flags.c_contiguous:
        part = part.copy()
    if not x._req or not recording():
        t = fresh(cls, part)
        if MODE.special:
            push_linear(x, t, lambda d: d[where])
        return t
    node = new(IndexBackward0)
    node.edges = (x._node or leaf_edge(x),)
    node.seq, node.extra = sequence(), None
    node.place, node.lasti = user_place()
    masks = [i for i in where if isinstance(i, np.ndarray)]
    node.unique = len(masks) == 1 and masks[0].dtype.kind == "b"
    where = kept(where)
    node.where, node.shape, node.dtype, node.result = where, x._data.shape, x._data.dtype, part.shape
    t = fresh(cls, part)
    t._node, t._req = node, True
    if MODE.special:
        watch_node(t)
        push_linear(x, t, lambda d: d[where])
    return t


def tensor_getitem(self: Any, index: Any) -> Any:
    """`self[index]`."""
    return getitem(Tensor, self, index)


def tensor_setitem(self: Any, index: Any, value: Any) -> None:
    """`self[index] = value`, in place and recorded."""
    where = plain_index(index, False)
    if not isinstance(value, Recorded):
        if not isinstance(value, int | float | complex | np.generic):
            kind = type(value)
            name = kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"
            raise TypeError(f"can't assign a {name} to a torch.{TENSOR_TYPES[of(self._data.dtype).name]}")
        value = fresh(Tensor, np.asarray(value, None if isinstance(value, np.ndarray) else self._data.dtype))
    if is_basic(where):
        if where is Ellipsis or (isinstance(where, slice) and where == slice(None)):
            if not value._data.ndim:
                fill_(self, value)
                return
            part = self
        else:
            part = getitem(Tensor, self, where)
        source = value
        if value._data.ndim > part._data.ndim and value._data.size == part._data.size:
            source = value.reshape(part._data.shape)
        write(part, _copied, source)
        return
    full = where if type(where) is tuple else (where,)
    basic, full = apart(full)
    if basic:
        self = getitem(Tensor, self, basic)
    refused = None
    try:
        self._data[full]
    except IndexError as error:
        refused = refusal(self._data, full, error)
    if refused is not None:
        raise refused
    if value._data.dtype != self._data.dtype:
        if value._data.ndim:
            raise RuntimeError(f"Index put requires the source and destination dtypes match, got "
                               f"{SCALAR_TYPES[of(self._data.dtype).name]} for the destination and "
                               f"{SCALAR_TYPES[of(value._data.dtype).name]} for the source.")
        value = value.to(self.dtype)
    have, want = value._data.shape, self._data[full].shape
    if any(n not in (1, m) for n, m in zip(reversed(have), reversed(want), strict=False)):
        raise RuntimeError(f"shape mismatch: value tensor of shape {list(have)} cannot be broadcast to indexing result "
                           f"of shape {list(want)}")
    write(self, index_put, full, value)


def _copied(before: Any, src: Any) -> Any:
    have, want = src._data.shape, before._data.shape
    try:
        z = own_rows.copy_from(before._data, src._data)
    except ValueError:
        k = next((k for k in range(1, len(have) + 1) if have[-k] != 1 and (k > len(want) or have[-k] != want[-k])), 1)
        if len(have) > len(want):
            raise RuntimeError(f"expand(torch.{'FloatTensor'}{{{list(have)}}}, size={list(want)}): the number of sizes "
                               f"provided "
                               f"({len(want)}) must be greater or equal to the number of dimensions in the tensor "
                               f"({len(have)})") from None
        raise RuntimeError(f"The expanded size of the tensor ({want[-k]}) must match the existing size ({have[-k]}) at "
                           f"non-singleton dimension {len(want) - k}.  Target sizes: {list(want)}.  Tensor sizes: "
                           f"{list(have)}") from None
    return record(COPY, Tensor, (before, src), z)


def copy_(self: Any, src: Any, non_blocking: bool = False) -> Any:
    """The values of `src`, broadcast and cast, into this tensor."""
    have, want = src._data.shape, self._data.shape
    if len(have) > len(want) or any(n not in (1, m) for n, m in zip(reversed(have), reversed(want), strict=False)):
        try:
            np.broadcast_shapes(have, want)
        except ValueError:
            raise broadcast_error(self._data, src._data) from None
        raise RuntimeError(f"output with shape {list(want)} doesn't match the broadcast shape "
                           f"{list(np.broadcast_shapes(have, want))}")
    return write(self, _copied, src)


def fill_(self: Any, value: Any) -> Any:
    """One value everywhere."""
    if isinstance(value, Recorded) and value._data.ndim:
        raise RuntimeError(f"fill_ only supports 0-dimension value tensor but got tensor with {value._data.ndim} "
                           "dimensions.")
    def filled(before: Any, v: Any) -> Any:
        raw_value = v._data if isinstance(v, Recorded) else v
        return record(FILL_TENSOR if raw_value is not v else FILL, Tensor, (before, v),
                      own_rows.fill(before._data, raw_value))
    return write(self, filled, value)


def index_put(self: Any, indices: Any, values: Any, accumulate: bool = False) -> Any:
    """A copy with `values` stored at (or added to) an index."""
    where = plain_index(tuple(indices), False)
    raw_values = values._data if isinstance(values, Recorded) else values
    return record(INDEX_PUT, Tensor, (self, where, values, accumulate),
                  own_rows.index_put(self._data, where, raw_values, accumulate))
