"""Forward mode of a custom function: its `jvp`, and what torch wants of what that returns."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from runtime.autograd.forward_ad import give, outside, tangent_of
from runtime.core import leaf
from runtime.tensor import Tensor

COUNT = "Function's jvp returned an invalid number of forward gradients (expected {} but got {})"
NO_TANGENT = ("Function's jvp returned a gradient at position {}, but  the corresponding forward output is not a "
              "differentiable Tensor.You should return None at that position instead.")
NOT_WRITTEN = ("An inplace custom Function is not modifying the forward mode gradients inplace. If the forward is "
               "modifying an input inplace, then the jvp function must modify the corresponding gradient inplace.")
NOT_SAME = ("An inplace custom Function is not returning the forward mode gradients as-is. If the forward is modifying "
            "an input inplace, then the jvp function must modify the gradient inplace and return it as-is.")
NO_VIEW = ("A custom Function's forward is returning a view (or an input as-is) but the jvp is not returning a view.")
OTHER_BASE = ("A custom Function is returning a view but the jvp is not returning a view of the same base as the given "
              "grad input.")
OTHER_VIEW = "A custom Function is returning a view but the jvp is not returning a view of the given grad input."


def push_function(ctx: Any, cls: Any, args: Sequence[Any], results: Sequence[Any], dirty: set[int]) -> None:
    """Give the results of a custom function their tangents by its `jvp`, which sees one tangent per argument: None for
    what is no tensor of real or complex numbers, zeros for what has none (None with `set_materialize_grads(False)`)."""
    tangents = [tangent_of(a) if isinstance(a, Tensor) else None for a in args]
    if all(d is None for d in tangents):
        return
    given = [_zeros(a) if d is None and ctx._materialize else d for a, d in zip(args, tangents, strict=True)]
    versions = [None if d is None else d._version for d in given]
    ctx._pushing = True
    try:
        out = outside(cls.jvp, ctx, *given)
    finally:
        ctx._pushing = False
    found = out if isinstance(out, tuple) else (out,)
    if len(found) != len(results):
        raise RuntimeError(COUNT.format(len(results), len(found)))
    for k, (t, d) in enumerate(zip(results, found, strict=True)):
        if not isinstance(t, Tensor) or k in ctx._constant_places or t._data.dtype.kind not in "fc":
            if d is not None:
                raise RuntimeError(NO_TANGENT.format(k))
            continue
        place = next((i for i, a in enumerate(args) if a is t), None) if id(t) in dirty else None
        given = None if place is None else tangents[place]
        if place is not None and given is not None:
            if given._version == versions[place]:
                raise RuntimeError(NOT_WRITTEN)
            if d is not given:
                raise RuntimeError(NOT_SAME)
            continue
        if d is not None:
            _check_view(t, d, args, tangents)
            give(t, d)


def _zeros(a: Any) -> Any:
    if isinstance(a, Tensor) and a._data.dtype.kind in "fc":
        return leaf(Tensor, np.zeros_like(a._data))
    return None


def _check_view(t: Any, d: Any, args: Sequence[Any], tangents: Sequence[Any]) -> None:
    """The tangent of a view of an argument is a view of the argument's tangent."""
    base = t._base
    if base is None:
        return
    for a, given in zip(args, tangents, strict=True):
        if given is None or not isinstance(a, Tensor) or not (a is base or a._base is base):
            continue
        if d._base is None:
            raise RuntimeError(NO_VIEW)
        if given._base is not None and given._base is not d._base:
            raise RuntimeError(OTHER_BASE)
        if given._base is None and given is not d._base:
            raise RuntimeError(OTHER_VIEW)
        return
