"""Result types of products and of the functions of linear algebra."""
from __future__ import annotations

import numpy as np

from ..ir import nodes as ir
from ..ir.types import Array, Dim, size, unknown_dim
from .infer import Untypable, broadcast, result_dtype, shape_of
from .shape_arguments import AXIS_LAST, NONE, made, mean_dtype, numeric, omitted, static
from .shape_moving import ravel


def matmul_dims(a: tuple[Dim, ...], b: tuple[Dim, ...]) -> tuple[Dim, ...]:
    if not a or not b:
        raise Untypable("matmul: a scalar operand")
    batch = broadcast([a[:-2], b[:-2]])
    return (*batch, *(a[-2:-1] if len(a) > 1 else ()), *(b[-1:] if len(b) > 1 else ()))


def _matmul(a, b, out=NONE, **_):
    ta, tb = numeric(a), numeric(b)
    return made(result_dtype([ta, tb]), matmul_dims(shape_of(ta), shape_of(tb)))


def _dot(a, b, out=NONE):
    ta, tb = numeric(a), numeric(b)
    da, db = shape_of(ta), shape_of(tb)
    dims = da + db if not da or not db else da[:-1] + (db[:-2] + db[-1:] if len(db) > 1 else ())
    return made(result_dtype([ta, tb]), dims)


def _outer(a, b, out=NONE):
    ta, tb = numeric(a), numeric(b)
    return Array(result_dtype([ta, tb]), (*ravel(a).dims, *ravel(b).dims))


def _inner(a, b):
    ta, tb = numeric(a), numeric(b)
    da, db = shape_of(ta), shape_of(tb)
    return made(result_dtype([ta, tb]), da + db if not da or not db else da[:-1] + db[:-1])


def _vdot(a, b):
    return made(result_dtype([numeric(a), numeric(b)]), ())


def _einsum(subscripts, *operands, out=NONE, optimize=NONE, **_):
    text = static(subscripts).replace(" ", "")
    types = [numeric(o) for o in operands]
    inputs, _, output = text.partition("->")
    terms = inputs.split(",")
    if "->" not in text:
        letters = "".join(terms).replace(".", "")
        output = "".join(sorted(c for c in set(letters) if letters.count(c) == 1))
        output = "..." * ("..." in inputs) + output
    sizes: dict[str, Dim] = {}
    batches: list[tuple[Dim, ...]] = []
    for term, t in zip(terms, types, strict=True):
        head, dots, tail = term.partition("...")
        dims = shape_of(t)
        last = len(dims) - len(tail)
        if len(dims) < len(head) + len(tail) or (not dots and len(dims) != len(term)):
            raise Untypable(f"einsum: `{term}` does not fit an array of dimension {len(dims)}")
        batches.append(dims[len(head):last])
        for c, d in zip(head + tail, dims[:len(head)] + dims[last:], strict=True):
            sizes[c] = d if c not in sizes or sizes[c] == size(1) else sizes[c]
    head, dots, tail = output.partition("...")
    batch = broadcast(batches) if dots else ()
    return made(result_dtype(types), [*(sizes[c] for c in head), *batch, *(sizes[c] for c in tail)])


def _cross(a, b, axisa=AXIS_LAST, axisb=AXIS_LAST, axisc=AXIS_LAST, axis=NONE):
    ta, tb = numeric(a), numeric(b)
    axes = [static(axis) if not omitted(axis) else static(x) for x in (axisa, axisb, axisc)]
    dims = [list(shape_of(t)) for t in (ta, tb)]
    gone = [d.pop(k) for d, k in zip(dims, axes, strict=False)]
    if any(d.known and d.const == 2 for d in gone):
        raise Untypable("np.cross of vectors of length 2")
    out = list(broadcast([tuple(d) for d in dims]))
    out.insert(axes[2] if axes[2] >= 0 else len(out) + 1 + axes[2], size(3))
    return Array(result_dtype([ta, tb]), tuple(out))


def _linalg_cross(x1, x2, axis=AXIS_LAST):
    return _cross(x1, x2, axis=axis)


def _kron(a, b):
    ta, tb = numeric(a), numeric(b)
    dims = tuple(unknown_dim() for _ in range(max(len(shape_of(ta)), len(shape_of(tb)))))
    return made(result_dtype([ta, tb]), dims)


def _tensordot(a, b, axes=ir.Const(2)):
    ta, tb = numeric(a), numeric(b)
    da, db = list(shape_of(ta)), list(shape_of(tb))
    n = static(axes)
    if isinstance(n, int):
        return made(result_dtype([ta, tb]), da[:len(da) - n] + db[n:])
    out = []
    for dims, gone in zip((da, db), n, strict=True):
        gone = {int(g) % len(dims) for g in ((gone,) if isinstance(gone, int) else gone)}
        out += [d for i, d in enumerate(dims) if i not in gone]
    return made(result_dtype([ta, tb]), out)


def _linalg_same(a, *_args, **_kwargs):
    t = numeric(a)
    return Array(mean_dtype(t), shape_of(t))


def _solve(a, b):
    ta, tb = numeric(a), numeric(b)
    return made(result_dtype([made(mean_dtype(t), shape_of(t)) for t in (ta, tb)]),
                matmul_dims(shape_of(ta), shape_of(tb)))


def _det(a):
    t = numeric(a)
    return made(mean_dtype(t), shape_of(t)[:-2])


RULES = {
    np.matmul: _matmul, np.dot: _dot, np.outer: _outer, np.inner: _inner, np.vdot: _vdot, np.einsum: _einsum,
    np.cross: _cross, np.linalg.cross: _linalg_cross, np.kron: _kron, np.tensordot: _tensordot,
    np.linalg.inv: _linalg_same,
    np.linalg.cholesky: _linalg_same, np.linalg.solve: _solve, np.linalg.det: _det,
}
