"""Rows of the operations that networks use and that have a node of their own in torch."""
from __future__ import annotations

import math
from typing import Any

import numpy as np

from ad_compiler.rules.row import Partial, elementwise, rule
from runtime.dispatch import Op
from runtime.own_rows import SAMPLES, erf, index_get, index_place, place_along, sigmoid, take_along


def _share(reduction: str, shape: Any) -> float:
    """How much of each element's loss the result holds."""
    if reduction != "mean":
        return 1
    size = math.prod(shape)
    return 1 / size if size else math.nan


def _reduced(loss: Any, reduction: str) -> Any:
    return loss if reduction == "none" else np.mean(loss) if reduction == "mean" else np.sum(loss)


def affine(bias: Any, x: Any, w: Any) -> Any:
    """`bias + x @ w`."""
    return x @ w + bias


AFFINE = Op(rule(affine, "bias, x, w", samples=SAMPLES,
                 bias=Partial(vjp=lambda g: g, jvp=lambda d, out_shape: np.broadcast_to(d, out_shape)),
                 x=Partial(vjp=lambda g, w: g @ np.transpose(w), jvp=lambda d, w: d @ w),
                 w=Partial(vjp=lambda g, x: np.transpose(x) @ g, jvp=lambda d, x: x @ d)), "AddmmBackward0")


def mse(x: Any, y: Any, reduction: str) -> Any:
    """The squared difference of arrays of one shape, reduced."""
    return _reduced((x - y) ** 2, reduction)


def _mse_slope(x: Any, y: Any, reduction: str) -> Any:
    return (x - y) * (2 * _share(reduction, x.shape))


def _along(d: Any, slope: Any, reduction: str) -> Any:
    return d * slope if reduction == "none" else np.sum(d * slope)


MSE = Op(rule(mse, "x, y, reduction", samples=SAMPLES,
              x=Partial(vjp=lambda g, x, y, reduction: g * _mse_slope(x, y, reduction),
                        jvp=lambda d, x, y, reduction: _along(d, _mse_slope(x, y, reduction), reduction)),
              y=Partial(vjp=lambda g, x, y, reduction: -g * _mse_slope(x, y, reduction),
                        jvp=lambda d, x, y, reduction: -_along(d, _mse_slope(x, y, reduction), reduction))),
         "MseLossBackward0")


def nll(x: Any, index: Any, scale: Any, total: Any) -> Any:
    """`-scale * x[row, index]` for each row of `x` (rows, classes); summed and divided by `total` if that is given.

    `index` and `scale` have the shape (rows, 1); where the scale is 0 the row does not count, whatever it holds.
    """
    picked = np.where(scale == 0, 0, -take_along(x, index, 1) * scale)
    return picked[:, 0] if total is None else np.sum(picked) / total


def _nll_vjp(g: Any, x_shape: Any, index: Any, scale: Any, total: Any) -> Any:
    rows = np.expand_dims(g, 1) * -scale if total is None else g * (-scale / total)
    return place_along(rows, x_shape, index, 1)


NLL = Op(rule(nll, "x, index, scale, total", samples=SAMPLES, x=Partial(
    vjp=_nll_vjp, jvp=lambda d, index, scale, total: nll(d, index, scale, total))), "NllLossBackward0")


def embed(weight: Any, index: Any, padding: Any) -> Any:
    """The rows of `weight` (rows, width) at an integer index of any shape."""
    return weight[index]


def _embed_vjp(g: Any, weight_shape: Any, index: Any, padding: Any) -> Any:
    if padding is not None:
        g = np.where((index == padding)[..., None], 0, g)
    return index_place(g, weight_shape, index)


EMBED = Op(rule(embed, "weight, index, padding", samples=SAMPLES, weight=Partial(
    vjp=_embed_vjp, jvp=lambda d, index, padding: index_get(d, index))), "EmbeddingBackward0")


def layer_norm(x: Any, weight: Any, bias: Any, axes: Any, eps: float) -> Any:
    """`x` with mean 0 and variance 1 over the trailing `axes`, times `weight`, plus `bias` (either may be None)."""
    unit, _ = _unit(x, axes, eps)
    out = unit if weight is None else unit * weight
    return out if bias is None else out + bias


