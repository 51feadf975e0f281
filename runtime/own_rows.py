"""Rows of torch-only operations: the same kind of row as the derivative table's, for functions NumPy does not have.

A function here may be called with recorded arrays inside a formula (a backward that is itself recorded): then it
records, by `support.overridable` and `TracedArray.__array_function__`, which looks it up in `OWN`.
"""
from __future__ import annotations

import math
from typing import Any

import numpy as np

from ad_compiler.rules import find
from ad_compiler.rules.row import Partial, Row, elementwise, linear, rule
from ad_compiler.support import overridable

SAMPLES: Any = ()  # these rows are checked by runtime's own tests, against torch and by differences


def _relu(x: Any) -> Any:
    return np.maximum(x, 0)


@overridable
def threshold_backward(x: Any, y: Any, threshold: Any = 0) -> Any:
    """0 where `y` is not above the threshold, else `x`; also where `y` is NaN, as in torch."""
    return np.where(y <= threshold, 0, x)


@overridable
def sigmoid(x: Any) -> Any:
    """The logistic function, without overflow for real numbers."""
    if x.dtype.kind == "c":
        return 1 / (1 + np.exp(-x))
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1 / (1 + small), small / (1 + small)).astype(x.dtype)


@overridable
def softmax(x: Any, axis: Any) -> Any:
    """Exponentials along `axis`, divided by their sum."""
    e = np.exp(x - np.max(x, axis=axis, keepdims=True, initial=-np.inf))
    return e / np.sum(e, axis=axis, keepdims=True)


@overridable
def log_softmax(x: Any, axis: Any) -> Any:
    """The logarithm of `softmax`."""
    shifted = x - np.max(x, axis=axis, keepdims=True, initial=-np.inf)
    return shifted - np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True))


def logsumexp(x: Any, axis: Any, keepdims: Any) -> Any:
    """log(sum(exp(x))) along `axis`, without overflow."""
    top = np.max(x, axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0)
    out = np.log(np.sum(np.exp(x - top), axis=axis, keepdims=True)) + top
    return out if keepdims else np.squeeze(out, axis=axis)


_erf_loop = np.vectorize(math.erf, otypes=[np.float64])


@overridable
def erf(x: Any) -> Any:
    """The error function."""
    return _erf_loop(x).astype(x.dtype) if np.size(x) else np.array(x)


@overridable
def clamp(x: Any, low: Any, high: Any) -> Any:
    """`x` limited to [low, high]; None is no limit. NaN stays."""
    if low is not None:
        x = np.maximum(x, low)
    return x if high is None else np.minimum(x, high)


def inside(x: Any, low: Any, high: Any) -> Any:
    """Where a clamp lets the gradient pass: inside, the limits included."""
    ok = np.ones_like(x, dtype=bool)
    if low is not None:
        ok = ok & (x >= low)
    return ok if high is None else ok & (x <= high)


@overridable
def take_along(x: Any, index: Any, axis: int) -> Any:
    """`torch.gather`: element `index` along `axis`; the index may be smaller than `x` along the other axes."""
    where = tuple(index if k == axis else np.arange(n).reshape([-1 if j == k else 1 for j in range(index.ndim)])
                  for k, n in enumerate(index.shape))
    return x[where]


@overridable
def add_along(x: Any, index: Any, axis: int, src: Any) -> Any:
    """`torch.scatter_add`: a copy of `x` with `src` added at `index` along `axis`."""
    out = np.array(x)
    where = tuple(index if k == axis else np.arange(n).reshape([-1 if j == k else 1 for j in range(index.ndim)])
                  for k, n in enumerate(index.shape))
    np.add.at(out, where, src[tuple(slice(0, n) for n in index.shape)])
    return out


@overridable
def put_along(x: Any, index: Any, axis: int, src: Any) -> Any:
    """`torch.scatter`: a copy of `x` with `src` stored at `index` along `axis`."""
    out = np.array(x)
    where = tuple(index if k == axis else np.arange(n).reshape([-1 if j == k else 1 for j in range(index.ndim)])
                  for k, n in enumerate(index.shape))
    out[where] = src[tuple(slice(0, n) for n in index.shape)]
    return out


