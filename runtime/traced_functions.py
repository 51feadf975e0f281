"""NumPy functions that a `TracedArray` answers by other operations than a row: writers, splitters, loops over axes.

`SPECIAL` maps a NumPy function to its stand-in. Each gives the values, the aliasing and the writes of NumPy's.
"""
from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from runtime.core import Recorded
from runtime.numpy_calls import NoRule, call, joined
from runtime.traced_writes import array_of, plain_of

SPECIAL: dict[Any, Callable[..., Any]] = {}


def _stands_for(*functions: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def put(stand_in: Callable[..., Any]) -> Callable[..., Any]:
        SPECIAL.update(dict.fromkeys(functions, stand_in))
        return stand_in

    return put


class Flat:
    """`x.flat`: the elements in C order, to be read (a copy) and written (into `x`)."""

    __slots__ = ("base",)

    def __init__(self, base: Any) -> None:
        self.base = base

    def __getitem__(self, index: Any) -> Any:
        return np.copy(np.reshape(self.base, -1)[plain_of(index)])

    def __setitem__(self, index: Any, value: Any) -> None:
        places = np.arange(self.base.size)[plain_of(index)]
        where = np.unravel_index(places, self.base.shape)
        value = array_of(value, self.base)
        if np.ndim(value):
            value = _cycled(value, np.size(places)).reshape(np.shape(places))
        self.base[where] = value

    def __len__(self) -> int:
        return self.base.size

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        args = [np.reshape(a.base, -1) if isinstance(a, Flat) else a for a in args]
        return function(*args, **{k: np.reshape(v.base, -1) if isinstance(v, Flat) else v for k, v in kwargs.items()})

    def copy(self) -> Any:
        """The elements as an array of one dimension."""
        return np.copy(np.reshape(self.base, -1))


def _cycled(value: Any, count: int) -> Any:
    """`count` elements of `value`, from its beginning again where it is too short."""
    flat = np.reshape(value, -1)
    return flat if flat.size == count else flat[np.arange(count) % max(flat.size, 1)]


@_stands_for(np.put)
def _put(a: Any, ind: Any, v: Any, mode: str = "raise") -> None:
    places = np.ravel(np.asarray(plain_of(ind)))
    if mode != "raise":
        places = places % a.size if mode == "wrap" else np.clip(places, 0, a.size - 1)
    if places.size:
        Flat(a)[places] = _cycled(array_of(v, a), places.size)


@_stands_for(np.place)
def _place(arr: Any, mask: Any, vals: Any) -> None:
    places = np.flatnonzero(np.asarray(plain_of(mask)))
    if places.size:
        Flat(arr)[places] = _cycled(array_of(vals, arr), places.size)


@_stands_for(np.putmask)
def _putmask(a: Any, mask: Any, values: Any) -> None:
    places = np.flatnonzero(np.asarray(plain_of(mask)))
    Flat(a)[places] = _cycled(array_of(values, a), a.size)[places]


@_stands_for(np.put_along_axis)
def _put_along_axis(arr: Any, indices: Any, values: Any, axis: int | None) -> None:
    index = np.asarray(plain_of(indices))
    if axis is None:
        Flat(arr)[index] = array_of(values, arr)
        return
    along = axis % arr.ndim
    shape = [n if k == along else max(n, m) for k, (n, m) in enumerate(zip(index.shape, arr.shape, strict=True))]
    grid: list[Any] = list(np.ogrid[tuple(slice(n) for n in shape)])
    grid[along] = index
    arr[tuple(grid)] = array_of(values, arr)


@_stands_for(np.apply_along_axis)
def _apply_along_axis(func1d: Callable[..., Any], axis: int, arr: Any, *args: Any, **kwargs: Any) -> Any:
    along = axis % arr.ndim
    moved = np.moveaxis(arr, along, -1)
    outer = moved.shape[:-1]
    parts = [func1d(moved[i], *args, **kwargs) for i in np.ndindex(*outer)]
    parts = [joined(p, type(arr)) if type(p) in (list, tuple) else p for p in parts]
    rest = np.shape(parts[0])
    result = np.reshape(np.stack(parts), outer + rest)
    return np.moveaxis(result, range(len(outer), len(outer) + len(rest)), range(along, along + len(rest)))


@_stands_for(np.apply_over_axes)
def _apply_over_axes(func: Callable[..., Any], a: Any, axes: Any) -> Any:
    for axis in np.ravel(axes):
        part = func(a, int(axis))
        a = part if np.ndim(part) == np.ndim(a) else np.expand_dims(part, int(axis))
    return a


def _atleast(count: int) -> Callable[..., Any]:
    def grown(*arys: Any) -> Any:
        found = [_grown(array_of(a, next(v for v in arys if isinstance(v, Recorded))), count) for a in arys]
        return found[0] if len(found) == 1 else tuple(found)

    return grown


def _grown(a: Any, count: int) -> Any:
    ndim = np.ndim(a)
    if ndim >= count:
        return a
    if ndim == 0:
        return np.reshape(a, (1,) * count)
    if ndim == 1:
        return a[None, :] if count == 2 else a[None, :, None]
    return a[:, :, None]


SPECIAL |= {np.atleast_1d: _atleast(1), np.atleast_2d: _atleast(2), np.atleast_3d: _atleast(3)}


def _overlapping(function: Callable[..., Any]) -> Callable[..., Any]:
    """A view in which an element may lie several times: to be read only, since a write would change several."""
    def view(x: Any, *args: Any, **kwargs: Any) -> Any:
        found = call(function, (x, *args), kwargs, type(x))
        found._data.flags.writeable = False
        return found

    return view


SPECIAL |= {f: _overlapping(f) for f in (np.lib.stride_tricks.as_strided, np.lib.stride_tricks.sliding_window_view)}


@_stands_for(np.ix_)
def _open_mesh(*args: Any) -> tuple[Any, ...]:
    """`np.ix_`: views of its arguments, each along an axis of its own."""
    def along(k: int, a: Any) -> Any:
        if not isinstance(a, Recorded):
            a = np.ix_(a)[0]
        elif a.ndim != 1:
            raise ValueError("Cross index must be 1 dimensional")
        return np.reshape(a, (1,) * k + (a.size,) + (1,) * (len(args) - k - 1))

    return tuple(along(k, a) for k, a in enumerate(args))


def _splitting(function: Callable[..., Any], fixed: int | None) -> Callable[..., Any]:
    """Splitting by slices, so that the pieces are views like any other."""
    def split(ary: Any, indices_or_sections: Any, axis: int = 0) -> Any:
        along = axis % ary.ndim if fixed is None else min(fixed, ary.ndim - 1)
        strict = np.array_split if function is np.array_split else np.split
        pieces = strict(np.arange(ary.shape[along]), plain_of(indices_or_sections))
        before = (slice(None),) * along
        return [ary[(*before, slice(int(p[0]), int(p[-1]) + 1) if len(p) else slice(0, 0))] for p in pieces]

    return split


SPECIAL |= {f: _splitting(f, fixed) for f, fixed in (
    (np.split, None), (np.array_split, None), (np.hsplit, 1), (np.vsplit, 0), (np.dsplit, 2))}


def _unstack(x: Any, /, *, axis: int = 0) -> tuple[Any, ...]:
    before = (slice(None),) * (axis % x.ndim)
    return tuple(x[(*before, i, ...)] for i in range(x.shape[axis]))


if hasattr(np, "unstack"):
    SPECIAL[np.unstack] = _unstack


@_stands_for(np.trim_zeros)
def _trim_zeros(filt: Any, trim: str = "fb", axis: Any = None) -> Any:
    """The part that is no border of zeros now: which one it is does not change with what is written later."""
    plain = np.asarray(plain_of(filt))
    filled = np.argwhere(plain)
    axes = range(plain.ndim) if axis is None else np.arange(plain.ndim)[np.atleast_1d(axis)]
    box = [slice(None)] * plain.ndim
    for k in axes:
        low, high = (filled[:, k].min(), filled[:, k].max() + 1) if len(filled) else (0, 0)
        box[k] = slice(low if "f" in trim.lower() else None, high if "b" in trim.lower() else None)
    if not len(filled):
        box = [slice(0, 0) if k in axes else slice(None) for k in range(plain.ndim)]
    return filt[box[0]] if type(filt) in (list, tuple) else filt[tuple(box)]


@_stands_for(np.broadcast_arrays)
def _broadcast_arrays(*args: Any, subok: bool = False) -> tuple[Any, ...]:
    shape = np.broadcast_shapes(*(np.shape(a) for a in args))
    return tuple(a if np.shape(a) == shape else np.broadcast_to(a, shape) for a in args)


@_stands_for(np.average)
def _average(a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: Any = False) -> Any:
    first = a if isinstance(a, Recorded) else weights
    a = array_of(a, first)
    if weights is None:
        mean = np.mean(a, axis=axis, keepdims=keepdims)
        return (mean, np.full(np.shape(mean), np.size(a) / np.size(mean))) if returned else mean
    weights = array_of(weights, first)
    weights = weights if isinstance(weights, Recorded) else np.asarray(weights)
    if np.shape(weights) != np.shape(a):
        if not isinstance(axis, (int, np.integer)) or np.ndim(weights) != 1:
            raise NoRule("np.average with weights of another shape than the data is not recorded along several axes")
        weights = np.reshape(weights, [-1 if k == axis % np.ndim(a) else 1 for k in range(np.ndim(a))])
        weights = np.broadcast_to(weights, np.shape(a))
    total = np.sum(weights, axis=axis, keepdims=keepdims)
    mean = np.sum(a * weights, axis=axis, keepdims=keepdims) / total
    return (mean, total) if returned else mean


@_stands_for(np.gradient)
def _gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    from runtime.numpy_calls import call

    cls = next(type(v) for v in (f, *varargs) if isinstance(v, Recorded))
    if not any(isinstance(v, Recorded) and v._req for v in varargs):
        return call(np.gradient, (f, *map(plain_of, varargs)), {"axis": axis, "edge_order": edge_order}, cls)
    if any(np.ndim(v) for v in varargs):
        raise NoRule("np.gradient is not recorded with respect to coordinates; give one spacing per axis")
    units = np.gradient(f, axis=axis, edge_order=edge_order)
    if not isinstance(units, (list, tuple)):
        return units / varargs[0]
    steps = varargs * len(units) if len(varargs) == 1 else varargs
    return type(units)(u / h for u, h in zip(units, steps, strict=True))


def _with_array_level(function: Callable[..., Any]) -> Callable[..., Any]:
    """Quantiles whose levels are a list."""
    def levelled(a: Any, q: Any, *args: Any, **kwargs: Any) -> Any:
        from runtime.numpy_calls import call

        level = np.asarray(q) if type(q) in (list, tuple) else q
        return call(function, (a, level, *args), kwargs, type(a if isinstance(a, Recorded) else level))

    return levelled


SPECIAL |= {f: _with_array_level(f) for f in (np.percentile, np.quantile, np.nanpercentile, np.nanquantile)}


def round_number(x: Any, digits: Any = None) -> Any:
    """`round(x)`: an int without `digits`, as Python gives for a number."""
    if digits is None and not x.ndim:
        return round(x._data.item())
    return np.round(x, 0 if digits is None else operator.index(digits))



@_stands_for(np.corrcoef)
def _corrcoef(x: Any, y: Any = None, rowvar: bool = True) -> Any:
    from runtime.numpy_calls import call

    cls = type(x) if isinstance(x, Recorded) else type(y)
    rows = [np.atleast_2d(v) for v in (x, y) if v is not None]
    rows = [v.T if not rowvar and v.shape[0] != 1 else v for v in rows]
    return call(np.corrcoef, (rows[0] if y is None else np.concatenate(rows),), {}, cls)
