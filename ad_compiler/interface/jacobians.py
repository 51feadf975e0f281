"""Jacobians, sweep by sweep: rows by pullbacks, columns by tangents."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .directions import jvp, vjp
from .structure import floating_leaves, map_floating, replace_floating
from .target import resolve
from .wrt import Argnums, chosen

Settings = dict[str, Any]


def reverse_jacobian(f: Any, args: tuple[Any, ...], argnums: Argnums, **options: Any) -> Any:
    """The Jacobian by one pullback for each number of the result."""
    return value_and_reverse_jacobian(f, args, argnums, **options)[1]


def value_and_reverse_jacobian(f: Any, args: tuple[Any, ...], argnums: Argnums, **options: Any) -> tuple[Any, Any]:
    """The value, and the Jacobian by one pullback for each number of the result."""
    out, pullback = vjp(f, *args, argnums=argnums, **options)
    return out, _rows(out, pullback)


def shorter_jacobian(f: Any, args: tuple[Any, ...], argnums: Argnums, **options: Any) -> Any:
    """The Jacobian in the mode that takes fewer sweeps."""
    out, pullback = vjp(f, *args, argnums=argnums, **options)
    places, _ = positions(f, argnums, len(args))
    inputs = sum(_count(args[place]) for place in places)
    return forward_jacobian(f, args, argnums, **options) if inputs < _count(out) else _rows(out, pullback)


def forward_jacobian(f: Any, args: tuple[Any, ...], argnums: Argnums, **options: Any) -> Any:
    """The Jacobian by one tangent for each number of the arguments."""
    places, single = positions(f, argnums, len(args))
    if sum(_count(args[place]) for place in places) == 0:
        raise TypeError("the chosen arguments hold no floating-point number: convert to float")
    out: Any = None
    blocks: list[list[Any]] = []
    for place in places:
        out, columns = _columns(f, args, place, options)
        blocks.append([_block(args[place], column) for column in columns])
    each = zip(*blocks, strict=True)
    return map_floating(lambda _: next(each)[0] if single else next(each), out)


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


def _count(tree: Any) -> int:
    return sum(np.size(leaf) for _, leaf in floating_leaves(tree))


def _rows(out: Any, pullback: Callable[[Any], Any]) -> Any:
    """The Jacobian: the result's structure outside, the arguments' inside."""
    if _count(out) == 0:
        raise TypeError("the result holds no floating-point number")
    rows = iter([pullback(unit) for unit in basis(out)])

    def block(leaf: Any) -> Any:
        return _stacked([next(rows) for _ in range(np.size(leaf))], np.shape(leaf))

    return map_floating(block, out)


def _stacked(rows: list[Any], shape: tuple[int, ...]) -> Any:
    """Trees of one structure as one tree, their leaves stacked to `shape + leaf.shape`."""
    if not rows:
        raise TypeError("the result has an empty array: its Jacobian has no rows")
    parts = [iter([leaf for _, leaf in floating_leaves(row)]) for row in rows]

    def stack(leaf: Any) -> Any:
        own = [next(part) for part in parts]
        return own[0] if shape == () else np.reshape(np.stack(own), shape + np.shape(leaf))

    return map_floating(stack, rows[0])


def _columns(f: Any, args: tuple[Any, ...], place: int, options: Settings) -> tuple[Any, list[list[Any]]]:
    """The value, and for each floating leaf of it its tangents along the numbers of one argument."""
    out: Any = None
    tangents: list[list[Any]] = []
    for unit in basis(args[place]):
        along: list[Any] = [None] * len(args)
        along[place] = unit
        out, out_dot = jvp(f, args, tuple(along), **options)
        tangents.append([leaf for _, leaf in floating_leaves(out_dot)])
    return out, [list(column) for column in zip(*tangents, strict=True)]


def _block(argument: Any, tangents: list[Any]) -> Any:
    """The Jacobian of one leaf of the result, in the argument's structure, from its tangents."""
    rest = iter(tangents)

    def part(leaf: Any) -> Any:
        own = [next(rest) for _ in range(np.size(leaf))]
        if not isinstance(leaf, np.ndarray):
            return own[0]
        return np.reshape(np.stack(own, axis=-1), np.shape(own[0]) + np.shape(leaf))

    return map_floating(part, argument)
