"""Two-dimensional convolution: three bilinear functions, each the transpose of another, and their rows."""
from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ad_compiler.rules.row import Partial, linear, rule
from ad_compiler.support import overridable
from runtime.dispatch import Op
from runtime.own_rows import OWN, OWN_NODES, SAMPLES


def _windows(x: Any, kernel: Any, stride: Any, padding: Any, dilation: Any) -> Any:
    """The parts of `x` under the kernel at each place: (batch, channel, row, column, kernel row, kernel column)."""
    x = np.pad(x, ((0, 0), (0, 0), (padding[0],) * 2, (padding[1],) * 2))
    extent = [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)]
    found = sliding_window_view(x, extent, axis=(2, 3))
    return found[:, :, ::stride[0], ::stride[1], ::dilation[0], ::dilation[1]]


@overridable
def convolution(x: Any, w: Any, bias: Any, stride: Any, padding: Any, dilation: Any, groups: int) -> Any:
    """`x` (batch, channels, height, width) correlated with `w` (results, channels / groups, rows, columns)."""
    windows = _windows(x, w.shape[2:], stride, padding, dilation)
    parts = [np.tensordot(part, kernel, axes=([1, 4, 5], [1, 2, 3])) for part, kernel in zip(
        np.split(windows, groups, axis=1), np.split(w, groups), strict=True)]
    out = np.ascontiguousarray(np.moveaxis(np.concatenate(parts, axis=-1), -1, 1))
    return out if bias is None else out + bias.reshape(-1, 1, 1)


@overridable
def convolution_input(h: Any, w: Any, size: Any, stride: Any, padding: Any, dilation: Any, groups: int) -> Any:
    """The transpose in `x`, whose shape is `size`."""
    n, c, height, width = size
    out = np.zeros((n, c, height + 2 * padding[0], width + 2 * padding[1]), h.dtype)
    rows, columns = ((length - 1) * s + 1 for length, s in zip(h.shape[2:], stride, strict=True))
    per = c // groups
    for k, (part, kernel) in enumerate(zip(np.split(h, groups, axis=1), np.split(w, groups), strict=True)):
        for i in range(w.shape[2]):
            for j in range(w.shape[3]):
                top, left = i * dilation[0], j * dilation[1]
                place = out[:, k * per:(k + 1) * per, top:top + rows:stride[0], left:left + columns:stride[1]]
                place += np.moveaxis(np.tensordot(part, kernel[:, :, i, j], axes=([1], [0])), -1, 1)
    return out[:, :, padding[0]:padding[0] + height, padding[1]:padding[1] + width]


@overridable
def convolution_weight(h: Any, x: Any, size: Any, stride: Any, padding: Any, dilation: Any, groups: int) -> Any:
    """The transpose in `w`, whose shape is `size`."""
    windows = _windows(x, size[2:], stride, padding, dilation)[:, :, :h.shape[2], :h.shape[3]]
    return np.concatenate([np.tensordot(part, window, axes=([0, 2, 3], [0, 2, 3])) for part, window in zip(
        np.split(h, groups, axis=1), np.split(windows, groups, axis=1), strict=True)])


ROW = rule(
    convolution, "x, w, bias, stride, padding, dilation, groups", samples=SAMPLES,
    x=Partial(vjp=lambda g, w, x_shape, stride, padding, dilation, groups: convolution_input(
                  g, w, x_shape, stride, padding, dilation, groups),
              jvp=lambda d, w, stride, padding, dilation, groups: convolution(
                  d, w, None, stride, padding, dilation, groups)),
    w=Partial(vjp=lambda g, x, w_shape, stride, padding, dilation, groups: convolution_weight(
                  g, x, w_shape, stride, padding, dilation, groups),
              jvp=lambda d, x, stride, padding, dilation, groups: convolution(
                  x, d, None, stride, padding, dilation, groups)),
    bias=Partial(vjp=lambda g: np.sum(g, axis=(0, 2, 3)),
                 jvp=lambda d, out_shape: np.broadcast_to(np.reshape(d, (-1, 1, 1)), out_shape)))
# both are linear in each operand: the derivative along a tangent is the function of the tangent
INPUT_ROW = linear(
    convolution_input, "h, w, size, stride, padding, dilation, groups", samples=SAMPLES,
    h=lambda g, w, stride, padding, dilation, groups: convolution(g, w, None, stride, padding, dilation, groups),
    w=lambda g, h, w_shape, stride, padding, dilation, groups: convolution_weight(
        h, g, w_shape, stride, padding, dilation, groups))
WEIGHT_ROW = linear(
    convolution_weight, "h, x, size, stride, padding, dilation, groups", samples=SAMPLES,
    h=lambda g, x, stride, padding, dilation, groups: convolution(x, g, None, stride, padding, dilation, groups),
    x=lambda g, h, x_shape, stride, padding, dilation, groups: convolution_input(
        h, g, x_shape, stride, padding, dilation, groups))
for _row in (ROW, INPUT_ROW, WEIGHT_ROW):  # so that a recorded backward finds them
    OWN[_row.function] = _row
    OWN_NODES[_row.function] = "ConvolutionBackward0" if _row is ROW else "ConvolutionBackwardBackward0"
CONVOLUTION = Op(ROW, "ConvolutionBackward0")
TRANSPOSED = Op(INPUT_ROW, "ConvolutionBackward0")
