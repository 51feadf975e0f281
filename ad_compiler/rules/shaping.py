"""The same elements in another shape or order, repeated, or extended."""
from __future__ import annotations

from typing import Any

import numpy as np

from ad_compiler import support
from ad_compiler.rules.layout import fixed
from ad_compiler.rules.row import Partial, Row, linear, rule
from ad_compiler.rules.samples import Samples, calls, reals
from ad_compiler.rules.samples import call as of

CUBE: Samples = reals((2, 3, 4))


def reshaped(g: Any, shape: Any, order: str) -> Any:
    return np.reshape(g, shape) if fixed(order) == "C" else np.reshape(g, shape, order=order)


def inverse(axes: Any, ndim: int) -> tuple[int, ...]:
    """The permutation of axes that undoes `axes`."""
    axes = [axis % ndim for axis in axes]
    return tuple(axes.index(axis) for axis in range(ndim))


def negated(shift: Any) -> Any:
    return tuple(-one for one in shift) if isinstance(shift, tuple | list) else -shift


def rolled_back(g: Any, axis: int, start: int) -> Any:
    """The transpose of `np.rollaxis`."""
    axis, start = axis % g.ndim, start + g.ndim if start < 0 else start
    return np.moveaxis(g, start - 1 if axis < start else start, axis)


def untiled(g: Any, shape: Any, ndim: int, reps: Any) -> Any:
    """Sum of the copies that `np.tile` made."""
    counts = [reps] if np.ndim(reps) == 0 else [reps[place] for place in range(len(reps))]
    counts = [1] * (ndim - len(counts)) + counts
    added = len(counts) - ndim
    split: list[Any] = []
    copies = []
    for place, count in enumerate(counts):
        if not (isinstance(count, int) and count == 1):
            copies.append(len(split))
            split.append(count)
        if place >= added:
            split.append(shape[place - added])
    apart = np.reshape(g, tuple(split))
    return np.sum(apart, axis=tuple(copies)) if copies else apart


def unrepeated(g: Any, shape: Any, ndim: int, repeats: Any, axis: Any) -> Any:
    """Sum of the copies that `np.repeat` made; with one count for all they stand side by side."""
    if not isinstance(repeats, int):
        return support.scatter(g, support.repeat_source(shape, repeats, axis), shape)
    if axis is None or ndim == 0:
        return np.reshape(np.sum(np.reshape(g, (-1, repeats)), axis=1), shape)
    axis = axis % ndim
    return np.sum(np.reshape(g, (*shape[: axis + 1], repeats, *shape[axis + 1:])), axis=axis + 1)


def even(reflect_type: str) -> None:
    if reflect_type != "even":
        raise TypeError(f"np.pad(reflect_type={reflect_type!r}) has no derivative rule; 'even' has")


def widths(pad_width: Any, ndim: int) -> list[tuple[Any, Any]]:
    """Width before and after, per axis: `np.pad` takes one number, one pair, or a pair (or number) per axis."""
    if not isinstance(pad_width, tuple | list):
        return [(pad_width, pad_width)] * ndim
    each = list(pad_width)
    if not isinstance(each[0], tuple | list):
        return [(each[0], each[-1])] * ndim
    pairs = [(one[0], one[-1]) for one in each]
    return pairs * ndim if len(pairs) == 1 else pairs


def between(before: Any, after: Any, length: Any) -> slice:
    """What lies between two margins of an axis; counted from both ends where the widths are known numbers."""
    if isinstance(before, int) and isinstance(after, int):
        return slice(before or None, -after or None)
    return slice(before, before + length)


def unpadded(g: Any, shape: Any, pad_width: Any, mode: str, reflect_type: str) -> Any:
    """The transpose of `np.pad`."""
    even(reflect_type)
    if mode == "constant" and not isinstance(pad_width, dict) and getattr(pad_width, "ndim", 0) == 0:
        inner = tuple(between(before, after, length)
                      for (before, after), length in zip(widths(pad_width, len(shape)), shape, strict=True))
        return g[inner] if len(inner) != 1 else g[inner[0]]
    return support.scatter(g, support.pad_source(shape, pad_width, mode), shape)


