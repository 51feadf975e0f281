"""`np.linalg` in kernels: solve, inv, det, slogdet, cholesky of one matrix, by the helpers of `linear.py`."""
from __future__ import annotations

from typing import Any

import numpy as np

from ..ir import nodes as ir
from ..ir.types import Array, Num
from . import arithmetic
from .linear import MOST
from .lower import Lowering
from .values import Arr, Scalar
from .writer import CannotLower, Int, text


def matrix(lo: Lowering, target: ir.Var, call: ir.Call, dtype: np.dtype[Any]) -> tuple[Arr, Int]:
    """A copy of the first operand, a square matrix, in C order; and its number of rows."""
    source = lo.memory(call.args[0])
    if len(source.sizes) != 2 or call.kwargs:
        raise CannotLower("np.linalg on stacks of matrices")
    if dtype.name not in ("float64", "complex128"):
        raise CannotLower(f"np.linalg on {dtype}")
    n, m = source.sizes
    lo.require_equal(n, m)
    if not (n.known and n.const <= MOST):
        lo.w.fail_if(f"{text(n)} > {MOST}")
    lo.close()
    return copied(lo, target, call.args[0], dtype, source.sizes), n


def copied(lo: Lowering, target: ir.Var, arg: ir.Arg, dtype: np.dtype[Any], sizes: tuple[Int, ...]) -> Arr:
    """An operand in new memory."""
    fresh = lo.allocate(dtype, sizes, ir.Var(f"{target.hint}_work", target.type))
    nest, (element,) = lo.elements([arg], sizes)
    nest.store(fresh, arithmetic.cast(element, dtype))
    lo.close()
    return fresh


def solve(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`np.linalg.solve(a, b)`"""
    t = target.type
    if not isinstance(t, Array) or len(call.args) != 2:
        raise CannotLower("solve() with these arguments")
    b = lo.memory(call.args[1])
    if len(b.sizes) not in (1, 2):
        raise CannotLower("np.linalg on stacks of matrices")
    a, n = matrix(lo, target, call, t.dtype)
    lo.require_equal(b.sizes[0], n)
    out = copied(lo, target, call.args[1], t.dtype, lo.memory(call.args[1]).sizes)
    eliminated(lo, a, out, n, "1" if len(b.sizes) == 1 else text(out.sizes[1]))
    lo.env[target] = out


def eliminated(lo: Lowering, a: Arr, out: Arr, n: Int, columns: str) -> None:
    lo.uses("eliminate")
    lo.fail_if(f"eliminate({a.base.pointer}, {text(a.offset)}, {out.base.pointer}, {text(out.offset)}, {text(n)}, "
               f"{columns}) != 0")


def inverse(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`np.linalg.inv(a)`"""
    t = target.type
    if not isinstance(t, Array):
        raise CannotLower("inv() of something else")
    a, n = matrix(lo, target, call, t.dtype)
    out = lo.allocate(t.dtype, (n, n), target)
    nest = lo.open((n, n))
    one, zero = (arithmetic.literal(k, t.dtype) for k in (1, 0))
    nest.store(out, f"{one} if {nest.index[0]} == {nest.index[1]} else {zero}")
    lo.close()
    eliminated(lo, a, out, n, text(n))
    lo.env[target] = out


def determinant(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`np.linalg.det(a)`"""
    t = target.type
    if not isinstance(t, Num):
        raise CannotLower("det() of a stack of matrices")
    a, n = matrix(lo, target, call, t.dtype)
    found, k = lo.fresh(target.hint), lo.fresh("k")
    lo.uses("triangular")
    lo.line(f"{found} = {arithmetic.literal(1, t.dtype)} * triangular({a.base.pointer}, {text(a.offset)}, {text(n)})")
    lo.line(f"for {k} in range({text(n)}):")
    lo.line(f"    {found} = {found} * {a.element((k, k))}")
    lo.env[target] = lo.number(found, t)


def logarithm_of_determinant(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`np.linalg.slogdet(a)`: sign and logarithm of the absolute value."""
    f8 = np.dtype(np.float64)
    a, n = matrix(lo, target, call, lo.memory(call.args[0]).dtype)
    if a.dtype != f8:
        raise CannotLower("slogdet() of complex numbers")
    sign, total, k = lo.fresh("sign"), lo.fresh("logdet"), lo.fresh("k")
    lo.uses("triangular")
    lo.line(f"{sign} = 1.0 * triangular({a.base.pointer}, {text(a.offset)}, {text(n)})")
    lo.fail_if(f"{sign} == 0.0")
    lo.line(f"{total} = 0.0")
    with lo.w.block(f"for {k} in range({text(n)}):"):
        lo.line(f"{total} = {total} + math.log(abs({a.element((k, k))}))")
        lo.line(f"if {a.element((k, k))} < 0.0:")
        lo.line(f"    {sign} = -{sign}")
    lo.env[target] = tuple(Scalar(name, f8, False) for name in (sign, total))


def cholesky(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`np.linalg.cholesky(a)`; of `a` the lower half is read."""
    t = target.type
    if not isinstance(t, Array) or t.dtype != np.dtype(np.float64) or len(call.args) > 1:
        raise CannotLower("cholesky() of complex numbers")
    out, n = matrix(lo, target, call, t.dtype)
    lo.uses("factorise")
    lo.fail_if(f"factorise({out.base.pointer}, {text(out.offset)}, {text(n)}) != 0")
    lo.env[target] = out


SOLVERS = {np.linalg.solve: solve, np.linalg.inv: inverse, np.linalg.det: determinant,
           np.linalg.slogdet: logarithm_of_determinant, np.linalg.cholesky: cholesky}
