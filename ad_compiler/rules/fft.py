"""The rows of `np.fft`, for one, two and more axes, with `n`/`s`, `axes` and `norm`.

    out = np.fft.fft(a)     a_bar = np.fft.fft(out_bar), the matrix of the transform being symmetric
                            (conjugated before and after around the table)

The transforms of real data compute half of a spectrum, so that their transposes fill the other half with
zeros (`rfft`), or count the inner half twice (`irfft`). An argument `n` pads with zeros or cuts off; its
transpose cuts off or pads. Which of the two it is depends on sizes, which a formula may not ask for: it pads
first, then cuts.
"""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ad_compiler.rules.linalg_parts import conj, given
from ad_compiler.rules.row import Row, elementwise, linear
from ad_compiler.rules.samples import Draw, Samples, call

TWO_AXES = (np.fft.fft2, np.fft.ifft2)

# irfft divides by n where rfft does not: the norm whose rfft has the weights of this norm's irfft.
OTHER_NORM: dict[Any, Any] = {None: "forward", "backward": "forward", "ortho": "ortho", "forward": "backward"}


def along(ndim: int, axis: int, part: slice) -> tuple[slice, ...]:
    """An index that cuts one axis."""
    return (slice(None),) * (axis % ndim) + (part,)


def fitted(x: Any, axes: Sequence[int], lengths: Sequence[Any]) -> Any:
    """`x` cut off or filled up with zeros to the given lengths along some axes."""
    width: list[tuple[Any, Any]] = [(0, 0)] * x.ndim
    index = [slice(None)] * x.ndim
    for axis, length in zip(axes, lengths, strict=True):
        width[axis % x.ndim] = (0, length)
        index[axis % x.ndim] = slice(None, length)
    return np.pad(x, width)[tuple(index)]


def all_axes(ndim: int, s: Any, axes: Any) -> list[int]:
    """The axes of an n-dimensional transform: all of them, or as many of the last as `s` has lengths."""
    if axes is not None:
        return list(axes)
    return list(range(ndim)) if s is None else list(range(ndim - len(s), ndim))


def fft_cotangent(g: Any, a_shape: Any, n: Any, axis: int, norm: Any, transform: Any) -> Any:
    """Transpose of `fft` and `ifft`."""
    a_bar = transform(g, **given(axis=(axis, -1), norm=(norm, None)))
    return a_bar if n is None else fitted(a_bar, [axis], [a_shape[axis]])


def fftn_cotangent(g: Any, a_shape: Any, s: Any, axes: Any, norm: Any, transform: Any) -> Any:
    """Transpose of `fftn` and `ifftn`."""
    over = all_axes(g.ndim, s, axes)
    shown = axes if s is None else over
    a_bar = transform(g,
                      **given(axes=(shown, (-2, -1) if transform in TWO_AXES else None), norm=(norm, None)))
    return a_bar if s is None else fitted(a_bar, over, [a_shape[axis] for axis in over])


def rfft_cotangent(g: Any, a_shape: Any, n: Any, axis: int, norm: Any, transform: Any) -> Any:
    """Transpose of `rfft` and `ihfft`: the missing half of the spectrum counts as zeros."""
    a_bar = transform(g, a_shape[axis] if n is None else n, **given(axis=(axis, -1), norm=(norm, None)))
    return a_bar if n is None else fitted(a_bar, [axis], [a_shape[axis]])


def rfftn_cotangent(g: Any, a_shape: Any, s: Any, axes: Any, norm: Any) -> Any:
    """Transpose of `rfftn`."""
    over = all_axes(g.ndim, s, axes)
    last = a_shape[over[-1]] if s is None or s[-1] == -1 else s[-1]
    a_bar = np.fft.fftn(g, s=[*(g.shape[axis] for axis in over[:-1]), last], axes=over,
                        **given(norm=(norm, None)))
    return a_bar if s is None else fitted(a_bar, over, [a_shape[axis] for axis in over])


