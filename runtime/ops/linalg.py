"""Products of vectors and matrices, and linear algebra."""
from __future__ import annotations

from typing import Any

import numpy as np

from ad_compiler import rules
from runtime import arithmetic
from runtime.composite import composite
from runtime.core import Recorded
from runtime.dispatch import Op, record
from runtime.dtypes import SCALAR_TYPES, of
from runtime.ops.reduce import axis_of
from runtime.quiet import ENTER, LEAVE, SILENT
from runtime.tensor import Tensor
from runtime.views import how_made, make_view

_MATMUL = rules.find(np.matmul)
assert _MATMUL is not None
DOT, MV, MM, BMM, UNSAFE = (Op(_MATMUL, node) for node in (
    "DotBackward0", "MvBackward0", "MmBackward0", "BmmBackward0", "UnsafeViewBackward0"))


def _op(function: Any, node: str, *order: str) -> Op:
    row = rules.find(function)
    assert row is not None, function
    return Op(row, node, order or None)


OUTER = _op(np.outer, "MulBackward0", "a", "b")
TRIL, TRIU = _op(np.tril, "TrilBackward0", "m", "k"), _op(np.triu, "TriuBackward0", "m", "k")
TRACE = _op(np.trace, "TraceBackward0", "a")
DIAGONAL = _op(np.diagonal, "DiagonalBackward0", "a", "offset", "axis1", "axis2")
DIAG = _op(np.diag, "DiagEmbedBackward0", "v", "k")
DIAG_OF = _op(np.diag, "DiagonalBackward0_copy", "v", "k")
KRON = _op(np.kron, "UnsafeViewBackward0", "a", "b")
EINSUM = rules.find(np.einsum)


def _same_type(x: Any, y: Any, name: str) -> None:
    if x._data.dtype != y._data.dtype:
        a, b = SCALAR_TYPES[of(x._data.dtype).name], SCALAR_TYPES[of(y._data.dtype).name]
        if name == "dot":
            raise RuntimeError(f"dot : expected both vectors to have same dtype, but found {a} and {b}")
        raise RuntimeError(f"expected m1 and m2 to have the same dtype, but got: {_c_name(x)} != {_c_name(y)}")


def _c_name(x: Any) -> str:
    name = of(x._data.dtype).name
    return {"float32": "float", "float64": "double", "int64": "long long", "int32": "int", "bool": "bool"}.get(name,
                                                                                                               name)


def _matmul(self: Any, other: Any) -> Any:
    """The matrix product, by the ranks of the operands; leading dimensions are batches."""
    if not isinstance(other, Recorded):
        return NotImplemented
    a, b = self._data, other._data
    n, m = a.ndim, b.ndim
    if not n or not m:
        raise RuntimeError(f"both arguments to matmul need to be at least 1D, but they are {n}D and {m}D")
    if n == 1 and m == 1:
        return dot(self, other)
    _same_type(self, other, "matmul")
    inner = b.shape[-2] if m > 1 else b.shape[0]
    if a.shape[-1] != inner:
        if n == 2 and m == 1:
            raise RuntimeError(f"size mismatch, got input ({a.shape[0]}), mat ({a.shape[0]}x{a.shape[1]}), vec "
                               f"({inner})")
        rows, columns = (1, a.shape[0]) if n == 1 else (int(np.prod(a.shape[:-1])), a.shape[-1])
        if m > 2 and n > 2:
            raise RuntimeError(f"Expected size for first two dimensions of batch2 tensor to be: "
                               f"[{int(np.prod(a.shape[:-2]))}, "
                               f"{a.shape[-1]}] but got: [{int(np.prod(b.shape[:-2]))}, {inner}].")
        last = b.shape[-1] if m > 1 else 1
        raise RuntimeError(f"mat1 and mat2 shapes cannot be multiplied ({rows}x{columns} and {inner}x{last})")
    op = MM if n == m == 2 else MV if n == 2 and m == 1 else BMM if n == m == 3 else (
        _SQUEEZE if n == 1 and m == 2 else UNSAFE)
    return record(op, Tensor, (self, other), _product(a, b))


matmul = arithmetic.matrix_operator(_matmul)


def _product(a: np.ndarray, b: np.ndarray) -> Any:
    """`a @ b`, silently."""
    token = ENTER(SILENT)
    try:
        return a @ b
    finally:
        LEAVE(token)


_SQUEEZE = Op(_MATMUL, "SqueezeBackward4")


