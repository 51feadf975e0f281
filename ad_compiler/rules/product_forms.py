"""Cotangents of the factors of every product, chosen by rank: what they emit is what a person writes.

    out = a @ b        a: (n, k), b: (k, m)      a_bar = out_bar @ b.T        b_bar = a.T @ out_bar
    out = a @ v        a: (n, k), v: (k,)        a_bar = np.outer(out_bar, v) v_bar = a.T @ out_bar

Each function gives one factor's cotangent up to broadcasting, which the caller of the table undoes.
"""
from __future__ import annotations

from typing import Any

import numpy as np

from ad_compiler.rules.linalg_parts import column, conj, negative_axis, row, transpose


def outer_of(x: Any, y: Any) -> Any:
    """Outer products of (stacks of) vectors."""
    return np.outer(x, y) if np.ndim(x) == np.ndim(y) == 1 else column(x) * row(y)


def _all_but_last(ndim: int) -> list[int]:
    return list(range(ndim - 1))


def matmul_left(g: Any, left_ndim: int, b: Any) -> Any:
    """Cotangent of `a` in `a @ b`, up to broadcasting."""
    if b.ndim == 1:
        return g * b if left_ndim == 1 else outer_of(g, b)
    if left_ndim == 1:
        return b @ g if b.ndim == 2 else (b @ column(g))[..., 0]
    if left_ndim == 2 and b.ndim > 2:
        axes = [*range(b.ndim - 2), b.ndim - 1]
        return np.tensordot(g, b, axes=(axes, axes))
    return g @ transpose(b)


def matmul_right(g: Any, a: Any, right_ndim: int) -> Any:
    """Cotangent of `b` in `a @ b`, up to broadcasting."""
    if a.ndim == 1:
        return g * a if right_ndim == 1 else outer_of(a, g)
    if right_ndim == 1:
        return a.T @ g if a.ndim == 2 else (transpose(a) @ column(g))[..., 0]
    if right_ndim == 2 and a.ndim > 2:
        axes = _all_but_last(a.ndim)
        return np.tensordot(a, g, axes=(axes, axes))
    return transpose(a) @ g


def dot_left(g: Any, left_ndim: int, b: Any) -> Any:
    """Cotangent of `a` in `np.dot(a, b)`."""
    right_ndim = np.ndim(b)
    if left_ndim == 0 or right_ndim == 0:
        return g * b
    if left_ndim <= 2 and right_ndim <= 2:
        return matmul_left(g, left_ndim, b)
    if right_ndim == 1:
        return column(g) * b
    of_g = list(range(left_ndim - 1, left_ndim + right_ndim - 2))
    return np.tensordot(g, b, axes=(of_g, [*range(right_ndim - 2), right_ndim - 1]))


def dot_right(g: Any, a: Any, right_ndim: int) -> Any:
    """Cotangent of `b` in `np.dot(a, b)`."""
    left_ndim = np.ndim(a)
    if left_ndim == 0 or right_ndim == 0:
        return g * a
    if left_ndim <= 2 and right_ndim <= 2:
        return matmul_right(g, a, right_ndim)
    axes = _all_but_last(left_ndim)
    summed = np.tensordot(a, g, axes=(axes, axes))
    return summed if right_ndim <= 2 else np.moveaxis(summed, 0, -2)


def inner_left(g: Any, left_ndim: int, b: Any) -> Any:
    """Cotangent of `a` in `np.inner(a, b)`."""
    right_ndim = np.ndim(b)
    if left_ndim == 0 or right_ndim == 0 or left_ndim == right_ndim == 1:
        return g * b
    if right_ndim == 1:
        return np.outer(g, b) if left_ndim == 2 else column(g) * b
    if left_ndim <= 2 and right_ndim == 2:
        return g @ b
    of_g = list(range(left_ndim - 1, left_ndim + right_ndim - 2))
    return np.tensordot(g, b, axes=(of_g, _all_but_last(right_ndim)))


def inner_right(g: Any, a: Any, right_ndim: int) -> Any:
    """Cotangent of `b` in `np.inner(a, b)`."""
    left_ndim = np.ndim(a)
    if left_ndim == 0 or right_ndim == 0 or left_ndim == right_ndim == 1:
        return g * a
    if left_ndim == 1:
        return np.outer(g, a) if right_ndim == 2 else column(g) * a
    if left_ndim == 2 and right_ndim <= 2:
        return g.T @ a
    axes = _all_but_last(left_ndim)
    return np.tensordot(g, a, axes=(axes, axes))


