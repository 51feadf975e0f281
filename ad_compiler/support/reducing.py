"""Parts of the derivatives of reductions and running reductions."""
from __future__ import annotations

from typing import Any

import numpy as np

from ad_compiler.support.dispatch import overridable


@overridable
def element_count(where: Any, shape: tuple[int, ...], axis: Any, dtype: np.dtype) -> Any:
    """How many elements a reduction with `where=` counts, along `axis` (kept), in the operand's dtype."""
    return np.sum(np.broadcast_to(where, shape), axis=axis, keepdims=True, dtype=dtype)


@overridable
def share(a: Any, extreme: Any, axis: Any = None, where: Any = True, initial: Any = None) -> Any:
    """Each element's share in a maximum or minimum: 1 / (number of ties) where `a == extreme`, else 0.

    `extreme` must broadcast against `a` (reduced axes kept); a further competitor `initial` is counted.

    >>> share(np.array([3.0, 1.0, 3.0]), 3.0, None)
    array([0.5, 0. , 0.5])
    """
    ties = np.logical_and(a == extreme, where)
    winners = np.sum(ties, axis=axis, keepdims=True, dtype=np.real(a).dtype)
    return ties / winners if initial is None else ties / (winners + (initial == extreme))


@overridable
def product_of_others(a: Any, axis: Any = None) -> Any:
    """For each element the product of all other elements along `axis`, right also where elements are zero.

    >>> product_of_others(np.array([2.0, 0.0, 3.0]))
    array([0., 6., 0.])
    """
    if axis is None or np.ndim(a) == 0:
        flat = product_of_others(np.reshape(a, (-1,)), 0)
        return np.reshape(flat, np.shape(a))
    if isinstance(axis, tuple):
        if not axis:
            return np.ones_like(a)
        ahead = np.moveaxis(a, axis, tuple(range(len(axis))))
        lines = np.reshape(ahead, (int(np.prod(ahead.shape[: len(axis)])), *ahead.shape[len(axis):]))
        return np.moveaxis(np.reshape(product_of_others(lines, 0), ahead.shape), tuple(range(len(axis))),
                           axis)
    lines = np.moveaxis(a, axis, 0)
    one = np.ones_like(lines[:1])
    before = np.cumprod(np.concatenate([one, lines[:-1]]), axis=0)
    after = np.flip(np.cumprod(np.concatenate([one, np.flip(lines[1:], 0)]), axis=0), 0)
    return np.moveaxis(before * after, 0, axis) if len(lines) else np.ones_like(a)


@overridable
def scan(factors: Any, terms: Any, axis: int, reverse: bool = False) -> Any:
    """The linear recurrence `y[k] = factors[k] * y[k-1] + terms[k]` along an axis, from `y[0] = terms[0]`.

    With `reverse` its transpose, from the end: `y[k] = terms[k] + factors[k+1] * y[k+1]`.

    >>> scan(np.array([0.0, 2.0, 3.0]), np.ones(3), 0)
    array([ 1.,  3., 10.])
    """
    rows = np.moveaxis(np.asarray(terms), axis, 0)
    weights = np.moveaxis(np.asarray(factors), axis, 0)
    y = np.array(rows, dtype=np.result_type(rows, weights))
    count = len(y)
    if reverse:
        for k in range(count - 2, -1, -1):
            y[k] += weights[k + 1] * y[k + 1]
    else:
        for k in range(1, count):
            y[k] += weights[k] * y[k - 1]
    return np.moveaxis(y, 0, axis)
