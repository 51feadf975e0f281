"""What torch refuses before it computes, in its words, where NumPy would say something else or nothing.

A check takes what its function takes and raises, or does nothing; `refusing` puts it in front. Messages are torch's.
"""
from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from runtime.core import Recorded
from runtime.dtypes import SCALAR_TYPES, Size, of

Check = Callable[..., None]


def refusing(function: Callable[..., Any], check: Check) -> Callable[..., Any]:
    """`function` with a check in front of it."""
    @functools.wraps(function)
    def apply(*args: Any, **kwargs: Any) -> Any:
        check(*args, **kwargs)
        return function(*args, **kwargs)
    return apply


def _is_number(v: Any) -> bool:
    return isinstance(v, int | float | complex)


def _tensors(name: str, *labels: str) -> Check:
    """Operands that must be tensors, each."""
    def check(*args: Any, **kwargs: Any) -> None:
        for k, (v, label) in enumerate(zip(args, labels, strict=False)):
            if _is_number(v):
                raise TypeError(f"{name}(): argument '{label}' (position {k + 1}) must be Tensor, not "
                                f"{type(v).__name__}")
    return check


def _combination(name: str, values: Any) -> TypeError:
    kinds = ", ".join("Tensor" if isinstance(v, Recorded) else type(v).__name__ for v in values)
    return TypeError(f"{name}() received an invalid combination of arguments - got ({kinds}), but expected one of:")


def _first(name: str) -> Check:
    """The first operand must be a tensor."""
    def check(input: Any, *args: Any, **kwargs: Any) -> None:
        if _is_number(input):
            raise _combination(name, (input, *args))
    return check


def _one_of_two(name: str) -> Check:
    """One of two operands must be a tensor."""
    def check(input: Any, other: Any = None, *args: Any, **kwargs: Any) -> None:
        if _is_number(input) and _is_number(other):
            raise _combination(name, (input, other))
    return check


def _complex(real: Any, imag: Any) -> None:
    _tensors("complex", "real", "imag")(real, imag)
    a, b = (SCALAR_TYPES[of(t._data.dtype).name] for t in (real, imag))
    if real._data.dtype.kind != "f" or imag._data.dtype.kind != "f":
        raise RuntimeError(f"Expected both inputs to be Half, Float or Double tensors but got {a} and {b}")
    if a != b:
        raise RuntimeError(f"Expected object of scalar type {a} but got scalar type {b} for second argument")