def outer_left(g: Any, a_shape: Any, a_ndim: int, b: Any) -> Any:
    """Cotangent of `a` in `np.outer(a, b)`, which flattens both."""
    flat = g @ (b if np.ndim(b) == 1 else np.ravel(b))
    return flat if a_ndim == 1 else np.reshape(flat, a_shape)


def outer_right(g: Any, a: Any, b_shape: Any, b_ndim: int) -> Any:
    """Cotangent of `b` in `np.outer(a, b)`."""
    flat = (a if np.ndim(a) == 1 else np.ravel(a)) @ g
    return flat if b_ndim == 1 else np.reshape(flat, b_shape)


def vdot_partner(g: Any, other: Any, shape: Any, ndim: int) -> Any:
    """`g` times the other factor of `np.vdot`, in this operand's shape."""
    return g * (other if np.ndim(other) == ndim == 1 else np.reshape(other, shape))


def vecdot_partner(g: Any, other: Any, ndim: int, axis: int) -> Any:
    """`g` times the other factor of `np.vecdot`, with the summed axis where this operand has it."""
    if not np.ndim(g):
        return g * other  # two vectors, whichever name their axis has
    if axis == -1:
        return column(g) * other
    product = column(g) * np.moveaxis(other, axis, -1)
    return np.moveaxis(product, -1, negative_axis(axis, ndim))


def tensordot_axes(axes: Any, left_ndim: int, right_ndim: int) -> tuple[list[int], list[int]]:
    """The contracted axes of both factors as lists of non-negative numbers."""
    if isinstance(axes, int | np.integer):
        return list(range(left_ndim - int(axes), left_ndim)), list(range(int(axes)))
    left, right = ([one] if isinstance(one, int | np.integer) else list(one) for one in axes)
    return [int(axis) % left_ndim for axis in left], [int(axis) % right_ndim for axis in right]


def _from_order(x: Any, order: list[int]) -> Any:
    """Undo `np.transpose(., order)`."""
    if order == sorted(order):
        return x
    return np.transpose(x, [order.index(axis) for axis in range(len(order))])


def tensordot_left(g: Any, left_ndim: int, b: Any, axes: Any) -> Any:
    """Cotangent of `a` in `np.tensordot(a, b, axes)`."""
    left, right = tensordot_axes(axes, left_ndim, b.ndim)
    free = [axis for axis in range(left_ndim) if axis not in left]
    kept = [axis for axis in range(b.ndim) if axis not in right]
    product = np.tensordot(g, b, axes=(list(range(len(free), len(free) + len(kept))), kept))
    return _from_order(product, free + [left[right.index(axis)] for axis in sorted(right)])


def tensordot_right(g: Any, a: Any, right_ndim: int, axes: Any) -> Any:
    """Cotangent of `b` in `np.tensordot(a, b, axes)`."""
    left, right = tensordot_axes(axes, a.ndim, right_ndim)
    free = [axis for axis in range(a.ndim) if axis not in left]
    kept = [axis for axis in range(right_ndim) if axis not in right]
    product = np.tensordot(a, g, axes=(free, list(range(len(free)))))
    return _from_order(product, [right[left.index(axis)] for axis in sorted(left)] + kept)


def kron_parts(g: Any, a_shape: Any, a_ndim: int, b_shape: Any,
               b_ndim: int) -> tuple[Any, list[int], list[int]]:
    """The cotangent of `np.kron(a, b)` with the axes of both factors apart, and where they are."""
    shape: list[Any] = []
    of_a: list[int] = []
    of_b: list[int] = []
    for back in range(max(a_ndim, b_ndim), 0, -1):
        for lengths, ndim, places in ((a_shape, a_ndim, of_a), (b_shape, b_ndim, of_b)):
            if back <= ndim:
                places.append(len(shape))
                shape.append(lengths[ndim - back])
    return np.reshape(g, shape), of_a, of_b


