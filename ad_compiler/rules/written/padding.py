"""`np.pad` beyond what its row says: borders that are statistics, ramps, odd reflections, active constants.

NumPy pads one axis after the other, so that the corners follow from the borders made before; so does this.
"""
from __future__ import annotations

from typing import Any

import numpy as np

from ad_compiler.rules.written import Written
from ad_compiler.rules.written.splitting import along


def pad(array: Any, pad_width: Any, mode: Any = "constant", *, constant_values: Any = 0, end_values: Any = 0,
        stat_length: Any = None, reflect_type: str = "even") -> Any:
    """`np.pad` in every mode but a user's function."""
    array = np.asarray(array)
    for axis in tuple(range(array.ndim)):
        before, after = widths(pad_width, axis, array.ndim)
        if mode == "constant":
            low, high = pair(constant_values, axis)
            array = framed(array, axis, level(array, axis, before, low), level(array, axis, after, high))
        elif mode == "empty":
            array = framed(array, axis, level(array, axis, before, 0), level(array, axis, after, 0))
        elif mode == "linear_ramp":
            low, high = pair(end_values, axis)
            array = framed(array, axis, ramp(low, first(array, axis), before, axis),
                           np.flip(ramp(high, last(array, axis), after, axis), axis))
        elif mode in ("mean", "median", "maximum", "minimum"):
            near, far = pair(stat_length, axis)
            array = framed(array, axis, statistic(head(array, axis, near), mode, axis, before),
                           statistic(tail(array, axis, far), mode, axis, after))
        elif reflect_type == "odd" and mode in ("reflect", "symmetric"):
            array = odd(array, axis, before, after, mode)
        else:
            width = [(before, after) if k == axis else (0, 0) for k in range(array.ndim)]
            array = np.pad(array, width, mode=mode)
    return array


def pair(value: Any, axis: int) -> Any:
    """The two entries of a parameter that belong to an axis: given for all, for both sides, or one by one."""
    if not isinstance(value, list | tuple | np.ndarray) or (isinstance(value, np.ndarray) and np.ndim(value) == 0):
        return value, value
    items: Any = value
    if isinstance(items[0], list | tuple | np.ndarray):
        own = items[axis] if len(items) > 1 else items[0]
        return (own[0], own[1]) if len(own) > 1 else (own[0], own[0])
    return (items[0], items[1]) if len(items) > 1 else (items[0], items[0])


def widths(pad_width: Any, axis: int, ndim: int) -> Any:
    """How far an axis is padded on both sides."""
    if not isinstance(pad_width, dict):
        return pair(pad_width, axis)
    if axis in pad_width:
        return pair(pad_width[axis], 0)
    return pair(pad_width[axis - ndim], 0) if axis - ndim in pad_width else (0, 0)


def framed(array: Any, axis: int, before: Any, after: Any) -> Any:
    """The array between its two borders."""
    return np.concatenate([before, array, after], axis=axis)


def first(array: Any, axis: int) -> Any:
    """The first entry along an axis, the axis kept."""
    return array[along(axis, slice(0, 1), array.ndim)]


def last(array: Any, axis: int) -> Any:
    """The last entry along an axis, the axis kept."""
    return array[along(axis, slice(-1, None), array.ndim)]


def head(array: Any, axis: int, length: Any) -> Any:
    """The first `length` entries along an axis; all of them for None."""
    return array if length is None else array[along(axis, slice(0, length), array.ndim)]


def tail(array: Any, axis: int, length: Any) -> Any:
    """The last `length` entries along an axis; all of them for None."""
    return array if length is None else array[along(axis, slice(-length, None), array.ndim)]


def level(array: Any, axis: int, width: int, value: Any) -> Any:
    """A border of one value."""
    return np.repeat(first(array, axis) * 0 + value, width, axis=axis)


def ramp(end: Any, edge: Any, width: int, axis: int) -> Any:
    """A border that rises from `end` to the array's edge, which is not part of it."""
    steps = np.reshape(np.arange(width) / max(width, 1), (-1,) + (1,) * (edge.ndim - 1 - axis))
    return end + steps * (edge - end)


def statistic(part: Any, mode: str, axis: int, width: int) -> Any:
    """A border that repeats a statistic of the entries beside it."""
    if mode == "mean":
        value = np.mean(part, axis=axis, keepdims=True)
    elif mode == "median":
        value = np.median(part, axis=axis, keepdims=True)
    elif mode == "maximum":
        value = np.max(part, axis=axis, keepdims=True)
    else:
        value = np.min(part, axis=axis, keepdims=True)
    return np.repeat(value, width, axis=axis)


def odd(array: Any, axis: int, before: int, after: int, mode: str) -> Any:
    """Point reflections at the two edges: `f(-i) = 2 f(0) - f(i)`, and on: each period rises by twice the whole rise.

    The period is `2 (n - 1)` where the edge is reflected at, `2 n` where it is repeated ("symmetric").
    """
    n = array.shape[axis]
    edge = 1 if mode == "reflect" else 0
    period = 2 * (n - edge)
    place = np.arange(-before, n + after)
    turn, inside = place // period, place % period
    back = inside >= n
    values = np.take(array, np.where(back, period - 1 + edge - inside, inside), axis=axis)
    shape = (-1,) + (1,) * (array.ndim - 1 - axis)
    values = np.where(np.reshape(back, shape), 2 * last(array, axis) - values, values)
    return values + np.reshape(turn, shape) * (2 * (last(array, axis) - first(array, axis)))


DEFINITIONS: dict[Any, Written] = {
    np.pad: Written(pad, covered={"pad_width": lambda width: not isinstance(width, dict),
                                  "mode": ("constant", "edge", "reflect", "symmetric", "wrap"),
                                  "reflect_type": ("even",)}),
}
