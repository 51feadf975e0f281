"""Quantiles and covariances."""
from __future__ import annotations

from typing import Any

import numpy as np

from runtime.composite import composite
from runtime.core import Recorded
from runtime.dtypes import SCALAR_TYPES, of
from runtime.ops.order import sort
from runtime.ops.parts import stack
from runtime.ops.reduce import axis_of
from runtime.promotion import plain

INTERPOLATIONS = ("linear", "lower", "higher", "midpoint", "nearest")


def _checked(input: Any, q: Any, name: str, interpolation: str) -> np.ndarray:
    """The fractions, which must lie in [0, 1]."""
    if interpolation not in INTERPOLATIONS:
        raise RuntimeError(f"{name}() interpolation must be one of linear, lower, higher, midpoint or nearest, but got "
                           f"{interpolation}")
    if not input._data.size:
        raise RuntimeError(f"{name}() input tensor must be non-empty")
    fractions = np.asarray(q._data if isinstance(q, Recorded) else q, np.float64)
    if ((fractions < 0) | (fractions > 1)).any():
        raise RuntimeError(f"{name}() q {'values' if isinstance(q, Recorded) else 'value'} must be in the range [0, 1]"
                           if isinstance(q, Recorded) else f"{name}() q must be in the range [0, 1] but got {q:g}")
    return fractions


def _quantile(name: str, skip: bool) -> Any:
    def apply(input: Any, q: Any, dim: Any = None, keepdim: bool = False, *, interpolation: str = "linear") -> Any:
        fractions = _checked(input, q, name, interpolation)
        return composite("SqueezeBackward4", whole, input, fractions, dim, keepdim, interpolation)

    def whole(input: Any, fractions: np.ndarray, dim: Any, keepdim: bool, interpolation: str) -> Any:
        ndim = input._data.ndim
        x = input.reshape(-1) if dim is None or not ndim else input
        axis = 0 if dim is None or not ndim else axis_of(dim, ndim)
        ordered = sort(x, axis)[0]
        found = [_at(ordered, float(p), axis, interpolation, skip) for p in fractions.reshape(-1)]
        if dim is None:
            shape = [1] * ndim if keepdim else []
            found = [f.reshape(shape) for f in found]
        elif not keepdim or not ndim:
            found = [f.squeeze(axis) for f in found]
        return stack(found) if fractions.ndim else found[0]
    apply.__name__ = apply.__qualname__ = name
    apply.__doc__ = (f"The value below which a fraction `q` of the elements lies{', NaN left out' if skip else ''}; "
                     "`interpolation` says what lies between two elements.")
    return apply


def _at(ordered: Any, fraction: float, axis: int, interpolation: str, skip: bool) -> Any:
    """The element at a fraction of the length along `axis`. NaN comes last in the order; it counts unless `skip`."""
    a = ordered._data
    missing = np.isnan(a).sum(axis, keepdims=True)
    place = fraction * ((a.shape[axis] - missing if skip else np.full(missing.shape, a.shape[axis])) - 1)
    place = np.maximum(place, 0)
    if not skip:
        place = np.where(missing > 0, a.shape[axis] - 1.0, place)
    low, high = np.floor(place), np.ceil(place)
    if interpolation in ("lower", "higher", "nearest"):
        one = low if interpolation == "lower" else high if interpolation == "higher" else np.round(place)
        return ordered.gather(axis, plain(one.astype(np.int64)))
    below, above = (ordered.gather(axis, plain(k.astype(np.int64))) for k in (low, high))
    weight = 0.5 if interpolation == "midpoint" else plain((place - low).astype(a.dtype))
    return below + (above - below) * weight


quantile, nanquantile = _quantile("quantile", False), _quantile("nanquantile", True)


def cov(input: Any, *, correction: int = 1, fweights: Any = None, aweights: Any = None) -> Any:
    """The covariances of variables, the rows of a matrix; `fweights` counts, `aweights` weights the observations."""
    if input._data.ndim > 2:
        raise RuntimeError("cov(): expected input to have two or fewer dimensions but got an input with "
                           f"{input._data.ndim} dimensions")
    _check_weights(fweights, aweights, input._data.size if input._data.ndim < 2 else input._data.shape[1])
    x = input.view(1, -1) if input._data.ndim < 2 else input
    x = x if x.is_floating_point() or x.is_complex() else x.to(_default())
    count = x._data.shape[1]
    weights = fweights
    if aweights is not None:
        weights = aweights if weights is None else weights * aweights
    if weights is None:
        total: Any = count
        centred = x - x.mean(1, keepdim=True)
        scaled = centred
    else:
        total = weights.sum()
        centred = x - ((x * weights).sum(1) / total).unsqueeze(1)
        scaled = centred * weights
    norm = total - correction
    if aweights is not None and correction:
        norm = total - correction * (weights * aweights).sum() / total
    norm = norm.clamp(min=0) if isinstance(norm, Recorded) else max(norm, 0)
    other = scaled.t().conj() if scaled.is_complex() else scaled.t()
    return ((centred @ other) / norm).squeeze()


def _check_weights(fweights: Any, aweights: Any, count: int) -> None:
    """Raise unless weights are one number per observation, not negative, whole ones in `fweights`."""
    for name, w in (("fweights", fweights), ("aweights", aweights)):
        if w is None:
            continue
        a = w._data
        if a.ndim > 1:
            raise RuntimeError(f"cov(): expected {name} to have one or fewer dimensions but got {name} with {a.ndim} "
                               "dimensions")
        if name == "fweights" and a.dtype.kind not in "iub":
            raise RuntimeError("cov(): expected fweights to have integral dtype but got fweights with "
                               f"{SCALAR_TYPES[of(a.dtype).name]} dtype")
        if a.size != count:
            raise RuntimeError(f"cov(): expected {name} to have the same numel as there are observations in the input "
                               f"but got {a.size} != {count}")
        if (a < 0).any():
            raise RuntimeError(f"cov(): {name} cannot be negative")


def _default() -> Any:
    from runtime.dtypes import get_default_dtype
    return get_default_dtype()


def corrcoef(input: Any) -> Any:
    """The correlations of variables, the rows of a matrix."""
    if input._data.ndim > 2:
        raise RuntimeError("corrcoef(): expected input to have two or fewer dimensions but got an input with "
                           f"{input._data.ndim} dimensions")
    c = cov(input)
    if not c._data.ndim:
        return c / c
    spread = (c.diag().real if c.is_complex() else c.diag()).sqrt()
    c = c / spread.view(-1, 1) / spread.view(1, -1)
    return c if c.is_complex() else c.clamp(-1, 1)


FUNCTIONS: dict[str, Any] = {f.__name__: f for f in (quantile, nanquantile, cov, corrcoef)}
