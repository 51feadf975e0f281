"""Numerical checks of the rows of linear algebra, FFT, polynomials, signals and SciPy.

`check_row` runs every sample of a row: both modes against central differences with Richardson extrapolation,
the two modes against each other (dot-product identity), and the formulas on opaque stand-ins (`Opaque`) that
refuse what compiler handles refuse: values, sizes and methods.
"""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ad_compiler.rules import apply
from ad_compiler.rules.row import Row
from ad_compiler.rules.samples import Call


def leaves(value: Any) -> list[Any]:
    """Arrays of a result or of a sequence operand, flattened; None counts as nothing."""
    if isinstance(value, list | tuple):
        return [leaf for item in value for leaf in leaves(item)]
    return [] if value is None else [np.asarray(value)]


def inexact(value: Any) -> bool:
    return any(leaf.dtype.kind in "fc" for leaf in leaves(value))


def like(value: Any, make: Callable[[np.ndarray], np.ndarray]) -> Any:
    """`make(leaf)` for every leaf, the structure kept."""
    if isinstance(value, list | tuple):
        return [like(item, make) for item in value]
    return make(np.asarray(value))


def random_like(rng: np.random.Generator) -> Callable[[np.ndarray], np.ndarray]:
    def make(leaf: np.ndarray) -> np.ndarray:
        if leaf.dtype.kind == "c":
            return (rng.normal(size=leaf.shape) + 1j * rng.normal(size=leaf.shape)).astype(leaf.dtype)
        if leaf.dtype.kind == "f":
            return rng.normal(size=leaf.shape).astype(leaf.dtype)
        return np.zeros(leaf.shape)
    return make


def dot(x: Any, y: Any) -> float:
    """Real inner product of two structures."""
    return float(sum(np.sum(np.real(np.conj(a) * b)) for a, b in zip(leaves(x), leaves(y), strict=True)))


def moved(value: Any, direction: Any, step: float) -> Any:
    if isinstance(value, list | tuple):
        return [moved(v, d, step) for v, d in zip(value, direction, strict=True)]
    return value + step * direction


def difference(f: Callable[[float], list[np.ndarray]], step: float = 1e-3) -> list[np.ndarray]:
    """Derivative of `f` at 0: central differences, three halvings, extrapolated (error of order step**6)."""
    def central(h: float) -> list[np.ndarray]:
        return [(a - b) / (2 * h) for a, b in zip(f(h), f(-h), strict=True)]
    one, two, three = central(step), central(step / 2), central(step / 4)
    out = []
    for a, b, c in zip(one, two, three, strict=True):
        ab, bc = (4 * b - a) / 3, (4 * c - b) / 3
        out.append((16 * bc - ab) / 15)
    return out


def check_call(row: Row, sample: Call, structure: Callable[[np.ndarray], np.ndarray] | None = None,
               watch: Callable[[Any], Any] = lambda out: out, tolerance: float = 1e-7,
               only: tuple[str, ...] | None = None) -> None:
    """Both modes of one sample call.

    `structure` maps a random direction to an admissible one (symmetric matrices); `watch` picks the results
    to compare (those that are defined up to a sign or phase are left out).
    """
    rng = np.random.default_rng(1)
    bound = row.bind(sample.args, dict(sample.kwargs))
    args, kwargs = row.arguments(bound)
    out = row.function(*args, **kwargs)
    active = [n for n in only or row.operands if bound[n] is not None and inexact(bound[n])]
    assert active, f"{row.name}: no operand to differentiate in {sample}"
    g = like(out, random_like(rng))
    g = tuple(g) if isinstance(out, tuple | list) else g
    for name in active:
        direction = like(bound[name], random_like(rng))
        if structure is not None:
            direction = like(direction, structure)
        saved = apply.residuals(row, bound, out, (name,))
        cotangent = apply.vjp(row, name, g, saved)
        for got, own in zip(leaves(cotangent), leaves(bound[name]), strict=True):
            assert got.shape == own.shape, (row.name, name, got.shape, own.shape)
            assert got.dtype == own.dtype, (row.name, name, got.dtype, own.dtype)
        tangent = apply.jvp(row, {name: direction}, {**bound, "out": out})
        assert [t.shape for t in leaves(tangent)] == [t.shape for t in leaves(out)], (row.name, name)
        forward, reverse = dot(g, tangent), dot(cotangent, direction)
        scale = 1 + abs(forward) + sum(np.sum(np.abs(t)) for t in leaves(tangent))
        assert abs(forward - reverse) <= tolerance * scale, f"{row.name}/{name}: {forward} is not {reverse}"

        def along(t: float, name: str = name, direction: Any = direction) -> list[np.ndarray]:
            args, kwargs = row.arguments({**bound, name: moved(bound[name], direction, t)})
            results = leaves(watch(row.function(*args, **kwargs)))
            return [result.astype(float) if result.dtype.kind in "bi" else result for result in results]
        for got, expected in zip(leaves(watch(tangent)), difference(along), strict=True):
            np.testing.assert_allclose(got, expected, rtol=tolerance * 10, atol=tolerance * scale,
                                       err_msg=f"{row.name}/{name} forward {sample.kwargs}")
        check_opaque(row, name, g, saved, cotangent)