def _unit(x: Any, axes: Any, eps: float) -> Any:
    """The normalised `x` and the reciprocal of its spread."""
    centred = x - np.mean(x, axis=axes, keepdims=True)
    rate = 1 / np.sqrt(np.mean(centred * centred, axis=axes, keepdims=True) + eps)
    return centred * rate, rate


def _norm_derivative(d: Any, x: Any, axes: Any, eps: float) -> Any:
    """The derivative of the normalised `x`: it is its own transpose."""
    unit, rate = _unit(x, axes, eps)
    along = unit * np.mean(d * unit, axis=axes, keepdims=True)
    return (d - np.mean(d, axis=axes, keepdims=True) - along) * rate


def _leading(g: Any, axes: Any) -> Any:
    """The sum over the dimensions that are not normalised."""
    rest = tuple(range(g.ndim - len(axes)))
    return np.sum(g, axis=rest) if rest else g


def _scaled(d: Any, weight: Any) -> Any:
    return d if weight is None else d * weight


LAYER_NORM = Op(rule(
    layer_norm, "x, weight, bias, axes, eps", samples=SAMPLES,
    x=Partial(vjp=lambda g, x, weight, axes, eps: _norm_derivative(_scaled(g, weight), x, axes, eps),
              jvp=lambda d, x, weight, axes, eps: _scaled(_norm_derivative(d, x, axes, eps), weight)),
    weight=Partial(vjp=lambda g, x, axes, eps: _leading(g * _unit(x, axes, eps)[0], axes),
                   jvp=lambda d, x, axes, eps: d * _unit(x, axes, eps)[0]),
    bias=Partial(vjp=lambda g, axes: _leading(g, axes),
                 jvp=lambda d, out_shape: np.broadcast_to(d, out_shape))), "NativeLayerNormBackward0")


def leaky_relu(x: Any, slope: float) -> Any:
    """`x` where positive, else `slope * x`."""
    return np.where(x > 0, x, x * slope)


def elu(x: Any, alpha: float) -> Any:
    """`x` where positive, else `alpha * (exp(x) - 1)`."""
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


def silu(x: Any) -> Any:
    """`x * sigmoid(x)`."""
    return x * sigmoid(x)


def gelu(x: Any) -> Any:
    """`x` times the normal distribution function at `x`."""
    return x * (0.5 * (1 + erf(x * math.sqrt(0.5))))


def softplus(x: Any, beta: float, threshold: float) -> Any:
    """`log(1 + exp(beta * x)) / beta`, and `x` itself beyond the threshold."""
    return np.where(x * beta > threshold, x, np.logaddexp(0, x * beta) / beta)


def log_sigmoid(x: Any) -> Any:
    """The logarithm of the logistic function, without overflow."""
    return -np.logaddexp(0, -x)


LEAKY_RELU = Op(elementwise(leaky_relu, "x, slope", samples=SAMPLES, x=lambda x, slope: np.where(x > 0, 1, slope)),
                "LeakyReluBackward0")
ELU = Op(elementwise(elu, "x, alpha", samples=SAMPLES,
                     x=lambda x, alpha: np.where(x > 0, 1, alpha * np.exp(np.minimum(x, 0)))), "EluBackward0")
SILU = Op(elementwise(silu, "x", samples=SAMPLES, x=lambda x: sigmoid(x) * (1 + x * (1 - sigmoid(x)))),
          "SiluBackward0")
GELU = Op(elementwise(gelu, "x", samples=SAMPLES, x=lambda x: 0.5 * (1 + erf(x * math.sqrt(0.5)))
                      + x * np.exp(-0.5 * x * x) / math.sqrt(2 * math.pi)), "GeluBackward0")
SOFTPLUS = Op(elementwise(softplus, "x, beta, threshold", samples=SAMPLES,
                          x=lambda x, beta, threshold: np.where(x * beta > threshold, 1, sigmoid(x * beta))),
              "SoftplusBackward0")
LOG_SIGMOID = Op(elementwise(log_sigmoid, "x", samples=SAMPLES, x=lambda x: sigmoid(-x)), "LogSigmoidBackward0")