def inner_twice(spectrum: Any, axis: int, n: Any) -> Any:
    """A half spectrum, everything but the constant term and the last of an even length `n` counted twice. (Without a
    length it is even; one that is known only at run time leaves the last part empty where it is odd.)"""
    def cut(start: Any, stop: Any) -> Any:
        return spectrum[along(spectrum.ndim, axis, slice(start, stop))]
    odd = isinstance(n, int) and n % 2 == 1
    last = -1 if n is None else (n + 1) // 2
    parts = [cut(None, 1), 2 * cut(1, None)] if odd else [cut(None, 1), 2 * cut(1, last), cut(last, None)]
    return np.concatenate(parts, axis=axis)


def irfft_cotangent(g: Any, a_shape: Any, n: Any, axis: int, norm: Any) -> Any:
    """Adjoint of `irfft`; without `n` its length is even."""
    spectrum = np.fft.rfft(g, **given(axis=(axis, -1)), norm=OTHER_NORM[norm])
    a_bar = inner_twice(spectrum, axis, n)
    return a_bar if n is None else fitted(a_bar, [axis], [a_shape[axis]])


def irfftn_cotangent(g: Any, a_shape: Any, s: Any, axes: Any, norm: Any, *, even: bool = True) -> Any:
    """Adjoint of `irfftn`; without `s` its last length is `even`, but SciPy's is 1 of one frequency."""
    over = all_axes(g.ndim, s, axes)
    spectrum = np.fft.rfftn(g, axes=over, norm=OTHER_NORM[norm])
    last = s[-1] if s is not None else None if even else g.shape[over[-1]]
    a_bar = inner_twice(spectrum, over[-1], None if isinstance(last, int) and last == -1 else last)
    return a_bar if s is None else fitted(a_bar, over, [a_shape[axis] for axis in over])


def one_axis(*, real: bool = False, lengths: tuple[Any, ...] = (None, 3, 6)) -> Samples:
    """Calls of transforms along one axis."""
    def build(draw: Draw) -> Any:
        for norm in (None, "backward", "ortho", "forward"):
            yield call(draw.real(4), norm=norm)
        for n in lengths:
            for axis in (-1, 0):
                yield call(draw.real(4, 4), n, axis)
                if not real:
                    yield call(draw.complex(4, 5), n=n, axis=axis, norm="ortho")
    return Samples(build)


def many_axes(*, real: bool = False, two: bool = False, keep: bool = True) -> Samples:
    """Calls of transforms over several axes; `keep`: with -1 for a length to be kept."""
    def build(draw: Draw) -> Any:
        for norm in (None, "ortho", "forward"):
            yield call(draw.real(3, 4), norm=norm)
        for s in (None, (3, 5), (5, 2), *([(-1, 4)] if keep else [])):
            for axes in ((-2, -1), (2, 0)):
                yield call(draw.real(4, 2, 4), s, axes)
                if not real:
                    yield call(draw.complex(4, 2, 4), s=s, axes=axes, norm="ortho")
        if not two:
            yield call(draw.real(4, 3, 4))
            yield call(draw.real(4, 2, 4), axes=(1,))
    return Samples(build)


def shifts() -> Samples:
    return Samples(lambda s: [call(s.real(5)), call(s.real(4, 3)), call(s.complex(5, 4), axes=1),
                              call(s.real(5, 4, 3), axes=(0, 2))])


def _spacings() -> Samples:
    return Samples(lambda s: [call(n, s.real(low=0.5, high=2.0)) for n in (5, 4)])


