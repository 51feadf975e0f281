"""Putting arrays together and taking them apart."""
from __future__ import annotations

from typing import Any

import numpy as np

from ad_compiler import support
from ad_compiler.rules.cumulative import part
from ad_compiler.rules.row import Partial, Row, existing, linear, rule
from ad_compiler.rules.samples import call as of
from ad_compiler.rules.samples import calls, reals


def pieces(g: Any, shapes: Any, axis: int, ndim: int) -> list[Any]:
    """`g` cut along `axis` into the arrays that were concatenated, each promoted to `ndim` axes."""
    out = []
    start: Any = None
    for shape in shapes:
        length = extent(shape, axis, ndim)
        stop = length if start is None else start + length
        piece = part(g, axis, start, stop)
        out.append(piece if len(shape) == ndim else np.reshape(piece, shape))
        start = stop
    return out


def extent(shape: Any, axis: int, ndim: int) -> Any:
    """Length along `axis` of an array of `shape` after axes were added in front."""
    axis = axis % ndim - (ndim - len(shape))
    return shape[axis] if axis >= 0 else 1


def of_flat(g: Any, shapes: Any, sizes: Any) -> list[Any]:
    """`g` cut into the arrays that were raveled and concatenated."""
    out = []
    start: Any = 0
    for shape, size in zip(shapes, sizes, strict=True):
        out.append(np.reshape(g[start:start + size], shape))
        start = start + size
    return out


def nested(shapes: Any) -> int:
    """Depth of the lists of `np.block`."""
    return 1 + nested(shapes[0]) if isinstance(shapes, list) else 0


def most_axes(shapes: Any) -> int:
    return max(most_axes(one) for one in shapes) if isinstance(shapes, list) else len(shapes)


def block_extent(shapes: Any, axis: int, ndim: int) -> Any:
    while isinstance(shapes, list):
        shapes = shapes[0]
    return extent(shapes, axis, ndim)


def blocks(g: Any, shapes: Any, depth: int, ndim: int) -> Any:
    """The transpose of `np.block`: innermost lists lie along the last axis, outer ones along those before."""
    if not isinstance(shapes, list):
        return g if len(shapes) == ndim else np.reshape(g, shapes)
    out = []
    start: Any = 0
    for one in shapes:
        length = block_extent(one, -depth, ndim)
        out.append(blocks(part(g, -depth, start, start + length), one, depth - 1, ndim))
        start = start + length
    return out


def elements(g: Any, shapes: Any) -> Any:
    """The parts of an array made of nested sequences."""
    return [elements(g[k], one) for k, one in enumerate(shapes)] if isinstance(shapes, list) else g


def made_of(g: Any, shapes: Any, ndmin: int) -> Any:
    """The transpose of `np.array`; axes added for `ndmin` come first and have length 1."""
    if not isinstance(shapes, list):
        return np.reshape(g, shapes) if ndmin > len(shapes) else g
    depth = nested(shapes) + most_axes(shapes)
    return elements(g[(0,) * (ndmin - depth)] if ndmin > depth else g, shapes)


def grid_axis(k: int, indexing: str) -> int:
    """The axis along which the k-th operand of `np.meshgrid` varies."""
    return 1 - k if indexing == "xy" and k < 2 else k


def ungridded(g: Any, shapes: Any, indexing: str) -> list[Any]:
    """The transpose of `np.meshgrid`: sum over all the axes but the operand's own."""
    count = len(shapes)
    out = []
    for k, (one, shape) in enumerate(zip(g, shapes, strict=True)):
        own = grid_axis(k, indexing) if count > 1 else 0
        rest = tuple(axis for axis in range(count) if axis != own)
        summed = np.sum(one, axis=rest) if rest and one is not None else one
        out.append(summed if summed is None or len(shape) == 1 else np.reshape(summed, shape))
    return out


def stacked(g: Any, axis: int, count: int) -> list[Any]:
    ahead = (slice(None),) * (axis % g.ndim)
    return [g[(*ahead, k)] if ahead else g[k] for k in range(count)]


def reshaped_each(g: Any, shapes: Any) -> list[Any]:
    """The transpose of `np.atleast_1d` and its relatives, which return one array for one, else a tuple."""
    return reshaped_all(g if len(shapes) > 1 else (g,), shapes)


def reshaped_all(g: Any, shapes: Any) -> list[Any]:
    return [None if one is None else np.reshape(one, shape) for one, shape in zip(g, shapes, strict=True)]


def alike(g: Any) -> list[Any]:
    """Cotangents of results of one shape, zeros for those that nothing depends on."""
    nothing = np.zeros_like(next(one for one in g if one is not None))
    return [nothing if one is None else one for one in g]


def unstacked(g: Any, axis: int) -> Any:
    """The transpose of `np.unstack`, which gives no results along an empty axis."""
    return np.stack(alike(g), axis=axis) if len(g) else None


def every(g: Any, out: Any) -> list[Any]:
    """The cotangents of all results, zeros for those that nothing depends on."""
    return [np.zeros_like(result) if one is None else one for one, result in zip(g, out, strict=True)]


