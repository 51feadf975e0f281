"""Pooling and padding: functions and modules."""
from __future__ import annotations

import math
from typing import Any

import numpy as np

import runtime as torch
from runtime.composite import composite
from runtime.nn.module import Module
from runtime.tensor import Tensor


def pair(value: Any) -> tuple[int, int]:
    """A number twice, or the two numbers given."""
    return (value, value) if isinstance(value, int) else (int(value[0]), int(value[-1]))


def _length(n: int, kernel: int, step: int, border: int, spread: int, ceil: bool) -> int:
    """How many places a window takes along a dimension of length n."""
    room = n + 2 * border - spread * (kernel - 1) - 1
    count = (-(-room // step) if ceil else room // step) + 1
    return count - 1 if ceil and (count - 1) * step >= n + border else count  # no window begins behind the end


def _windows(shape: Any, kernel: Any, step: Any, border: Any, spread: Any, ceil: bool) -> np.ndarray:
    """The flat places under the window at each of its positions, -1 in the border: (row, column, place)."""
    width = shape[1]
    at = []
    for n, k, s, p, d in zip(shape, kernel, step, border, spread, strict=True):
        place = np.arange(_length(n, k, s, p, d, ceil))[:, None] * s - p + np.arange(k) * d
        at.append(np.where((place >= 0) & (place < n), place, -1))
    rows, columns = at[0][:, None, :, None], at[1][None, :, None, :]
    found = np.where((rows < 0) | (columns < 0), -1, rows * width + columns)
    return found.reshape(*found.shape[:2], -1)


def _refuse(name: str, shape: Any, kernel: Any, step: Any, border: Any, spread: Any, ceil: bool) -> None:
    """Raise RuntimeError where PyTorch refuses a window, or the shape that it is moved over."""
    flat = name.endswith("1d")
    for what, numbers in (("kernel_size", kernel), ("stride", step), ("dilation", spread)):
        if min(numbers) < 1:
            raise RuntimeError(f"{name}() {what} must be greater than zero, but got {numbers[-1]}" if flat else
                               f"{what.replace('kernel_size', 'kernel size')} should be greater than zero, but got "
                               f"{what[0]}H: {numbers[0]} {what[0]}W: {numbers[1]}")
    for k, p, d in zip(kernel, border, spread, strict=True):
        if p < 0:
            raise RuntimeError(f"pad must be non-negative, but got pad: {p}")
        if p > ((k - 1) * d + 1) // 2:
            raise RuntimeError(f"pad should be at most half of effective kernel size, but got pad={p}, kernel_size={k} "
                               f"and dilation={d}")
    if 0 in shape[-3:] if len(shape) == 3 else 0 in shape[1:]:
        seen = [*shape[:-2], shape[-1]] if flat else list(shape)
        raise RuntimeError(f"{name}: Expected 2D or 3D (batch mode) tensor with optional 0 dim batch size for input, "
                           f"but got:{seen}" if flat else
                           f"Expected 3D or 4D (batch mode) tensor with optional 0 dim batch size for input, but "
                           f"got:{seen}")
    sizes = [_length(n, k, s, p, d, ceil) for n, k, s, p, d in zip(shape[-2:], kernel, step, border, spread,
                                                                    strict=True)]
    if min(sizes) < 1 and flat:
        raise RuntimeError(f"{name}() Invalid computed output size: {sizes[-1]}")
    if min(sizes) < 1:
        raise RuntimeError(f"Given input size: ({'x'.join(map(str, shape[-3:]))}). Calculated output size: "
                           f"({shape[-3]}x{sizes[0]}x{sizes[1]}). Output size is too small")


def max_pool2d(input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
               ceil_mode: bool = False, return_indices: bool = False, name: str = "max_pool2d") -> Any:
    """The largest element under a window at each place of `input` ([batch,] channels, height, width).

    With `return_indices` also where it is, counted within the channel. `ceil_mode` lets the last window reach over the
    end. Raises RuntimeError for what is no window, and where it fits nowhere.
    """
    if input.dim() not in (3, 4):
        raise RuntimeError("non-empty 3D or 4D (batch mode) tensor expected for input")
    form = (pair(kernel_size), pair(kernel_size if stride is None or stride == [] else stride), pair(padding),
            pair(dilation), ceil_mode)
    _refuse(name, input.shape, *form)
    if input.dim() == 3:
        out = max_pool2d(input.unsqueeze(0), kernel_size, stride, padding, dilation, ceil_mode, return_indices)
        return tuple(t.squeeze(0) for t in out) if return_indices else out.squeeze(0)
    n, c = input.shape[:2]
    windows = _windows(input.shape[2:], *form)
    values = np.where(windows >= 0, input._data.reshape(n, c, math.prod(input.shape[2:]))[:, :, windows], -np.inf)
    chosen = values.argmax(-1)[..., None]
    index = np.take_along_axis(np.broadcast_to(windows, values.shape), chosen, -1)[..., 0]
    at = torch.from_numpy(index.reshape(n, c, math.prod(index.shape[2:])))
    picked = composite("MaxPool2DWithIndicesBackward0",
                       lambda x: x.reshape(n, c, -1).gather(2, at).view(index.shape), input) if n else (
        input.new_zeros(index.shape))
    return (picked, torch.from_numpy(index)) if return_indices else picked


def avg_pool2d(input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
               count_include_pad: bool = True, divisor_override: int | None = None, name: str = "avg_pool2d") -> Any:
    """The mean under a window at each place of `input` ([batch,] channels, height, width).

    Padding counts as zeros, or not at all without `count_include_pad`; `divisor_override` is what sums are divided by.
    """
    if divisor_override == 0:
        raise RuntimeError("divisor must be not zero")
    if input.dim() not in (3, 4):
        raise RuntimeError("non-empty 3D or 4D (batch mode) tensor expected for input")
    kernel, step, border = pair(kernel_size), pair(kernel_size if stride is None or stride == [] else stride), pair(
        padding)
    _refuse(name, input.shape, kernel, step, border, (1, 1), ceil_mode)
    if input.dim() == 3:
        return avg_pool2d(input.unsqueeze(0), kernel, step, border, ceil_mode, count_include_pad,
                          divisor_override).squeeze(0)
    n, c, height, width = input.shape
    windows = _windows((height, width), kernel, step, border, (1, 1), ceil_mode)
    if divisor_override is not None:
        count: Any = divisor_override
    elif count_include_pad:
        reach = [np.minimum(np.arange(m) * s - p + k, size + p) - (np.arange(m) * s - p) for m, s, p, k, size in zip(
            windows.shape[:2], step, border, kernel, (height, width), strict=True)]
        count = reach[0][:, None] * reach[1]
    else:
        count = (windows >= 0).sum(-1)
    share = torch.from_numpy((windows >= 0) / np.asarray(count)[..., None]).to(input.dtype)
    at = torch.from_numpy(np.maximum(windows, 0).reshape(-1))

    def mean(x: Any) -> Any:
        under = x.reshape(n, c, -1).index_select(2, at).view(n, c, *windows.shape)
        return (under * share).sum(-1)
    return composite("AvgPool2DBackward0", mean, input) if n else input.new_zeros((n, c, *windows.shape[:2]))


def _share(size: int, parts: int) -> list[slice]:
    """Cuts of a length into parts that overlap where it does not divide, as adaptive pooling takes them."""
    return [slice(k * size // parts, -(-(k + 1) * size // parts)) for k in range(parts)]


def adaptive_avg_pool2d(input: Any, output_size: Any) -> Any:
    """Means over windows such that `output_size` of them cover the input."""
    if not isinstance(output_size, int) and len(output_size) != 2:
        raise RuntimeError("adaptive_avg_pool2d: output_size must be 2")
    if not isinstance(output_size, int) and input.dim() < 3:
        raise ValueError("Input dimension should be at least 3")
    size = pair(output_size)
    if size == (1, 1):
        return input.mean((-2, -1), keepdim=True)

    def mean(x: Any) -> Any:
        rows = [torch.stack([x[..., r, c].mean((-2, -1)) for c in _share(x.shape[-1], size[1])], -1)
                for r in _share(x.shape[-2], size[0])]
        return torch.stack(rows, -2)
    return composite("AdaptiveAvgPool2DBackward0", mean, input)


def _refuse_flat(kernel_size: Any, padding: Any) -> None:
    """What `max_pool1d` says of padding where nothing is recorded."""
    k, p = (v if isinstance(v, int) else v[0] for v in (kernel_size, padding))
    if k < 1:
        raise RuntimeError(f"max_pool1d() kernel_size must be greater than zero, but got {k}")
    if p < 0:
        raise RuntimeError(f"max_pool1d() padding must be non-negative, but got {p}")
    if p > k // 2:
        raise RuntimeError(f"max_pool1d() padding should be at most half of kernel size, but got padding={p} and "
                           f"kernel_size={k}")


def _flat(pool: Any) -> Any:
    name = pool.__name__.replace("2d", "1d")

    def apply(input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, *rest: Any, **options: Any) -> Any:
        if input.dim() not in (2, 3):
            raise RuntimeError(f"{name}: Expected 2D or 3D (batch mode) tensor with optional 0 dim batch size for "
                               f"input, but got:{list(input.shape)}")
        if pool is max_pool2d and not (options.get("return_indices") or (len(rest) > 2 and rest[2])) and not (
                input.requires_grad and torch.is_grad_enabled()):
            _refuse_flat(kernel_size, padding)
        first = lambda v: v if isinstance(v, int) else v[0]  # noqa: E731 (several uses in few lines)
        step = kernel_size if stride is None or stride == [] else stride
        spread = rest[:1] or ((options.pop("dilation"),) if "dilation" in options else ())
        dilation = tuple((1, first(d)) for d in spread) if pool is max_pool2d else spread
        out = pool(input.unsqueeze(-2), (1, first(kernel_size)), (1, first(step)), (0, first(padding)), *dilation,
                   *rest[1:], **options, name=name)
        return tuple(t.squeeze(-2) for t in out) if isinstance(out, tuple) else out.squeeze(-2)
    apply.__name__ = apply.__qualname__ = name
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

    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0, **options: Any) -> None:
        super().__init__()
        self.kernel_size, self.padding = kernel_size, padding
        self.stride = kernel_size if stride is None else stride
        self._options = options

    def forward(self, input: Any) -> Any:
        """The pooled input."""
        return type(self)._function(input, self.kernel_size, self.stride, self.padding, **self._options)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class MaxPool2d(_Pool):
    """The largest element under a window."""

    _function = max_pool2d

    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
                 return_indices: bool = False, ceil_mode: bool = False) -> None:
        super().__init__(kernel_size, stride, padding, dilation=dilation, ceil_mode=ceil_mode,
                         return_indices=return_indices)
        self.dilation, self.return_indices, self.ceil_mode = dilation, return_indices, ceil_mode

    def extra_repr(self) -> str:
        return super().extra_repr() + f", dilation={self.dilation}, ceil_mode={self.ceil_mode}"


class MaxPool1d(MaxPool2d):
    """The largest element under a window of one dimension."""

    _function = max_pool1d


class AvgPool2d(_Pool):
    """The mean under a window."""

    _function = avg_pool2d

    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
                 count_include_pad: bool = True, divisor_override: int | None = None) -> None:
        super().__init__(kernel_size, stride, padding, ceil_mode=ceil_mode, count_include_pad=count_include_pad,
                         divisor_override=divisor_override)
        self.ceil_mode, self.count_include_pad = ceil_mode, count_include_pad


class AvgPool1d(_Pool):
    """The mean under a window of one dimension."""

    _function = avg_pool1d

    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
                 count_include_pad: bool = True) -> None:
        super().__init__(kernel_size, stride, padding, ceil_mode=ceil_mode, count_include_pad=count_include_pad)
        self.ceil_mode, self.count_include_pad = ceil_mode, count_include_pad

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
