"""Derivatives of `ufunc.reduceat` and `ufunc.at`."""
from __future__ import annotations

from typing import Any

import numpy as np

from ad_compiler.support.dispatch import overridable
from ad_compiler.support.reducing import share


def segments(indices: Any, length: int) -> list[tuple[int, int]]:
    """Start and stop of each segment of `reduceat`; one that does not ascend holds one element."""
    starts = [int(one) for one in indices]
    stops = [*starts[1:], length]
    return [(start, stop if start < stop else start + 1) for start, stop in zip(starts, stops, strict=True)]


@overridable
def reduceat_transposed(v: Any, indices: Any, shape: tuple[int, ...], axis: int) -> Any:
    """The transpose of `np.add.reduceat(a, indices, axis)` for an `a` of `shape`."""
    rows = np.moveaxis(v, axis, 0)
    bar = np.zeros((shape[axis], *rows.shape[1:]), v.dtype)
    for k, (start, stop) in enumerate(segments(indices, shape[axis])):
        bar[start:stop] += rows[k]
    return np.moveaxis(bar, 0, axis)


@overridable
def reduceat_shares_transposed(v: Any, a: Any, extreme: Any, indices: Any, axis: int) -> Any:
    """Cotangent of `a` under the `reduceat` of a maximum or minimum; ties of a segment share evenly."""
    lines, rows, extremes = (np.moveaxis(one, axis, 0) for one in (a, v, extreme))
    bar = np.zeros(lines.shape, v.dtype)
    for k, (start, stop) in enumerate(segments(indices, len(lines))):
        bar[start:stop] += rows[k] * share(lines[start:stop], extremes[k], 0)
    return np.moveaxis(bar, 0, axis)


@overridable
def reduceat_shares(v: Any, a: Any, extreme: Any, indices: Any, axis: int) -> Any:
    """Tangent of the `reduceat` of a maximum or minimum: the transpose of `reduceat_shares_transposed`."""
    lines, rows, extremes = (np.moveaxis(one, axis, 0) for one in (a, v, extreme))
    parts = [np.sum(rows[start:stop] * share(lines[start:stop], extremes[k], 0), axis=0)
             for k, (start, stop) in enumerate(segments(indices, len(lines)))]
    return np.moveaxis(np.stack(parts), 0, axis)


@overridable
def at_shares(a: Any, indices: Any, b: Any, out: Any) -> tuple[Any, Any]:
    """Shares of the old values and of `b` in `np.maximum.at(a, indices, b)`, `out` being the new values.

    All that compete for a place and are equal to its new value share it evenly.
    """
    winners = np.asarray(b == out[indices])
    count = (a == out).astype(out.dtype)
    np.add.at(count, indices, winners.astype(out.dtype))
    return (a == out) / count, winners / count[indices]


@overridable
def multiplied_at(a: Any, indices: Any, b: Any) -> Any:
    """A copy of `a` after `np.multiply.at(a, indices, b)`."""
    result = np.array(a)
    np.multiply.at(result, indices, b)
    return result
