"""Functions with a derivative rule of the user's, for many examples: the function is batched, and so is its rule.

    f(x, w)  with fwd, bwd    ==>    f_each(x, w)  with the same for all examples; the cotangent of `w`, which all of
                                     them share, is the sum of theirs

The object stands in the emitted text of a batched program. Where that is differentiated, the rule is found again.
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ..frontend.lower.custom import UserRule
from ..frontend.lower.trees import opened
from ..frontend.lowering import Lowering
from ..frontend.values import HeapV, TupleV, Value
from ..ir import nodes as ir
from ..ir.axes import AS_THEY_ARE
from .batched import Batched
from .equation import Solution
from .inside_batched import read_batched_form
from .inside_directions import structure
from .options import compiler_options

Axes = tuple[Any, ...]


def batched_form(function: Any, plain: Callable[..., Any], axes: Axes) -> BatchedRule:
    """The function for many examples, whose arguments have the batch on these axes (None: shared by all). `plain` is
    what the function computes."""
    forms = _forms(function.rule)
    if axes not in forms:
        forms[axes] = BatchedRule(function, plain, axes)
    return forms[axes]


def _forms(rule: UserRule) -> dict[Axes, BatchedRule]:
    return rule.forms


class BatchedRule(Solution):
    """A function with a rule, for many examples."""

    __slots__ = ()

    def __init__(self, of: Any, plain: Callable[..., Any], axes: Axes) -> None:
        rule: UserRule = of.rule
        options = compiler_options("numpy", "fast", "loop", {})
        super().__init__(f"{of.__name__}_each", Batched(plain, axes, 0, options), Batched(plain, axes, 0, options))
        forward = backward = tangent = None
        if rule.backward is not None:
            shared = _Forward(rule.forward, axes)
            forward, backward = shared, _Backward(rule.backward, axes, rule.nondiff, shared)
        if rule.tangent is not None:
            free = tuple(a for i, a in enumerate(axes) if i not in rule.nondiff)
            fixed = tuple(a for i, a in enumerate(axes) if i in rule.nondiff)
            tangent = Batched(rule.tangent, (*fixed, free, free), 0, options)
        self.rule = UserRule(self, self.name, rule.signature, self.call, forward, backward, tangent, rule.nondiff)


@dataclass(eq=False, slots=True)
class _Forward:
    """The first function of a vjp rule, batched. `kept`, after it has been read: the axes of its residuals."""

    of: Callable[..., Any]
    axes: Axes
    kept: Any = None
    rule: ClassVar[None] = None  # so that transforms call it, and do not read what is behind it

    def __call__(self, *args: Any) -> Any:
        raise TypeError("a rule for many examples is read by the compiler, never called")

    def __ad_transform__(self, lo: Lowering, function: Any, args: list[Value], kwargs: dict[str, Value], node: Any,
                         hint: str | None) -> Value:
        both, axes = read_batched_form(lo, self.of, self.axes, (0, AS_THEY_ARE), args, node, hint)
        self.kept = axes[1] if isinstance(axes, tuple) and len(axes) == 2 else None
        return both


@dataclass(frozen=True, eq=False, slots=True)
class _Backward:
    """The second function of a vjp rule, batched."""

    of: Callable[..., Any]
    axes: Axes
    nondiff: tuple[int, ...]
    forward: _Forward
    rule: ClassVar[None] = None

    def __call__(self, *args: Any) -> Any:
        raise TypeError("a rule for many examples is read by the compiler, never called")

    def __ad_transform__(self, lo: Lowering, function: Any, args: list[Value], kwargs: dict[str, Value], node: Any,
                         hint: str | None) -> Value:
        fixed = [a for i, a in enumerate(self.axes) if i in self.nondiff]
        axes = (*fixed, self.forward.kept, 0)
        bars, _ = read_batched_form(lo, self.of, axes, 0, args, node, hint)
        free = [a for i, a in enumerate(self.axes) if i not in self.nondiff]
        bars = opened(lo, bars)
        if not isinstance(bars, TupleV):
            return _shared(lo, bars, free[0])
        return TupleV([_shared(lo, bar, a) for bar, a in zip(bars.items, free, strict=False)])


def _shared(lo: Lowering, bar: Any, axes: Any) -> Value:
    """The cotangent of an argument: where all examples share it, the sum of theirs."""
    if isinstance(bar, TupleV):
        return TupleV([_shared(lo, part, _part(axes, k)) for k, part in enumerate(bar.items)], bar.cls)
    if isinstance(bar, HeapV):
        parts = [_shared(lo, part, _part(axes, k)) for k, part in bar.slots.items()]
        return structure(lo, bar.cls, list(bar.slots), parts)
    if axes is not None or not lo.is_number(bar):
        return bar
    return lo.call(np.sum, (bar,), {"axis": ir.Const(0)}, text="np.sum")


def _part(axes: Any, key: Any) -> Any:
    if isinstance(axes, dict):
        return axes.get(key)
    return axes[key] if isinstance(axes, (tuple, list)) else axes


__all__ = ["BatchedRule", "batched_form"]
