"""`torch.nn.functional`: layers without state, and losses.

>>> import runtime as torch
>>> import runtime.nn.functional as F
>>> F.softmax(torch.zeros(2), dim=0)
tensor([0.5000, 0.5000])
"""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import runtime as torch
from runtime.composite import composite
from runtime.dispatch import Op, record
from runtime.dtypes import SCALAR_TYPES
from runtime.nn import more_activations, rows
from runtime.nn.convolution import CONVOLUTION, TRANSPOSED, convolution_input
from runtime.nn.convolution import convolution as convolve
from runtime.nn.losses import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy,
    huber_loss,
    kl_div,
    l1_loss,
    mse_loss,
    nll_loss,
    smooth_l1_loss,
)
from runtime.nn.normalization import batch_norm, group_norm, instance_norm, rms_norm
from runtime.nn.pooling import adaptive_avg_pool2d, avg_pool1d, avg_pool2d, max_pool1d, max_pool2d, pad, pair
from runtime.quiet import ENTER, LEAVE, SILENT
from runtime.tensor import Tensor


def linear(input: Any, weight: Any, bias: Any = None) -> Any:
    """`input @ weight.T + bias` for `input` (..., in), `weight` (out, in) and `bias` (out,)."""
    if bias is None:
        return input.matmul(weight.t())
    if input.dim() == 2:
        return _affine(bias, input, weight.t())
    return _affine(bias, input.reshape(-1, input.shape[-1]), weight.t()).view(*input.shape[:-1], weight.shape[0])


def _affine(bias: Any, x: Any, w: Any) -> Any:
    if x._data.dtype != w._data.dtype:
        a, b = (SCALAR_TYPES[t.dtype.name] for t in (x, w))
        raise RuntimeError(f"mat1 and mat2 must have the same dtype, but got {a} and {b}")
    if x.shape[1] != w.shape[0]:
        raise RuntimeError(f"mat1 and mat2 shapes cannot be multiplied ({x.shape[0]}x{x.shape[1]} and "
                           f"{w.shape[0]}x{w.shape[1]})")
    return record(rows.AFFINE, Tensor, (bias, x, w), rows.affine(bias._data, x._data, w._data))


def relu(input: Any, inplace: bool = False) -> Any:
    """`max(input, 0)`."""
    return input.relu_() if inplace else input.relu()


def tanh(input: Any) -> Any:
    """The hyperbolic tangent."""
    return input.tanh()


def sigmoid(input: Any) -> Any:
    """The logistic function."""
    return input.sigmoid()


def _pointwise(op: Op, input: Any, *parameters: Any) -> Any:
    token = ENTER(SILENT)
    try:
        z = op.row.function(input._data, *parameters).astype(input._data.dtype, copy=False)
    finally:
        LEAVE(token)
    return record(op, Tensor, (input, *parameters), z)


def _placed(op: Op, input: Any, inplace: bool, *parameters: Any) -> Any:
    """The result, written over the input if `inplace`; the node then keeps a copy of what it was."""
    return input.copy_(_pointwise(op, input.clone(), *parameters)) if inplace else _pointwise(op, input, *parameters)


def leaky_relu(input: Any, negative_slope: float = 0.01, inplace: bool = False) -> Any:
    """`input` where positive, else `negative_slope * input`."""
    return _placed(rows.LEAKY_RELU, input, inplace, negative_slope)


def elu(input: Any, alpha: float = 1.0, inplace: bool = False) -> Any:
    """`input` where positive, else `alpha * (exp(input) - 1)`."""
    return _placed(rows.ELU, input, inplace, alpha)


def silu(input: Any, inplace: bool = False) -> Any:
    """`input * sigmoid(input)`."""
    return _placed(rows.SILU, input, inplace)


def gelu(input: Any, approximate: str = "none") -> Any:
    """`input` times the normal distribution function, or its approximation by `tanh`."""
    if approximate == "tanh":
        return composite("GeluBackward0", lambda x: 0.5 * x * (1 + torch.tanh(
            0.7978845608028654 * (x + 0.044715 * x * x * x))), input)
    if approximate != "none":
        raise RuntimeError("approximate argument must be either none or tanh.")
    return _pointwise(rows.GELU, input)


def softplus(input: Any, beta: float = 1.0, threshold: float = 20.0) -> Any:
    """`log(1 + exp(beta * input)) / beta`, linear where `beta * input` is above the threshold."""
    return _pointwise(rows.SOFTPLUS, input, beta, threshold)


def logsigmoid(input: Any) -> Any:
    """`log(sigmoid(input))` without overflow."""
    return _pointwise(rows.LOG_SIGMOID, input)


def softmax(input: Any, dim: int, _stacklevel: int = 3, dtype: Any = None) -> Any:
    """Exponentials along `dim`, divided by their sum."""
    return (input if dtype is None else input.to(dtype)).softmax(dim)