@overridable
def place_along(x: Any, shape: Any, index: Any, axis: int) -> Any:
    """The transpose of `take_along`: `x` added into zeros of `shape`."""
    return add_along(np.zeros(shape, x.dtype), index, axis, x)


@overridable
def index_put(x: Any, where: Any, value: Any, accumulate: bool) -> Any:
    """A copy of `x` with `value` stored at (or added to) an index."""
    out = np.array(x)
    if accumulate:
        np.add.at(out, where, value)
    else:
        out[where] = value
    return out


@overridable
def index_get(x: Any, where: Any) -> Any:
    """A copy of the part of `x` at an index."""
    return np.array(x[where])


@overridable
def index_place(x: Any, shape: Any, where: Any) -> Any:
    """The transpose of `index_get`: `x` added into zeros of `shape`."""
    out = np.zeros(shape, x.dtype)
    np.add.at(out, where, x)
    return out


def fill(x: Any, value: Any) -> Any:
    """An array like `x` filled with a value."""
    return np.broadcast_to(np.asarray(value, x.dtype), x.shape).copy()


def copy_from(x: Any, src: Any) -> Any:
    """`src`, broadcast to the shape and cast to the dtype of `x`."""
    return np.broadcast_to(src, x.shape).astype(x.dtype)


def zero_out(x: Any) -> Any:
    return np.zeros_like(x)


def _zero_like(x: Any) -> Any:
    return np.zeros_like(x)


RELU = rule(_relu, "x", samples=SAMPLES, x=Partial(
    vjp=lambda g, out: threshold_backward(g, out), jvp=lambda d, out: threshold_backward(d, out)))
THRESHOLD_BACKWARD = rule(
    threshold_backward, "x, y, threshold=0", samples=SAMPLES,
    x=Partial(vjp=lambda g, y, threshold: threshold_backward(g, y, threshold),
              jvp=lambda d, y, threshold: threshold_backward(d, y, threshold)),
    y=Partial(vjp=lambda g: np.zeros_like(g), jvp=lambda d: np.zeros_like(d)))
SIGMOID = elementwise(sigmoid, "x", x=lambda out: out * (1 - out), samples=SAMPLES)
ERF = elementwise(erf, "x", x=lambda x: 2 / math.sqrt(math.pi) * np.exp(-(x**2)), samples=SAMPLES)


def _softmax_derivative(d: Any, out: Any, axis: Any) -> Any:
    return out * (d - np.sum(d * out, axis=axis, keepdims=True))


SOFTMAX = rule(softmax, "x, axis", samples=SAMPLES,
               x=Partial(vjp=_softmax_derivative, jvp=_softmax_derivative))
LOG_SOFTMAX = rule(log_softmax, "x, axis", samples=SAMPLES, x=Partial(
    vjp=lambda g, out, axis: g - np.exp(out) * np.sum(g, axis=axis, keepdims=True),
    jvp=lambda d, out, axis: d - np.sum(d * np.exp(out), axis=axis, keepdims=True)))
LOGSUMEXP = rule(logsumexp, "x, axis, keepdims", samples=SAMPLES, x=Partial(
    vjp=lambda g, x, out, axis, keepdims: _kept(g, axis, keepdims) * np.exp(x - _kept(out, axis, keepdims)),
    jvp=lambda d, x, out, axis, keepdims: np.sum(d * np.exp(x - _kept(out, axis, keepdims)), axis=axis,
                                                 keepdims=keepdims)))


def _kept(g: Any, axis: Any, keepdims: bool) -> Any:
    return g if keepdims else np.expand_dims(g, axis)


CLAMP = rule(clamp, "x, low, high", samples=SAMPLES, x=Partial(
    vjp=lambda g, x, low, high: np.where(inside(x, low, high), g, 0),
    jvp=lambda d, x, low, high: np.where(inside(x, low, high), d, 0)))
TAKE_ALONG = rule(take_along, "x, index, axis", samples=SAMPLES, x=Partial(
    vjp=lambda g, x_shape, index, axis: place_along(g, x_shape, index, axis),
    jvp=lambda d, index, axis: take_along(d, index, axis)))
