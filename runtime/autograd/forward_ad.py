"""Forward mode: tensors that carry a tangent (`torch.autograd.forward_ad`).

    >>> import runtime as torch
    >>> from runtime.autograd import forward_ad as fwAD
    >>> with fwAD.dual_level():
    ...     x = fwAD.make_dual(torch.tensor([1.0, 2.0]), torch.ones(2))
    ...     fwAD.unpack_dual(x * x).tangent
    tensor([2., 4.])
"""
from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ad_compiler.rules.apply import lookup
from runtime.core import Recorded, alias, leaf, meta, wrap
from runtime.dispatch import Op
from runtime.grad_mode import LOCAL, count_special, refresh
from runtime.row_node import FRONT, as_front
from runtime.tensor import Tensor
from runtime.views import AsStridedBackward0, make_view, take_node

_made: list[weakref.ref[Any]] = []


class UnpackedDualTensor(NamedTuple):
    """A tensor apart from its tangent (None if it has none)."""

    primal: Any
    tangent: Any


class dual_level:
    """The context in which tangents live; they are forgotten when it ends."""

    def __enter__(self) -> int:
        return enter_dual_level()

    def __exit__(self, *exc: object) -> None:
        exit_dual_level()


def enter_dual_level() -> int:
    """Enter the level; raises RuntimeError if it was entered already."""
    if LOCAL.dual_level >= 0:
        raise RuntimeError("Nested forward mode AD is not supported at the moment")
    LOCAL.dual_level += 1
    refresh()
    count_special(1)
    return LOCAL.dual_level


def exit_dual_level(*, level: int | None = None) -> None:
    """Leave the level and forget its tangents."""
    if LOCAL.dual_level < 0:
        raise RuntimeError("Dual level must be a positive number.")
    LOCAL.dual_level -= 1
    refresh()
    count_special(-1)
    for ref in _made:
        m = ref()
        if m is not None and m._meta is not None:
            m._meta.dual = None
    _made.clear()


def give(t: Recorded, tangent: Any) -> None:
    """`t` has this tangent until the level ends."""
    meta(t).dual = tangent
    _made.append(weakref.ref(t))


def make_dual(tensor: Any, tangent: Any, *, level: int | None = None) -> Any:
    """`tensor` with a tangent: the same memory, another tensor."""
    if LOCAL.dual_level < 0:
        raise RuntimeError("Trying to create a dual Tensor for forward AD but no level exists, make sure to "
                           "enter_dual_level() "
                           "first.")
    if tensor._data.dtype.kind not in "fc":
        raise ValueError(f"Expected primal to be floating point or complex, but got: {tensor.dtype}")
    if tangent._data.dtype.kind not in "fc":
        raise ValueError(f"Expected tangent to be floating point or complex, but got: {tangent.dtype}")
    if tangent._data.shape != tensor._data.shape:
        raise RuntimeError(f"Trying to set a forward gradient that has a different size than that of the original "
                           f"Tensor, this is "
                           f"not supported. Tensor is of size {list(tensor._data.shape)} while the given forward "
                           f"gradient is of "
                           f"size {list(tangent._data.shape)}.")
    dual = _same(tensor)
    give(dual, tangent)
    return dual


def _same(tensor: Any) -> Any:
    """The same memory at the same place in the graph, with a tangent of its own and not that of a view."""
    t = outside(lambda: tensor[...])
    m = meta(t)
    t._node, t._req, m.base, m.link = m.node, m.node is not None, None, None
    return t


def unpack_dual(tensor: Any, *, level: int | None = None) -> UnpackedDualTensor:
    """The tensor and its tangent."""
    if LOCAL.dual_level < 0:
        return UnpackedDualTensor(tensor, None)
    tangent = tangent_of(tensor)
    return UnpackedDualTensor(_same(tensor), None if tangent is None else as_front(tangent, Tensor))


def tangent_of(v: Any) -> Any:
    """The tangent of a value, None without one. The tangent of a view is the same view of its base's tangent."""
    if not isinstance(v, Recorded) or v._meta is None:
        return None
    m = v._meta
    if m.dual is not None or m.base is None or m.base._meta is None or m.base._meta.dual is None:
        return m.dual
    return _part(_whole(m.base, m.link), m.link)


def _whole(base: Recorded, link: Any) -> Any:
    """The tangent of a base, in an order of memory in which the view can be taken of it."""
    d = meta(base).dual
    if link.written(d._data) is None:
        d = outside(_relaid, d, link)
        give(base, d)
    return d