def atleast(function: Any) -> Row:
    return linear(function, "*arys", view="maybe", results=-1, sequences=("arys",),
                  arys=lambda g, arys_shape: reshaped_each(g, arys_shape),
                  samples=calls(lambda s: [of(s.real(*shape)) for shape in ((), (3,), (2, 3), (2, 1, 2))],
                                lambda s: of(s.real(3), s.real(2, 3), s.real())))


def split(function: Any, axis: Any) -> Row:
    """A splitting function whose axis is fixed; `np.hsplit` cuts 1-D arrays along their only axis."""
    return linear(function, "ary, indices_or_sections", view="always", results=-1,
                  ary=lambda g, ary_ndim, out: np.concatenate(every(g, out), axis=axis if ary_ndim > 1 else 0),
                  samples=calls(lambda s: of(s.real(4, 4, 2), 2), lambda s: of(s.real(4, 4, 4), [1, 2])))


def deep(g: Any, shapes: Any) -> list[Any]:
    """The transpose of `np.dstack`: vectors were rows of one column, matrices got a third axis."""
    out = []
    start: Any = 0
    for shape in shapes:
        depth = shape[2] if len(shape) > 2 else 1
        piece = g[:, :, start:start + depth]
        out.append(piece if len(shape) > 2 else np.reshape(piece, shape))
        start = start + depth
    return out


def columns(g: Any, shapes: Any) -> list[Any]:
    """The transpose of `np.column_stack`: vectors were columns."""
    out = []
    start: Any = 0
    for shape in shapes:
        out.append(g[:, start:start + shape[1]] if len(shape) > 1 else g[:, start])
        start = start + (shape[1] if len(shape) > 1 else 1)
    return out


def below(source: Any, size: Any) -> Any:
    """Labels below `size`; -1 in place of the others."""
    return np.where(source < size, source, -1)


