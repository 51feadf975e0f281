"""Operations composed from others, or taken from NumPy with the table's row of the same function.

Their graphs consist of the nodes of what they are composed of; values and gradients are torch's.
"""
from __future__ import annotations

import functools
import pickle
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from runtime.composite import composite
from runtime.core import Recorded
from runtime.creation import full, zeros
from runtime.dtypes import complex128, float64
from runtime.numpy_calls import call
from runtime.ops import parts, pick, shape
from runtime.ops.layout import atleast_2d
from runtime.ops.pointwise import FUNCTIONS as P
from runtime.ops.pointwise import where
from runtime.ops.reduce import axis_of
from runtime.promotion import plain
from runtime.tensor import Tensor


def _numpy(name: str, function: Callable[..., Any], **renames: str) -> Callable[..., Any]:
    """A torch function that is NumPy's of the same meaning; `dim` is `axis`, `keepdim` is `keepdims`."""
    names = {"dim": "axis", "keepdim": "keepdims", **renames}

    def apply(*args: Any, **kwargs: Any) -> Any:
        return call(function, args, {names.get(k, k): v for k, v in kwargs.items()}, Tensor)
    apply.__name__ = apply.__qualname__ = name
    apply.__doc__ = f"`{name}`, by NumPy's function."
    return apply


