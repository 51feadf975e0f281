"""Jacobians by batched sweeps: all rows by one pullback, all columns by one forward sweep.

    out, pullback = vjp(f, x);  rows = vmap(pullback)(units of out)

Where the sweeps would take much memory, a part of the rows at a time. What cannot be batched is swept unit by unit.
"""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from .directions import Pullback, batched_or_none, vjp
from .forward_sweep import forward_of
from .records import for_each_run
from .results import like_result
from .scalars import pair
from .structure import as_leaf, floating_leaves, map_floating, replace_floating
from .target import resolve
from .wrt import Argnums, chosen

Settings = dict[str, Any]
#: How many numbers the arrays of one sweep may have, about.
AT_ONCE = 2**20


def reverse_jacobian(f: Any, args: tuple[Any, ...], argnums: Argnums, **options: Any) -> Any:
    """The Jacobian, row by row; with `has_aux` a pair of it and the auxiliary data."""
    _, pullback, *aux = vjp(f, *args, argnums=argnums, **options)
    return _with(_rows(pullback), aux)


def value_and_reverse_jacobian(f: Any, args: tuple[Any, ...], argnums: Argnums, **options: Any) -> tuple[Any, Any]:
    """The value, and the Jacobian by pullbacks of the result's unit vectors; with `has_aux` the value is a pair."""
    out, pullback, *aux = vjp(f, *args, argnums=argnums, **options)
    return _with(out, aux), _rows(pullback)


def shorter_jacobian(f: Any, args: tuple[Any, ...], known: dict[Any, bool], argnums: Argnums, **options: Any) -> Any:
    """The Jacobian in the mode that takes fewer sweeps. `known`: for which shapes of the arguments that was found to be
    forward mode (or not), which is kept there."""
    shapes = tuple(np.shape(leaf) for arg in args for _, leaf in floating_leaves(arg))
    if known.get(shapes):
        return forward_jacobian(f, args, argnums, **options)
    _, pullback, *aux = vjp(f, *args, argnums=argnums, **options)
    if shapes not in known:
        places, _ = positions(f, argnums, len(args))
        known[shapes] = sum(_count(args[place]) for place in places) < _count(pullback.frames[0])
    if known[shapes]:
        return forward_jacobian(f, args, argnums, **options)
    return _with(_rows(pullback), aux)


def _with(derivative: Any, aux: list[Any]) -> Any:
    """A derivative, paired with the auxiliary data if there are any."""
    return (derivative, *aux) if aux else derivative


def positions(f: Any, argnums: Argnums, count: int) -> tuple[list[int], bool]:
    """Argnums as positions among `count` positional arguments, and whether it is a single one."""
    target = resolve(f)
    wrt = chosen(target, argnums)
    by_path = {chosen(target, position).paths[0]: position for position in range(count)}
    for path in wrt.paths:
        if path not in by_path:
            raise TypeError(f"`{path[0]}` must be given as a positional argument here")
    return [by_path[path] for path in wrt.paths], wrt.single


def basis(tree: Any) -> Iterator[Any]:
    """The unit vectors of a structure: one floating number of it is 1, all others are 0."""
    numbers = [leaf for _, leaf in floating_leaves(tree)]
    zeros = [np.zeros_like(leaf) for leaf in numbers]
    for k, leaf in enumerate(numbers):
        for index in np.ndindex(np.shape(leaf)):
            unit = np.zeros_like(leaf)
            unit[index] = 1.0
            yield replace_floating(tree, iter([*zeros[:k], unit, *zeros[k + 1:]]))


def units(tree: Any, start: int, stop: int) -> list[np.ndarray]:
    """Unit vectors `start` to `stop` of a structure: for each floating leaf an array with these in front."""
    found, offset = [], 0
    for _, leaf in floating_leaves(tree):
        size = int(np.size(leaf))
        part = np.zeros((stop - start, size), np.asarray(leaf).dtype)
        rows = np.arange(max(start, offset), min(stop, offset + size))
        part[rows - start, rows - offset] = 1.0
        found.append(part.reshape((stop - start, *np.shape(leaf))))
        offset += size
    return found