PLACE_ALONG = rule(place_along, "x, shape, index, axis", samples=SAMPLES, x=Partial(
    vjp=lambda g, index, axis: take_along(g, index, axis),
    jvp=lambda d, shape, index, axis: place_along(d, shape, index, axis)))
ADD_ALONG = rule(
    add_along, "x, index, axis, src", samples=SAMPLES,
    x=Partial(vjp=lambda g: g, jvp=lambda d, index, axis, src: np.array(d)),
    src=Partial(vjp=lambda g, src_shape, index, axis: _padded(take_along(g, index, axis), src_shape),
                jvp=lambda d, x, index, axis: add_along(np.zeros_like(x), index, axis, d)))
PUT_ALONG = rule(
    put_along, "x, index, axis, src", samples=SAMPLES,
    x=Partial(vjp=lambda g, index, axis: put_along(g, index, axis, np.zeros_like(take_along(g, index, axis))),
              jvp=lambda d, index, axis, src: put_along(d, index, axis, np.zeros_like(src))),
    src=Partial(vjp=lambda g, src_shape, index, axis: _padded(take_along(g, index, axis), src_shape),
                jvp=lambda d, x, index, axis: put_along(np.zeros_like(x), index, axis, d)))


def _padded(g: Any, shape: Any) -> Any:
    """The gradient of the part of a source that was used, with zeros around it."""
    return g if g.shape == shape else index_place(g, shape, tuple(slice(0, n) for n in g.shape))


INDEX_PUT = rule(
    index_put, "x, where, value, accumulate", samples=SAMPLES,
    x=Partial(vjp=lambda g, where, accumulate: g if accumulate else index_put(g, where, 0, False),
              jvp=lambda d, where, value, accumulate: np.array(d) if accumulate else index_put(d, where, 0, False)),
    value=Partial(vjp=lambda g, where: index_get(g, where),
                  jvp=lambda d, x, where, accumulate: index_put(np.zeros_like(x), where, d, accumulate)))
INDEX_GET = rule(
    index_get, "x, where", samples=SAMPLES,
    x=Partial(vjp=lambda g, x_shape, where: index_place(g, x_shape, where),
              jvp=lambda d, where: index_get(d, where)))
INDEX_PLACE = rule(
    index_place, "x, shape, where", samples=SAMPLES,
    x=Partial(vjp=lambda g, where: index_get(g, where), jvp=lambda d, shape, where: index_place(d, shape, where)))
FILL = rule(fill, "x, value", samples=SAMPLES,
            x=Partial(vjp=lambda g: np.zeros_like(g), jvp=lambda d: np.zeros_like(d)),
            value=Partial(vjp=lambda g: np.sum(g), jvp=lambda d, x: np.broadcast_to(d, x.shape)))
COPY = rule(copy_from, "x, src", samples=SAMPLES,
            x=Partial(vjp=lambda g: np.zeros_like(g), jvp=lambda d: np.zeros_like(d)),
            src=Partial(vjp=lambda g: g, jvp=lambda d, x: np.broadcast_to(d, x.shape)))
ZERO = rule(zero_out, "x", samples=SAMPLES, x=Partial(vjp=lambda g: np.zeros_like(g), jvp=lambda d: np.zeros_like(d)))


def addcmul(x: Any, a: Any, b: Any, value: Any) -> Any:
    """`x + value * a * b`."""
    return x + value * a * b


def addcdiv(x: Any, a: Any, b: Any, value: Any) -> Any:
    """`x + value * a / b`."""
    return x + value * a / b


def lerp(x: Any, end: Any, weight: Any) -> Any:
    """`x + weight * (end - x)`."""
    return x + weight * (end - x)


ADDCMUL = elementwise(addcmul, "x, a, b, value", x=lambda: 1, a=lambda b, value: value * b, b=lambda a,
                      value: value * a,
                      samples=SAMPLES)
ADDCDIV = elementwise(addcdiv, "x, a, b, value", x=lambda: 1, a=lambda b, value: value / b,
                      b=lambda a, b, value: -value * a / b**2, samples=SAMPLES)
LERP = elementwise(lerp, "x, end, weight", x=lambda weight: 1 - weight, end=lambda weight: weight,
                   weight=lambda x, end: end - x, samples=SAMPLES)