def padded(d: Any, shape: Any, pad_width: Any, mode: str, reflect_type: str) -> Any:
    """The tangent of `np.pad`; zero where constants stand."""
    even(reflect_type)
    if mode == "constant":
        return np.pad(d, pad_width)
    return support.gather(d, support.pad_source(shape, pad_width, mode))


RULES: tuple[Row, ...] = (
    linear(np.reshape, "a, shape, order='C', *, copy=None", view="maybe",
           a=lambda g, a_shape, order: reshaped(g, a_shape, order),
           samples=calls(lambda s: [of(s.real(2, 6), shape, order=order)
                                    for shape in ((3, 4), -1, (2, -1, 2)) for order in "CF"],
                         lambda s: of(s.real(), (1, 1)), lambda s: of(s.complex(4), (2, 2)))),
    linear(np.ravel, "a, order='C'", view="maybe", a=lambda g, a_shape, order: reshaped(g, a_shape, order),
           samples=CUBE.with_params(order=("C", "F")) + reals((), (0, 2))),
    linear(np.ndarray.flatten, "a, order='C'", a=lambda g, a_shape, order: reshaped(g, a_shape, order),
           samples=CUBE.with_params(order=("C", "F")) + reals((0, 2))),
    linear(np.transpose, "a, axes=None", view="always",
           a=lambda g, axes,
           a_ndim: np.transpose(g) if axes is None else np.transpose(g, inverse(axes, a_ndim)),
           samples=CUBE.with_params(axes=(None, (2, 0, 1), (-1, 0, 1), [1, 2, 0])) + reals((3,), ())),
    linear(np.matrix_transpose, "x", view="always", x=lambda g: np.matrix_transpose(g), samples=CUBE),
    linear(np.moveaxis, "a, source, destination", view="always",
           a=lambda g, source, destination: np.moveaxis(g, destination, source),
           samples=CUBE.with_params(source=(0,), destination=(-1, 1))
           + CUBE.with_params(source=((0, 1),), destination=((-1, 0),))),
    linear(np.rollaxis, "a, axis, start=0", view="always", a=lambda g, axis,
           start: rolled_back(g, axis, start),
           samples=CUBE.with_params(axis=(0, 1, -1), start=(0, 2, 3, -1))),
    linear(np.swapaxes, "a, axis1, axis2", view="always", a=lambda g, axis1,
           axis2: np.swapaxes(g, axis1, axis2),
           samples=CUBE.with_params(axis1=(0, 1), axis2=(-1, 0))),
    linear(np.expand_dims, "a, axis", view="always", a=lambda g, axis: np.squeeze(g, axis=axis),
           samples=reals((2, 3), (1, 3)).with_params(axis=(0, -1, (0, 2), (-1, 1)))),
    linear(np.squeeze, "a, axis=None", view="always",
           a=lambda g, axis, a_shape: np.reshape(g, a_shape) if axis is None else np.expand_dims(g, axis),
           samples=reals((1, 3, 1)).with_params(axis=(None, 0, -1, (0, 2))) + reals((1, 1), ())),
    linear(np.broadcast_to, "array, shape, subok=False", view="always", array=lambda g: g,
           samples=reals((3,), (2, 1), ()).with_params(shape=((4, 2, 3), (2, 3)))),
    linear(np.tile, "A, reps", A=lambda g, A_shape, A_ndim, reps: untiled(g, A_shape, A_ndim, reps),
           samples=reals((2, 3), (3,), ()).with_params(reps=(2, (2, 3), (2, 1, 3), (1,)))),
    linear(np.repeat, "a, repeats, axis=None",
           a=lambda g, a_shape, a_ndim, repeats, axis: unrepeated(g, a_shape, a_ndim, repeats, axis),
           samples=reals((2, 3)).with_params(repeats=(2,), axis=(None, 0, -1)) + calls(
               lambda s: of(s.real(2, 3), np.array([2, 0, 1]), axis=1), lambda s: of(s.real(2), [1, 3]),
               lambda s: of(s.real(), 3))),
    linear(np.roll, "a, shift, axis=None", a=lambda g, shift, axis: np.roll(g, negated(shift), axis),
           samples=reals((3, 4)).with_params(shift=(1, -2), axis=(None, 0, -1, (0, 1)))
           + reals((3, 4)).with_params(shift=((1, 2),), axis=((0, 1), 0))),
    linear(np.flip, "m, axis=None", view="always", m=lambda g, axis: np.flip(g, axis),
           samples=CUBE.with_params(axis=(None, 0, -1, (0, 2)))),
    linear(np.fliplr, "m", view="always", m=lambda g: np.fliplr(g), samples=CUBE),
    linear(np.flipud, "m", view="always", m=lambda g: np.flipud(g), samples=CUBE),
    linear(np.rot90, "m, k=1, axes=(0, 1)", view="always", m=lambda g, k, axes: np.rot90(g, -k, axes),
           samples=CUBE.with_params(k=(0, 1, 2, -1), axes=((0, 1), (2, 0)))),
    rule(np.pad, "array, pad_width, mode='constant', *, constant_values=0, reflect_type='even'",
         note="an active constant_values is refused", array=Partial(
             vjp=lambda g, array_shape, pad_width, mode, reflect_type: unpadded(
                 g, array_shape, pad_width, mode, reflect_type),
             jvp=lambda d, array_shape, pad_width, mode, reflect_type: padded(
                 d, array_shape, pad_width, mode, reflect_type)),
         samples=reals((3, 4)).with_params(pad_width=(2, (1, 0), ((0, 2), (1, 1))),
                                           mode=("edge", "reflect", "symmetric", "wrap"))
         + reals((3, 4)).with_params(pad_width=(1, (1, 0), [(0, 2), (1, 1)], ((2,), (1,)), ((2, 1),)),
                                     constant_values=(0, 1)) + calls(
             lambda s: of(s.real(3), 2), lambda s: of(s.real(3), np.array([1, 2])))),
    linear(np.resize, "a, new_shape", a=lambda g, a_shape, new_shape: support.scatter(
               g, support.resize_source(a_shape, new_shape), a_shape),
           samples=reals((2, 3)).with_params(new_shape=((4,), (2, 4), (3, 3)))),
    # not `linear`: which zeros are trimmed is up to the array, and a tangent has others
    rule(np.trim_zeros, "filt, trim='fb'", view="always",
         filt=Partial(vjp=lambda g, filt, filt_shape, trim: support.scatter(
                          g, support.trim_source(filt, trim), filt_shape),
                      jvp=lambda d, filt, trim: support.gather(d, support.trim_source(filt, trim))),
         samples=calls(lambda s: [of(np.array([1.0, 2.0, 0.5]), trim) for trim in ("f", "b", "fb")])),
    rule(np.lib.stride_tricks.as_strided, "x, shape=None, strides=None, subok=False, writeable=True",
         view="always", note="read-only use: writing through the view has no rule",
         x=Partial(vjp=lambda g, x, x_shape, shape, strides: support.scatter(
                       g, support.strided_source(x, shape, strides), x_shape),
                   jvp=lambda d, x, shape, strides: support.gather(
                       d, support.strided_source(x, shape, strides))),
         samples=calls(lambda s: of(s.real(6), (2, 3), (16, 8)))),
    linear(np.lib.stride_tricks.sliding_window_view,
           "x, window_shape, axis=None, *, subok=False, writeable=False",
           view="always",
           x=lambda g, x_shape, window_shape,
           axis: support.windows_transposed(g, x_shape, window_shape, axis),
           samples=calls(lambda s: of(s.real(5), 3), lambda s: of(s.real(4, 5), (2, 3)),
                         lambda s: of(s.real(4, 5), 2, axis=1),
                         lambda s: of(s.real(4, 5), (2, 2), axis=(1, 0)))),
)
