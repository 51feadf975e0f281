"""Normalisation over batches and groups: functions and modules."""
from __future__ import annotations

from typing import Any

import runtime as torch
from runtime.composite import composite
from runtime.nn import init
from runtime.nn.module import Module
from runtime.nn.parameter import Parameter
from runtime.refusals import normalized


def _per_channel(t: Any, like: Any) -> Any:
    return t.reshape([-1 if k == 1 else 1 for k in range(like.dim())])


def _normalised(input: Any, mean: Any, var: Any, weight: Any, bias: Any, eps: float) -> Any:
    out = (input - _per_channel(mean, input)) / (_per_channel(var, input) + eps).sqrt()
    if weight is not None:
        out = out * _per_channel(weight, input)
    return out if bias is None else out + _per_channel(bias, input)


def _batch(input: Any, weight: Any, bias: Any, eps: float) -> Any:
    dims = [k for k in range(input.dim()) if k != 1]
    return _normalised(input, input.mean(dims), input.var(dims, unbiased=False), weight, bias, eps)


def batch_norm(input: Any, running_mean: Any = None, running_var: Any = None, weight: Any = None, bias: Any = None,
               training: bool = False, momentum: float = 0.1, eps: float = 1e-5) -> Any:
    """Mean 0 and variance 1 over the batch and all places, for each channel (dimension 1); times `weight`, plus `bias`.

    In training the statistics are the batch's, and move `running_mean` and `running_var`; otherwise they are those.
    Raises ValueError in training for one value per channel.
    """
    if not training:
        return composite("NativeBatchNormBackward0", lambda x, w, b: _normalised(
            x, running_mean, running_var, w, b, eps), input, weight, bias)
    count = input.numel() // input.shape[1]
    if count == 1:
        raise ValueError(f"Expected more than 1 value per channel when training, got input size {input.shape}")
    if running_mean is not None:
        dims = [k for k in range(input.dim()) if k != 1]
        with torch.no_grad():
            running_mean.mul_(1 - momentum).add_(input.mean(dims), alpha=momentum)
            running_var.mul_(1 - momentum).add_(input.var(dims), alpha=momentum)
    return composite("NativeBatchNormBackward0", lambda x, w, b: _batch(x, w, b, eps), input, weight, bias)


