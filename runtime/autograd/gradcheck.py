"""Checks of derivatives by finite differences: `gradcheck` and `gradgradcheck`.

A derivative is compared in real terms. For each output, and each of its parts (real, imaginary), the gradient that
backward gives is `dL/d(re x) + i dL/d(im x)` for that part L, which is what the differences along the directions
1 and i say. Forward mode is compared direction by direction.
"""
from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from runtime.autograd.differentiate import grad
from runtime.autograd.function import Function
from runtime.core import leaf
from runtime.dtypes import Size, of
from runtime.tensor import Tensor

NO_INPUT = ("gradcheck expects at least one input tensor to require gradient, but none of them have "
            "requires_grad=True.")
NOT_DOUBLE = ("Input #{} requires gradient and is not a double precision floating point or complex. This check will "
              "likely fail if all the inputs are not of double precision floating point or complex. ")
STRIDE_0 = ("The {}th input has a dimension with stride 0. gradcheck only supports inputs that are non-overlapping to "
            "be able to compute the numerical gradients correctly. You should call .contiguous on the input before "
            "passing it to gradcheck.")
NOT_REENTRANT = (
    "Backward is not reentrant, i.e., running backward with same input and grad_output multiple times gives different "
    "values, although analytical gradient matches numerical gradient.The tolerance for nondeterminism was {}.")
UNDEFINED = ('Expected {}. Please look at "Notes about undefined output gradients" in '
             '"tools/autograd/derivatives.yaml"')
NEW_CHECK = (
    "Backwards compatibility: New undefined gradient support checking feature is enabled by default, but it may break "
    "existing callers of this function. If this is true for you, you can call this function with "
    "\"check_undefined_grad=False\" to disable the feature")
PARTS = {False: (("", np.real, 1.0),), True: (("imaginary", np.imag, 1j), ("real", np.real, 1.0))}


class GradcheckError(RuntimeError):
    """Two derivatives that ought to agree do not."""


GradcheckError.__module__ = "torch.autograd.gradcheck"


