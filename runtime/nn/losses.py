"""Losses as functions (`runtime.nn.functional` has them by torch's names)."""
from __future__ import annotations

import warnings
from typing import Any

import numpy as np

import runtime as torch
from runtime.composite import composite
from runtime.dispatch import record
from runtime.hooks import warn_user
from runtime.nn import rows
from runtime.promotion import broadcast_error
from runtime.tensor import Tensor


def _check(reduction: str) -> None:
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{reduction} is not a valid value for reduction")


def one_reduction(size_average: Any, reduce: Any, reduction: str) -> str:
    """What the two old options, where given, mean in terms of the new one."""
    if size_average is None and reduce is None:
        return reduction
    old = "none" if reduce is False else "sum" if size_average is False else "mean"
    warn_user(f"size_average and reduce args will be deprecated, please use reduction='{old}' instead.")
    return old


def _reduced(loss: Any, reduction: str) -> Any:
    _check(reduction)
    return loss if reduction == "none" else loss.mean() if reduction == "mean" else loss.sum()


def _same_shape(input: Any, target: Any) -> tuple[Any, Any]:
    """Both at their common shape; torch warns where that is not their own."""
    if input.shape == target.shape:
        return input, target
    warnings.warn(
        f"Using a target size ({target.shape}) that is different to the input size ({input.shape}). This will likely "
        "lead to incorrect results due to broadcasting. Please ensure they have the same size.", stacklevel=3)
    try:
        return torch.broadcast_tensors(input, target)
    except ValueError:
        raise broadcast_error(input._data, target._data) from None


def mse_loss(input: Any, target: Any, size_average: Any = None, reduce: Any = None, reduction: str = "mean",
             weight: Any = None) -> Any:
    """The squared difference; `reduction` is "none", "mean" or "sum"."""
    reduction = one_reduction(size_average, reduce, reduction)
    _check(reduction)
    input, target = _same_shape(input, target)
    if weight is not None:
        loss = (input - target) ** 2 * weight
        return loss.sum() / weight.sum() if reduction == "mean" else _reduced(loss, reduction)
    dtype = np.result_type(input._data, target._data)
    x, y = (t if t._data.dtype == dtype else t.to(torch.as_tensor(np.zeros(0, dtype)).dtype) for t in (input, target))
    with np.errstate(all="ignore"):
        z = rows.mse(x._data, y._data, reduction) if x._data.size or reduction != "mean" else np.asarray(np.nan, dtype)
    return record(rows.MSE, Tensor, (x, y, reduction), z)


def l1_loss(input: Any, target: Any, size_average: Any = None, reduce: Any = None, reduction: str = "mean") -> Any:
    """The absolute difference."""
    reduction = one_reduction(size_average, reduce, reduction)
    input, target = _same_shape(input, target)
    return _reduced((input - target).abs(), reduction)


def smooth_l1_loss(input: Any, target: Any, size_average: Any = None, reduce: Any = None, reduction: str = "mean",
                   beta: float = 1.0) -> Any:
    """Squared differences below `beta`, absolute ones above."""
    reduction = one_reduction(size_average, reduce, reduction)
    if beta < 0:
        raise RuntimeError("smooth_l1_loss does not support negative values for beta.")
    if beta == 0:
        return l1_loss(input, target, reduction=reduction)
    input, target = _same_shape(input, target)

    def smooth(x: Any, y: Any) -> Any:
        d = (x - y).abs()
        return _reduced(torch.where(d < beta, 0.5 * d * d / beta, d - 0.5 * beta), reduction)
    return composite("SmoothL1LossBackward0", smooth, input, target)


def huber_loss(input: Any, target: Any, reduction: str = "mean", delta: float = 1.0) -> Any:
    """Half the squared difference up to `delta`, and the tangent line beyond."""
    if delta <= 0:
        raise RuntimeError("huber_loss does not support non-positive values for delta.")
    input, target = _same_shape(input, target)
    def huber(x: Any, y: Any) -> Any:
        d = (x - y).abs()
        return _reduced(torch.where(d <= delta, 0.5 * d * d, delta * (d - 0.5 * delta)), reduction)
    return composite("HuberLossBackward0", huber, input, target)


def kl_div(input: Any, target: Any, size_average: Any = None, reduce: Any = None, reduction: str = "mean",
           log_target: bool = False) -> Any:
    """`target * (log target - input)`; reduction "batchmean" divides the sum by the batch size."""
    reduction = one_reduction(size_average, reduce, reduction)
    if reduction == "mean":
        warnings.warn("reduction: 'mean' divides the total loss by both the batch size and the support size."
                      "'batchmean' divides only by the batch size, and aligns with the KL div math definition."
                      "'mean' will be changed to behave the same as 'batchmean' in the next major release.",
                      stacklevel=2)
    if log_target:
        loss = target.exp() * (target - input)
    else:
        loss = torch.xlogy(target, target) - target * input
    if reduction == "batchmean":
        return loss.sum() / input.shape[0] if input.dim() else loss.sum()
    return _reduced(loss, reduction)


def binary_cross_entropy(input: Any, target: Any, weight: Any = None, size_average: Any = None, reduce: Any = None,
                         reduction: str = "mean") -> Any:
    """Cross entropy of probabilities `input`; logarithms are limited to -100. Raises ValueError for other sizes."""
    reduction = one_reduction(size_average, reduce, reduction)
    if input.shape != target.shape:
        raise ValueError(f"Using a target size ({target.shape}) that is different to the input size ({input.shape}) is "
                         "deprecated. Please ensure they have the same size.")
    _check(reduction)
    if input._data.size and not ((input._data >= 0) & (input._data <= 1)).all():
        raise RuntimeError("all elements of input should be between 0 and 1")

    def entropy(x: Any, y: Any) -> Any:
        loss = -(y * x.log().clamp_min(-100) + (1 - y) * (1 - x).log().clamp_min(-100))
        return _reduced(loss if weight is None else loss * weight, reduction)
    return composite("BinaryCrossEntropyBackward0", entropy, input, target)


