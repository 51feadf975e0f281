"""NumPy functions that take functions."""
from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from ad_compiler.rules.written import Written


def piecewise(x: Any, condlist: Any, funclist: Sequence[Any], *args: Any, **kw: Any) -> Any:
    """`np.piecewise`: each function sees only the elements for which its condition holds.

    So a piece that has no derivative (or no value) elsewhere does no harm. A number is one element.
    """
    conditions = conditions_of(x, condlist)
    if len(conditions) == len(funclist) - 1:
        conditions = [*conditions, neither(conditions)]
    if np.ndim(x) == 0:
        value = x * 0
        for condition, piece in zip(conditions, funclist, strict=True):
            if condition:
                value = piece(x, *args, **kw) if callable(piece) else piece
        return value
    y = np.zeros_like(x)
    for condition, piece in zip(conditions, funclist, strict=True):
        if callable(piece):
            y[condition] = piece(x[condition], *args, **kw)
        else:
            y[condition] = piece
    return y


def conditions_of(x: Any, condlist: Any) -> list[Any]:
    """The conditions, one for each piece: a single one may come without its list."""
    if isinstance(condlist, list | tuple):
        if len(condlist) > 0 and (isinstance(condlist[0], list | np.ndarray) or np.ndim(x) == 0):
            return [np.asarray(c) if np.ndim(x) > 0 else c for c in condlist]
        return [np.asarray(condlist)]
    return [condlist] if np.ndim(condlist) <= np.ndim(x) else [*condlist]


def neither(conditions: list[Any]) -> Any:
    """Where none of the conditions holds."""
    taken = conditions[0]
    for condition in conditions[1:]:
        taken = np.logical_or(taken, condition)
    return np.logical_not(taken)


def apply_along_axis(func1d: Callable[..., Any], axis: int, arr: Any, *args: Any, **kwargs: Any) -> Any:
    """`np.apply_along_axis`: the function's results, put where the axis was."""
    arr = np.asarray(arr)
    axis = axis % arr.ndim
    last = np.moveaxis(arr, axis, -1)
    lead = last.shape[:-1]
    rows = np.reshape(last, (-1, last.shape[-1]))
    parts = np.array([func1d(row, *args, **kwargs) for row in rows])
    out = np.reshape(parts, (*lead, *parts.shape[1:]))
    places = out.ndim - len(lead)
    if places == 0:
        return out
    return np.moveaxis(out, tuple(range(len(lead), out.ndim)), tuple(range(axis, axis + places)))


def apply_over_axes(func: Callable[..., Any], a: Any, axes: Any) -> Any:
    """`np.apply_over_axes`: `func(a, axis)` for one axis after the other, the axes kept."""
    value = np.asarray(a)
    for axis in axes if isinstance(axes, list | tuple) else [axes]:
        reduced = func(value, axis)
        value = reduced if np.ndim(reduced) == value.ndim else np.expand_dims(reduced, axis)
    return value


def choose(a: Any, choices: Any, out: Any = None, mode: str = "raise") -> Any:
    """`np.choose` between the rows of one array."""
    count = np.shape(choices)[0]
    index = np.asarray(a)
    if mode == "clip":
        index = np.clip(index, 0, count - 1)
    if mode == "wrap":
        index = index % count
    shape = np.broadcast_shapes(np.shape(a), np.shape(choices)[1:])
    missing = (1,) * max(0, np.ndim(a) - (np.ndim(choices) - 1))
    rows = np.broadcast_to(np.reshape(choices, (count, *missing, *np.shape(choices)[1:])), (count, *shape))
    return np.take_along_axis(rows, np.broadcast_to(index, shape)[None], axis=0)[0]


def over_cores(function: Callable[..., Any], cores: tuple[int, ...], *arrays: Any) -> Any:
    """`np.vectorize(function, signature=...)`: each argument's last axes, `cores` of them, are one value."""
    lead = np.broadcast_shapes(*[np.shape(a)[:np.ndim(a) - core] for a, core in zip(arrays, cores, strict=True)])
    if len(lead) == 0:
        return function(*arrays)
    flat = tuple([lines(a, core, lead) for a, core in zip(arrays, cores, strict=True)])
    parts = np.array([function(*[a[k] for a in flat]) for k in range(np.shape(flat[0])[0])])
    return np.reshape(parts, (*lead, *parts.shape[1:]))


def lines(a: Any, core: int, lead: tuple[int, ...]) -> Any:
    """The values of one argument of a vectorised function, one after the other."""
    own = np.shape(a)[np.ndim(a) - core:]
    return np.reshape(np.broadcast_to(a, (*lead, *own)), (-1, *own))


def fromiter(iter: Iterable[Any], dtype: Any, count: int = -1, *, like: Any = None) -> Any:
    """`np.fromiter`: an array of what an iterator yields."""
    items = np.array([item for item in iter])  # noqa: C416  (an iterator of a kind known when compiling)
    items = np.astype(items, dtype)
    return items if count < 0 else items[:count]


DEFINITIONS: dict[Any, Written] = {
    np.piecewise: Written(piecewise),
    np.apply_along_axis: Written(apply_along_axis),
    np.apply_over_axes: Written(apply_over_axes),
    np.fromiter: Written(fromiter),
    np.choose: Written(choose, covered={"choices": lambda choices: isinstance(choices, list | tuple)}),
}