RULES: tuple[Row, ...] = (
    linear(np.fft.fft, "a, n=None, axis=-1, norm=None", samples=one_axis(),
           a=lambda g, a_shape, n, axis, norm: fft_cotangent(g, a_shape, n, axis, norm, np.fft.fft)),
    linear(np.fft.ifft, "a, n=None, axis=-1, norm=None", samples=one_axis(),
           a=lambda g, a_shape, n, axis, norm: fft_cotangent(g, a_shape, n, axis, norm, np.fft.ifft)),
    linear(np.fft.rfft, "a, n=None, axis=-1, norm=None", samples=one_axis(real=True),
           a=lambda g, a_shape, n, axis, norm: rfft_cotangent(g, a_shape, n, axis, norm, np.fft.fft)),
    linear(np.fft.ihfft, "a, n=None, axis=-1, norm=None", samples=one_axis(real=True),
           a=lambda g, a_shape, n, axis, norm: rfft_cotangent(g, a_shape, n, axis, norm, np.fft.ifft)),
    linear(np.fft.irfft, "a, n=None, axis=-1, norm=None", samples=one_axis(lengths=(None, 2, 5, 8, 9, 1)),
           holomorphic=False,
           a=lambda g, a_shape, n, axis, norm: irfft_cotangent(g, a_shape, n, axis, norm)),
    linear(np.fft.hfft, "a, n=None, axis=-1, norm=None", samples=one_axis(lengths=(None, 2, 5, 8, 9, 1)),
           holomorphic=False,
           a=lambda g, a_shape, n, axis, norm: conj(irfft_cotangent(g, a_shape, n, axis, OTHER_NORM[norm]))),
    linear(np.fft.fftn, "a, s=None, axes=None, norm=None", samples=many_axes(),
           a=lambda g, a_shape, s, axes, norm: fftn_cotangent(g, a_shape, s, axes, norm, np.fft.fftn)),
    linear(np.fft.ifftn, "a, s=None, axes=None, norm=None", samples=many_axes(),
           a=lambda g, a_shape, s, axes, norm: fftn_cotangent(g, a_shape, s, axes, norm, np.fft.ifftn)),
    linear(np.fft.fft2, "a, s=None, axes=(-2, -1), norm=None", samples=many_axes(two=True),
           a=lambda g, a_shape, s, axes, norm: fftn_cotangent(g, a_shape, s, axes, norm, np.fft.fft2)),
    linear(np.fft.ifft2, "a, s=None, axes=(-2, -1), norm=None", samples=many_axes(two=True),
           a=lambda g, a_shape, s, axes, norm: fftn_cotangent(g, a_shape, s, axes, norm, np.fft.ifft2)),
    linear(np.fft.rfftn, "a, s=None, axes=None, norm=None", samples=many_axes(real=True),
           a=lambda g, a_shape, s, axes, norm: rfftn_cotangent(g, a_shape, s, axes, norm)),
    linear(np.fft.rfft2, "a, s=None, axes=(-2, -1), norm=None", samples=many_axes(real=True, two=True),
           a=lambda g, a_shape, s, axes, norm: rfftn_cotangent(g, a_shape, s, axes, norm)),
    linear(np.fft.irfftn, "a, s=None, axes=None, norm=None", samples=many_axes(), holomorphic=False,
           a=lambda g, a_shape, s, axes, norm: irfftn_cotangent(g, a_shape, s, axes, norm)),
    linear(np.fft.irfft2, "a, s=None, axes=(-2, -1), norm=None", samples=many_axes(two=True),
           holomorphic=False,
           a=lambda g, a_shape, s, axes, norm: irfftn_cotangent(g, a_shape, s, axes, norm)),
    linear(np.fft.fftshift, "x, axes=None", samples=shifts(), x=lambda g, axes: np.fft.ifftshift(g, axes)),
    linear(np.fft.ifftshift, "x, axes=None", samples=shifts(), x=lambda g, axes: np.fft.fftshift(g, axes)),
    elementwise(np.fft.fftfreq, "n, d=1.0, device=None", samples=_spacings(), d=lambda d, out: -out / d),
    elementwise(np.fft.rfftfreq, "n, d=1.0, device=None", samples=_spacings(), d=lambda d, out: -out / d),
)