def check_row(row: Row, **options: Any) -> None:
    """Every sample of a row."""
    samples = row.samples.calls()
    assert samples, f"{row.name} has no samples"
    for sample in samples:
        check_call(row, sample, **options)


class Size:
    """A length that cannot be compared: arithmetic only."""

    def __init__(self, value: int) -> None:
        self.value = value

    def __add__(self, other: Any) -> Size:
        return Size(self.value + plain(other))

    def __radd__(self, other: Any) -> Size:
        return Size(plain(other) + self.value)

    def __sub__(self, other: Any) -> Size:
        return Size(self.value - plain(other))

    def __rsub__(self, other: Any) -> Size:
        return Size(plain(other) - self.value)

    def __mul__(self, other: Any) -> Size:
        return Size(self.value * plain(other))

    def __rmul__(self, other: Any) -> Size:
        return Size(self.value * plain(other))

    def __floordiv__(self, other: Any) -> Size:
        return Size(self.value // plain(other))

    def __neg__(self) -> Size:
        return Size(-self.value)

    def __eq__(self, other: object) -> bool:
        raise TypeError("a formula compared a size")

    def __lt__(self, other: Any) -> bool:
        raise TypeError("a formula compared a size")

    __gt__ = __le__ = __ge__ = __lt__
    def __bool__(self) -> bool:
        raise TypeError("a formula branched on a size")

    __hash__ = None

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return wrapped(function(*plain(args), **plain(kwargs)))


def plain(value: Any) -> Any:
    """Opaque values and sizes unwrapped, through lists, tuples, dicts and slices."""
    if isinstance(value, Size | Opaque):
        return value.value
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, tuple):
        return tuple(plain(item) for item in value)
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, slice):
        return slice(plain(value.start), plain(value.stop), plain(value.step))
    return value


def wrapped(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return tuple(wrapped(item) for item in value)
    return Opaque(value) if isinstance(value, np.ndarray | np.generic) else value


class Opaque(np.lib.mixins.NDArrayOperatorsMixin):
    """An array whose value and sizes cannot be looked at, as a compiler handle's cannot."""

    def __init__(self, value: Any) -> None:
        self.value = value

    ndim = property(lambda self: np.ndim(self.value))
    dtype = property(lambda self: np.asarray(self.value).dtype)
    shape = property(lambda self: tuple(Size(n) for n in np.shape(self.value)))
    size = property(lambda self: Size(np.size(self.value)))
    T = property(lambda self: Opaque(self.value.T))

    def __getitem__(self, key: Any) -> Any:
        return wrapped(self.value[plain(key)])

    def __iter__(self) -> Any:
        raise TypeError("a formula iterated over an array")

    def __len__(self) -> int:
        raise TypeError("a formula asked for a length")

    def __bool__(self) -> bool:
        raise TypeError("a formula branched on a value")

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError("a formula turned a handle into an array")

    def __array_ufunc__(self, ufunc: Any, method: str, *args: Any, **kwargs: Any) -> Any:
        return wrapped(getattr(ufunc, method)(*plain(args), **plain(kwargs)))

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return wrapped(function(*plain(args), **plain(kwargs)))


def _opaque(name: str, value: Any) -> Any:
    if name.endswith(("_shape", "_size")):
        return _sizes(value)
    if isinstance(value, list):
        return [_opaque(name, item) for item in value]
    return wrapped(value)


def _sizes(shape: Any) -> Any:
    if isinstance(shape, list):
        return [_sizes(item) for item in shape]
    return tuple(Size(n) for n in shape) if isinstance(shape, tuple) else Size(shape)


def check_opaque(row: Row, name: str, g: Any, saved: dict[str, Any], expected: Any) -> None:
    """The vjp formula on stand-ins gives what it gives on arrays."""
    slot = apply.plan(row).slots[name]
    reads = [_opaque(read, apply.lookup(saved, read)) for read in slot.vjp_reads]
    g = apply.conjugate(g) if row.holomorphic else g
    got = plain(slot.vjp(wrapped(g) if isinstance(g, tuple) else Opaque(np.asarray(g)), *reads))
    if row.holomorphic:
        got = apply.conjugate(got)
    projected = apply._projected(got, saved[slot.shape], saved[slot.dtype])
    for one, two in zip(leaves(projected), leaves(expected), strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-9, atol=1e-9 * (1 + np.max(np.abs(two), initial=0)))
