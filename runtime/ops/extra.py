"""Less common operations, composed from the common ones or taken from NumPy."""
from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from runtime import dtypes
from runtime.composite import composite
from runtime.core import Recorded
from runtime.creation import tensor
from runtime.ops.layout import broadcast_tensors
from runtime.ops.parts import meshgrid, stack
from runtime.ops.pointwise import where
from runtime.ops.reduce import axis_of, mean, std, var
from runtime.promotion import plain


def one_node(name: str, function: Callable[..., Any], doc: str = "") -> Callable[..., Any]:
    """`function` as one node of the graph, called `name`."""
    def apply(*args: Any, **kwargs: Any) -> Any:
        return composite(name, function, *args, **kwargs)
    apply.__name__ = apply.__qualname__ = name.partition("Backward")[0].lower()
    apply.__doc__ = doc or function.__doc__
    return apply


def ldexp(input: Any, other: Any) -> Any:
    """`input * 2**other`."""
    return composite("LdexpBackward0", lambda x, e: x * 2.0 ** e, input, other)


def cosine_similarity(x1: Any, x2: Any, dim: int = 1, eps: float = 1e-8) -> Any:
    """The cosine of the angle between vectors along `dim`."""
    x1, x2 = broadcast_tensors(x1, x2)
    a = x1 / x1.norm(2, dim, keepdim=True).clamp_min(eps)
    return (a * (x2 / x2.norm(2, dim, keepdim=True).clamp_min(eps))).sum(dim)


def cdist(x1: Any, x2: Any, p: float = 2.0, compute_mode: Any = None) -> Any:
    """The p-norm distances between rows of two matrices (or batches of them)."""
    return composite("CdistBackward0", lambda a, b: (a.unsqueeze(-2) - b.unsqueeze(-3)).norm(p, -1), x1, x2)


def _strips(y: Any, x: Any, dim: int) -> Any:
    """Twice the areas between neighbouring points along `dim`, over points `x`."""
    axis = axis_of(dim, y._data.ndim)
    n = y._data.shape[axis]
    both = y.narrow(axis, 0, n - 1) + y.narrow(axis, 1, n - 1)
    along = x._data.ndim - 1 if x._data.ndim == 1 else axis - y._data.ndim + x._data.ndim
    m = x._data.shape[along]
    steps = x.narrow(along, 1, m - 1) - x.narrow(along, 0, m - 1)
    if steps._data.ndim == 1:
        steps = steps.view([-1 if k == axis else 1 for k in range(y._data.ndim)])
    return both * steps


def trapezoid(y: Any, x: Any = None, *, dx: Any = 1.0, dim: int = -1) -> Any:
    """The integral by the trapezoidal rule along `dim`, over points `x` or steps `dx`."""
    if x is None:
        return (y.sum(dim) - (y.select(dim, 0) + y.select(dim, -1)) * 0.5) * dx
    return composite("DivBackward1", lambda y, x: _strips(y, x, dim).sum(dim) / 2.0, y, x)


def cumulative_trapezoid(y: Any, x: Any = None, *, dx: Any = 1.0, dim: int = -1) -> Any:
    """The integrals up to each point but the first."""
    if x is None:
        n = y._data.shape[axis_of(dim, y._data.ndim)]
        return ((y.narrow(dim, 0, n - 1) + y.narrow(dim, 1, n - 1)) * (dx / 2.0)).cumsum(dim)
    return composite("DivBackward1", lambda y, x: _strips(y, x, dim).cumsum(dim) / 2.0, y, x)


def histc(input: Any, bins: int = 100, min: float = 0, max: float = 0) -> Any:
    """How many elements lie in each of `bins` equal intervals."""
    a = input._data
    low, high = (a.min(), a.max()) if min == max == 0 and a.size else (min, max)
    return plain(np.histogram(a, bins, (low, high))[0].astype(a.dtype))


def vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    """Powers of `x` in columns."""
    n = x._data.size if N is None else N
    columns = [x ** k for k in (range(n) if increasing else reversed(range(n)))]
    return stack(columns, -1)


def cartesian_prod(*tensors: Any) -> Any:
    """All combinations of the elements of vectors, one row each."""
    if len(tensors) == 1:
        return tensors[0]
    return stack([g.reshape(-1) for g in meshgrid(*tensors, indexing="ij")], 1)


def combinations(input: Any, r: int = 2, with_replacement: bool = False) -> Any:
    """All choices of `r` elements of a vector, one row each."""
    choose = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    rows = list(choose(range(input._data.size), r))
    return input[plain(np.asarray(rows, np.int64).reshape(-1, r))]


def _indices(function: Callable[..., Any]) -> Callable[..., Any]:
    def apply(row: int, col: int, offset: int = 0, *, dtype: Any = None, device: Any = None) -> Any:
        return plain(np.stack(function(row, offset, col)).astype(np.int64))
    apply.__name__ = apply.__qualname__ = function.__name__
    apply.__doc__ = f"Rows and columns of the elements of a triangle (`np.{function.__name__}`)."
    return apply


