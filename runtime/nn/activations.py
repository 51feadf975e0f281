"""Activations and losses as modules."""
from __future__ import annotations

from typing import Any

from runtime.nn import functional as F
from runtime.nn.losses import one_reduction
from runtime.nn.module import Module


class ReLU(Module):
    """`max(input, 0)`."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        """Elementwise."""
        return F.relu(input, self.inplace)

    def extra_repr(self) -> str:
        return "inplace=True" if self.inplace else ""


class Tanh(Module):
    """The hyperbolic tangent."""

    def forward(self, input: Any) -> Any:
        """Elementwise."""
        return input.tanh()


class Sigmoid(Module):
    """The logistic function."""

    def forward(self, input: Any) -> Any:
        """Elementwise."""
        return input.sigmoid()


class SiLU(Module):
    """`input * sigmoid(input)`."""

    def forward(self, input: Any) -> Any:
        """Elementwise."""
        return F.silu(input)


class GELU(Module):
    """`input` times the normal distribution function."""

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        self.approximate = approximate

    def forward(self, input: Any) -> Any:
        """Elementwise."""
        return F.gelu(input, self.approximate)

    def extra_repr(self) -> str:
        return f"approximate={self.approximate!r}"


class LeakyReLU(Module):
    """`input` where positive, else a small multiple of it."""

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False) -> None:
        super().__init__()
        self.negative_slope, self.inplace = negative_slope, inplace

    def forward(self, input: Any) -> Any:
        """Elementwise."""
        return F.leaky_relu(input, self.negative_slope, self.inplace)

    def extra_repr(self) -> str:
        return f"negative_slope={self.negative_slope}" + (", inplace=True" if self.inplace else "")


class ELU(Module):
    """`input` where positive, else `alpha * (exp(input) - 1)`."""

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        self.alpha, self.inplace = alpha, inplace

    def forward(self, input: Any) -> Any:
        """Elementwise."""
        return F.elu(input, self.alpha, self.inplace)

    def extra_repr(self) -> str:
        return f"alpha={self.alpha}" + (", inplace=True" if self.inplace else "")


class Softplus(Module):
    """A smooth `max(input, 0)`."""

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__()
        self.beta, self.threshold = beta, threshold

    def forward(self, input: Any) -> Any:
        """Elementwise."""
        return F.softplus(input, self.beta, self.threshold)

    def extra_repr(self) -> str:
        return f"beta={self.beta}, threshold={self.threshold}"


class Softmax(Module):
    """Exponentials along `dim`, divided by their sum."""

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim: Any = dim

    def forward(self, input: Any) -> Any:
        """An array of the input's shape."""
        return F.softmax(input, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class LogSoftmax(Softmax):
    """The logarithm of `Softmax`."""

    def forward(self, input: Any) -> Any:
        """An array of the input's shape."""
        return F.log_softmax(input, self.dim)


class _Loss(Module):
    """A loss of (input, target)."""

    def __init__(self, size_average: Any = None, reduce: Any = None, reduction: str = "mean") -> None:
        super().__init__()
        self.reduction = one_reduction(size_average, reduce, reduction)


class MSELoss(_Loss):
    """The squared difference."""

    def forward(self, input: Any, target: Any) -> Any:
        """A scalar, or one value per element with reduction "none"."""
        return F.mse_loss(input, target, reduction=self.reduction)


class L1Loss(_Loss):
    """The absolute difference."""

    def forward(self, input: Any, target: Any) -> Any:
        """A scalar, or one value per element with reduction "none"."""
        return F.l1_loss(input, target, reduction=self.reduction)


class SmoothL1Loss(_Loss):
    """Squared differences below `beta`, absolute ones above."""

    def __init__(self, size_average: Any = None, reduce: Any = None, reduction: str = "mean",
                 beta: float = 1.0) -> None:
        super().__init__(size_average, reduce, reduction)
        self.beta = beta

    def forward(self, input: Any, target: Any) -> Any:
        """A scalar, or one value per element with reduction "none"."""
        return F.smooth_l1_loss(input, target, reduction=self.reduction, beta=self.beta)


class HuberLoss(_Loss):
    """Half the squared difference up to `delta`, and the tangent line beyond."""

    def __init__(self, reduction: str = "mean", delta: float = 1.0) -> None:
        super().__init__(reduction=reduction)
        self.delta = delta

    def forward(self, input: Any, target: Any) -> Any:
        """A scalar, or one value per element with reduction "none"."""
        return F.huber_loss(input, target, self.reduction, self.delta)


class KLDivLoss(_Loss):
    """`target * (log target - input)`."""

    def __init__(self, size_average: Any = None, reduce: Any = None, reduction: str = "mean",
                 log_target: bool = False) -> None:
        super().__init__(size_average, reduce, reduction)
        self.log_target = log_target

    def forward(self, input: Any, target: Any) -> Any:
        """A scalar, or one value per element with reduction "none"."""
        return F.kl_div(input, target, reduction=self.reduction, log_target=self.log_target)


class LogSigmoid(Module):
    """The logarithm of the logistic function."""

    def forward(self, input: Any) -> Any:
        """Elementwise."""
        return F.logsigmoid(input)


class BCELoss(_Loss):
    """Cross entropy of probabilities."""

    def forward(self, input: Any, target: Any) -> Any:
        """A scalar, or one value per element with reduction "none"."""
        return F.binary_cross_entropy(input, target, reduction=self.reduction)


class BCEWithLogitsLoss(_Loss):
    """Cross entropy of the logistic function of the input."""

    def forward(self, input: Any, target: Any) -> Any:
        """A scalar, or one value per element with reduction "none"."""
        return F.binary_cross_entropy_with_logits(input, target, reduction=self.reduction)


class NLLLoss(Module):
    """`-input` at the target class."""

    def __init__(self, weight: Any = None, size_average: Any = None, ignore_index: int = -100, reduce: Any = None,
                 reduction: str = "mean") -> None:
        super().__init__()
        self.register_buffer("weight", weight)
        self.ignore_index, self.reduction = ignore_index, one_reduction(size_average, reduce, reduction)

    def forward(self, input: Any, target: Any) -> Any:
        """A scalar, or one value per target with reduction "none"."""
        return F.nll_loss(input, target, self.weight, None, self.ignore_index, None, self.reduction)


class CrossEntropyLoss(NLLLoss):
    """`NLLLoss` of the logarithm of the softmax."""

    def __init__(self, weight: Any = None, size_average: Any = None, ignore_index: int = -100, reduce: Any = None,
                 reduction: str = "mean", label_smoothing: float = 0.0) -> None:
        super().__init__(weight, size_average, ignore_index, reduce, reduction)
        self.label_smoothing = label_smoothing

    def forward(self, input: Any, target: Any) -> Any:
        """A scalar, or one value per target with reduction "none"."""
        return F.cross_entropy(input, target, self.weight, None, self.ignore_index, None, self.reduction,
                               self.label_smoothing)
