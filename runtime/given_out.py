"""`out=`: what a function returns goes into a tensor of the caller's, with torch's rules.

    >>> import runtime as torch
    >>> total = torch.empty(0)
    >>> torch.add(torch.ones(2), 1.0, out=total)
    tensor([2., 2.])
    >>> total
    tensor([2., 2.])

Nothing is recorded: an operand or a target that requires grad is refused while grad mode is on. A target of another
shape is given the result's (with a warning unless it was empty); its dtype stays.
"""
from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from runtime.core import Recorded, version
from runtime.dtypes import of
from runtime.grad_mode import LOCAL, no_grad
from runtime.hooks import warn_user
from runtime.inplace import check_fits, guard
from runtime.keyword_names import parameters, renamed
from runtime.places import user_place

# the functions that torch documents with `out=`
CREATING = ("arange", "empty", "eye", "full", "linspace", "logspace", "normal", "ones", "rand", "randint", "randn",
            "randperm", "zeros")
NAMES = (
    *CREATING,
    "abs", "absolute", "acos", "add", "addbmm", "addcdiv", "addcmul", "addmm", "addmv", "addr", "all", "amax",
    "amin", "aminmax", "any", "arccos", "arcsin", "arctan", "asin", "atan", "atan2", "baddbmm", "bitwise_and",
    "bitwise_left_shift", "bitwise_not", "bitwise_or", "bitwise_right_shift", "bitwise_xor", "bmm", "bucketize",
    "cat", "ceil", "clamp", "clamp_max", "clamp_min", "clip", "column_stack", "complex", "concat",
    "bernoulli", "concatenate", "copysign", "cos", "cosh", "cross", "cummax", "cummin", "cumprod", "cumsum", "deg2rad",
    "diag", "diff", "digamma", "div", "divide", "dot", "dstack", "eq", "erf", "erfc", "erfinv", "exp", "exp2",
    "expm1", "fix", "float_power", "floor", "floor_divide", "fmax", "fmin", "fmod", "frac", "gather", "gcd",
    "ge", "ger", "greater", "greater_equal", "gt", "heaviside", "histc", "hstack", "hypot", "i0", "igamma",
    "igammac", "index_select", "inner", "inverse", "isneginf", "isposinf", "kron", "kthvalue", "lcm", "ldexp",
    "le", "lerp", "less", "less_equal", "lgamma", "log", "log10", "log1p", "log2", "logaddexp", "logaddexp2",
    "logcumsumexp", "logical_and", "logical_not", "logical_or", "logical_xor", "logit", "logsumexp", "lt",
    "masked_select", "matmul", "max", "maximum", "mean", "median", "min", "minimum", "mm", "mode", "mul",
    "multinomial", "multiply", "mv", "mvlgamma", "nan_to_num", "nanmean", "nanmedian", "nanquantile",
    "narrow_copy", "ne", "neg", "negative", "nonzero", "norm", "not_equal", "outer", "polar", "polygamma",
    "pow", "prod", "quantile", "rad2deg", "reciprocal", "remainder", "round", "rsqrt", "searchsorted", "sgn",
    "sigmoid", "sign", "signbit", "sin", "sinc", "sinh", "sort", "sqrt", "square", "stack", "std", "sub",
    "subtract", "sum", "take", "take_along_dim", "tan", "tanh", "tensordot", "topk", "tril", "triu",
    "true_divide", "trunc", "var", "vdot", "vstack", "where", "xlogy")

RECORDS = ("{}(): functions with out=... arguments don't support automatic differentiation, but one of the arguments "
           "requires grad.")
SHARED = ("unsupported operation: some elements of the input tensor and the written-to tensor refer to a single memory "
          "location. Please clone() the tensor before performing the operation.")
RESIZED = ("An output with one or more elements was resized since it had shape {}, which does not match the required "
           "output shape {}. This behavior is deprecated, and in a future PyTorch release outputs will not be resized "
           "unless they have zero elements. You can explicitly reuse an out tensor t by resizing it, inplace, to zero "
           "elements with t.resize_(0).")


def with_out(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, which takes `out=` too: a tensor, or a tuple of them where it has several results.

    Raises RuntimeError where a tensor requires grad, and where the result's dtype cannot be cast to the target's;
    TypeError where the target is no tensor.
    """
    known = parameters(function)
    shaped = name in ("empty", "ones", "rand", "randn", "zeros")  # their lengths may come one by one

    @functools.wraps(function)
    def apply(*args: Any, **kwargs: Any) -> Any:
        if not kwargs:
            return function(*args)
        if not args or not known.issuperset(kwargs):
            args = renamed(args, kwargs, known)
            if not args and shaped and "size" in kwargs:
                args = (kwargs.pop("size"),)
        out = kwargs.pop("out", None)
        if out is None:
            return function(*args, **kwargs)
        return _into(name, out, function, args, kwargs)
    return apply


def _into(name: str, out: Any, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    targets = out if isinstance(out, tuple | list) else (out,)
    for t in targets:
        if not isinstance(t, Recorded):
            raise TypeError(f"{name}(): argument 'out' must be Tensor, not {type(t).__name__}")
    if LOCAL.enabled and any(t._req for t in (*targets, *_tensors(args), *_tensors(kwargs.values()))):
        raise RuntimeError(RECORDS.format(name))
    if name in CREATING:
        kwargs.setdefault("dtype", of(targets[0]._data.dtype))
    with no_grad():
        result = function(*args, **kwargs)
    several = isinstance(result, tuple)
    results = result if several else (result,)
    if len(results) != len(targets):
        given = "Tensor" if isinstance(out, Recorded) else f"({', '.join(['Tensor'] * len(targets))})"
        kinds = ["Tensor" if isinstance(a, Recorded) else type(a).__name__ for a in args]
        raise TypeError(f"{name}() received an invalid combination of arguments - got "
                        f"({', '.join((*kinds, 'out=' + given))}), but expected one of:")
    for t, r in zip(targets, results, strict=True):
        guard(t, False)
        for a in _tensors(args):
            if a._data.shape == t._data.shape == r._data.shape and not _same_places(a._data, t._data):
                raise RuntimeError(SHARED)
        _store(t, r._data)
    if not several:
        return targets[0]
    return type(result)(*targets) if hasattr(result, "_fields") else tuple(targets)


def _tensors(values: Any) -> list[Recorded]:
    """The tensors among some arguments, also those in lists."""
    return [t for v in values for t in (_tensors(v) if isinstance(v, list | tuple) else (v,))
            if isinstance(t, Recorded)]


def _same_places(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two arrays of one shape share either all of their elements, each at its place, or none."""
    return not np.may_share_memory(a, b) or (a.ctypes.data == b.ctypes.data and a.strides == b.strides) or (
        not np.shares_memory(a, b, max_work=10**5) if a.size < 10**5 else False)


def _store(target: Any, z: np.ndarray) -> None:
    """Put a result into the memory of a target, which takes its shape."""
    a = target._data
    if a.shape != z.shape:
        if a.size:
            warn_user(RESIZED.format(list(a.shape), list(z.shape)))
        target._data = a = np.empty(z.shape, a.dtype)
    check_fits(a, z)
    np.copyto(a, z, casting="unsafe")
    version(target).bump(user_place())
