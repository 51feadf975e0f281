"""Samples of curves: grids, interpolation, differences, in the parameters that rows leave out."""
from __future__ import annotations

from typing import Any

import numpy as np

from ad_compiler.rules.written import Written
from ad_compiler.rules.written.splitting import along


def interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None) -> Any:
    """`np.interp` of a function that repeats itself."""
    if period is None:
        return np.interp(x, xp, fp, left, right)
    period = np.abs(period)
    nodes = np.mod(xp, period)
    order = np.argsort(nodes)
    nodes, values = nodes[order], np.asarray(fp)[order]
    nodes = np.concatenate([nodes[-1:] - period, nodes, nodes[:1] + period])
    values = np.concatenate([values[-1:], values, values[:1]])
    return np.interp(np.mod(x, period), nodes, values)


def linspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, retstep: bool = False, dtype: Any = None,
             axis: int = 0) -> Any:
    """`np.linspace` with the size of its steps."""
    samples = np.linspace(start, stop, num, endpoint, dtype=dtype, axis=axis)
    if not retstep:
        return samples
    return samples, (stop - start) / (num - 1 if endpoint else num)


def gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    """`np.gradient` with spacings or coordinates that vary (second-order differences on uneven grids)."""
    if axis is None:
        axes = tuple(range(np.ndim(f)))
    elif isinstance(axis, list | tuple):
        axes = [k % np.ndim(f) for k in axis]
    else:
        axes = [axis % np.ndim(f)]
    if len(varargs) == 0:
        spacings = [1.0 for _ in axes]
    elif len(varargs) == 1 and np.ndim(varargs[0]) == 0:
        spacings = [varargs[0] for _ in axes]
    else:
        spacings = [*varargs]
    found = [slope(f, spacing, k, edge_order) for spacing, k in zip(spacings, axes, strict=True)]
    return found[0] if len(found) == 1 else tuple(found)


def slope(f: Any, spacing: Any, axis: int, edge_order: int) -> Any:
    """The derivative along one axis."""
    if np.ndim(spacing) == 0:
        steps = np.ones(np.shape(f)[axis] - 1) * spacing
    else:
        steps = np.diff(spacing)
    after = (1,) * (np.ndim(f) - 1 - axis)

    def part(start: Any, stop: Any) -> Any:
        return f[along(axis, slice(start, stop), np.ndim(f))]

    def step(start: Any, stop: Any) -> Any:
        return np.reshape(steps[start:stop], (-1, *after))

    h1, h2 = step(None, -1), step(1, None)
    inner = (-h2 / (h1 * (h1 + h2)) * part(None, -2) + (h2 - h1) / (h1 * h2) * part(1, -1)
             + h1 / (h2 * (h1 + h2)) * part(2, None))
    if edge_order == 1:
        low = (part(1, 2) - part(0, 1)) / step(0, 1)
        high = (part(-1, None) - part(-2, -1)) / step(-1, None)
        return np.concatenate([low, inner, high], axis=axis)
    a, b = step(0, 1), step(1, 2)
    low = (-(2 * a + b) / (a * (a + b)) * part(0, 1) + (a + b) / (a * b) * part(1, 2)
           - a / (b * (a + b)) * part(2, 3))
    a, b = step(-2, -1), step(-1, None)
    high = (b / (a * (a + b)) * part(-3, -2) - (a + b) / (a * b) * part(-2, -1)
            + (2 * b + a) / (b * (a + b)) * part(-1, None))
    return np.concatenate([low, inner, high], axis=axis)


DEFINITIONS: dict[Any, Written] = {
    np.interp: Written(interp), np.linspace: Written(linspace), np.gradient: Written(gradient),
}