def dot(self: Any, other: Any) -> Any:
    """The inner product of two vectors."""
    a, b = self._data, other._data
    if a.ndim != 1 or b.ndim != 1:
        raise RuntimeError(f"1D tensors expected, but got {a.ndim}D and {b.ndim}D tensors")
    _same_type(self, other, "dot")
    if a.shape != b.shape:
        raise RuntimeError(f"inconsistent tensor size, expected tensor {list(a.shape)} and src {list(b.shape)} to have "
                           f"the same "
                           f"number of elements, but got {a.size} and {b.size} elements respectively")
    return record(DOT, Tensor, (self, other), _product(a, b))


def mm(self: Any, mat2: Any) -> Any:
    """The product of two matrices."""
    if self._data.ndim != 2 or mat2._data.ndim != 2:
        raise RuntimeError("self must be a matrix" if self._data.ndim != 2 else "mat2 must be a matrix")
    return matmul(self, mat2)


def bmm(self: Any, mat2: Any) -> Any:
    """The products of two batches of matrices."""
    if self._data.ndim != 3 or mat2._data.ndim != 3:
        raise RuntimeError("batch1 must be a 3D tensor" if self._data.ndim != 3 else "batch2 must be a 3D tensor")
    return matmul(self, mat2)


def mv(self: Any, vec: Any) -> Any:
    """The product of a matrix and a vector."""
    if self._data.ndim != 2 or vec._data.ndim != 1:
        raise RuntimeError(f"vector + matrix @ vector expected, got 1, {self._data.ndim}, {vec._data.ndim}")
    return matmul(self, vec)


def outer(self: Any, vec2: Any) -> Any:
    """The products of all pairs of two vectors' elements."""
    if self._data.ndim != 1 or vec2._data.ndim != 1:
        raise RuntimeError(f"outer: Expected 1-D argument {'self' if self._data.ndim != 1 else 'vec2'}, but got "
                           f"{(self if self._data.ndim != 1 else vec2)._data.ndim}-D")
    return self.unsqueeze(1) * vec2


