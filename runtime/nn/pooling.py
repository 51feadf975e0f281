"""Pooling and padding: functions and modules."""
from __future__ import annotations

from typing import Any

import numpy as np

import runtime as torch
from runtime.composite import composite
from runtime.nn.module import Module
from runtime.tensor import Tensor


def pair(value: Any) -> tuple[int, int]:
    """A number twice, or the two numbers given."""
    return (value, value) if isinstance(value, int) else (int(value[0]), int(value[-1]))


def _windows(shape: Any, kernel: Any, step: Any, border: Any) -> np.ndarray:
    """The flat places under the window at each of its positions, -1 in the border: (row, column, place)."""
    height, width = shape
    place = np.pad(np.arange(height * width).reshape(height, width), [(p, p) for p in border], constant_values=-1)
    found = np.lib.stride_tricks.sliding_window_view(place, kernel)[::step[0], ::step[1]]
    return found.reshape(*found.shape[:2], -1)


def max_pool2d(input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
               ceil_mode: bool = False, return_indices: bool = False) -> Any:
    """The largest element under a window at each place of `input` ([batch,] channels, height, width).

    With `return_indices` also where it is, counted within the channel.
    """
    if input.dim() not in (3, 4):
        raise RuntimeError("non-empty 3D or 4D (batch mode) tensor expected for input")
    if pair(dilation) != (1, 1) or ceil_mode:
        raise NotImplementedError("max_pool2d is written for dilation 1 and ceil_mode False")
    if input.dim() == 3:
        out = max_pool2d(input.unsqueeze(0), kernel_size, stride, padding, return_indices=return_indices)
        return tuple(t.squeeze(0) for t in out) if return_indices else out.squeeze(0)
    n, c = input.shape[:2]
    windows = _windows(input.shape[2:], pair(kernel_size), pair(kernel_size if stride is None else stride),
                       pair(padding))
    values = np.where(windows >= 0, input._data.reshape(n, c, -1)[:, :, windows], -np.inf)
    chosen = values.argmax(-1)[..., None]
    index = np.take_along_axis(np.broadcast_to(windows, values.shape), chosen, -1)[..., 0]
    at = torch.from_numpy(index.reshape(n, c, -1))
    picked = composite("MaxPool2DWithIndicesBackward0",
                       lambda x: x.reshape(n, c, -1).gather(2, at).view(index.shape), input)
    return (picked, torch.from_numpy(index)) if return_indices else picked


def avg_pool2d(input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0) -> Any:
    """The mean under a window at each place of `input` (batch, channels, height, width); padding counts as zeros."""
    from runtime.nn.functional import conv2d

    rows, columns = pair(kernel_size)
    n, c, height, width = input.shape
    weight = torch.full((1, 1, rows, columns), 1 / (rows * columns), dtype=input.dtype)

    def mean(x: Any) -> Any:
        out = conv2d(x.reshape(n * c, 1, height, width), weight, None, kernel_size if stride is None else stride,
                     padding)
        return out.view(n, c, *out.shape[2:])
    return composite("AvgPool2DBackward0", mean, input)


