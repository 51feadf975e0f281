"""Activations beyond the usual ones: functions with torch's nodes, and their modules."""
from __future__ import annotations

from typing import Any, ClassVar

import runtime as torch
from runtime.composite import composite
from runtime.dtypes import SCALAR_TYPES
from runtime.nn.module import Module
from runtime.ops.extra import celu, cosine_similarity, selu
from runtime.tensor import Tensor


def _zeros(x: Any) -> Any:
    return torch.zeros((), dtype=x.dtype)


def hardtanh(input: Any, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Any:
    """`input` limited to an interval; no gradient at its ends."""
    if min_val > max_val:
        raise ValueError("min_val cannot be greater than max_val")

    def limited(x: Any) -> Any:
        inside = (x > min_val) & (x < max_val)
        return torch.where(inside, x, x.detach().clamp(min_val, max_val))
    return _maybe_in_place(input, "HardtanhBackward0", limited, inplace)


def _maybe_in_place(input: Any, node: str, function: Any, inplace: bool) -> Any:
    if inplace:
        return input.copy_(composite(node, function, input.clone()))
    return composite(node, function, input)


def relu6(input: Any, inplace: bool = False) -> Any:
    """`input` limited to [0, 6]."""
    return hardtanh(input, 0.0, 6.0, inplace)


def hardsigmoid(input: Any, inplace: bool = False) -> Any:
    """`input / 6 + 1/2`, limited to [0, 1]."""
    def f(x: Any) -> Any:
        return torch.where((x > -3) & (x < 3), x / 6 + 0.5, (x.detach() >= 3).to(x.dtype))
    return _maybe_in_place(input, "HardsigmoidBackward0", f, inplace)


def hardswish(input: Any, inplace: bool = False) -> Any:
    """`input * hardsigmoid(input)`."""
    def f(x: Any) -> Any:
        return torch.where(x <= -3, _zeros(x), torch.where(x >= 3, x, x * (x + 3) / 6))
    return _maybe_in_place(input, "HardswishBackward0", f, inplace)


def mish(input: Any, inplace: bool = False) -> Any:
    """`input * tanh(softplus(input))`."""
    from runtime.nn.functional import softplus

    return _maybe_in_place(input, "MishBackward0", lambda x: x * softplus(x).tanh(), inplace)


def softsign(input: Any) -> Any:
    """`input / (1 + |input|)`."""
    return input / (input.abs() + 1)


def tanhshrink(input: Any) -> Any:
    """`input - tanh(input)`."""
    return input - input.tanh()


def softshrink(input: Any, lambd: float = 0.5) -> Any:
    """`input` moved towards zero by `lambd`."""
    if lambd < 0:
        raise RuntimeError(f"lambda must be in range [0, {torch.finfo(input.dtype).max:g}] for input dtype "
                           f"{SCALAR_TYPES[input.dtype.name]}, but found {lambd:g}")

    def f(x: Any) -> Any:
        return torch.where(x > lambd, x - lambd, torch.where(x < -lambd, x + lambd, x * 0))
    return composite("SoftshrinkBackward0", f, input)


def hardshrink(input: Any, lambd: float = 0.5) -> Any:
    """`input` where its magnitude is above `lambd`, else 0."""
    return composite("HardshrinkBackward0", lambda x: torch.where(x.detach().abs() > lambd, x, _zeros(x)), input)


def threshold(input: Any, threshold: float, value: float, inplace: bool = False) -> Any:
    """`input` where it is above the threshold, else `value`."""
    def f(x: Any) -> Any:
        return torch.where(x > threshold, x, torch.full((), value, dtype=x.dtype))
    return _maybe_in_place(input, "ThresholdBackward0", f, inplace)


def glu(input: Any, dim: int = -1) -> Any:
    """The first half along `dim` times the logistic function of the second."""
    if input.shape[dim] % 2:
        raise RuntimeError(f"Halving dimension must be even, but dimension {dim % input.dim()} is size "
                           f"{input.shape[dim]}")

    def f(x: Any) -> Any:
        a, b = x.chunk(2, dim)
        return a * b.sigmoid()
    return composite("GluBackward0", f, input)


def prelu(input: Any, weight: Any) -> Any:
    """`input` where positive, else `weight` (one, or one per channel) times it."""
    if weight.dim() > 1:
        raise RuntimeError(f"prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = {weight.dim()}")
    shape = [-1 if k == 1 else 1 for k in range(input.dim())] if weight.numel() > 1 else [1] * input.dim()
    return composite("PreluKernelBackward0", lambda x, w: torch.where(x > 0, x, w.view(shape) * x), input, weight)


def softmin(input: Any, dim: int, _stacklevel: int = 3, dtype: Any = None) -> Any:
    """`softmax` of the negative."""
    return (-input if dtype is None else -input.to(dtype)).softmax(dim)


def pairwise_distance(x1: Any, x2: Any, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Any:
    """The p-norm of differences over the last dimension."""
    return (x1 - x2 + eps).norm(p, -1, keepdim)


def scaled_dot_product_attention(query: Any, key: Any, value: Any, attn_mask: Any = None, dropout_p: float = 0.0,
                                 is_causal: bool = False, scale: float | None = None) -> Any:
    """`softmax(query @ key.mT * scale) @ value`; the mask is added, or where it is of bool, kept."""
    from runtime.nn.functional import dropout

    weights = query @ key.transpose(-2, -1) * (query.shape[-1] ** -0.5 if scale is None else scale)
    if is_causal:
        attn_mask = torch.ones(query.shape[-2], key.shape[-2], dtype=torch.bool).tril()
    if attn_mask is not None:
        weights = (weights.masked_fill(~attn_mask, float("-inf")) if attn_mask.dtype is torch.bool
                   else weights + attn_mask)
    weights = weights.softmax(-1)
    return (dropout(weights, dropout_p) if dropout_p else weights) @ value


class _Simple(Module):
    """A module that calls one function of its input; `_options` are the arguments it is made with, by default."""

    _function: Any = None
    _options: ClassVar[dict[str, Any]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()
        given = {**self._options, **dict(zip(self._options, args, strict=False)), **kwargs}
        unknown = set(given) - set(self._options)
        if unknown:
            raise TypeError(f"{type(self).__name__}.__init__() got an unexpected keyword argument '{unknown.pop()}'")
        for name, value in given.items():
            setattr(self, name, value)

    def forward(self, input: Tensor) -> Any:
        """The function of the input."""
        return type(self)._function(input, *(getattr(self, name) for name in self._options))

    def extra_repr(self) -> str:
        shown = [f"{name}={getattr(self, name)!r}" for name in self._options if name != "inplace"]
        return ", ".join([*shown, *(["inplace=True"] if getattr(self, "inplace", False) else [])])


def _module(name: str, function: Any, doc: str, **options: Any) -> Any:
    return type(name, (_Simple,), {"_function": staticmethod(function), "_options": options, "__doc__": doc,
                                   "__module__": __name__})


SELU = _module("SELU", lambda x, inplace: selu(x), "The scaled exponential unit.", inplace=False)
CELU = _module("CELU", lambda x, alpha, inplace: celu(x, alpha), "A smooth exponential unit.", alpha=1.0, inplace=False)
Mish = _module("Mish", mish, "`input * tanh(softplus(input))`.", inplace=False)
Hardtanh = _module("Hardtanh", hardtanh, "The input limited.", min_val=-1.0, max_val=1.0, inplace=False)
ReLU6 = _module("ReLU6", relu6, "The input limited to [0, 6].", inplace=False)
Hardsigmoid = _module("Hardsigmoid", hardsigmoid, "A piecewise linear sigmoid.", inplace=False)
Hardswish = _module("Hardswish", hardswish, "The input times its hard sigmoid.", inplace=False)
Softsign = _module("Softsign", softsign, "`input / (1 + |input|)`.")
Tanhshrink = _module("Tanhshrink", tanhshrink, "`input - tanh(input)`.")
Softshrink = _module("Softshrink", softshrink, "The input moved towards zero.", lambd=0.5)
Hardshrink = _module("Hardshrink", hardshrink, "The input where its magnitude is large.", lambd=0.5)
GLU = _module("GLU", glu, "Half of the input gated by the other.", dim=-1)
Softmin = _module("Softmin", softmin, "Softmax of the negative.", dim=None)
CosineSimilarity = type("CosineSimilarity", (_Simple,), {
    "_options": {"dim": 1, "eps": 1e-8}, "__doc__": "The cosine of the angle between vectors.", "__module__": __name__,
    "forward": lambda self, x1, x2: cosine_similarity(x1, x2, self.dim, self.eps), "extra_repr": lambda self: ""})


class Threshold(_Simple):
    """The input where it is above a threshold, else a value."""

    _function = staticmethod(threshold)
    _options: ClassVar[dict[str, Any]] = {"threshold": 0, "value": 0, "inplace": False}


class PReLU(Module):
    """The input where positive, else a learned multiple of it."""

    def __init__(self, num_parameters: int = 1, init: float = 0.25, device: Any = None, dtype: Any = None) -> None:
        from runtime.nn.parameter import Parameter

        super().__init__()
        self.num_parameters = num_parameters
        self.weight = Parameter(torch.full((num_parameters,), init, dtype=dtype or torch.get_default_dtype()))

    def forward(self, input: Any) -> Any:
        """An array of the input's shape."""
        return prelu(input, self.weight)

    def extra_repr(self) -> str:
        return f"num_parameters={self.num_parameters}"


FUNCTIONS: dict[str, Any] = {f.__name__: f for f in (
    hardtanh, relu6, hardsigmoid, hardswish, mish, softsign, tanhshrink, softshrink, hardshrink, threshold, glu, prelu,
    softmin, pairwise_distance, scaled_dot_product_attention, selu, celu, cosine_similarity)}
