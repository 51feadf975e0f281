"""Parts of the derivatives of reductions and running reductions."""
from __future__ import annotations

import math
from typing import Any

import numpy as np

from ad_compiler.support.dispatch import overridable


@overridable
def element_count(where: Any, extent: tuple[int, ...], axis: Any, dtype: np.dtype) -> Any:
    """How many elements a reduction with `where=` counts, along `axis` (kept), in the operand's dtype."""
    return np.sum(np.broadcast_to(where, extent), axis=axis, keepdims=True, dtype=dtype)


@overridable
def share(a: Any, extreme: Any, axis: Any = None, where: Any = True, initial: Any = None) -> Any:
    """Each element's share in a maximum or minimum: 1 / (number of ties) where `a == extreme`, else 0.

    `extreme` must broadcast against `a` (reduced axes kept); a further competitor `initial` is counted.

    >>> share(np.array([3.0, 1.0, 3.0]), 3.0, None)
    array([0.5, 0. , 0.5])
    """
    ties = np.logical_and(a == extreme, where)
    winners = np.sum(ties, axis=axis, keepdims=True, dtype=np.real(a).dtype)
    if hasattr(initial, "dtype") and initial.dtype != a.dtype:  # it competes as a number of the array's kind
        initial = initial.astype(a.dtype)
    return ties / winners if initial is None else ties / (winners + (initial == extreme))


def as_line(a: Any, axis: Any) -> Any:
    """`a` with the reduced axes as its one first axis."""
    if np.ndim(a) == 0:  # NumPy takes `axis=0` of a single number
        return np.reshape(a, (1,))
    axes = tuple(range(np.ndim(a))) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    ahead = np.moveaxis(a, axes, tuple(range(len(axes))))
    return np.reshape(ahead, (math.prod(np.shape(ahead)[: len(axes)]), *np.shape(ahead)[len(axes):]))


def from_line(line: Any, shape: tuple[int, ...], axis: Any) -> Any:
    """The inverse of `as_line`, for an array of `shape`."""
    if not shape:
        return np.reshape(line, ())
    axes = tuple(range(len(shape))) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    axes = tuple(one % len(shape) for one in axes)
    others = [length for one, length in enumerate(shape) if one not in axes]
    ahead = np.reshape(line, [*(shape[one] for one in axes), *others])
    return np.moveaxis(ahead, tuple(range(len(axes))), axes)


def products_before(line: Any) -> Any:
    """The product of the elements before each one, along the first axis."""
    return np.cumprod(np.concatenate([np.ones_like(line[:1]), line[:-1]]), axis=0)


@overridable
def product_of_others(a: Any, axis: Any = None) -> Any:
    """For each element the product of all other elements along `axis`, right also where elements are zero.

    >>> product_of_others(np.array([2.0, 0.0, 3.0]))
    array([0., 6., 0.])
    """
    line = as_line(a, axis)
    after = np.flip(products_before(np.flip(line, 0)), 0)
    return from_line(products_before(line) * after, np.shape(a), axis)


@overridable
def product_of_others_tangent(v: Any, a: Any, axis: Any = None) -> Any:
    """Tangent of `product_of_others(a, axis)` along `v`; as a matrix in `v` it is symmetric."""
    line, step = as_line(a, axis), as_line(v, axis)
    back_line, back_step = np.flip(line, 0), np.flip(step, 0)
    before, after = products_before(line), np.flip(products_before(back_line), 0)
    before_dot = products_before_tangent(line, step)
    after_dot = np.flip(products_before_tangent(back_line, back_step), 0)
    return from_line(before_dot * after + before * after_dot, np.shape(a), axis)


def products_before_tangent(line: Any, step: Any) -> Any:
    one = np.ones_like(line[:1])
    factors = np.concatenate([one, line[:-1]])
    return scan(factors, np.concatenate([0 * one, (products_before(line) * step)[:-1]]), 0)


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