def binary_cross_entropy_with_logits(input: Any, target: Any, weight: Any = None, size_average: Any = None,
                                     reduce: Any = None, reduction: str = "mean", pos_weight: Any = None) -> Any:
    """Cross entropy of `sigmoid(input)`, without overflow. Raises ValueError for other sizes."""
    reduction = one_reduction(size_average, reduce, reduction)
    from runtime.nn.functional import logsigmoid

    if input.shape != target.shape:
        raise ValueError(f"Target size ({target.shape}) must be the same as input size ({input.shape})")
    _check(reduction)

    def entropy(x: Any, y: Any) -> Any:
        factor = 1 if pos_weight is None else (pos_weight - 1) * y + 1
        loss = (1 - y) * x - factor * logsigmoid(x)
        return _reduced(loss if weight is None else loss * weight, reduction)
    return composite("BinaryCrossEntropyWithLogitsBackward0", entropy, input, target)


def nll_loss(input: Any, target: Any, weight: Any = None, size_average: Any = None, ignore_index: int = -100,
             reduce: Any = None, reduction: str = "mean") -> Any:
    """`-input` at the target class, for log-probabilities `input` (classes,), (batch, classes) or
    (batch, classes, ...).

    `weight` has one factor per class; targets equal to `ignore_index` do not count. Raises ValueError for other
    batch sizes, RuntimeError for targets that are no int64, IndexError for targets out of range.
    """
    reduction = one_reduction(size_average, reduce, reduction)
    _check(reduction)
    if input.dim() == 1:
        return nll_loss(input.unsqueeze(0), target.reshape(1), weight, None, ignore_index, None,
                        reduction).reshape(target.shape if reduction == "none" else ())
    if input.shape[0] != target.shape[0]:
        raise ValueError(f"Expected input batch_size ({input.shape[0]}) to match target batch_size "
                         f"({target.shape[0]}).")
    if target._data.dtype.kind == "f":
        raise RuntimeError(f"expected target dtype to be Long or Byte, but got {_scalar_name(target)}")
    if input.dim() > 2:
        flat = input.movedim(1, -1).reshape(-1, input.shape[1])
        loss = nll_loss(flat, target.reshape(-1), weight, None, ignore_index, None, reduction)
        return loss.view(target.shape) if reduction == "none" else loss
    index = target._data.astype(np.int64)
    counts = index != ignore_index
    wrong = counts & ((index < 0) | (index >= input.shape[1]))
    if wrong.any():
        raise IndexError(f"Target {index[wrong][0]} is out of bounds.")
    index = np.where(counts, index, 0)[:, None]
    per_class = np.ones(input.shape[1]) if weight is None else weight._data
    scale = (per_class[index] * counts[:, None]).astype(input._data.dtype)
    total = None if reduction == "none" else scale.sum() if reduction == "mean" else scale.dtype.type(1)
    with np.errstate(all="ignore"):
        z = rows.nll(input._data, index, scale, total)
    return record(rows.NLL, Tensor, (input, index, scale, total), z)


def _scalar_name(t: Any) -> str:
    from runtime.dtypes import SCALAR_TYPES

    return SCALAR_TYPES[t.dtype.name]


def cross_entropy(input: Any, target: Any, weight: Any = None, size_average: Any = None, ignore_index: int = -100,
                  reduce: Any = None, reduction: str = "mean", label_smoothing: float = 0.0) -> Any:
    """`nll_loss` of `log_softmax(input)`; `target` may also be probabilities in the shape of `input`."""
    reduction = one_reduction(size_average, reduce, reduction)
    _check(reduction)
    dim = 0 if input.dim() == 1 else 1
    logp = input.log_softmax(dim)
    if target.shape == input.shape and target._data.dtype.kind == "f":
        return _soft_target(logp, target, weight, dim, reduction, label_smoothing)
    if label_smoothing == 0:
        return nll_loss(logp, target, weight, None, ignore_index, None, reduction)
    hard = nll_loss(logp, target, weight, None, ignore_index, None, reduction)
    counts = torch.as_tensor((target._data != ignore_index).astype(input._data.dtype))
    smooth = -(logp if weight is None else logp * _per_class(weight, logp, dim)).sum(dim) * counts
    if reduction == "mean":
        picked = counts if weight is None else counts * weight[torch.as_tensor(
            np.where(target._data == ignore_index, 0, target._data))]
        smooth = smooth.sum() / picked.sum()
    elif reduction == "sum":
        smooth = smooth.sum()
    return (1 - label_smoothing) * hard + label_smoothing / input.shape[dim] * smooth


def _soft_target(logp: Any, target: Any, weight: Any, dim: int, reduction: str, smoothing: float) -> Any:
    if smoothing:
        target = target * (1 - smoothing) + smoothing / logp.shape[dim]
    scaled = logp if weight is None else logp * _per_class(weight, logp, dim)
    loss = -(scaled * target)
    if reduction == "none":
        return loss.sum(dim)
    return loss.sum() / (logp.numel() / logp.shape[dim]) if reduction == "mean" else loss.sum()


def _per_class(weight: Any, logp: Any, dim: int) -> Any:
    return weight.view([-1 if k == dim else 1 for k in range(logp.dim())])