def _isclose(input: Any, other: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> None:
    _tensors("isclose", "input", "other")(input, other)
    for name, value in (("rtol", rtol), ("atol", atol)):
        if value < 0:
            raise RuntimeError(f"{name} must be greater than or equal to zero, but got {value:g}")


def _not_empty(name: str, whole: str, part: str) -> Check:
    """An extreme of no elements."""
    def check(input: Any, dim: Any = (), keepdim: bool = False) -> None:
        shape = input._data.shape
        if 0 not in shape:
            return
        dims = () if dim is None else dim if isinstance(dim, tuple | list) else (dim,)
        if not dims:
            raise RuntimeError(whole)
        for d in dims:
            if -len(shape) <= d < len(shape) and not shape[d]:
                raise IndexError(part.format(d % len(shape)))
    return check


def _aminmax(input: Any, *, dim: Any = None, keepdim: bool = False) -> None:
    _not_empty("aminmax", "aminmax(): cannot compute aminmax over an empty dimension as the operation has no identity.",
               "aminmax: Expected reduction dim {} to have non-zero size.")(input, dim, keepdim)


def _roll(input: Any, shifts: Any, dims: Any = None) -> None:
    count = len(shifts) if isinstance(shifts, tuple | list) else 1
    over = 0 if dims is None else len(dims) if isinstance(dims, tuple | list) else 1
    if not count:
        raise RuntimeError("`shifts` required")
    if over and over != count:
        raise RuntimeError(f"shifts and dimensions must align. shifts: {count}, dims:{over}")


def _rot90(input: Any, k: int = 1, dims: Any = (0, 1)) -> None:
    total = input._data.ndim
    if len(dims) != 2:
        raise RuntimeError(f"expected total rotation dims == 2, but got dims = {len(dims)}")
    if total < 2:
        raise RuntimeError(f"expected total dims >= 2, but got total dims = {total}")
    if (dims[0] - dims[1]) % total == 0:
        raise RuntimeError(f"expected rotation dims to be different, but got dim0 = {dims[0]} and dim1 = {dims[1]}")


def _split(name: str) -> Check:
    def check(input: Any, sections: Any) -> None:
        if isinstance(sections, str):
            raise _combination(name, (input, sections))
    return check


def _multinomial(p: Any, num_samples: int, replacement: bool = False, *, generator: Any = None) -> None:
    a = p._data
    if a.dtype.kind != "f":
        raise RuntimeError(f"multinomial only supports floating-point dtypes for input, got: "
                           f"{SCALAR_TYPES[of(a.dtype).name]}")
    if a.ndim not in (1, 2):
        raise RuntimeError("prob_dist must be 1 or 2 dim")
    if num_samples <= 0:
        raise RuntimeError("cannot sample n_sample <= 0 samples")
    if not replacement and num_samples > a.shape[-1]:
        raise RuntimeError("cannot sample n_sample > prob_dist.size(-1) samples without replacement")
    if a.shape[-1] > 2**24:
        raise RuntimeError("number of categories cannot exceed 2^24")
    if not np.all(np.isfinite(a) & (a >= 0)):
        where = "< 0" if np.any(a < 0) else "= infinity or NaN"
        drawn_again = replacement and num_samples > 1
        raise RuntimeError(f"invalid multinomial distribution (encountering probability entry {where})" if drawn_again
                           else "probability tensor contains either `inf`, `nan` or element < 0")
    if np.any(a.sum(-1) <= 0):
        raise RuntimeError("invalid multinomial distribution (sum of probabilities <= 0)")


def _stack(name: str, least: int) -> Check:
    """The tensors of hstack and its like, taken as having at least `least` dimensions."""
    def check(tensors: Any) -> None:
        if not len(tensors):
            raise RuntimeError(f"{name} expects a non-empty TensorList")
        ranks = [max(t._data.ndim, least) for t in tensors]
        for rank in ranks:
            if rank != ranks[0]:
                raise RuntimeError(f"Tensors must have same number of dimensions: got {ranks[0]} and {rank}")
    return check


def _cat(tensors: Any, dim: int = 0, **kwargs: Any) -> None:
    if isinstance(tensors, Recorded):
        raise TypeError("cat(): argument 'tensors' (position 1) must be tuple of Tensors, not Tensor")
    for k, t in enumerate(tensors):
        if not isinstance(t, Recorded):
            raise TypeError(f"expected Tensor as element {k} in argument 0, but got {type(t).__name__}")


def _movedim(input: Any, source: Any, destination: Any) -> None:
    froms, tos = ([d] if isinstance(d, int) else list(d) for d in (source, destination))
    if len(froms) != len(tos):
        raise RuntimeError(f"movedim: Invalid source or destination dims: source ({froms} dims) should contain the "
                           f"same number of dims as destination ({tos} dims)")
    for name, dims in (("source", froms), ("destination", tos)):
        if len({d % input._data.ndim for d in dims}) != len(dims) and all(
                -input._data.ndim <= d < input._data.ndim for d in dims):
            raise RuntimeError(f"movedim: repeated dim in `{name}` ({dims})")


def _ends(name: str) -> Check:
    """The ends of a range given as tensors."""
    def check(start: Any, end: Any, *args: Any, **kwargs: Any) -> None:
        ranks = [t._data.ndim if isinstance(t, Recorded) else 0 for t in (start, end)]
        if any(ranks):
            raise RuntimeError(f"{name} only supports 0-dimensional start and end tensors, but got start with "
                               f"{ranks[0]} dimension(s) and end with {ranks[1]} dimension(s).")
    return check


def _arange(*args: Any, **kwargs: Any) -> None:
    given = [float(v) for v in args[:3] if _is_number(v)]
    start, end = (0.0, given[0]) if len(given) == 1 else (*given[:2], 0.0, 0.0)[:2]
    if not (math.isfinite(start) and math.isfinite(end)):
        raise RuntimeError(f"unsupported range: {start:g} -> {end:g}")


def _cross(input: Any, other: Any, *, dim: int = -1) -> None:
    a, b = input._data, other._data
    if a.ndim != b.ndim:
        raise RuntimeError("linalg.cross: inputs must have the same number of dimensions.")
    if (a.shape[dim], b.shape[dim]) != (3, 3):
        raise RuntimeError(f"linalg.cross: inputs dimension {dim} must have length 3. Got {a.shape[dim]} and "
                           f"{b.shape[dim]}")


def _lstsq(input: Any, *args: Any, **kwargs: Any) -> None:
    if input._data.ndim < 2:
        raise RuntimeError("torch.linalg.lstsq: input must have at least 2 dimensions.")


def normalized(input: Any, normalized_shape: Any, *args: Any, **kwargs: Any) -> None:
    """Raise RuntimeError unless the last dimensions of `input` are `normalized_shape`."""
    want = list(normalized_shape)
    if not want:
        raise RuntimeError(f"Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one "
                           f"element, but got normalized_shape = {want}")
    if list(input._data.shape[-len(want):]) != want:
        raise RuntimeError(f"Given normalized_shape={want}, expected input with shape [*{', '.join(map(str, want))}], "
                           f"but got input of size{list(Size(input._data.shape))}")


_EMPTY = ("{0}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the "
          "'dim' argument.", "{0}(): Expected reduction dim {{}} to have non-zero size.")
CHECKS: dict[str, Check] = {
    "complex": _complex, "isclose": _isclose, "aminmax": _aminmax, "roll": _roll, "rot90": _rot90,
    "multinomial": _multinomial, "cat": _cat, "concat": _cat, "concatenate": _cat, "movedim": _movedim,
    "moveaxis": _movedim, "arange": _arange, "polar": _tensors("polar", "abs", "angle"),
    "hstack": _stack("hstack", 1), "vstack": _stack("vstack", 2), "dstack": _stack("dstack", 3),
    **{n: _not_empty(n, *(text.format(n) for text in _EMPTY)) for n in ("amax", "amin")},
    **{n: _split(n) for n in ("hsplit", "vsplit", "dsplit")}, **{n: _ends(n) for n in ("linspace", "logspace")},
    **{n: _tensors(n, "input", "other") for n in ("gcd", "lcm", "ldexp", "igamma", "igammac")},
    **{n: _first(n) for n in ("clamp_max", "clamp_min", "max", "min", "rsub")},
    **{n: _one_of_two(n) for n in ("pow", "float_power", "xlogy")}}
LINALG_CHECKS: dict[str, Check] = {"cross": _cross, "lstsq": _lstsq}
SPECIAL_CHECKS: dict[str, Check] = {n: _one_of_two(f"special_{n}") for n in ("xlog1py", "zeta")}
