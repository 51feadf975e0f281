"""Distances of `scipy.spatial.distance`. The distance of a point to itself has derivative zero."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.spatial.distance as sd

from ad_compiler.rules.written import Written
from ad_compiler.rules.written.options import unsupported


def between(d: Any, metric: str, p: Any) -> Any:
    """The lengths of differences, which are along the last axis, in a metric of differences."""
    if metric in ("euclidean", "euclid", "eu", "e"):
        return np.linalg.norm(d, axis=-1)
    if metric in ("sqeuclidean", "sqe", "sqeuclid"):
        return np.sum(d * d, axis=-1)
    if metric in ("cityblock", "cblock", "cb", "c"):
        return np.sum(np.abs(d), axis=-1)
    if metric in ("chebyshev", "chebychev", "cheby", "cheb", "ch"):
        return np.max(np.abs(d), axis=-1)
    if metric in ("minkowski", "mi", "m", "pnorm"):
        return np.linalg.norm(d, p, axis=-1)
    unsupported("scipy.spatial.distance: derivatives for the metrics euclidean, sqeuclidean, cityblock, "
                              "chebyshev, minkowski, cosine and correlation")


def angular(x: Any, y: Any, metric: str) -> Any:
    """One minus the cosine between vectors along the last axis, centred first for "correlation"."""
    if metric == "correlation":
        x, y = x - np.mean(x, axis=-1, keepdims=True), y - np.mean(y, axis=-1, keepdims=True)
    lengths = np.linalg.norm(x, axis=-1) * np.linalg.norm(y, axis=-1)
    return 1 - np.sum(x * y, axis=-1) / lengths


def cdist(XA: Any, XB: Any, metric: str = "euclidean", *, out: Any = None, p: Any = 2) -> Any:
    """`scipy.spatial.distance.cdist`."""
    x, y = np.expand_dims(np.asarray(XA), 1), np.expand_dims(np.asarray(XB), 0)
    return angular(x, y, metric) if metric in ("cosine", "correlation") else between(x - y, metric, p)


def pdist(X: Any, metric: str = "euclidean", *, out: Any = None, p: Any = 2) -> Any:
    """`scipy.spatial.distance.pdist`."""
    i, j = np.triu_indices(np.shape(X)[0], 1)
    x, y = X[i], X[j]
    return angular(x, y, metric) if metric in ("cosine", "correlation") else between(x - y, metric, p)


def squareform(X: Any, force: str = "no", checks: bool = True) -> Any:
    """`scipy.spatial.distance.squareform`, in both directions."""
    if np.ndim(X) == 2:
        i, j = np.triu_indices(np.shape(X)[0], 1)
        return X[i, j]
    n = int(np.ceil(np.sqrt(np.size(X) * 2)))
    i, j = np.triu_indices(n, 1)
    out = np.zeros((n, n))
    out[i, j] = X
    out[j, i] = X
    return out


def of_two(metric: str) -> Callable[..., Any]:
    """The distance of two vectors."""
    def distance(u: Any, v: Any, w: Any = None) -> Any:
        if w is not None:
            unsupported("scipy.spatial.distance has derivatives without weights")
        u, v = np.asarray(u), np.asarray(v)
        return angular(u, v, metric) if metric in ("cosine", "correlation") else between(u - v, metric, 2)
    return distance


def minkowski(u: Any, v: Any, p: Any = 2, w: Any = None) -> Any:
    """`scipy.spatial.distance.minkowski`."""
    d = np.asarray(u) - np.asarray(v)
    return np.linalg.norm(d, p) if w is None else np.sum(w * np.abs(d) ** p) ** (1 / p)


def mahalanobis(u: Any, v: Any, VI: Any) -> Any:
    """`scipy.spatial.distance.mahalanobis`."""
    d = np.asarray(u) - np.asarray(v)
    return np.sqrt(d @ VI @ d)


DEFINITIONS: dict[Any, Written] = {
    sd.cdist: Written(cdist), sd.pdist: Written(pdist), sd.squareform: Written(squareform),
    **{getattr(sd, name): Written(of_two(name))
       for name in ("euclidean", "sqeuclidean", "cityblock", "chebyshev", "cosine", "correlation")},
    sd.minkowski: Written(minkowski), sd.mahalanobis: Written(mahalanobis),
}