def log_softmax(input: Any, dim: int, _stacklevel: int = 3, dtype: Any = None) -> Any:
    """The logarithm of `softmax`."""
    return (input if dtype is None else input.to(dtype)).log_softmax(dim)


def normalize(input: Any, p: float = 2.0, dim: int = 1, eps: float = 1e-12) -> Any:
    """`input` divided by its `p`-norm along `dim`."""
    return input / input.norm(p, dim, keepdim=True).clamp_min(eps).expand_as(input)


def dropout(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """In training, elements become 0 with probability `p` and the others are divided by `1 - p`.

    Raises ValueError unless `p` is in [0, 1].
    """
    if p < 0.0 or p > 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
    if not training or p == 0:
        return input
    kept = torch.rand_like(input.detach()) >= p
    noise = kept.to(input.dtype) / (1 - p if p < 1 else 1)
    return input.mul_(noise) if inplace else input * noise


def layer_norm(input: Any, normalized_shape: Sequence[int], weight: Any = None, bias: Any = None,
               eps: float = 1e-5) -> Any:
    """Mean 0 and variance 1 over the trailing dimensions `normalized_shape`, times `weight`, plus `bias`."""
    shape = tuple(normalized_shape)
    if not shape or tuple(input.shape[-len(shape):]) != shape:
        expected = ", ".join(["*", *map(str, shape)])
        raise RuntimeError(f"Given normalized_shape={list(shape)}, expected input with shape [{expected}], but got "
                           f"input of size{list(input.shape)}")
    axes = tuple(range(-len(shape), 0))
    arrays = [None if t is None else t._data for t in (input, weight, bias)]
    z = rows.layer_norm(*arrays, axes, eps).astype(input._data.dtype, copy=False)
    return record(rows.LAYER_NORM, Tensor, (input, weight, bias, axes, eps), z)


def embedding(input: Any, weight: Any, padding_idx: int | None = None) -> Any:
    """The rows of `weight` (rows, width) at the integer tensor `input`; no gradient flows to row `padding_idx`.

    Raises RuntimeError unless `input` is int32 or int64, IndexError if it is out of range.
    """
    index = input._data
    if index.dtype not in (np.int64, np.int32):
        raise RuntimeError("Expected tensor for argument #1 'indices' to have one of the following scalar types: "
                           f"Long, Int; but got {input.type()} instead (while checking arguments for embedding)")
    if index.size and (index.min() < 0 or index.max() >= weight.shape[0]):
        raise IndexError("index out of range in self")
    if padding_idx is not None and padding_idx < 0:
        padding_idx += weight.shape[0]
    return record(rows.EMBED, Tensor, (weight, index.copy(), padding_idx), weight._data[index])


def one_hot(tensor: Any, num_classes: int = -1) -> Any:
    """Zeros with a 1 at each class index, in a new last dimension."""
    count = int(tensor._data.max()) + 1 if num_classes < 0 else num_classes
    if tensor._data.size and tensor._data.max() >= count:
        raise RuntimeError("Class values must be smaller than num_classes.")
    return torch.from_numpy(np.eye(count, dtype=np.int64)[tensor._data])


_CPP = {"float64": "double", "float32": "float", "int64": "long int", "int32": "int", "bool": "bool",
        "complex128": "c10::complex<double>", "complex64": "c10::complex<float>"}


def conv2d(input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1,
           groups: int = 1) -> Any:
    """`input` ([batch,] channels, height, width) correlated with `weight` (results, channels / groups, rows, columns).

    Raises RuntimeError where the shapes do not fit.
    """
    if input.dim() == 3:
        return conv2d(input.unsqueeze(0), weight, bias, stride, padding, dilation, groups).squeeze(0)
    if input.dim() != 4:
        raise RuntimeError("Expected 3D (unbatched) or 4D (batched) input to conv2d, but got input of size: "
                           f"{list(input.shape)}")
    if weight.dim() != 4:
        raise RuntimeError(f"Expected {weight.dim()}-dimensional input for {weight.dim()}-dimensional weight "
                           f"{list(weight.shape)}, but got {input.dim()}-dimensional input of size "
                           f"{list(input.shape)} instead")
    stride, dilation = pair(stride), pair(dilation)
    if min(stride) < 1:
        raise RuntimeError("non-positive stride is not supported")
    if min(dilation) < 1:
        raise RuntimeError(f"dilation should be greater than zero, but got {list(dilation)}")
    if bias is not None and bias.dtype != input.dtype:
        kinds = [_CPP.get(t.dtype.name, t.dtype.name) for t in (input, bias)]
        raise RuntimeError(f"Input type ({kinds[0]}) and bias type ({kinds[1]}) should be the same")
    padding = _same(weight, dilation) if padding == "same" else (0, 0) if padding == "valid" else pair(padding)
    channels = weight.shape[1] * groups
    if input.shape[1] != channels:
        raise RuntimeError(f"Given groups={groups}, weight of size {list(weight.shape)}, expected input"
                           f"{list(input.shape)} to have {channels} channels, but got {input.shape[1]} channels "
                           "instead")
    padded = [n + 2 * p for n, p in zip(input.shape[2:], padding, strict=True)]
    extent = [d * (k - 1) + 1 for k, d in zip(weight.shape[2:], dilation, strict=True)]
    if any(n < k for n, k in zip(padded, extent, strict=True)):
        raise RuntimeError(f"Calculated padded input size per channel: ({padded[0]} x {padded[1]}). Kernel size: "
                           f"({extent[0]} x {extent[1]}). Kernel size can't be greater than actual input size")
    options = (stride, padding, dilation, groups)
    z = convolve(input._data, weight._data, None if bias is None else bias._data, *options)
    return record(CONVOLUTION, Tensor, (input, weight, bias, *options), z)


def _same(weight: Any, dilation: tuple[int, int]) -> tuple[int, int]:
    extent = [d * (k - 1) for k, d in zip(weight.shape[2:], dilation, strict=True)]
    if any(e % 2 for e in extent):
        raise NotImplementedError("padding='same' needs kernels of odd length here: pad the input by hand")
    return extent[0] // 2, extent[1] // 2


def conv_transpose2d(input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0,
                     output_padding: Any = 0, groups: int = 1, dilation: Any = 1) -> Any:
    """The transpose of `conv2d` in its input: ([batch,] channels, rows, columns) spread by `weight` (channels,
    results / groups, rows, columns). Raises RuntimeError where the shapes do not fit."""
    if input.dim() == 3:
        return conv_transpose2d(input.unsqueeze(0), weight, bias, stride, padding, output_padding, groups,
                                dilation).squeeze(0)
    if input.dim() != 4:
        raise RuntimeError("Expected 3D (unbatched) or 4D (batched) input to conv_transpose2d, but got input of size: "
                           f"{list(input.shape)}")
    if input.shape[1] != weight.shape[0]:
        raise RuntimeError(f"Given transposed=1, weight of size {list(weight.shape)}, expected input"
                           f"{list(input.shape)} to have {weight.shape[0]} channels, but got {input.shape[1]} channels "
                           "instead")
    step, border, more, spread = map(pair, (stride, padding, output_padding, dilation))
    if any(m >= max(s, d) for m, s, d in zip(more, step, spread, strict=True)):
        raise RuntimeError("output padding must be smaller than either stride or dilation, but got "
                           f"output_padding_height: {more[0]} output_padding_width: {more[1]} stride_height: {step[0]} "
                           f"stride_width: {step[1]} dilation_height: {spread[0]} dilation_width: {spread[1]}")
    lengths = ((n - 1) * s - 2 * p + d * (k - 1) + m + 1 for n, s, p, d, k, m in zip(
        input.shape[2:], step, border, spread, weight.shape[2:], more, strict=True))
    size = (input.shape[0], weight.shape[1] * groups, *lengths)
    options = (size, step, border, spread, groups)

    def spread_out(x: Any, w: Any, b: Any) -> Any:
        out = record(TRANSPOSED, Tensor, (x, w, *options), convolution_input(x._data, w._data, *options))
        return out if b is None else out + b.reshape(-1, 1, 1)
    return composite("ConvolutionBackward0", spread_out, input, weight, bias)


def conv1d(input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1,
           groups: int = 1) -> Any:
    """`input` ([batch,] channels, length) correlated with `weight` (results, channels / groups, places)."""
    def flat(value: Any) -> Any:
        return (1, value if isinstance(value, int) else value[0])
    if input.dim() not in (2, 3):
        raise RuntimeError("Expected 2D (unbatched) or 3D (batched) input to conv1d, but got input of size: "
                           f"{list(input.shape)}")
    channels = weight.shape[1] * groups
    if input.shape[-2] != channels:
        raise RuntimeError(f"Given groups={groups}, weight of size {list(weight.shape)}, expected input"
                           f"{list(input.shape)} to have {channels} channels, but got {input.shape[-2]} channels "
                           "instead")
    border = padding if isinstance(padding, str) else (0, flat(padding)[1])
    return conv2d(input.unsqueeze(-2), weight.unsqueeze(-2), bias, flat(stride), border, flat(dilation),
                  groups).squeeze(-2)


globals().update(more_activations.FUNCTIONS)
__all__ = [
    "adaptive_avg_pool2d", "avg_pool1d", "avg_pool2d", "batch_norm", "binary_cross_entropy",
    "binary_cross_entropy_with_logits", "conv1d", "conv2d", "cross_entropy", "dropout", "elu", "embedding", "gelu",
    "group_norm", "huber_loss", "instance_norm", "kl_div", "l1_loss", "layer_norm", "leaky_relu", "linear",
    "log_softmax", "logsigmoid", "max_pool1d", "max_pool2d", "mse_loss", "nll_loss", "normalize", "one_hot", "pad",
    "pair", "relu", "rms_norm", "sigmoid", "silu", "smooth_l1_loss", "softmax", "softplus", "tanh",
    *more_activations.FUNCTIONS]