def as_tuple(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else tuple(value) if isinstance(value, list) else (value,)


def _wanted(values: Sequence[Any]) -> list[int]:
    """The places of the tensors that require grad."""
    return [k for k, v in enumerate(values) if isinstance(v, Tensor) and v._req]


def _is_complex(t: Tensor) -> bool:
    return t._data.dtype.kind == "c"


def _numerical(function: Callable[..., Any], inputs: Sequence[Any], x: Tensor, eps: float) -> list[np.ndarray]:
    """For each output, its derivatives: an array (directions, elements of x, elements of the output)."""
    directions = (1.0, 1j) if _is_complex(x) else (1.0,)
    found: list[list[list[np.ndarray]]] = []
    for direction in directions:
        rows = []
        for index in np.ndindex(x._data.shape):
            keep = x._data[index]
            try:
                x._data[index] = keep + eps * direction
                above = [t.detach()._data.copy() for t in as_tuple(function(*inputs))]
                x._data[index] = keep - eps * direction
                below = [t.detach()._data.copy() for t in as_tuple(function(*inputs))]
            finally:
                x._data[index] = keep
            for a, b in zip(above, below, strict=True):
                _check_same(b, a, index, eps)
            rows.append([((a - b) / (2 * eps)).ravel() for a, b in zip(above, below, strict=True)])
        found.append(rows)
    return [np.array([[row[k] for row in rows] for rows in found]) for k in range(len(found[0][0]))] if found[0] else []


def _check_same(below: np.ndarray, above: np.ndarray, index: tuple[int, ...], eps: float) -> None:
    for what, of_it in (("shape", lambda a: Size(a.shape)), ("dtype", lambda a: of(a.dtype))):
        one, two = of_it(below), of_it(above)
        if one != two:
            raise AssertionError(f"Expected `func` to return outputs with the same {what} when inputs are perturbed on "
                                 f"index {index} by {eps}, but got: {what}s {one} and {two}.")


def _analytical(out: Tensor, x: Tensor, start: complex) -> np.ndarray:
    """The gradients of x by backward from each element of `out` in turn: (elements of x, elements of the output)."""
    columns = []
    for index in np.ndindex(out._data.shape):
        g = np.zeros_like(out._data)
        g[index] = start
        dx, = grad(out, x, leaf(Tensor, g), retain_graph=True, allow_unused=True)
        columns.append(np.zeros(x._data.size) if dx is None else dx._data.ravel())
    return np.array(columns).T if columns else np.zeros((x._data.size, 0))


def _forward(function: Callable[..., Any], inputs: Sequence[Any], position: int) -> list[np.ndarray]:
    """The same as `_numerical` by forward mode, one direction of the input at a time."""
    from runtime.autograd import forward_ad

    x = inputs[position]
    found: list[list[list[np.ndarray]]] = []
    for direction in (1.0, 1j) if _is_complex(x) else (1.0,):
        rows = []
        for index in np.ndindex(x._data.shape):
            tangent = np.zeros_like(x._data)
            tangent[index] = direction
            with forward_ad.dual_level():
                duals = [v.detach() if isinstance(v, Tensor) else v for v in inputs]
                duals[position] = forward_ad.make_dual(duals[position], leaf(Tensor, tangent))
                parts = [forward_ad.unpack_dual(t) for t in as_tuple(function(*duals))]
                rows.append([np.zeros(p.primal._data.size) if p.tangent is None else p.tangent._data.ravel()
                             for p in parts])
        found.append(rows)
    return [np.array([[row[k] for row in rows] for rows in found]) for k in range(len(found[0][0]))] if found[0] else []


class _Close:
    """Compares two derivatives with the tolerances of a check."""

    def __init__(self, atol: float, rtol: float) -> None:
        self.atol, self.rtol = atol, rtol

    def __call__(self, mode: str, part: str, got: np.ndarray, wanted: np.ndarray, k: int, position: int) -> None:
        if np.allclose(got, wanted, self.rtol, self.atol):
            return
        side = "inputs" if mode else "outputs"
        prefix = f"While considering the {part} part of complex {side} only, " if part else ""
        raise GradcheckError(f"{prefix}Jacobian {mode}mismatch for output {k} with respect to input {position},\n"
                             f"numerical:{leaf(Tensor, wanted)}\nanalytical:{leaf(Tensor, got)}\n")


def gradcheck(func: Callable[..., Any], inputs: Any, *, eps: float = 1e-6, atol: float = 1e-5, rtol: float = 1e-3,
              raise_exception: bool = True, nondet_tol: float = 0.0, check_undefined_grad: bool = True,
              check_grad_dtypes: bool = False, check_batched_grad: bool = False,
              check_batched_forward_grad: bool = False, check_forward_ad: bool = False, check_backward_ad: bool = True,
              fast_mode: bool = False, masked: Any = None) -> bool:
    """Whether the gradients of `func` at `inputs` agree with central differences.

    Inputs should be double precision. Returns True; raises GradcheckError, or returns False without
    `raise_exception`. Backward is also run without gradients, and with zeros. `fast_mode` is accepted; the full
    Jacobian is compared either way. Raises AssertionError where `func` returns other shapes or dtypes when its inputs
    are moved, ValueError where no input requires grad.

    >>> import runtime as torch
    >>> x = torch.tensor([0.5, 2.0], dtype=torch.float64, requires_grad=True)
    >>> torch.autograd.gradcheck(torch.sin, x)
    True
    """
    assert check_forward_ad or check_backward_ad, (
        "Expected at least one of check_forward_ad or check_backward_ad to be True")
    for name, asked, needs, there in (
            ("check_batched_grad", check_batched_grad, "check_backward_ad", check_backward_ad),
            ("check_batched_forward_grad", check_batched_forward_grad, "check_forward_ad", check_forward_ad)):
        assert there or not asked, f"Setting {name}=True requires {needs} to be True"
    args = as_tuple(inputs)
    try:
        _check_inputs(args)
        close = _Close(atol, rtol)
        outputs = as_tuple(func(*args))
        places = [k for k, t in enumerate(outputs) if t.requires_grad]
        numerical = {p: _numerical(func, args, args[p], eps) for p in _wanted(args)}
        if not places and any(np.any(n) for found in numerical.values() for n in found):
            raise GradcheckError("Numerical gradient for function expected to be zero")
        if check_backward_ad and places:
            _check_backward(args, outputs, places, numerical, close, nondet_tol)
        if check_forward_ad:
            _check_forward(func, args, places, numerical, close)
        if check_backward_ad and places:
            _check_scaling(outputs, places, args)
            if check_undefined_grad:
                _check_undefined(func, args)
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def _check_inputs(args: tuple[Any, ...]) -> None:
    for k in _wanted(args):
        a = args[k]._data
        if a.dtype not in (np.float64, np.complex128):
            warnings.warn(NOT_DOUBLE.format(k), stacklevel=3)
        if any(s == 0 and n > 1 for s, n in zip(a.strides, a.shape, strict=True)):
            raise RuntimeError(STRIDE_0.format(k))
    if not _wanted(args):
        raise ValueError(NO_INPUT)


def _check_backward(args: Sequence[Any], outputs: Sequence[Any], places: list[int],
                    numerical: dict[int, list[np.ndarray]], close: _Close, nondet_tol: float) -> None:
    for k in places:
        for part, take, start in PARTS[_is_complex(outputs[k])]:
            for position, found in numerical.items():
                if not found:  # no element to move
                    continue
                along = take(found[k])
                wanted = along[0] + 1j * along[1] if len(along) == 2 else along[0]
                got = _analytical(outputs[k], args[position], start)
                again = _analytical(outputs[k], args[position], start)
                if np.abs(got - again).max(initial=0) > nondet_tol:
                    raise GradcheckError(NOT_REENTRANT.format(nondet_tol))
                close("", part, got, wanted, k, position)


def _check_forward(func: Callable[..., Any], args: Sequence[Any], places: list[int],
                   numerical: dict[int, list[np.ndarray]], close: _Close) -> None:
    for position, found in numerical.items():
        got = _forward(func, args, position)
        for k in places:
            parts = [part for part, _, _ in reversed(PARTS[_is_complex(args[position])])]
            for part, a, n in zip(parts, got[k], found[k], strict=True):
                close("computed with forward mode ", part, a, n, k, position)


def _check_scaling(outputs: Sequence[Any], places: list[int], args: Sequence[Any]) -> None:
    """Backward from zeros gives zeros."""
    starts = [leaf(Tensor, np.zeros_like(outputs[k]._data)) for k in places]
    found = grad([outputs[k] for k in places], [args[p] for p in _wanted(args)], starts, retain_graph=True,
                 allow_unused=True)
    if any(g is not None and np.any(g._data) for g in found):
        raise GradcheckError("backward not multiplied by grad_output")


class _Nothing(Function):
    """Lets a value pass and its gradient not."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        return x.clone()

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        return None


def _check_undefined(func: Callable[..., Any], args: Sequence[Any]) -> None:
    """Backward runs where no gradient arrives, at all outputs and at each of several, and gives zeros or None."""
    count = len(_wanted(as_tuple(func(*args))))
    for only in (None, *(range(count) if count > 1 else ())):
        outs = as_tuple(func(*args))
        outs = [outs[k] for k in _wanted(outs)]
        cut = [_Nothing.apply(t) if only is None or k == only else t for k, t in enumerate(outs)]
        try:
            found = grad(cut, [args[p] for p in _wanted(args)], [leaf(Tensor, np.zeros_like(t._data)) for t in outs],
                         allow_unused=True)
        except RuntimeError as error:
            warnings.warn(NEW_CHECK, stacklevel=3)
            raise GradcheckError(UNDEFINED.format("backward function to handle undefined output grads")) from error
        if any(g is not None and np.any(g._data) for g in found):
            warnings.warn(NEW_CHECK, stacklevel=3)
            raise GradcheckError(UNDEFINED.format("all input grads to be undefined or zero when all output grads are "
                                                  "undefined or zero"))


def gradgradcheck(func: Callable[..., Any], inputs: Any, grad_outputs: Any = None, *, eps: float = 1e-6,
                  atol: float = 1e-5, rtol: float = 1e-3, gen_non_contig_grad_outputs: bool = False,
                  raise_exception: bool = True, nondet_tol: float = 0.0, check_undefined_grad: bool = True,
                  check_grad_dtypes: bool = False, check_batched_grad: bool = False, check_fwd_over_rev: bool = False,
                  check_rev_over_rev: bool = True, fast_mode: bool = False, masked: bool = False) -> bool:
    """Whether the second derivatives agree with differences of the first. See `gradcheck`."""
    args = as_tuple(inputs)
    if grad_outputs is None:
        rng = np.random.default_rng(0)
        outs = as_tuple(func(*args))
        grad_outputs = tuple(leaf(Tensor, rng.uniform(-1, 1, outs[k]._data.shape).astype(outs[k]._data.dtype), True)
                             for k in _wanted(outs))
    starts, count = as_tuple(grad_outputs), len(args)
    active, weighted = _wanted(args), _wanted(starts)

    def first(*values: Any) -> Any:
        xs, gs = values[:count], values[count:]
        for t in [xs[k] for k in active] + [gs[k] for k in weighted]:
            t.requires_grad_()  # forward mode hands over tensors without a graph
        outs = as_tuple(func(*xs))
        found = grad([outs[k] for k in _wanted(outs)], [xs[k] for k in active], gs, create_graph=True,
                     allow_unused=True)
        return tuple(g for g in found if g is not None)
    return gradcheck(first, (*args, *starts), eps=eps, atol=atol, rtol=rtol, raise_exception=raise_exception,
                     nondet_tol=nondet_tol, check_undefined_grad=check_undefined_grad,
                     check_forward_ad=check_fwd_over_rev, check_backward_ad=check_rev_over_rev, fast_mode=fast_mode)