def group_norm(input: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    """Mean 0 and variance 1 within each of `num_groups` groups of channels of each example."""
    if input.dim() < 2:
        raise RuntimeError(f"Expected at least 2 dimensions for input tensor but received {input.dim()}")
    if input.shape[1] % num_groups:
        raise RuntimeError("Expected number of channels in input to be divisible by num_groups, but got input of shape "
                           f"{list(input.shape)} and num_groups={num_groups}")

    def normalised(x: Any, w: Any, b: Any) -> Any:
        groups = x.reshape(x.shape[0], num_groups, -1)
        centred = groups - groups.mean(2, keepdim=True)
        out = (centred / (groups.var(2, unbiased=False, keepdim=True) + eps).sqrt()).reshape(x.shape)
        out = out if w is None else out * _per_channel(w, x)
        return out if b is None else out + _per_channel(b, x)
    return composite("NativeGroupNormBackward0", normalised, input, weight, bias)


def instance_norm(input: Any, running_mean: Any = None, running_var: Any = None, weight: Any = None, bias: Any = None,
                  use_input_stats: bool = True, momentum: float = 0.1, eps: float = 1e-5) -> Any:
    """Mean 0 and variance 1 over the places of each channel of each example."""
    return group_norm(input, input.shape[1], weight, bias, eps)


def rms_norm(input: Any, normalized_shape: Any, weight: Any = None, eps: float | None = None) -> Any:
    """Root mean square 1 over the trailing dimensions `normalized_shape`, times `weight`."""
    normalized(input, normalized_shape)
    dims = tuple(range(-len(tuple(normalized_shape)), 0))
    small = torch.finfo(input.dtype).eps if eps is None else eps
    out = input * ((input ** 2).mean(dims, keepdim=True) + small).rsqrt()
    return out if weight is None else out * weight


class _BatchNorm(Module):
    """Normalisation by the statistics of a batch, with running statistics for evaluation."""

    _ranks: tuple[int, ...] = ()
    _version = 2  # since when the state counts batches

    def __init__(self, num_features: int, eps: float = 1e-5, momentum: float | None = 0.1, affine: bool = True,
                 track_running_stats: bool = True, device: Any = None, dtype: Any = None, *,
                 bias: bool = True) -> None:
        super().__init__()
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        self.register_parameter("weight", Parameter(torch.ones(num_features, dtype=dtype)) if affine else None)
        self.register_parameter("bias", Parameter(torch.zeros(num_features, dtype=dtype)) if affine and bias else None)
        tracked = track_running_stats
        self.register_buffer("running_mean", torch.zeros(num_features, dtype=dtype) if tracked else None)
        self.register_buffer("running_var", torch.ones(num_features, dtype=dtype) if tracked else None)
        self.register_buffer("num_batches_tracked", torch.tensor(0) if tracked else None)

    def reset_running_stats(self) -> None:
        """Forget the batches that were seen."""
        if self.track_running_stats:
            self.running_mean.zero_()
            self.running_var.fill_(1)
            self.num_batches_tracked.zero_()

    def reset_parameters(self) -> None:
        """Weight 1, bias 0, no batches seen."""
        self.reset_running_stats()
        if self.affine:
            init.ones_(self.weight)
            if self.bias is not None:
                init.zeros_(self.bias)

    def _check(self, input: Any) -> None:
        if input.dim() not in self._ranks:
            wanted = " or ".join(f"{n}D" for n in self._ranks)
            raise ValueError(f"expected {wanted} input (got {input.dim()}D input)")

    def forward(self, input: Any) -> Any:
        """An array of the input's shape."""
        self._check(input)
        momentum = 0.0 if self.momentum is None else self.momentum
        if self.training and self.track_running_stats:
            self.num_batches_tracked.add_(1)
            if self.momentum is None:
                momentum = 1.0 / float(self.num_batches_tracked)
        own = self.training or self.running_mean is None
        keep = not self.training or self.track_running_stats
        return batch_norm(input, self.running_mean if keep else None, self.running_var if keep else None, self.weight,
                          self.bias, own, momentum, self.eps)

    def extra_repr(self) -> str:
        return (f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
                f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}")


class BatchNorm1d(_BatchNorm):
    """For inputs (batch, channels[, places])."""

    _ranks = (2, 3)


class BatchNorm2d(_BatchNorm):
    """For inputs (batch, channels, height, width)."""

    _ranks = (4,)


class BatchNorm3d(_BatchNorm):
    """For inputs (batch, channels, depth, height, width)."""

    _ranks = (5,)


class GroupNorm(Module):
    """Normalisation within groups of channels."""

    def __init__(self, num_groups: int, num_channels: int, eps: float = 1e-5, affine: bool = True,
                 device: Any = None, dtype: Any = None, *, bias: bool = True) -> None:
        super().__init__()
        if num_channels % num_groups:
            raise ValueError(f"num_channels ({num_channels}) must be divisible by num_groups ({num_groups})")
        self.num_groups, self.num_channels, self.eps, self.affine = num_groups, num_channels, eps, affine
        self.register_parameter("weight", Parameter(torch.ones(num_channels, dtype=dtype)) if affine else None)
        self.register_parameter("bias", Parameter(torch.zeros(num_channels, dtype=dtype)) if affine and bias else None)

    def forward(self, input: Any) -> Any:
        """An array of the input's shape."""
        return group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return (f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, "
                f"bias={self.bias is not None}")


class RMSNorm(Module):
    """Root mean square 1 over the trailing dimensions, times `weight`."""

    def __init__(self, normalized_shape: Any, eps: float | None = None, elementwise_affine: bool = True,
                 device: Any = None, dtype: Any = None) -> None:
        super().__init__()
        self.normalized_shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
        self.eps, self.elementwise_affine = eps, elementwise_affine
        weight = Parameter(torch.ones(self.normalized_shape, dtype=dtype)) if elementwise_affine else None
        self.register_parameter("weight", weight)

    def forward(self, input: Any) -> Any:
        """An array of the input's shape."""
        return rms_norm(input, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"
