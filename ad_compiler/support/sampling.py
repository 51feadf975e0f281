"""Derivatives of integrals, gradients and interpolation of sampled functions."""
from __future__ import annotations

from typing import Any

import numpy as np

from ad_compiler.support.dispatch import overridable


@overridable
def trapezoid_weights(x: Any, dx: Any, extent: tuple[int, ...], dtype: np.dtype, axis: int) -> Any:
    """Weight of each sample in `np.trapezoid(y, x, dx, axis)` for a `y` of this extent and dtype.

    >>> trapezoid_weights(None, 2.0, (3,), np.dtype(float), -1)
    array([1., 2., 1.])
    """
    axis = axis % len(extent)
    count = extent[axis]
    if x is None:
        steps = np.full(max(count - 1, 0), dx, np.result_type(np.asarray(dx).dtype, dtype)).astype(dtype)
        x_axis = 0
    else:
        x_axis = 0 if np.ndim(x) == 1 else axis
        steps = np.moveaxis(np.diff(x, axis=x_axis), x_axis, 0)
    nothing = np.zeros((1, *steps.shape[1:]), steps.dtype)
    weights = 0.5 * (np.concatenate([steps, nothing]) + np.concatenate([nothing, steps]))[:count]
    if weights.ndim == 1:
        return np.expand_dims(weights, tuple(one for one in range(len(extent)) if one != axis))
    return np.moveaxis(weights, 0, axis)


@overridable
def gradient_transposed(v: Any, shape: tuple[int, ...], spacing: Any, axis: Any, edge_order: int) -> Any:
    """The transpose of `np.gradient(f, *spacing, axis=axis, edge_order=edge_order)` for an `f` of `shape`."""
    axes = range(len(shape)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    axes = [one % len(shape) for one in axes]
    steps = list(spacing) if len(spacing) == len(axes) else list(spacing) * len(axes) or [1.0] * len(axes)
    parts = v if isinstance(v, tuple | list) else (v,)
    total: Any = 0
    for part, one, step in zip(parts, axes, steps, strict=True):
        if part is not None and np.ndim(part) > 0:  # a result that nothing depends on
            total = total + _gradient_transposed_along(part, one, step, edge_order)
    return total


def _gradient_transposed_along(g: Any, axis: int, step: Any, edge_order: int) -> Any:
    """A row of the operator reads at most 3 neighbours: probes with every third entry 1 show its entries."""
    rows = np.moveaxis(g, axis, 0)
    count = len(rows)
    period = min(3, count)
    start = np.clip(np.arange(count) - 1, 0, count - period)
    bar = np.zeros(rows.shape, g.dtype)
    for color in range(period):
        probe = np.zeros(count, np.real(g).dtype)
        probe[color::period] = 1
        entries = np.gradient(probe, step, edge_order=edge_order).astype(probe.dtype)
        np.add.at(bar, start + (color - start) % period, rows * np.expand_dims(entries,
                                                                               tuple(range(1, g.ndim))))
    return np.moveaxis(bar, 0, axis)


@overridable
def interp_cell(x: Any, xp: Any) -> tuple[Any, Any, Any]:
    """Where `np.interp(x, xp, fp)` looks: index of the node to the left, -1 below the nodes, len(xp) above
    them; and the weights of the left and the right node."""
    xp = np.asarray(xp)
    x = np.asarray(x)
    cell = np.clip(np.searchsorted(xp, x, side="right") - 1, 0, max(len(xp) - 2, 0))
    right = np.minimum(cell + 1, len(xp) - 1)
    gap = xp[right] - xp[cell]
    weight = (x - xp[cell]) / np.where(gap == 0, 1, gap)
    place = np.where(x < xp[0], -1, np.where(x > xp[-1], len(xp), cell))
    return place, 1 - weight, weight


@overridable
def interp_slope(x: Any, xp: Any, fp: Any) -> Any:
    """Slope of the piece of `np.interp(x, xp, fp)` that each `x` lies on; 0 outside."""
    place, _, _ = interp_cell(x, xp)
    inside = (place >= 0) & (place < len(xp))
    if len(xp) < 2:
        return np.zeros_like(np.asarray(x) * fp[0])
    slopes = np.diff(fp) / np.diff(xp)
    return np.where(inside, slopes[np.clip(place, 0, len(xp) - 2)], 0)


@overridable
def interp_slope_transposed(v: Any, x: Any, xp: Any) -> Any:
    """Cotangent of `fp` under `interp_slope(x, xp, fp)`."""
    place, _, _ = interp_cell(x, xp)
    count = len(xp)
    inside = (place >= 0) & (place < count)
    bar = np.zeros(count, v.dtype)
    node = np.clip(place, 0, max(count - 2, 0))
    gap = np.where(inside, xp[np.minimum(node + 1, count - 1)] - xp[node], 1)
    slope = np.where(inside, v / np.where(gap == 0, 1, gap), 0)
    np.add.at(bar, np.minimum(node + 1, count - 1), slope)
    np.add.at(bar, node, -slope)
    return bar


@overridable
def interp_transposed(v: Any, x: Any, xp: Any, with_left: bool, with_right: bool) -> Any:
    """Cotangent of `fp` under `np.interp(x, xp, fp)`; the end nodes hold outside unless a value is given."""
    v = np.asarray(v)
    place, left, right = interp_cell(x, xp)
    count = len(xp)
    inside = (place >= 0) & (place < count)
    bar = np.zeros(count, v.dtype)
    node = np.clip(place, 0, count - 1)
    np.add.at(bar, node, np.where(inside, v * left, 0))
    np.add.at(bar, np.minimum(node + 1, count - 1), np.where(inside, v * right, 0))
    if not with_left:
        bar[0] += np.sum(np.where(place < 0, v, 0))
    if not with_right:
        bar[-1] += np.sum(np.where(place == count, v, 0))
    return bar


@overridable
def histogram_source(a: Any, bins: Any, span: Any) -> Any:
    """Bin of each element of `a` in `np.histogram(a, bins, span)`, -1 outside."""
    edges = np.histogram_bin_edges(a, bins, span)
    flat = np.reshape(a, (-1,))
    place = np.searchsorted(edges, flat, side="right") - 1
    place = np.where(flat == edges[-1], len(edges) - 2, place)
    return np.where((flat < edges[0]) | (flat > edges[-1]), -1, place)


@overridable
def ramp(num: int, endpoint: bool, dtype: np.dtype) -> Any:
    """`num` numbers from 0 to 1, the end included or not, in the precision of `dtype`."""
    return np.linspace(0.0, 1.0, num, endpoint).astype(np.finfo(dtype).dtype)