def kron_left(g: Any, a_shape: Any, a_ndim: int, b: Any) -> Any:
    """Cotangent of `a` in `np.kron(a, b)`."""
    b_ndim = np.ndim(b)
    parts, _, of_b = kron_parts(g, a_shape, a_ndim, np.shape(b), b_ndim)
    return np.tensordot(parts, b, axes=(of_b, list(range(b_ndim))))


def kron_right(g: Any, a: Any, b_shape: Any, b_ndim: int) -> Any:
    """Cotangent of `b` in `np.kron(a, b)`."""
    a_ndim = np.ndim(a)
    parts, of_a, _ = kron_parts(g, np.shape(a), a_ndim, b_shape, b_ndim)
    return np.tensordot(a, parts, axes=(list(range(a_ndim)), of_a))


def cross_left(g: Any, a_ndim: int, b: Any, axes: tuple[int, int, int]) -> Any:
    """Cotangent of `a` in `np.cross(a, b)`: `cross(b, g)`. `axes` are `axisa, axisb, axisc`."""
    _three_vectors(g, a_ndim, b.ndim)
    if axes == (-1, -1, -1):
        return np.cross(b, g)
    return np.cross(b, g, axisa=axes[1], axisb=axes[2], axisc=negative_axis(axes[0], a_ndim))


def cross_right(g: Any, a: Any, b_ndim: int, axes: tuple[int, int, int]) -> Any:
    """Cotangent of `b` in `np.cross(a, b)`: `cross(g, a)`."""
    _three_vectors(g, a.ndim, b_ndim)
    if axes == (-1, -1, -1):
        return np.cross(g, a)
    return np.cross(g, a, axisa=axes[2], axisb=axes[0], axisc=negative_axis(axes[1], b_ndim))


def cross_axes(axisa: int, axisb: int, axisc: int, axis: int | None) -> tuple[int, int, int]:
    """The three axes of `np.cross`; `axis` overrides them."""
    return (axisa, axisb, axisc) if axis is None else (axis, axis, axis)


def _three_vectors(g: Any, a_ndim: int, b_ndim: int) -> None:
    if np.ndim(g) < max(a_ndim, b_ndim):
        raise NotImplementedError("np.cross of vectors with two components (deprecated in NumPy 2) has no"
                                  " derivative here: write a[0] * b[1] - a[1] * b[0]")


def _line(x: Any) -> Any:
    """A factor of `np.convolve` as it takes it: one number is a sequence of one."""
    return x if x.ndim == 1 else np.reshape(x, (1,))


def _in_full(g: Any, a_shape: Any, v_shape: Any, mode: str, reversed_if_shorter: bool = False) -> Any:
    """The cotangent of `np.convolve(a, v, mode)` as one of the full convolution, zero where that was cut off.

    The odd one of the places cut off by "same" is the last, but the first where `np.correlate` swaps its
    arguments, computes and reverses, which it does if `a` is the shorter one.
    """
    if mode == "full":
        return g
    length = g.shape[0]
    a_shape, v_shape = a_shape or (1,), v_shape or (1,)
    cut = a_shape[0] + v_shape[0] - 1 - length
    if not reversed_if_shorter:
        return np.pad(g, (cut // 2, cut - cut // 2))
    shorter = (2 * length - a_shape[0] - 1) // length  # 1 if `a` is shorter than the result, else 0
    before = (cut + shorter) // 2
    return np.pad(g, (before, cut - before))


def convolve_cotangent(g: Any, own_shape: Any, other: Any, mode: str) -> Any:
    """Cotangent of one factor of `np.convolve`; the other is `other`."""
    return np.convolve(_in_full(g, own_shape, other.shape, mode), _line(other)[::-1], "valid")


def correlate_left(g: Any, a_shape: Any, v: Any, mode: str) -> Any:
    """Cotangent of `a` in `np.correlate(a, v, mode)`, for a cotangent that is not conjugated."""
    return np.convolve(_in_full(g, a_shape, v.shape, mode, mode == "same"), v, "valid")


def correlate_right(g: Any, a: Any, v_shape: Any, mode: str) -> Any:
    """Cotangent of `v` in `np.correlate(a, v, mode)`, for a cotangent that is not conjugated."""
    full = _in_full(g, a.shape, v_shape, mode, mode == "same")
    return np.convolve(conj(full), _line(a)[::-1], "valid")[::-1]