def _parts(total: int, numbers: int) -> Iterator[tuple[int, int]]:
    """Ranges of the units to sweep at once."""
    step = max(16, AT_ONCE // max(numbers, 1))
    return ((start, min(start + step, total)) for start in range(0, total, step))


def _count(tree: Any) -> int:
    return sum(np.size(leaf) for _, leaf in floating_leaves(tree))


# --- rows -------------------------------------------------------------------------------------------------------------
def _rows(pullback: Pullback) -> Any:
    """The Jacobian: the result's structure outside, the arguments' inside."""
    out, wanted = pullback.frames
    total = _count(out)
    if total == 0:
        empty = any(np.size(leaf) == 0 for _, leaf in floating_leaves(out))
        raise TypeError("the result has an empty array: its Jacobian has no rows" if empty
                        else "the result holds no floating-point number")
    swept = [pullback.sweep(units(out, *part)) for part in _parts(total, max(total, _count(wanted)))]
    columns = _by_unit(out, pullback) if swept[0] is None else [
        np.concatenate(parts) if len(parts) > 1 else parts[0] for parts in zip(*swept, strict=True)]
    offset = 0

    def block(leaf: Any) -> Any:
        nonlocal offset
        rows = slice(offset, offset + np.size(leaf))
        offset = rows.stop
        numbers = iter([_block(column[rows], np.shape(leaf)) for column in columns])
        found = tuple(map_floating(lambda argument: _like(argument, next(numbers)), one) for one in wanted)
        return found[0] if pullback.single else found

    return map_floating(block, out)


def _by_unit(out: Any, pullback: Pullback) -> list[np.ndarray]:
    """For each floating number of the arguments its cotangents, one pullback after the other."""
    bars = [[leaf for _, leaf in floating_leaves(pullback(unit))] for unit in basis(out)]
    return [np.stack(column) for column in zip(*bars, strict=True)]


def _block(rows: np.ndarray, shape: tuple[int, ...]) -> Any:
    """The rows of one number or array of the result."""
    return rows.reshape(shape + rows.shape[1:])


def _like(argument: Any, block: np.ndarray) -> Any:
    """A block of a Jacobian with the dtype of an argument; a number where result and argument are numbers."""
    if block.ndim == 0:
        return as_leaf(argument, block[()]) if not isinstance(argument, np.ndarray) else block
    dtype = np.asarray(argument).dtype
    real = block.real if block.dtype.kind == "c" and dtype.kind != "c" else block
    return np.ascontiguousarray(real, dtype)


# --- columns ----------------------------------------------------------------------------------------------------------
def forward_jacobian(f: Any, args: tuple[Any, ...], argnums: Argnums, has_aux: bool = False, **options: Any) -> Any:
    """The Jacobian by the tangents along the unit vectors of the arguments; with `has_aux` a pair of it and the
    auxiliary data."""
    places, single = positions(f, argnums, len(args))
    chosen_args = tuple(args[place] for place in places)
    total = _count(chosen_args)
    if total == 0:
        raise TypeError("the chosen arguments hold no floating-point number: convert to float")
    tangents: list[Any] = [None] * len(args)
    for place in places:
        tangents[place] = args[place]
    sweep = forward_of(f, args, tuple(tangents), **options)
    special = sweep.special
    if "many" not in special.extra:
        from ..pipeline_batched import many_tangents

        count = len(special.paths)
        special.extra["many"] = None if special.on_tape else batched_or_none(
            lambda: many_tangents(special.main, count, special.request.options))
    many = special.extra["many"]
    one_by_one = many is None
    parts = []
    out: Any = None
    aux: list[Any] = []
    ranges = [] if one_by_one else list(_parts(total, total))
    for part, run in zip(ranges, sweep.runs(len(ranges)), strict=False):
        assert many is not None, "there are ranges"
        out, dot = run.call(many.call, _in_order(places, units(chosen_args, *part), chosen_args))
        if has_aux:
            (out, *aux), dot = pair(out, sweep.name), dot[0]
        parts.append([leaf for _, leaf in floating_leaves(_batched_result(out, dot))])
    if one_by_one:
        out, columns, *aux = _tangents_by_unit(f, args, places, {**options, "has_aux": has_aux})
    else:
        columns = [c[0] if len(c) == 1 else np.concatenate(c) for c in zip(*parts, strict=True)]
    each = iter(columns)

    def block(leaf: Any) -> Any:
        found = _of_columns(next(each), np.shape(leaf), chosen_args, leaf)
        return found[0] if single else found

    return _with(map_floating(block, out), aux)


def _in_order(places: list[int], given: list[np.ndarray], args: tuple[Any, ...]) -> list[np.ndarray]:
    """Units of the chosen arguments in the order of all arguments."""
    counts = [sum(1 for _ in floating_leaves(arg)) for arg in args]
    starts = np.cumsum([0, *counts])
    order = sorted(range(len(places)), key=lambda k: places[k])
    return [given[i] for k in order for i in range(starts[k], starts[k + 1])]


def _batched_result(out: Any, dot: Any) -> Any:
    """The tangents of a result, with the batch in front, in its structure."""
    return like_result(out, dot, lambda leaf, number: np.asarray(number))


def _of_columns(column: np.ndarray, shape: tuple[int, ...], args: tuple[Any, ...], leaf: Any) -> tuple[Any, ...]:
    """The Jacobian of one number or array of the result, in the arguments' structures, from its tangents."""
    offset = 0

    def part(argument: Any) -> Any:
        nonlocal offset
        size = int(np.size(argument))
        own = column[offset:offset + size]
        offset += size
        turned = np.moveaxis(own, 0, -1).reshape(shape + np.shape(argument))
        if turned.ndim == 0:
            return as_leaf(leaf, turned[()])
        return np.ascontiguousarray(turned, np.asarray(leaf).dtype)

    return tuple(map_floating(part, argument) for argument in args)


def _tangents_by_unit(f: Any, args: tuple[Any, ...], places: list[int], options: Settings) -> tuple[Any, ...]:
    """The value, for each floating leaf of it its tangents along one unit vector after the other, and what is
    auxiliary, if anything is."""
    from .directions import jvp

    out: Any = None
    aux: list[Any] = []
    tangents: list[list[Any]] = []
    chosen_args = tuple(args[place] for place in places)
    for unit, given in zip(basis(chosen_args), for_each_run(args, _count(chosen_args)), strict=True):
        along: list[Any] = [None] * len(args)
        for place, value in zip(places, unit, strict=True):
            along[place] = value
        out, out_dot, *aux = jvp(f, given, tuple(along), **options)
        tangents.append([leaf for _, leaf in floating_leaves(out_dot)])
    return out, [np.stack([np.asarray(t) for t in column]) for column in zip(*tangents, strict=True)], *aux