def _share(size: int, parts: int) -> list[slice]:
    """Cuts of a length into parts that overlap where it does not divide, as adaptive pooling takes them."""
    return [slice(k * size // parts, -(-(k + 1) * size // parts)) for k in range(parts)]


def adaptive_avg_pool2d(input: Any, output_size: Any) -> Any:
    """Means over windows such that `output_size` of them cover the input."""
    size = pair(output_size)
    if size == (1, 1):
        return input.mean((-2, -1), keepdim=True)

    def mean(x: Any) -> Any:
        rows = [torch.stack([x[..., r, c].mean((-2, -1)) for c in _share(x.shape[-1], size[1])], -1)
                for r in _share(x.shape[-2], size[0])]
        return torch.stack(rows, -2)
    return composite("AdaptiveAvgPool2DBackward0", mean, input)


def _flat(pool: Any) -> Any:
    def apply(input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0) -> Any:
        first = lambda v: v if isinstance(v, int) else v[0]  # noqa: E731 (three uses in one line)
        step = kernel_size if stride is None else stride
        return pool(input.unsqueeze(-2), (1, first(kernel_size)), (1, first(step)), (0, first(padding))).squeeze(-2)
    apply.__name__ = apply.__qualname__ = pool.__name__.replace("2d", "1d")
    apply.__doc__ = f"`{pool.__name__}` along one dimension, of ([batch,] channels, length)."
    return apply


max_pool1d, avg_pool1d = _flat(max_pool2d), _flat(avg_pool2d)


def pad(input: Any, pad: Any, mode: str = "constant", value: float | None = None) -> Any:
    """`input` with `pad` elements before and after its last dimensions, the last one first; negative ones cut off.

    `mode` is "constant", "reflect", "replicate" or "circular".
    """
    widths = list(pad)
    sides = [(0, 0)] * (input.dim() - len(widths) // 2) + list(zip(widths[-2::-2], widths[::-2], strict=True))
    places: Any = np.arange(input.numel()).reshape(input.shape)
    kind = {"constant": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}.get(mode)
    if kind is None:
        raise NotImplementedError(f"Unrecognised padding mode {mode}")
    options = {"constant_values": -1} if kind == "constant" else {}
    if kind == "wrap":  # what is cut off does not come round again
        places = places[tuple(slice(max(-a, 0), n + min(b, 0)) for (a, b), n in zip(sides, places.shape, strict=True))]
        sides = [(max(a, 0), max(b, 0)) for a, b in sides]
    places = np.pad(places, [(max(a, 0), max(b, 0)) for a, b in sides], kind, **options)
    places = places[tuple(slice(max(-a, 0), n + min(b, 0)) for (a, b), n in zip(sides, places.shape, strict=True))]
    fill = torch.from_numpy(places < 0)
    at = torch.from_numpy(np.maximum(places, 0).reshape(-1))

    def padded(x: Any) -> Any:
        found = x.reshape(-1).index_select(0, at).view(places.shape)
        return found.masked_fill(fill, 0.0 if value is None else value) if kind == "constant" else found
    names = {"constant": "ConstantPadNdBackward0", "circular": "CopySlices"}
    rank = len(widths) // 2
    return composite(names.get(mode, f"{'Reflection' if mode == 'reflect' else 'Replication'}Pad{rank}DBackward0"),
                     padded, input)


class _Pool(Module):
    """A pooling with a window."""

    _function: Any = None

    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0) -> None:
        super().__init__()
        self.kernel_size, self.padding = kernel_size, padding
        self.stride = kernel_size if stride is None else stride

    def forward(self, input: Any) -> Any:
        """The pooled input."""
        return type(self)._function(input, self.kernel_size, self.stride, self.padding)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class MaxPool2d(_Pool):
    """The largest element under a window."""

    _function = max_pool2d

    def extra_repr(self) -> str:
        return super().extra_repr() + ", dilation=1, ceil_mode=False"


class MaxPool1d(MaxPool2d):
    """The largest element under a window of one dimension."""

    _function = max_pool1d


class AvgPool2d(_Pool):
    """The mean under a window."""

    _function = avg_pool2d


class AvgPool1d(_Pool):
    """The mean under a window of one dimension."""

    _function = avg_pool1d

    def extra_repr(self) -> str:
        sizes = ((v,) if isinstance(v, int) else tuple(v) for v in (self.kernel_size, self.stride, self.padding))
        return "kernel_size={}, stride={}, padding={}".format(*sizes)


class AdaptiveAvgPool2d(Module):
    """Means over as many windows as asked for."""

    def __init__(self, output_size: Any) -> None:
        super().__init__()
        self.output_size = output_size

    def forward(self, input: Tensor) -> Any:
        """(..., height, width) to (..., *output_size)."""
        return adaptive_avg_pool2d(input, self.output_size)

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"