def scalar_tensor(s: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
    """A number as a 0-d tensor of the default dtype."""
    return tensor(s, dtype=dtype or dtypes.get_default_dtype(), requires_grad=requires_grad)


def polar(abs: Any, angle: Any) -> Any:
    """Complex numbers from magnitude and angle."""
    return abs * angle.cos() + abs * angle.sin() * 1j


def view_as_real(input: Any) -> Any:
    """Real and imaginary parts of complex numbers in a new last dimension, copied."""
    return composite("ViewAsRealBackward0", lambda z: stack([z.real, z.imag], -1), input)


def view_as_complex(input: Any) -> Any:
    """Complex numbers from pairs in the last dimension, copied."""
    return composite("ViewAsComplexBackward0", lambda x: x[..., 0] + x[..., 1] * 1j, input)


def unique_consecutive(input: Any, return_inverse: bool = False, return_counts: bool = False, dim: Any = None) -> Any:
    """The elements without repetition of neighbours."""
    a = input._data.reshape(-1)
    first = np.ones(a.size, bool)
    first[1:] = a[1:] != a[:-1]
    starts = np.flatnonzero(first)
    out = [plain(a[first])]
    if return_inverse:
        out.append(plain((np.cumsum(first) - 1).reshape(input._data.shape)))
    if return_counts:
        out.append(plain(np.diff(np.append(starts, a.size))))
    return out[0] if len(out) == 1 else tuple(out)


def can_cast(from_: Any, to: Any) -> bool:
    """Whether a type converts to another without losing its kind."""
    return not (from_._category > to._category and not (from_.np.kind in "iu" and to.np.kind in "iu"))


def _spread_options(dim: Any, options: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """`var_mean(x, True)`: a bool in the place of `dim` says whether to divide by n - 1."""
    return (None, {**options, "unbiased": dim}) if isinstance(dim, bool) else (dim, options)


def var_mean(input: Any, dim: Any = None, **options: Any) -> Any:
    """Variance and mean."""
    dim, options = _spread_options(dim, options)
    keep = options.get("keepdim", False)
    return composite("VarMeanBackward0", lambda x: (var(x, dim, **options), mean(x, dim, keep)), input)


def std_mean(input: Any, dim: Any = None, **options: Any) -> Any:
    """Standard deviation and mean."""
    dim, options = _spread_options(dim, options)
    keep = options.get("keepdim", False)
    return composite("StdMeanBackward0", lambda x: (std(x, dim, **options), mean(x, dim, keep)), input)


def nan_to_num(input: Any, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    """NaN and infinities replaced by numbers; the gradient passes where nothing was replaced."""
    filled = plain(np.nan_to_num(input._data, nan=nan or 0.0, posinf=posinf, neginf=neginf))
    kept = plain(np.isfinite(input._data))
    return composite("NanToNumBackward0", lambda x: where(kept, x, filled), input)


def _whole(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """An integer function of two tensors."""
    def apply(input: Any, other: Any) -> Any:
        if input._data.dtype.kind not in "iu":
            kind = dtypes.SCALAR_TYPES[dtypes.of(input._data.dtype).name]
            raise NotImplementedError(f"\"{name}_cpu\" not implemented for '{kind}'")
        return plain(function(input._data, other._data if isinstance(other, Recorded) else other))
    apply.__name__ = apply.__qualname__ = name
    apply.__doc__ = f"`np.{name}` of integers."
    return apply


def _tested(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    def apply(input: Any) -> Any:
        return plain(np.asarray(function(input._data)))
    apply.__name__ = apply.__qualname__ = name
    apply.__doc__ = f"`{name}` of each element, as a tensor of bool."
    return apply


SELU_SCALE, SELU_ALPHA = 1.0507009873554804934193349852946, 1.6732632423543772848170429916717


def _elu(x: Any, alpha: float = 1.0, scale: float = 1.0, input_scale: float = 1.0) -> Any:
    return where(x > 0, x * scale, (x.clamp_max(0) * input_scale).expm1() * (alpha * scale))


def selu(input: Any, inplace: bool = False) -> Any:
    """The scaled exponential unit of self-normalising networks (Klambauer et al. 2017)."""
    return composite("EluBackward0", _elu, input, alpha=SELU_ALPHA, scale=SELU_SCALE)


def celu(input: Any, alpha: float = 1.0, inplace: bool = False) -> Any:
    """`input` where positive, else `alpha * (exp(input / alpha) - 1)`."""
    return composite("CeluBackward0", _elu, input, alpha=alpha, input_scale=1.0 / alpha)


FUNCTIONS: dict[str, Any] = {f.__name__: f for f in (
    ldexp, unique_consecutive, nan_to_num, histc)} | {
    "gcd": _whole("gcd", np.gcd), "lcm": _whole("lcm", np.lcm), "isposinf": _tested("isposinf", np.isposinf),
    "isneginf": _tested("isneginf", np.isneginf), "isreal": _tested("isreal", np.isreal),
    "deg2rad": one_node("Deg2RadBackward0", lambda x: x * (np.pi / 180), "Radians from degrees."),
    "rad2deg": one_node("Rad2DegBackward0", lambda x: x * (180 / np.pi), "Degrees from radians.")}
FREE: dict[str, Any] = {f.__name__: f for f in (
    cosine_similarity, cdist, trapezoid, cumulative_trapezoid, vander, cartesian_prod, combinations, scalar_tensor,
    polar, view_as_real, view_as_complex, can_cast, var_mean, std_mean, selu, celu)} | {
    "trapz": trapezoid, "tril_indices": _indices(np.tril_indices), "triu_indices": _indices(np.triu_indices)}