def _part(d: Any, link: Any) -> Any:
    """A view of a tangent, recorded if the tangent is."""
    data = link.of(d._data)
    node = take_node(AsStridedBackward0, d, link, data.shape) if d._req else None
    return make_view(type(d), d, data, node, link.of, ())


def write_tangent(x: Recorded, d: Any) -> None:
    """`x` was overwritten: `d` is its tangent now (None: zero). A view hands it on to its base."""
    m = meta(x)
    base = m.base
    if base is None:
        if d is not None or m.dual is not None:
            give(x, d)
        return
    if meta(base).dual is None:
        if d is None:
            return
        give(base, leaf(type(d), np.zeros_like(base._data)))
    outside(_overwrite, _part(_whole(base, m.link), m.link), d)


def _relaid(d: Any, link: Any) -> Any:
    """A tangent in the order of memory that a view is taken of."""
    axes = link.axes or tuple(range(d._data.ndim))
    front = alias(d, FRONT[1])
    return as_front(np.transpose(np.copy(np.transpose(front, axes), order="C"), np.argsort(axes)), type(d))


def _overwrite(part: Any, d: Any) -> None:
    part[...] = 0 if d is None else d


def push_linear(x: Recorded, t: Recorded, function: Callable[[Any], Any]) -> None:
    """The tangent of `t`, a linear function of `x`."""
    d = tangent_of(x)
    if d is not None and LOCAL.dual_level >= 0:
        give(t, outside(function, d))


def outside(function: Callable[..., Any], *args: Any) -> Any:
    """Call a function whose operations carry no tangents of their own."""
    level, LOCAL.dual_level = LOCAL.dual_level, -1
    try:
        return function(*args)
    finally:
        LOCAL.dual_level = level


def push_forward(op: Op, cls: Any, values: Sequence[Any], results: Sequence[Any]) -> None:
    """Give the results (a tuple of several, a list of the only one) their tangents by the row's jvp formulas."""
    tangents = {}
    for name, i in op.places:
        d = _tangents(values[i])
        if d is not None:
            tangents[name] = d
    if tangents:
        outside(_push, op, cls, values, results, tangents)


def _tangents(v: Any) -> Any:
    if isinstance(v, list | tuple):
        found = [tangent_of(item) for item in v]
        if all(d is None for d in found):
            return None
        return [_plain(d) if d is not None else np.zeros_like(item._data) for d, item in zip(found, v, strict=True)]
    d = tangent_of(v)
    return None if d is None else _plain(d)


def _plain(v: Any) -> Any:
    if isinstance(v, list | tuple):
        return type(v)(map(_plain, v))
    if not isinstance(v, Recorded):
        return v
    t = alias(v, FRONT[1])
    if t._meta is not None:
        t._meta.dual = None
    return t


def _push(op: Op, cls: Any, values: Sequence[Any], results: Sequence[Any], tangents: dict[str, Any]) -> None:
    known = {p.name: p.default for p in op.row.parameters} | {
        name: _plain(v) for name, v in zip(op.order, values, strict=False)}
    several = isinstance(results, tuple)
    known["out"] = tuple(map(_plain, results)) if several else _plain(results[0])
    total: Any = None
    with np.errstate(all="ignore"):
        for name, d in tangents.items():
            slot = op.plan.slots[name]
            part = slot.jvp(d, *(lookup(known, read) for read in slot.jvp_reads))
            total = part if total is None else (
                tuple(a + b for a, b in zip(total, part, strict=True)) if isinstance(part, tuple) else total + part)
    for t, d in zip(results, total if several else (total,), strict=True):
        if t._data.dtype.kind in "fc":
            give(t, _fitted(_own(as_front(d, cls), tangents), t))


def _own(d: Any, tangents: dict[str, Any]) -> Any:
    """A tangent with memory of its own: writing through a view of its tensor must not reach an operand's tangent."""
    shared = any(np.may_share_memory(d._data, item._data) for given in tangents.values()
                 for item in (given if isinstance(given, list) else [given]) if isinstance(item, Recorded))
    return d.copy() if shared and not isinstance(d, Tensor) else d.clone() if shared else d


def _fitted(d: Any, t: Any) -> Any:
    """A tangent with the shape and dtype of its tensor."""
    if d._data.shape != t._data.shape:
        d = as_front(np.broadcast_to(alias(d, FRONT[1]), t._data.shape).copy(), type(t))
    return d if d._data.dtype == t._data.dtype else d.to(t.dtype)


def tangent_note(t: Any) -> list[str]:
    """What printing says of a tangent."""
    d = tangent_of(t)
    return [] if d is None else [f"tangent={outside(lambda: wrap(Tensor, d._data).__repr__())}"]