RULES: tuple[Row, ...] = (
    linear(np.concatenate, "arrays, axis=0, *, dtype=None, casting='same_kind'", sequences=("arrays",),
           arrays=lambda g, arrays_shape, arrays_ndim, arrays_size, axis: (
               of_flat(g, arrays_shape, arrays_size) if axis is None
               else pieces(g, arrays_shape, axis, arrays_ndim[0])),
           samples=calls(lambda s: of([s.real(2, 3), s.real(1, 3), s.real(0, 3)]),
                         lambda s: of((s.real(2, 3), s.real(2, 1)), axis=-1),
                         lambda s: of((s.real(2, 3), s.real(2)), axis=None),
                         lambda s: of([s.complex(2), s.real(3)]))),
    linear(np.stack, "arrays, axis=0, *, dtype=None, casting='same_kind'", sequences=("arrays",),
           arrays=lambda g, arrays_ndim, axis: stacked(g, axis, len(arrays_ndim)),
           samples=calls(lambda s: [of([s.real(2, 3), s.real(2, 3)], axis=axis) for axis in (0, 1, 2, -1)],
                         lambda s: of([s.real(), s.real()]))),
    linear(np.hstack, "tup, *, dtype=None, casting='same_kind'", sequences=("tup",),
           tup=lambda g, tup_shape: pieces(g, tup_shape, 0 if g.ndim == 1 else 1, g.ndim),
           samples=calls(lambda s: of([s.real(2, 3), s.real(2, 1)]), lambda s: of([s.real(2), s.real()]))),
    linear(np.vstack, "tup, *, dtype=None, casting='same_kind'", sequences=("tup",),
           tup=lambda g, tup_shape: pieces(g, tup_shape, 0, g.ndim),
           samples=calls(lambda s: of([s.real(2, 3), s.real(3)]),
                         lambda s: of([s.real(2, 2, 2), s.real(1, 2, 2)]),
                         lambda s: of([s.real(), s.real()]))),
    linear(np.dstack, "tup", sequences=("tup",), tup=lambda g, tup_shape: deep(g, tup_shape),
           samples=calls(lambda s: of([s.real(2, 3), s.real(2, 3, 2)]),
                         lambda s: of([s.real(3), s.real(1, 3)]))),
    linear(np.column_stack, "tup", sequences=("tup",), tup=lambda g, tup_shape: columns(g, tup_shape),
           samples=calls(lambda s: of([s.real(3), s.real(3, 2)]), lambda s: of([s.real(2), s.real(2)]))),
    linear(np.block, "arrays", sequences=("arrays",),
           arrays=lambda g, arrays_shape: blocks(g, arrays_shape, nested(arrays_shape), g.ndim),
           samples=calls(lambda s: of([[s.real(2, 2), s.real(2, 1)], [s.real(1, 2), s.real(1, 1)]]),
                         lambda s: of([s.real(2), s.real(3)]), lambda s: of([[s.real(), s.real(2)]]),
                         lambda s: of([[s.real(2, 2, 1), s.real(2, 2, 2)]]))),
    linear(np.array, "object, dtype=None, *, copy=True, order='K', subok=False, ndmin=0", view="maybe",
           sequences=("object",), object=lambda g, object_shape, ndmin: made_of(g, object_shape, ndmin),
           samples=reals((2, 3)).with_params(ndmin=(0, 3)) + calls(
               lambda s: of([0.5, -1.5]), lambda s: of([[0.5, 1.0], [2.0, 3.0]], ndmin=3),
               lambda s: of((s.real(2), s.real(2))), lambda s: of([s.real(), 0.5]))),
    rule(
        np.append, "arr, values, axis=None",
        arr=Partial(vjp=lambda g, arr_shape, arr_size, axis: (
                        np.reshape(g[:arr_size], arr_shape) if axis is None
                        else part(g, axis, 0, arr_shape[axis])),
                    jvp=lambda d, values, axis: np.append(d, np.zeros_like(values), axis)),
        values=Partial(vjp=lambda g, arr_shape, arr_size, values_shape, axis: (
                           np.reshape(g[arr_size:], values_shape) if axis is None
                           else part(g, axis, arr_shape[axis], None)),
                       jvp=lambda d, arr, axis: np.append(np.zeros_like(arr), d, axis)),
        samples=calls(lambda s: of(s.real(2, 3), s.real(2)), lambda s: of(s.real(2, 3), s.real(2, 1),
                                                                          axis=-1),
                      lambda s: of(s.real(2, 3), s.real(1, 3), 0), lambda s: of(s.real(3), 0.5))),
    rule(np.insert, "arr, obj, values, axis=None",
         arr=Partial(
             vjp=lambda g, arr_shape, arr_size, obj, values_shape, axis: support.scatter(
                 g, below(support.insert_source(arr_shape, obj, values_shape, axis), arr_size), arr_shape),
             jvp=lambda d, obj, values, axis: np.insert(d, obj, np.zeros_like(values), axis)),
         values=Partial(
             vjp=lambda g, arr_shape, arr_size, obj, values_shape, axis: support.scatter(
                 g, support.insert_source(arr_shape, obj, values_shape, axis) - arr_size, values_shape),
             jvp=lambda d, arr, obj, axis: np.insert(np.zeros_like(arr), obj, d, axis)),
         samples=calls(lambda s: [of(s.real(2, 3), obj, s.real(2), axis)
                                  for obj, axis in (([0, 2], None), (1, None), (slice(0, 2), None))],
                       lambda s: of(s.real(2, 3), 1, 0.5, axis=1), lambda s: of(s.real(2, 3), 1, s.real(2),
                                                                                axis=1),
                       lambda s: of(s.real(2, 3), [1, 1], s.real(2, 3), axis=0),
                       lambda s: of(s.real(3), -1, s.real(2)))),
    linear(np.delete, "arr, obj, axis=None",
           arr=lambda g, arr_shape, obj, axis: support.scatter(
               g, support.delete_source(arr_shape, obj, axis), arr_shape),
           samples=calls(lambda s: [of(s.real(2, 4), obj, axis) for axis in (None, 0, -1)
                                    for obj in (1, [0, 1], slice(0, 1))])),
    linear(np.split, "ary, indices_or_sections, axis=0", view="always", results=-1,
           ary=lambda g, axis, out: np.concatenate(every(g, out), axis=axis),
           samples=calls(lambda s: of(s.real(4, 3), 2), lambda s: of(s.real(2, 5), [1, 3], axis=-1))),
    linear(np.array_split, "ary, indices_or_sections, axis=0", view="always", results=-1,
           ary=lambda g, axis, out: np.concatenate(every(g, out), axis=axis),
           samples=calls(lambda s: of(s.real(5, 3), 2), lambda s: of(s.real(2, 5), 3, axis=1))),
    *(linear(function, "x, /, *, axis=0", view="always", results=-1, x=lambda g, axis: unstacked(g, axis),
             samples=reals((2, 3)).with_params(axis=(0, 1, -1))) for function in existing(np, "unstack")),
    split(np.hsplit, 1), split(np.vsplit, 0), split(np.dsplit, 2),
    atleast(np.atleast_1d), atleast(np.atleast_2d), atleast(np.atleast_3d),
    linear(np.meshgrid, "*xi, copy=True, sparse=False, indexing='xy'", view="maybe", results=-1,
           sequences=("xi",),
           xi=lambda g, xi_shape, indexing: ungridded(g, xi_shape, indexing),
           samples=calls(lambda s: [of(s.real(2), s.real(3), sparse=sparse, indexing=indexing)
                                    for sparse in (False, True) for indexing in ("xy", "ij")],
                         lambda s: of(s.real(2), s.real(3), s.real(2)), lambda s: of(s.real(2)))),
    linear(np.broadcast_arrays, "*args, subok=False", view="always", results=-1, sequences=("args",),
           args=lambda g: list(g),
           samples=calls(lambda s: of(s.real(3), s.real(2, 1)), lambda s: of(s.real(2), s.real()))),
    linear(np.ix_, "*args", view="maybe", results=-1, sequences=("args",),
           args=lambda g, args_shape: reshaped_all(g, args_shape),
           samples=calls(lambda s: of(s.real(2), s.real(3)))),
)