def _added_product(name: str, product: Any, doc: str) -> Any:
    def total(input: Any, a: Any, b: Any, beta: Any, alpha: Any) -> Any:
        found = product(a, b)
        if beta == 0 and alpha == 0:
            return found.masked_fill(found.isnan() | True, 0)
        found = found if alpha == 1 else found * alpha
        return found if beta == 0 else (input if beta == 1 else input * beta) + found  # with 0 not even NaN counts

    def apply(input: Any, a: Any, b: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
        return composite(f"{name.capitalize()}Backward0", total, input, a, b, beta=beta, alpha=alpha)
    apply.__name__ = apply.__qualname__ = name
    apply.__doc__ = f"`beta * input + alpha * {doc}`."
    return apply


addmm, addmv = _added_product("addmm", mm, "(a @ b)"), _added_product("addmv", mv, "(a @ b)")
addr, baddbmm = _added_product("addr", outer, "outer(a, b)"), _added_product("baddbmm", bmm, "(a @ b), batched")


def vdot(self: Any, other: Any) -> Any:
    """The inner product of two vectors, the first conjugated."""
    return composite("VdotBackward0", lambda a, b: dot(a.conj() if a._data.dtype.kind == "c" else a, b), self, other)


def inner(self: Any, other: Any) -> Any:
    """The inner products over the last dimensions."""
    if not self._data.ndim or not other._data.ndim:
        return self * other
    return tensordot(self, other, ([-1], [-1]))


def tensordot(self: Any, other: Any, dims: Any = 2) -> Any:
    """The product summed over dimensions of both: the last and first `dims`, or two lists of them."""
    n, m = self._data.ndim, other._data.ndim
    if isinstance(dims, int):
        ours, theirs = list(range(n - dims, n)), list(range(dims))
    else:
        ours, theirs = ([axis_of(d, k) for d in given] for given, k in zip(dims, (n, m), strict=True))
    kept, rest = [k for k in range(n) if k not in ours], [k for k in range(m) if k not in theirs]
    if [self._data.shape[k] for k in ours] != [other._data.shape[k] for k in theirs]:
        raise RuntimeError("contracted dimensions need to match")
    count = int(np.prod([self._data.shape[k] for k in ours]))
    shape = [self._data.shape[k] for k in kept] + [other._data.shape[k] for k in rest]
    a = self.permute([*kept, *ours]).reshape(-1, count)
    return (a @ other.permute([*theirs, *rest]).reshape(count, -1)).view(shape)


def _triangle(op: Op, function: Any) -> Any:
    def apply(self: Any, diagonal: int = 0) -> Any:
        if self._data.ndim < 2:
            raise RuntimeError(f"{function.__name__}: input tensor must have at least 2 dimensions")
        return record(op, Tensor, (self, diagonal), function(self._data, diagonal))
    apply.__name__ = apply.__qualname__ = function.__name__
    apply.__doc__ = f"`{function.__name__}` of the last two dimensions."
    return apply


tril, triu = _triangle(TRIL, np.tril), _triangle(TRIU, np.triu)


def trace(self: Any) -> Any:
    """The sum of the diagonal of a matrix."""
    if self._data.ndim != 2:
        raise RuntimeError(f"trace: expected a matrix, but got tensor with dim {self._data.ndim}")
    return record(TRACE, Tensor, (self,), np.trace(self._data))


def _diagonal(a: np.ndarray, offset: int, axis1: int, axis2: int) -> np.ndarray:
    view = np.diagonal(a, offset, axis1, axis2)
    view.flags.writeable = a.flags.writeable  # NumPy promises a view and withholds writing as a precaution
    return view


def diagonal(self: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """The diagonal of two dimensions, as a view."""
    n = self._data.ndim
    args = (offset, axis_of(dim1, n), axis_of(dim2, n))
    if args[1] == args[2]:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    data = _diagonal(self._data, *args)
    r = record(DIAGONAL, Tensor, (self, *args), data)
    return make_view(Tensor, self, data, r._node, _diagonal, args, how_made())


def diag(self: Any, diagonal: int = 0) -> Any:
    """A matrix with this diagonal, or the diagonal of a matrix (copied)."""
    if self._data.ndim not in (1, 2):
        raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {self._data.ndim}D")
    op = DIAG if self._data.ndim == 1 else DIAG_OF
    return record(op, Tensor, (self, diagonal), np.array(np.diag(self._data, diagonal)))


def einsum(equation: str, *operands: Any) -> Any:
    """Einstein summation."""
    from runtime.numpy_calls import op_of

    items = list(operands[0]) if len(operands) == 1 and isinstance(operands[0], list | tuple) else list(operands)
    assert EINSUM is not None
    bound = EINSUM.bind((equation, *items), {})
    values = [bound[p.name] for p in EINSUM.parameters]
    token = ENTER(SILENT)
    try:
        z = np.einsum(equation, *(i._data for i in items))
    except ValueError as error:
        raise _einsum_error(equation, items) or RuntimeError(f"einsum(): {error}") from None
    finally:
        LEAVE(token)
    return record(op_of(EINSUM, np.einsum), Tensor, values, z)


def _einsum_error(equation: str, items: list[Any]) -> RuntimeError | None:
    """torch's error where two operands do not agree about the length of a subscript."""
    lengths: dict[str, int] = {}
    for k, (term, item) in enumerate(zip(equation.replace(" ", "").partition("->")[0].split(","), items, strict=False)):
        if len(term) != item._data.ndim or "." in term:
            continue
        for letter, n in zip(term, item._data.shape, strict=True):
            if lengths.setdefault(letter, n) not in (n, 1) and n != 1:
                return RuntimeError(f"einsum(): subscript {letter} has size {n} for operand {k} which does not "
                                    f"broadcast with previously seen size {lengths[letter]}")
    return None


def _linalg(name: str, function: Any, node: str) -> Any:
    def apply(*args: Any) -> Any:
        from runtime.numpy_calls import call
        return call(function, args, {}, Tensor)
    apply.__name__ = apply.__qualname__ = name
    apply.__doc__ = f"`{name}`, by NumPy's function of that name."
    return apply


inverse = _linalg("inverse", np.linalg.inv, "LinalgInvExBackward0")
det = _linalg("det", np.linalg.det, "LinalgDetBackward0")
kron = _linalg("kron", np.kron, "UnsafeViewBackward0")
FUNCTIONS: dict[str, Any] = {f.__name__: f for f in (
    matmul, dot, mm, bmm, mv, outer, addmm, addmv, addr, baddbmm, tril, triu, trace, diagonal, diag, inverse, det,
    kron, inner, vdot)} | {"ger": outer}
FREE: dict[str, Any] = {"einsum": einsum, "tensordot": tensordot}
