"""Products of batched matrices and vectors.

    A @ x   ==>   x @ A.T                         x batched: the batch is one matrix
    A @ x   ==>   (A @ x[:, :, None])[:, :, 0]    both batched
"""
from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..ir import nodes as ir
from .handles import Handle

if TYPE_CHECKING:
    from .batching import Batching

_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def matmul(b: Batching, target: ir.Var, call: ir.Call, bound: dict[str, Any]) -> Any:
    """`x1 @ x2`."""
    x, y = call.args[:2]
    if call.kwargs or len(call.args) > 2:
        from .batching_rules import NoRule

        raise NoRule
    return _matmul(b, x, y)


def _matmul(b: Batching, x: ir.Arg, y: ir.Arg) -> Any:
    one, other = b.rank(x), b.rank(y)
    bx, by = b.is_batched(x), b.is_batched(y)
    vx, vy = b.value(x), b.value(y)
    if one == 1 and other == 1:
        if bx and by:
            return np.sum(vx * vy, axis=1)
        return vx @ vy if bx else vy @ vx
    if one == 2 and other == 1:
        if not bx:
            return vy @ _transposed(b, x)
        return (vx @ vy[:, :, None])[:, :, 0] if by else vx @ vy
    if one == 1 and other == 2:
        if not by:
            return vx @ vy
        if bx:
            return (vx[:, None, :] @ vy)[:, 0, :]
        return np.swapaxes(vy, 1, 2) @ vx
    if one == 1:  # a vector, and a stack of matrices
        return (b.align(x, 1)[(slice(None), *[None] * (other - 1), slice(None))] @ vy)[..., 0, :] if bx else vx @ vy
    if other == 1:
        return (vx @ vy[(slice(None), *[None] * (one - 2), slice(None), None)])[..., 0] if by else vx @ vy
    rank = max(one, other)
    return b.align(x, rank) @ b.align(y, rank)


def _transposed(b: Batching, x: ir.Arg) -> Any:
    """`x.T`, or what `x` is the transpose of."""
    made = b.definitions.get(x) if isinstance(x, ir.Var) else None
    if made is not None and made.function is np.transpose and len(made.args) == 1 and not b.aliases.written(x):
        return b.value(made.args[0])
    return b.value(x).T


def dot(b: Batching, target: ir.Var, call: ir.Call, bound: dict[str, Any]) -> Any:
    """`np.dot`: a product of matrices up to two dimensions, a contraction of the last axis with the last but one."""
    x, y = call.args[:2]
    one, other = b.rank(x), b.rank(y)
    if one == 0 or other == 0:
        rank = max(one, other)
        return b.align(x, rank) * b.align(y, rank)
    if one <= 2 and other <= 2:
        return _matmul(b, x, y)
    letters = iter(_LETTERS)
    first = [next(letters) for _ in range(one)]
    second = [next(letters) for _ in range(other)]
    second[-2 if other > 1 else -1] = first[-1]
    rest = [c for c in second if c != first[-1]]
    return contraction(b, ["".join(first), "".join(second)], "".join([*first[:-1], *rest]), [x, y])


def inner(b: Batching, target: ir.Var, call: ir.Call, bound: dict[str, Any]) -> Any:
    """`np.inner`: the last axes are contracted."""
    x, y = call.args[:2]
    one, other = b.rank(x), b.rank(y)
    if one == 0 or other == 0:
        return dot(b, target, call, bound)
    if one == other == 1:
        return _matmul(b, x, y)
    first = _LETTERS[:one - 1]
    second = _LETTERS[one:one + other - 1]
    return contraction(b, [first + "Z", second + "Z"], first + second, [x, y])


def outer(b: Batching, target: ir.Var, call: ir.Call, bound: dict[str, Any]) -> Any:
    """`np.outer`, also of arrays with more dimensions, which are read as vectors."""
    x, y = (_line(b, a) for a in call.args[:2])
    left = x[:, :, None] if b.is_batched(call.args[0]) else x[:, None]
    right = y[:, None, :] if b.is_batched(call.args[1]) else y
    return left * right


def _line(b: Batching, arg: ir.Arg) -> Any:
    value, rank = b.value(arg), b.rank(arg)
    if rank == 1:
        return value
    if b.is_batched(arg):
        return np.reshape(value, b.shape((-1,)))
    return np.ravel(value)


def vdot(b: Batching, target: ir.Var, call: ir.Call, bound: dict[str, Any]) -> Any:
    """`np.vdot`: the first vector is conjugated."""
    x, y = (_line(b, a) for a in call.args[:2])
    if isinstance(x, Handle) and x.dtype.kind == "c":
        x = np.conj(x)
    return np.sum(x * y, axis=1)


def tensordot(b: Batching, target: ir.Var, call: ir.Call, bound: dict[str, Any]) -> Any:
    """`np.tensordot` with axes that are constants."""
    from .batching_rules import NoRule

    x, y = call.args[:2]
    axes = b.value(bound.get("axes", 2))
    one, other = b.rank(x), b.rank(y)
    if isinstance(axes, int):
        axes = (tuple(range(one - axes, one)), tuple(range(axes)))
    if not isinstance(axes, (tuple, list)) or len(axes) != 2:
        raise NoRule
    left, right = (tuple(a) if isinstance(a, (tuple, list)) else (a,) for a in axes)
    if not all(isinstance(i, int) for i in (*left, *right)):
        raise NoRule
    first, second = list(_LETTERS[:one]), list(_LETTERS[one:one + other])
    for i, j in zip(left, right, strict=True):
        second[j] = first[i]
    gone = {first[i] for i in left}
    kept = [c for c in (*first, *second) if c not in gone]
    return contraction(b, ["".join(first), "".join(second)], "".join(kept), [x, y])


def einsum(b: Batching, target: ir.Var, call: ir.Call, bound: dict[str, Any]) -> Any:
    """`np.einsum` with its subscripts as a text."""
    from .batching_rules import NoRule

    text, *operands = call.args
    if not isinstance(text, ir.Const) or not isinstance(text.value, str) or set(dict(call.kwargs)) - {"optimize"}:
        raise NoRule
    inputs, _, output = text.value.replace(" ", "").partition("->")
    if "." in inputs:
        raise NoRule
    if "->" not in text.value:
        letters = inputs.replace(",", "")
        output = "".join(sorted(c for c in set(letters) if letters.count(c) == 1))
    return contraction(b, inputs.split(","), output, operands)


def contraction(b: Batching, inputs: list[str], output: str, operands: list[Any]) -> Any:
    """An einsum in which the batched operands have one letter more in front."""
    used = {*"".join(inputs), *output}
    letter = next(c for c in reversed(_LETTERS) if c not in used)
    terms = [letter + term if b.is_batched(operand) else term for term, operand in zip(inputs, operands, strict=True)]
    text = f"{','.join(terms)}->{letter}{output}"
    return np.einsum(text, *(b.value(operand) for operand in operands))


def cross(b: Batching, target: ir.Var, call: ir.Call, bound: dict[str, Any]) -> Any:
    """`np.cross` of the last axes."""
    from .batching_rules import NoRule

    if call.kwargs or len(call.args) > 2:
        raise NoRule
    rank = max(map(b.rank, call.args))
    return np.cross(*(b.align(a, rank) for a in call.args))


PRODUCTS: dict[Any, Callable[..., Any]] = {
    np.matmul: matmul, np.dot: dot, np.inner: inner, np.outer: outer, np.vdot: vdot, np.tensordot: tensordot,
    np.einsum: einsum, np.cross: cross,
}
