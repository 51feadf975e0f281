"""`torch.fft`: discrete Fourier transforms by NumPy's functions of the same names, recorded by their rows of the table.

    >>> import runtime as torch
    >>> x = torch.tensor([1.0, 2.0, 0.0, -2.0], requires_grad=True)
    >>> torch.fft.rfft(x).abs().sum().backward()
    >>> x.grad
    tensor([ 2.2425,  0.9701,  1.7575, -0.9701])
"""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from runtime import dtypes
from runtime.composite import composite
from runtime.core import Recorded, leaf
from runtime.dtypes import as_numpy
from runtime.numpy_calls import call
from runtime.tensor import Tensor

_NODES = {"fft": "FftC2CBackward0", "ifft": "FftC2CBackward0", "rfft": "FftR2CBackward0", "irfft": "FftC2RBackward0"}


def _node(name: str, x: Any) -> str:
    """torch's node; a real input is transformed as such, an inverse transform of it conjugated."""
    if x._data.dtype.kind == "c" or name in ("rfft", "irfft"):
        return _NODES[name]
    return "FftR2CBackward0" if name == "fft" else "ConjBackward0"


def _floating(x: Any) -> Any:
    """Integers as torch converts them before a transform."""
    return x if x._data.dtype.kind in "fc" else x.to(dtypes.get_default_dtype())


def _transform(name: str) -> Callable[..., Any]:
    function = getattr(np.fft, name)

    def one(input: Any, n: Any = None, dim: int = -1, norm: str | None = None) -> Any:
        options = {"n": n, "axis": dim, "norm": norm}
        return composite(_node(name, input), lambda x: call(function, (x,), options, Tensor), _floating(input))

    def several(input: Any, s: Any = None, dim: Any = (-2, -1) if name.endswith("2") else None,
                norm: str | None = None) -> Any:
        axes = None if dim is None and s is None else tuple(range(-len(s), 0)) if dim is None else dim
        if s is not None and any(n == -1 for n in s):
            s = [input._data.shape[k] if n == -1 else n for n, k in zip(s, axes, strict=True)]
        options = {"s": s, "axes": axes, "norm": norm}
        return composite(_NODES[name.rstrip("2n")], lambda x: call(function, (x,), options, Tensor), _floating(input))
    apply = several if name[-1] in "2n" else one
    apply.__name__ = apply.__qualname__ = f"fft_{name}"
    apply.__doc__ = f"NumPy's `{name}` along `dim`, with `norm` \"backward\", \"ortho\" or \"forward\"."
    return apply


fft, ifft, rfft, irfft = (_transform(name) for name in ("fft", "ifft", "rfft", "irfft"))
fft2, ifft2, rfft2, irfft2 = (_transform(name) for name in ("fft2", "ifft2", "rfft2", "irfft2"))
fftn, ifftn, rfftn, irfftn = (_transform(name) for name in ("fftn", "ifftn", "rfftn", "irfftn"))


def _frequencies(function: Callable[..., Any]) -> Callable[..., Any]:
    def apply(n: int, d: float = 1.0, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
        kind = as_numpy(dtypes.get_default_dtype() if dtype is None else dtype)
        return leaf(Tensor, function(n, d).astype(kind), requires_grad)
    apply.__name__ = apply.__qualname__ = f"fft_{function.__name__}"
    apply.__doc__ = f"The sample frequencies of a transform of length `n`, as NumPy's `{function.__name__}`."
    return apply


fftfreq, rfftfreq = _frequencies(np.fft.fftfreq), _frequencies(np.fft.rfftfreq)


def _shift(x: Any, dim: Any, sign: int) -> Any:
    axes = list(range(x._data.ndim)) if dim is None else [dim] if isinstance(dim, int) else list(dim)
    lengths = [x._data.shape[k] for k in axes]
    return x.roll([n // 2 if sign > 0 else (n + 1) // 2 for n in lengths], axes)


def fftshift(input: Recorded, dim: Any = None) -> Any:
    """Frequency zero moved to the middle of the dimensions."""
    return _shift(input, dim, 1)


def ifftshift(input: Recorded, dim: Any = None) -> Any:
    """Frequency zero moved back from the middle of the dimensions."""
    return _shift(input, dim, -1)
