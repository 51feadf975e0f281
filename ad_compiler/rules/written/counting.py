"""Histograms and sets of NumPy: places found once, values taken from there."""
from __future__ import annotations

from typing import Any

import numpy as np

from ad_compiler import support
from ad_compiler.rules.written import Written


def histogram(a: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None) -> Any:
    """`np.histogram` as a density: the counts over the sizes of the bins and their sum."""
    counts, edges = np.histogram(a, bins, range, weights=weights)
    if not density:
        return counts, edges
    return counts / np.diff(edges) / np.sum(counts), edges


def edges_of(values: Any, bins: Any, limits: Any) -> Any:
    """The edges of the bins along one axis: given, or spread evenly between the limits."""
    if np.ndim(bins) > 0:
        return np.asarray(bins)
    if limits is None:
        low, high = np.min(values), np.max(values)
    else:
        low, high = limits[0], limits[1]
    return np.linspace(low, high, bins + 1)


def binned(columns: list[Any], edges: list[Any], weights: Any, density: Any) -> Any:
    """The weights of the samples in each cell; None counts them. `columns` has one array per axis."""
    cells = tuple([np.size(edge) - 1 for edge in edges])
    place, inside = support.cells(columns, edges)
    mass = inside * 1.0 if weights is None else np.where(inside, weights, 0.0)
    counts = np.reshape(np.bincount(place, mass, minlength=int(np.prod(cells))), cells)
    if not density:
        return counts
    total = np.sum(counts)
    for axis, edge in enumerate(edges):
        counts = counts / np.reshape(np.diff(edge), (-1,) + (1,) * (len(edges) - 1 - axis))
    return counts / total


def histogram2d(x: Any, y: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None) -> Any:
    """`np.histogram2d`: weights of pairs in a grid of bins."""
    if isinstance(bins, list | tuple) and len(bins) == 2:
        first, second = bins[0], bins[1]
    else:
        first, second = bins, bins
    rows = edges_of(x, first, None if range is None else range[0])
    columns = edges_of(y, second, None if range is None else range[1])
    return binned([x, y], [rows, columns], weights, density), rows, columns


def histogramdd(sample: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None) -> Any:
    """`np.histogramdd`: weights of points in a grid of bins; the sample is (points, axes), or one array per axis."""
    if isinstance(sample, list | tuple):
        columns = [np.asarray(column) for column in sample]
    elif isinstance(bins, list | tuple):
        columns = [sample[:, axis] for axis, _ in enumerate(bins)]
    else:
        columns = [sample[:, axis] for axis in np.arange(sample.shape[1])]
    each = bins if isinstance(bins, list | tuple) else [bins for _ in columns]
    limits = [None for _ in columns] if range is None else range
    edges = [edges_of(column, count, limit) for column, count, limit in zip(columns, each, limits, strict=True)]
    return binned(columns, edges, weights, density), edges


def unique(ar: Any, return_index: bool = False, return_inverse: bool = False, return_counts: bool = False,
           axis: Any = None, *, equal_nan: bool = True, sorted: bool = True) -> Any:
    """`np.unique` with its indices: of equal values the first one is taken."""
    index, inverse, counts = support.unique_places(ar, axis, equal_nan)
    values = np.take(np.ravel(ar) if axis is None else ar, index, axis=0 if axis is None else axis)
    out: list[Any] = [values]
    if return_index:
        out = [*out, index]
    if return_inverse:
        out = [*out, inverse]
    if return_counts:
        out = [*out, counts]
    return tuple(out) if len(out) > 1 else values


def intersect1d(ar1: Any, ar2: Any, assume_unique: bool = False, return_indices: bool = False) -> Any:
    """`np.intersect1d`: of two equal values that of the first array is taken."""
    ours, theirs = support.common_places(ar1, ar2)
    values = np.ravel(ar1)[ours]
    return (values, ours, theirs) if return_indices else values


DEFINITIONS: dict[Any, Written] = {
    np.histogram: Written(histogram), np.histogram2d: Written(histogram2d), np.histogramdd: Written(histogramdd),
    np.unique: Written(unique), np.intersect1d: Written(intersect1d),
}