def _one_node(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """The function as one node of the graph."""
    @functools.wraps(function)
    def apply(*args: Any, **kwargs: Any) -> Any:
        return composite(name, function, *args, **kwargs)
    return apply


def detach(input: Any) -> Any:
    """`input.detach()`."""
    return input.detach()


def positive(input: Any) -> Any:
    """The tensor itself."""
    return input


def erfc(input: Any) -> Any:
    """1 - erf."""
    return 1 - P["erf"](input)


def logit(input: Any, eps: float | None = None) -> Any:
    """log(x / (1 - x)), with `x` limited to [eps, 1 - eps] if given."""
    x = input if eps is None else input.clamp(eps, 1 - eps)
    return (x / (1 - x)).log()


def xlogy(input: Any, other: Any) -> Any:
    """`input * log(other)`, 0 where `input` is 0."""
    zero = input == 0
    return where(zero, input * 0, input * where(zero, full((), 1.0), other).log())


def float_power(input: Any, exponent: Any) -> Any:
    """`input ** exponent` in double precision, complex where either is."""
    both = (input, exponent)
    wide = complex128 if any(t._data.dtype.kind == "c" if isinstance(t, Recorded) else isinstance(t, complex)
                             for t in both) else float64
    base, power = (t.to(wide) if isinstance(t, Recorded) else complex(t) if wide is complex128 else float(t)
                   for t in both)
    return P["pow"](base, power)


def narrow_copy(input: Any, dim: int, start: Any, length: int) -> Any:
    """`narrow`, copied."""
    return composite("NarrowCopyBackward0", lambda x: shape.narrow(x, dim, start, length).clone(), input)


def itself(input: Any) -> Any:
    """The tensor: its values are always computed, never put off."""
    return input


def is_same_size(input: Any, other: Any) -> bool:
    """Whether both have the same shape."""
    return input._data.shape == other._data.shape


def fill_diagonal_(input: Any, fill_value: Any, wrap: bool = False) -> Any:
    """One value on the main diagonal, in place."""
    if input._data.ndim < 2:
        raise RuntimeError("dimensions must larger than 1")
    if input._data.ndim > 2 and len(set(input._data.shape)) > 1:
        raise RuntimeError("all dimensions of input must be of equal length")
    if wrap and input._data.ndim == 2:
        rows, columns = input._data.shape
        places = np.arange(0, rows * columns, columns + 1)
        at = tuple(plain(k) for k in np.unravel_index(places, input._data.shape))
    else:
        at = (plain(np.arange(min(input._data.shape))),) * input._data.ndim
    return input.index_put_(at, full((), fill_value, dtype=input.dtype))


def dist(input: Any, other: Any, p: Any = 2) -> Any:
    """The p-norm of the difference."""
    return (input - other).norm(p)


def nansum(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """The sum, NaN counted as 0."""
    return where(input.isnan(), plain(np.zeros((), input._data.dtype)), input).sum(dim, keepdim)


def nanmean(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """The mean of what is not NaN."""
    count = (~input.isnan()).sum(dim, keepdim)
    return nansum(input, dim, keepdim) / count


class Aminmax(NamedTuple):
    """The least and the greatest element."""

    min: Any
    max: Any

    def __repr__(self) -> str:
        return f"torch.return_types.aminmax(\nmin={self.min!r},\nmax={self.max!r})"


def aminmax(input: Any, *, dim: Any = None, keepdim: bool = False) -> Any:
    """The least and the greatest element."""
    def both(x: Any) -> Any:
        over = () if dim is None else dim
        return Aminmax(x.amin(over, keepdim), x.amax(over, keepdim))
    return composite("AminmaxBackward0", both, input)


def diff(input: Any, n: int = 1, dim: int = -1, prepend: Any = None, append: Any = None) -> Any:
    """Differences of neighbours along `dim`, `n` times; `prepend` and `append` are joined on first."""
    if not input._data.ndim:
        raise RuntimeError("diff expects input to be at least one-dimensional")
    axis = axis_of(dim, input._data.ndim)
    if not n:
        return input.new_zeros(input._data.shape).copy_(input)
    for extra in (prepend, append):
        if extra is not None:
            _check_joined(input._data.shape, extra._data.shape, axis)
    if prepend is not None or append is not None:
        input = parts.cat([t for t in (prepend, input, append) if t is not None], axis)
    if n < 0:
        raise RuntimeError(f"order must be non-negative but got {n}")
    for _ in range(min(n, input._data.shape[axis])):
        length = input._data.shape[axis]
        later, earlier = input.narrow(axis, 1, length - 1), input.narrow(axis, 0, length - 1)
        input = later ^ earlier if input._data.dtype.kind == "b" else later - earlier
    return input


def _check_joined(shape: tuple[int, ...], other: tuple[int, ...], axis: int) -> None:
    """Raise unless `other` can be joined to `shape` along `axis` before differences are taken."""
    if len(shape) != len(other):
        raise RuntimeError("diff expects prepend or append to be the same dimension as input")
    for k, (n, m) in enumerate(zip(shape, other, strict=True)):
        if k != axis and n != m:
            raise RuntimeError("diff expects the shape of tensor to prepend or append to match that of input except "
                               f"along the differencing dimension; input.size({k}) = {n}, but got tensor.size({k}) = "
                               f"{m}")


def cross(input: Any, other: Any, dim: int = -1) -> Any:
    """The cross product along a dimension of length 3."""
    a, b = parts.unbind(input, dim), parts.unbind(other, dim)
    return parts.stack([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]], dim)


def masked_scatter(input: Any, mask: Any, source: Any) -> Any:
    """A copy with the first elements of `source` stored where `mask` holds."""
    if mask._data.ndim > input._data.ndim:
        input = shape.expand(input, np.broadcast_shapes(mask._data.shape, input._data.shape))
    where_ = np.broadcast_to(mask._data, input._data.shape)
    return pick.index_put(input, (plain(where_),), source.reshape(-1)[: int(where_.sum())])


def isin(elements: Any, test_elements: Any) -> Any:
    """Which elements occur among others."""
    return plain(np.isin(elements._data, test_elements._data))


def block_diag(*tensors: Any) -> Any:
    """A block-diagonal matrix."""
    rows, width, before = [], sum(atleast_2d(t)._data.shape[1] for t in tensors), 0
    for t in map(atleast_2d, tensors):
        n, m = t._data.shape
        left, right = zeros(n, before, dtype=t.dtype), zeros(n, width - before - m, dtype=t.dtype)
        rows.append(parts.cat([left, t, right], 1))
        before += m
    return parts.cat(rows)


def save(obj: Any, f: Any) -> None:
    """Write an object with tensors to a file (pickle)."""
    if hasattr(f, "write"):
        pickle.dump(obj, f)
        return
    with open(f, "wb") as file:
        pickle.dump(obj, file)


def load(f: Any, **options: Any) -> Any:
    """Read what `save` wrote. Only files that you trust: reading a pickle can run code."""
    if hasattr(f, "read"):
        return pickle.load(f)
    with open(f, "rb") as file:
        return pickle.load(file)


FUNCTIONS: dict[str, Any] = {f.__name__: f for f in (
    positive, nanmean, aminmax, diff, cross, narrow_copy, is_same_size, fill_diagonal_)} | {
        "resolve_conj": itself, "resolve_neg": itself,
        "erfc": _one_node("ErfcBackward0", erfc), "logit": _one_node("LogitBackward0", logit),
        "xlogy": _one_node("XlogyBackward0", xlogy), "dist": _one_node("DistBackward0", dist),
        "nansum": _one_node("NansumBackward0", nansum),
        "masked_scatter": _one_node("MaskedScatterBackward0", masked_scatter),
        "rot90": _numpy("rot90", np.rot90, dims="axes"),
        "arccosh": P["acosh"], "arcsinh": P["asinh"],
        "arctanh": P["atanh"], "float_power": float_power}
FREE: dict[str, Any] = {f.__name__: f for f in (detach, isin, block_diag, save, load)}
