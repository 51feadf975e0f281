"""Checks of derivatives by finite differences: `gradcheck` and `gradgradcheck`."""
from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from runtime import autograd
from runtime.autograd import forward_ad
from runtime.core import leaf
from runtime.grad_mode import enable_grad, no_grad
from runtime.tensor import Tensor

NO_INPUT = ("gradcheck expects at least one input tensor to require gradient, but none of them have "
            "requires_grad=True.")
NOT_DOUBLE = ("Input #{} requires gradient and is not a double precision floating point or complex. This check will "
              "likely fail "
              "if all the inputs are not of double precision floating point or complex. ")


class GradcheckError(RuntimeError):
    """Two derivatives that ought to agree do not."""


def _tuple(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else tuple(value) if isinstance(value, list) else (value,)


def _tensors(values: Sequence[Any]) -> list[tuple[int, Tensor]]:
    return [(k, v) for k, v in enumerate(values) if isinstance(v, Tensor) and v._req]


def _outputs(function: Callable[..., Any], inputs: Sequence[Any]) -> list[Tensor]:
    return [t for t in _tuple(function(*inputs)) if t.requires_grad or t._data.dtype.kind in "fc"]


def _numerical(function: Callable[..., Any], inputs: Sequence[Any], x: Tensor, eps: float) -> list[np.ndarray]:
    """For each output, its derivative by each element of `x`: (elements of x, elements of the output)."""
    rows: list[list[np.ndarray]] = []
    steps: tuple[complex, ...] = (1.0, 1j) if x._data.dtype.kind == "c" else (1.0,)
    with no_grad():
        for index in np.ndindex(x._data.shape):
            total: list[np.ndarray] = []
            for step in steps:
                keep = x._data[index]
                x._data[index] = keep + eps * step
                above = [t._data.copy() for t in _outputs(function, inputs)]
                x._data[index] = keep - eps * step
                below = [t._data.copy() for t in _outputs(function, inputs)]
                x._data[index] = keep
                part = [(a - b) / (2 * eps) for a, b in zip(above, below, strict=True)]
                total = part if not total else [t + 1j * p for t, p in zip(total, part, strict=True)]
            rows.append([t.ravel() for t in total])
    return [np.array(column) for column in zip(*rows, strict=True)] if rows else []


def _analytical(out: Tensor, x: Tensor, like: np.ndarray) -> np.ndarray:
    """The same by backward, one element of the output at a time."""
    found = np.zeros((x._data.size, out._data.size), np.result_type(x._data.dtype, like.dtype if like.dtype.kind == "c"
                                                                    else x._data.dtype))
    if not out._req:
        if np.abs(like).max(initial=0) > 0:
            raise GradcheckError("Numerical gradient for function expected to be zero")
        return found
    for k, index in enumerate(np.ndindex(out._data.shape)):
        start = np.zeros_like(out._data)
        start[index] = 1
        g, = autograd.grad(out, x, leaf(Tensor, start), retain_graph=True, allow_unused=True)
        if g is not None:
            column = g._data.ravel()
            if out._data.dtype.kind == "c":  # the real and the imaginary direction of the output
                start[index] = 1j
                h, = autograd.grad(out, x, leaf(Tensor, start), retain_graph=True, allow_unused=True)
                column = column.real + 1j * h._data.ravel().real if x._data.dtype.kind != "c" else column
            found[:, k] = column
    return found


def _forward(function: Callable[..., Any], inputs: Sequence[Any], position: int, outputs: int) -> list[np.ndarray]:
    """The same by forward mode, one element of the input at a time."""
    x = inputs[position]
    rows: list[list[np.ndarray]] = []
    for index in np.ndindex(x._data.shape):
        tangent = np.zeros_like(x._data)
        tangent[index] = 1
        with forward_ad.dual_level():
            duals = [*inputs[:position], forward_ad.make_dual(x.detach(), leaf(Tensor, tangent)),
                     *inputs[position + 1:]]
            parts = [forward_ad.unpack_dual(t) for t in _outputs(function, duals)]
            rows.append([np.zeros(p.primal._data.size) if p.tangent is None else p.tangent._data.ravel()
                         for p in parts])
    return [np.array(column) for column in zip(*rows, strict=True)] if rows else [np.zeros((0, 0))] * outputs


def _compare(kind: str, analytical: np.ndarray, numerical: np.ndarray, k: int, position: int, atol: float,
             rtol: float) -> None:
    if np.allclose(analytical, numerical, rtol, atol):
        return
    raise GradcheckError(f"{kind} mismatch for output {k} with respect to input {position},\n"
                         f"numerical:{leaf(Tensor, numerical)}\nanalytical:{leaf(Tensor, analytical)}\n")


def gradcheck(func: Callable[..., Any], inputs: Any, *, eps: float = 1e-6, atol: float = 1e-5, rtol: float = 1e-3,
              raise_exception: bool = True, nondet_tol: float = 0.0, check_undefined_grad: bool = True,
              check_grad_dtypes: bool = False, check_batched_grad: bool = False,
              check_batched_forward_grad: bool = False,
              check_forward_ad: bool = False, check_backward_ad: bool = True, fast_mode: bool = False,
              masked: Any = None) -> bool:
    """Whether the gradients of `func` at `inputs` agree with central differences.

    Inputs should be double precision. Returns True; raises GradcheckError, or returns False without
    `raise_exception`. `fast_mode` is accepted; the full Jacobian is compared either way.
    """
    args = _tuple(inputs)
    try:
        _check(func, args, eps, atol, rtol, nondet_tol, check_backward_ad, check_forward_ad)
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def _check(func: Callable[..., Any], args: tuple[Any, ...], eps: float, atol: float, rtol: float, nondet_tol: float,
           backward: bool, forward: bool) -> None:
    active = _tensors(args)
    if not active:
        raise ValueError(NO_INPUT)
    for position, x in active:
        if x._data.dtype not in (np.float64, np.complex128):
            warnings.warn(NOT_DOUBLE.format(position), stacklevel=4)
        if 0 in x._data.strides and any(s == 0 and n > 1 for s, n in zip(x._data.strides, x._data.shape, strict=True)):
            raise RuntimeError(f"The {position}th input has a dimension with stride 0. gradcheck only supports inputs "
                               "that are non-overlapping to be able to compute the numerical gradients correctly. You "
                               "should call .contiguous on the input before passing it to gradcheck.")
        x.retain_grad()
    outputs = _outputs(func, args)
    for position, x in active:
        numerical = _numerical(func, args, x, eps)
        for k, (out, wanted) in enumerate(zip(outputs, numerical, strict=True)):
            if x._data.dtype.kind == "c" and out._data.dtype.kind != "c":
                pass  # the conjugate gradient of a real output is its derivative along both directions
            elif x._data.dtype.kind == "c":
                wanted = _holomorphic(func, args, x, eps, k)
            if backward:
                got = _analytical(out, x, wanted)
                _compare("Jacobian", got, wanted, k, position, atol, rtol)
                again = _analytical(out, x, wanted)
                if np.abs(got - again).max(initial=0) > nondet_tol:
                    raise GradcheckError("Backward is not reentrant, i.e., running backward with same input and "
                                         "grad_output "
                                         "multiple times gives different values, although analytical gradient matches "
                                         "numerical "
                                         f"gradient.The tolerance for nondeterminism was {nondet_tol}.")
        if forward:
            for k, (got, wanted) in enumerate(zip(_forward(func, args, position, len(outputs)), numerical,
                                                  strict=True)):
                _compare("Jacobian computed with forward mode", got, wanted, k, position, atol, rtol)


def _holomorphic(func: Callable[..., Any], args: Sequence[Any], x: Tensor, eps: float, k: int) -> np.ndarray:
    """What backward of complex output `k` from 1 gives: the real part's derivative along both directions."""
    def real_part(*values: Any) -> Any:
        return leaf(Tensor, np.ascontiguousarray(_outputs(func, values)[k]._data.real))
    return _numerical(real_part, args, x, eps)[0]


def gradgradcheck(func: Callable[..., Any], inputs: Any, grad_outputs: Any = None, *, eps: float = 1e-6,
                  atol: float = 1e-5,
                  rtol: float = 1e-3, gen_non_contig_grad_outputs: bool = False, raise_exception: bool = True,
                  nondet_tol: float = 0.0, check_undefined_grad: bool = True, check_grad_dtypes: bool = False,
                  check_batched_grad: bool = False, check_fwd_over_rev: bool = False, check_rev_over_rev: bool = True,
                  fast_mode: bool = False, masked: bool = False) -> bool:
    """Whether the second derivatives agree with differences of the first. See `gradcheck`."""
    args = _tuple(inputs)
    if grad_outputs is None:
        rng = np.random.default_rng(0)
        grad_outputs = tuple(leaf(Tensor, rng.standard_normal(t._data.shape).astype(t._data.dtype), True)
                             for t in _outputs(func, args))
    starts = _tuple(grad_outputs)
    count = len(args)

    def first(*values: Any) -> Any:
        xs, gs = values[:count], values[count:]
        with enable_grad():
            outs = [t for t in _outputs(func, xs) if t._req]
            wanted = [v for _, v in _tensors(xs)]
            found = autograd.grad(outs, wanted, gs, create_graph=True, allow_unused=True)
        return tuple(g for g in found if g is not None)
    return gradcheck(first, (*args, *starts), eps=eps, atol=atol, rtol=rtol, raise_exception=raise_exception,
                     nondet_tol=nondet_tol)
