"""Products of matrices and vectors: by BLAS (`blas.py`) where the sizes are worth it, else in loops."""
from __future__ import annotations

import numpy as np

from ..ir import nodes as ir
from . import arithmetic, views
from .lower import Lowering
from .reductions import reduce_element
from .values import Arr, Scalar
from .writer import ONE, ZERO, CannotLower, Int, text, tight

MANY = 1 << 13
"""Elements of a matrix from which on BLAS multiplies it by a vector."""


def dot(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`a @ b` and `np.dot(a, b)` of vectors and matrices."""
    if call.kwargs or len(call.args) != 2:
        raise CannotLower("a product with these arguments")
    a, b = (lo.read(x) for x in call.args)
    if isinstance(a, Scalar) or isinstance(b, Scalar):
        from .calls import elementwise

        return elementwise(lo, target, ir.Call(np.multiply, call.args))
    ranks = (views.rank(call.args[0]), views.rank(call.args[1]))
    if ranks == (1, 1):
        lo.require_same(x.sizes for x in (a, b) if not isinstance(x, tuple))
        nest, pair = lo.elements(call.args)
        product = arithmetic.apply(nest, np.multiply, pair, target.type.dtype, False)
        return reduce_element(lo, target, nest, product, (0,), "sum")
    left, right = lo.memory(call.args[0]), lo.memory(call.args[1])
    left = lo.memory(call.args[0])
    if sorted(ranks) == [1, 2] and left.dtype == right.dtype == np.dtype(np.float64):
        turned = right.with_axes(right.sizes[::-1], right.strides[::-1])
        matrix, vector = (left, right) if ranks == (2, 1) else (turned, left)
        if not all(n.known for n in matrix.sizes):
            return matrix_by_vector(lo, target, matrix, vector)
    if ranks == (2, 1):
        lo.require_equal(left.sizes[1], right.sizes[0])
        sizes, axis = left.sizes, 1
        wide, other = left, right.with_axes(sizes, (ZERO, right.strides[0]))
    elif ranks == (1, 2):
        lo.require_equal(left.sizes[0], right.sizes[0])
        sizes, axis = right.sizes, 0
        wide, other = left.with_axes(sizes, (left.strides[0], ZERO)), right
        if right.strides[0] == ONE and right.strides[1] != ONE:
            sizes, axis = right.sizes[::-1], 1
            wide, other = wide.with_axes(sizes, wide.strides[::-1]), right.with_axes(sizes, right.strides[::-1])
    elif ranks == (2, 2):
        return matrices(lo, target, left, right)
    else:
        from .contracting import inner, product

        return inner(lo, target, call) if call.function is np.dot else product(lo, target, call)
    return contract(lo, target, wide, other, sizes, axis)


def matrices(lo: Lowering, target: ir.Var, left: Arr, right: Arr) -> None:
    """By BLAS, or in loops: row by row where the right operand's rows are contiguous, else element by element."""
    (n, k), (k2, m) = left.sizes, right.sizes
    lo.require_equal(k, k2)
    if left.dtype == right.dtype == np.dtype(np.float64) and not all(s.known for s in (n, k, m)):
        return by_blas(lo, target, left, right)
    if right.strides[0] == ONE and right.strides[1] != ONE:
        sizes, axis = (n, m, k), 2
        a = left.with_axes(sizes, (left.strides[0], ZERO, left.strides[1]))
        b = right.with_axes(sizes, (ZERO, right.strides[1], right.strides[0]))
    else:
        sizes, axis = (n, k, m), 1
        a = left.with_axes(sizes, (left.strides[0], left.strides[1], ZERO))
        b = right.with_axes(sizes, (ZERO, right.strides[0], right.strides[1]))
    contract(lo, target, a, b, sizes, axis)


def matrix_by_vector(lo: Lowering, target: ir.Var, matrix: Arr, vector: Arr) -> None:
    """BLAS for matrices of many elements; loops for small ones, which run along the rows that lie in memory."""
    (n, k), (s0, s1) = matrix.sizes, matrix.strides
    lo.require_equal(k, vector.sizes[0])
    lo.close()
    lo.uses("gemm")
    out = lo.allocate(matrix.dtype, (n,), target)
    i, q = lo.fresh("i"), lo.fresh("k")
    product = f"{matrix.element((i, q))} * {vector.element((q,))}"
    with lo.w.block(f"if {tight(text(n))} * {tight(text(k))} >= {MANY}:"):
        first = f"{matrix.base.pointer}, {text(matrix.offset)}, {text(s0)}, {text(s1)}"
        second = f"{vector.base.pointer}, {text(vector.offset)}, {text(vector.strides[0])}, 1"
        lo.line(f"gemm(blas, {first}, {second}, {out.base.pointer}, {text(out.offset)}, {text(n)}, {text(k)}, 1)")
    with lo.w.block("else:"):
        if s0 == ONE and s1 != ONE:
            with lo.w.block(f"for {i} in range({text(n)}):"):
                lo.line(f"{out.element((i,))} = 0.0")
            with lo.w.block(f"for {q} in range({text(k)}):"), lo.w.block(f"for {i} in range({text(n)}):"):
                lo.line(f"{out.element((i,))} = {out.element((i,))} + {product}")
        else:
            lo.uses("plus")
            total = lo.fresh(target.hint)
            with lo.w.block(f"for {i} in range({text(n)}):"):
                lo.line(f"{total} = 0.0")
                with lo.w.block(f"for {q} in range({text(k)}):"):
                    lo.line(f"{total} = plus({total}, {product})")
                lo.line(f"{out.element((i,))} = {total}")
    lo.env[target] = out


def by_blas(lo: Lowering, target: ir.Var, left: Arr, right: Arr) -> None:
    """A call of `gemm`, which knows the sizes and the strides."""
    (n, k), (_, m) = left.sizes, right.sizes
    lo.close()
    lo.uses("gemm")
    out = lo.allocate(left.dtype, (n, m), target)
    given = [x for a in (left, right) for x in (a.base.pointer, *map(text, (a.offset, *a.strides)))]
    lo.line(f"gemm(blas, {', '.join(given)}, {out.base.pointer}, {text(out.offset)}, {text(n)}, {text(k)}, {text(m)})")
    lo.env[target] = out


def contract(lo: Lowering, target: ir.Var, a: Arr, b: Arr, sizes: tuple[Int, ...], axis: int) -> None:
    lo.close()
    nest = lo.open(sizes)
    pair = [nest.load(a), nest.load(b)]
    product = arithmetic.apply(nest, np.multiply, pair, target.type.dtype, False)
    reduce_element(lo, target, nest, product, (axis,), "sum")
    lo.close()
