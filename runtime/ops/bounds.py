"""Limiting elements: `clamp` and its relatives, by numbers or by tensors."""
from __future__ import annotations

from typing import Any

import numpy as np

from ad_compiler.rules.row import Partial, rule
from runtime import own_rows
from runtime.core import Recorded
from runtime.dispatch import Op, record
from runtime.promotion import raw_as, result_type
from runtime.tensor import Tensor


def _between(x: Any, low: Any, high: Any) -> Any:
    return own_rows.clamp(x, low, high)


def _below(x: Any, low: Any, high: Any) -> Any:
    """Where the lower bound is the result, and so receives the gradient: not where the bounds cross."""
    return x < low if high is None else (x < low) & (low < high)


def _above(x: Any, low: Any, high: Any) -> Any:
    """Where the upper bound is the result."""
    return x > high if low is None else (x > high) | (high < low)


# bounds that are tensors have gradients of their own
BETWEEN = rule(
    _between, "x, low, high", samples=(),
    x=Partial(vjp=lambda g, x, low, high: np.where(own_rows.inside(x, low, high), g, 0),
              jvp=lambda d, x, low, high: np.where(own_rows.inside(x, low, high), d, 0)),
    low=Partial(vjp=lambda g, x, low, high: np.where(_below(x, low, high), g, 0),
                jvp=lambda d, x, low, high: np.where(_below(x, low, high), d, 0)),
    high=Partial(vjp=lambda g, x, low, high: np.where(_above(x, low, high), g, 0),
                 jvp=lambda d, x, low, high: np.where(_above(x, low, high), d, 0)))
NUMBERS = {name: Op(own_rows.CLAMP, node, ("x", "low", "high")) for name, node in (
    ("clamp", "ClampBackward1"), ("clamp_min", "ClampMinBackward0"), ("clamp_max", "ClampMaxBackward0"))}
TENSORS = {name: Op(BETWEEN, node, ("x", "low", "high")) for name, node in (
    ("clamp", "ClampBackward0"), ("clamp_min", "ClampMinBackward1"), ("clamp_max", "ClampMaxBackward1"))}


def clamp(self: Any, min: Any = None, max: Any = None, *, name: str = "clamp") -> Any:
    """Limited to [min, max], either of which may be None; the gradient passes where the value is inside.

    Where a bound is a tensor, it receives the gradient of the elements that it replaced.
    """
    if min is None and max is None:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    d = result_type(*(v for v in (self, min, max) if v is not None)).np
    low, high = (None if v is None else raw_as(v, d) for v in (min, max))
    z = own_rows.clamp(raw_as(self, d), low, high).astype(d, copy=False)
    if isinstance(min, Recorded) or isinstance(max, Recorded):
        return record(TENSORS[name], Tensor, (self, min, max), z)
    return record(NUMBERS[name], Tensor, (self, low, high), z)


def clamp_min(self: Any, min: Any) -> Any:
    """At least `min`."""
    return clamp(self, min=min, name="clamp_min")


def clamp_max(self: Any, max: Any) -> Any:
    """At most `max`."""
    return clamp(self, max=max, name="clamp_max")