def chosen(a: Any, out: Any) -> Any:
    """Where the elements lie that are the result `out` of choosing one of all, NaN like any other value."""
    return np.logical_or(a == out, np.logical_and(np.isnan(a), np.isnan(out)))


def _share(a: Any, out: Any) -> Any:
    hit = chosen(a, out)
    return hit / np.maximum(np.sum(hit), 1)  # the memory may have been changed behind the record


# a median or an extreme of everything: elements that tie share its gradient
ONE_OF_ALL = rule(chosen, "a", samples=SAMPLES, a=Partial(
    vjp=lambda g, a, out: g * _share(a, out), jvp=lambda d, a, out: np.sum(d * _share(a, out))))


def _first_wins(x1: Any, x2: Any) -> Any:
    return (x1 >= x2) | np.isnan(x2)


def _first_wins_below(x1: Any, x2: Any) -> Any:
    return (x1 <= x2) | np.isnan(x2)


# at a tie torch gives the first operand everything, where the table's rows share evenly
FMAX = elementwise(np.fmax, "x1, x2", x1=lambda x1, x2: np.where(_first_wins(x1, x2), 1, 0),
                   x2=lambda x1, x2: np.where(_first_wins(x1, x2), 0, 1), samples=SAMPLES)
FMIN = elementwise(np.fmin, "x1, x2", x1=lambda x1, x2: np.where(_first_wins_below(x1, x2), 1, 0),
                   x2=lambda x1, x2: np.where(_first_wins_below(x1, x2), 0, 1), samples=SAMPLES)


COPYSIGN = rule(
    np.copysign, "x1, x2", samples=SAMPLES,
    x1=Partial(vjp=lambda g, x1, out: np.where(x1 == 0, 0, g * out / np.where(x1 == 0, 1, x1)),
               jvp=lambda d, x1, out: np.where(x1 == 0, 0, d * out / np.where(x1 == 0, 1, x1))),
    x2=Partial(vjp=lambda g: np.zeros_like(g), jvp=lambda d: np.zeros_like(d)))


def _product_row() -> Row:
    """The table's row of a product, which in torch keeps the result as well: a write to that is refused."""
    product = find(np.prod)
    assert product is not None
    slope = product.partials["a"]
    assert isinstance(slope, Partial)
    return rule(np.prod, "a, axis, keepdims", samples=SAMPLES, a=Partial(
        vjp=lambda g, a, out, axis, keepdims: slope.vjp(g, a, None, axis, keepdims, True, None),
        jvp=lambda d, a, axis, keepdims: slope.jvp(d, a, None, axis, keepdims, True, None)))


PROD = _product_row()


def constant(function: Any) -> Row:
    """The row of an elementwise function that is piecewise constant."""
    return rule(function, "x", samples=SAMPLES,
                x=Partial(vjp=lambda g: np.zeros_like(g), jvp=lambda d: np.zeros_like(d)))


def cast(function: Any) -> Row:
    """The row of a conversion: the gradient is converted back (by projection)."""
    return linear(function, "x, dtype", x=lambda g: g, samples=SAMPLES)


OWN: dict[Any, Row] = {row.function: row for row in (
    RELU, THRESHOLD_BACKWARD, SIGMOID, ERF, SOFTMAX, LOG_SOFTMAX, LOGSUMEXP, CLAMP, TAKE_ALONG, PLACE_ALONG, ADD_ALONG,
    PUT_ALONG, INDEX_PUT, INDEX_GET, INDEX_PLACE,
    COPY, FILL)}
OWN_NODES = {threshold_backward: "ThresholdBackwardBackward0", sigmoid: "SigmoidBackward0", erf: "ErfBackward0",
             softmax: "SoftmaxBackward0", log_softmax: "LogSoftmaxBackward0", take_along: "GatherBackward0",
             place_along: "ScatterAddBackward0", add_along: "ScatterAddBackward0", put_along: "ScatterBackward0",
             index_put: "IndexPutBackward0",
             index_place: "IndexPutBackward0", index_get: "IndexBackward0", clamp: "ClampBackward1"}
