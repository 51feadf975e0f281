"""Sweeps over what recorded arrays of the compiler's fallback have recorded: cotangents and tangents."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from runtime.backward import run_backward
from runtime.core import Recorded, edge, in_front, leaf
from runtime.row_node import FRONT
from runtime.traced_array import TracedArray


def gradients(outputs: Sequence[TracedArray], inputs: Sequence[TracedArray], cotangents: Sequence[Any],
              keep: bool = False) -> list[np.ndarray]:
    """Cotangents of `inputs`, as plain arrays, from those of `outputs`; zeros where nothing arrives.

    With `keep` the record stays usable for further calls.

    >>> from runtime.traced_array import traced
    >>> x = traced(np.array([1.0, 2.0]), requires_grad=True)
    >>> gradients([x * x], [x], [np.ones(2)])
    [array([2., 4.])]
    """
    roots = [(edge(y), np.asarray(g, y.dtype)) for y, g in zip(outputs, cotangents, strict=True) if y._req]
    found = run_backward(roots, keep, False, [edge(x) for x in inputs], accumulate=False)
    return [np.zeros_like(x._data) if g is None else np.asarray(g) for x, g in zip(inputs, found, strict=True)]


def recorded_gradients(outputs: Sequence[Any], inputs: Sequence[Recorded], cotangents: Sequence[Any]) -> list[Any]:
    """Cotangents of `inputs` as recorded arrays: computed by steps that are on the record themselves, so that they can
    be differentiated once more. `cotangents` may be recorded.

    >>> from runtime.traced_array import traced
    >>> x = traced(np.array([1.0, 2.0]), requires_grad=True)
    >>> bar, = recorded_gradients([x * x * x], [x], [np.ones(2)])
    >>> gradients([bar], [x], [np.ones(2)])
    [array([ 6., 12.])]
    """
    roots = [(edge(y), in_front(FRONT[0], g) if isinstance(g, Recorded) else leaf(
        FRONT[0], np.asarray(g, y._data.dtype)))
             for y, g in zip(outputs, cotangents, strict=True) if isinstance(y, Recorded) and y._req]
    found = run_backward(roots, True, True, [edge(x) for x in inputs], accumulate=False) if roots else []
    found = found or [None] * len(inputs)
    return [np.zeros_like(x._data) if g is None else in_front(TracedArray, g)
            for x, g in zip(inputs, found, strict=True)]


def pushed(outputs: Sequence[Any], inputs: Sequence[TracedArray], tangents: Sequence[Any]) -> list[np.ndarray]:
    """Tangents of `outputs` along tangents of `inputs`; zeros for what is not recorded.

    Two reverse sweeps: the pullback is linear in its cotangent, and its own transpose is the derivative
    (J. Townsend, "A new trick for calculating Jacobian vector products", 2017).

    >>> from runtime.traced_array import traced
    >>> x = traced(np.array([1.0, 2.0]), requires_grad=True)
    >>> pushed([x * x], [x], [np.array([1.0, 0.0])])
    [array([2., 0.])]
    """
    zeros = [np.zeros_like(y._data if isinstance(y, Recorded) else np.asarray(y)) for y in outputs]
    active = [k for k, y in enumerate(outputs) if isinstance(y, Recorded) and y._req]
    dummies = [leaf(FRONT[0], zeros[k].copy(), True) for k in active]
    roots = [(edge(outputs[k]), v) for k, v in zip(active, dummies, strict=True)]
    bars = run_backward(roots, True, True, [edge(x) for x in inputs], accumulate=False) if active else []
    seeds = [(edge(bar), np.asarray(t, bar._data.dtype)) for bar, t in zip(bars, tangents, strict=False)
             if bar is not None and bar._req]
    found = run_backward(seeds, False, False, [edge(v) for v in dummies], accumulate=False) if seeds else []
    for k, dot in zip(active, found, strict=False):
        if dot is not None:
            zeros[k] = np.asarray(dot)
    return zeros
