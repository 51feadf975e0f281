"""Taking elements out of an array, and writing them into one, by index or mask."""
from __future__ import annotations

import operator
from typing import Any

import numpy as np

from ad_compiler import support
from ad_compiler.rules.reductions import masked
from ad_compiler.rules.row import Composed, Partial, Row, formula_reads, linear, rule, zero
from ad_compiler.rules.samples import call as of
from ad_compiler.rules.samples import calls

MASK = np.array([[True, False, True], [False, True, True]])
COLUMNS = np.array([[0, 2, 1], [2, 0, 1]])
REPEATED = np.array([1, 0, 1, -1])


def kept(v: Any, source: Any) -> Any:
    """What an array keeps of `v` where it has been written into."""
    return np.where(source < 0, v, 0)


def outside(v: Any, where: Any) -> Any:
    return 0 * v if where is True else np.where(where, 0, v)


def written(writes: str, values: str, source: Any) -> dict[str, Partial]:
    """Partials of a function that writes `values` into `writes`; `source(...)` tells which went where."""
    shape = f"{values}_shape"
    at = formula_reads(source).index(shape)

    def with_shape(*reads: Any) -> tuple[Any, Any]:
        return source(*reads), reads[at]

    located = Composed(lambda v, known: support.scatter(v, *known), with_shape)
    located.reads = ("v", *formula_reads(source))
    return {
        writes: Partial(vjp=Composed(kept, source), jvp=Composed(kept, source)),
        values: Partial(vjp=located, jvp=Composed(support.gather, source)),
    }


RULES: tuple[Row, ...] = (
    linear(np.take, "a, indices, axis=None, *, mode='raise'",
           a=lambda g, indices, a_shape, axis, mode: support.take_transposed(g, indices, a_shape, axis, mode),
           samples=calls(
               lambda s: [of(s.real(3, 4), indices, axis=axis) for axis in (None, 0, -1)
                          for indices in (REPEATED, COLUMNS, 1, [2, 0])],
               lambda s: of(s.real(2, 3, 2), np.array([-5, 0, 7, 7]), 1, mode="clip"),
               lambda s: of(s.complex(5), np.array([-5, 0, 7, 7]), mode="wrap"))),
    linear(np.take_along_axis, "arr, indices, axis=-1",
           arr=lambda g, arr_shape, indices, axis: support.scatter(
               g, support.along_axis_source(indices, arr_shape, axis), arr_shape),
           samples=calls(
               lambda s: [of(s.real(2, 3), COLUMNS, axis) for axis in (1, -1)],
               lambda s: of(s.real(2, 3), np.array([[1, 1, 0]]), 0),
               lambda s: of(s.real(4), REPEATED, None))),
    linear(np.compress, "condition, a, axis=None",
           a=lambda g, condition, a_shape, axis: support.scatter(
               g, support.compress_source(condition, a_shape, axis), a_shape),
           samples=calls(lambda s: [of([True, False, True], s.real(3, 4), axis) for axis in (None, 0, -1)])),
    linear(np.extract, "condition, arr",
           arr=lambda g, condition, arr_shape: support.scatter(
               g, support.extract_source(condition, arr_shape), arr_shape),
           samples=calls(lambda s: of(MASK, s.real(2, 3)))),
    linear(operator.getitem, "a, b", view="maybe",
           a=lambda g, b, a_shape: support.scatter_index(g, b, a_shape),
           samples=calls(lambda s: [of(s.real(3, 4), index) for index in (
               1, -1, slice(1, None), (slice(None), 2), (..., None, 0), REPEATED, (REPEATED, REPEATED),
               (slice(None, None, -2), [0, 0]), np.array([True, False, True]))])),
    rule(operator.setitem, "a, b, c", writes="a",
         **written("a", "c", lambda a_shape, b, c_shape: support.written_source(a_shape, b, c_shape)),
         samples=calls(lambda s: [of(s.real(3, 4), slice(1, None), s.real(4)),
                                  of(s.real(4), REPEATED, s.real(4)),
                                  of(s.real(2, 3), MASK, s.real(4)), of(s.real(2, 3), (1, 2), 0.5)])),
    rule(np.put, "a, ind, v, mode='raise'", writes="a",
         **written("a", "v", lambda a_shape, ind, v_shape, mode: support.put_source(
             a_shape, ind, v_shape, mode)),
         samples=calls(lambda s: of(s.real(2, 3), REPEATED, s.real(4)),
                       lambda s: of(s.real(2, 3), [7, 0, -1], s.real(2), mode="wrap"),
                       lambda s: of(s.real(2, 3), 4, 0.5))),
    rule(np.put_along_axis, "arr, indices, values, axis", writes="arr",
         **written("arr", "values", lambda arr_shape, indices, values_shape,
                   axis: support.put_along_axis_source(
             arr_shape, indices, values_shape, axis)),
         samples=calls(lambda s: of(s.real(2, 3), COLUMNS, s.real(2, 3), 1),
                       lambda s: of(s.real(2, 3), np.array([[1, 0, 1]]), s.real(3), 0),
                       lambda s: of(s.real(4), REPEATED, 0.5, None))),
    rule(np.place, "arr, mask, vals", writes="arr",
         **written("arr", "vals", lambda arr_shape, mask, vals_shape: support.place_source(
             arr_shape, mask, vals_shape)),
         samples=calls(lambda s: of(s.real(2, 3), MASK, s.real(3)))),
    rule(np.putmask, "a, mask, values", writes="a",
         **written("a", "values", lambda a_shape, mask, values_shape: support.putmask_source(
             a_shape, mask, values_shape)),
         samples=calls(lambda s: of(s.real(2, 3), MASK, s.real(2, 3)),
                       lambda s: of(s.real(2, 3), MASK, s.real(2)))),
    rule(np.fill_diagonal, "a, val, wrap=False", writes="a",
         **written("a", "val", lambda a_shape, val_shape, wrap: support.fill_diagonal_source(
             a_shape, val_shape, wrap)),
         samples=calls(lambda s: of(s.real(3, 3), s.real(3)), lambda s: of(s.real(5, 2), 0.5, wrap=True))),
    rule(np.copyto, "dst, src, casting='same_kind', where=True", writes="dst",
         dst=Partial(vjp=lambda g, where: outside(g, where), jvp=lambda d, where: outside(d, where)),
         src=Partial(vjp=lambda g, where: masked(g, where), jvp=lambda d, where: masked(d, where)),
         samples=calls(lambda s: of(s.real(2, 3), s.real(3)), lambda s: of(s.real(2, 3), s.real(2, 1),
                                                                           where=MASK),
                       lambda s: of(s.real(2, 3), 0.5, where=MASK))),
    rule(np.ndarray.fill, "a, value", writes="a",
         constants=("a",), value=Partial(vjp=lambda g: g, jvp=lambda d: d),
         samples=calls(lambda s: of(s.real(2, 3), 0.5))),
    *zero(np.nonzero, np.flatnonzero, np.argwhere, np.searchsorted, np.digitize, np.indices, np.unravel_index,
          np.ravel_multi_index, np.diag_indices, np.diag_indices_from, np.tril_indices, np.triu_indices,
          np.tril_indices_from, np.triu_indices_from, np.mask_indices, np.lexsort, np.argsort,
          np.argpartition,
          np.count_nonzero, np.ndindex, np.ndenumerate, reason="indices or counts"),
)
