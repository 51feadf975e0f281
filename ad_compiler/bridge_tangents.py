"""Tangents through a call of compiled code on the tape (`torch.autograd.forward_ad`).

The pullback is linear in its cotangent, so its own transpose is the derivative along a tangent:

    <pull(bar), x_dot> is linear in bar; its gradient in bar is J x_dot

Both gradients are calls of compiled code, recorded like any other where an argument requires grad.
"""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .bridge_trees import leaves, mapped


def tangents(recorded: Sequence[Any]) -> list[Any]:
    """The tangent of each recorded array, None for those without one."""
    from runtime.autograd.forward_ad import tangent_of

    return [tangent_of(x) for x in recorded]


def push(call: Any, args: Sequence[Any], out: Any) -> None:
    """Give the recorded results `out` of `call(args)` their tangents."""
    from runtime.autograd.forward_ad import give, outside, tangent_of
    from runtime.core import Recorded, leaf
    from runtime.grad_mode import enable_grad

    pairs: list[tuple[Any, Any]] = []

    def fresh(x: Any) -> Any:
        d = tangent_of(x) if isinstance(x, Recorded) else None
        if d is None:
            return x
        pairs.append((x.view_as(x) if x._req else leaf(type(x), x._data, True), d))
        return pairs[-1][0]

    def pushed() -> list[Any]:
        with enable_grad():
            again = [t for t in leaves(call([mapped(a, fresh) for a in args])) if isinstance(t, Recorded)]
            return _transposed(again, pairs, any(isinstance(x, Recorded) and x._req for x in leaves(tuple(args))))
    inputs = [x for x in leaves(tuple(args)) if isinstance(x, Recorded)]
    found = outside(pushed) if any(d is not None for d in tangents(inputs)) else []
    for t, d in zip([t for t in leaves(out) if isinstance(t, Recorded)], found, strict=False):
        if d is not None:
            give(t, d)


def _transposed(outs: list[Any], pairs: list[tuple[Any, Any]], recorded: bool) -> list[Any]:
    """The tangents of `outs`, computed from arrays that carry these tangents."""
    from runtime.autograd.differentiate import grad
    from runtime.core import leaf

    active = [t for t in outs if t._req]
    bars = [leaf(type(t), np.zeros_like(t._data), True) for t in active]
    found: list[Any] = [None] * len(active)
    if active:
        pulled = grad(active, [x for x, _ in pairs], bars, create_graph=True, allow_unused=True)
        rows = [(g, d) for g, (_, d) in zip(pulled, pairs, strict=True) if g is not None and g._req]
        if rows:
            found = list(grad([g for g, _ in rows], bars, [d for _, d in rows], create_graph=recorded,
                              allow_unused=True))
    position = iter(found)
    return [next(position) if t._req else None for t in outs]
