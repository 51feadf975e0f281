"""Simplification: on small IR, as text before and after."""
from __future__ import annotations

from typing import Any

import numpy as np

from ad_compiler.ir import nodes as ir
from ad_compiler.ir.types import BOOL, FLOAT, INT, Num
from ad_compiler.transform.dead_code import eliminate_dead_code
from ad_compiler.transform.simplify import simplify

from .building import ONE, OURS, THEIRS, VECTOR, A, X, Y, function, op, var
from .reading import block, body_of, loaded


def simplified(*stmts: ir.Stmt, origin: ir.Origin = OURS) -> str:
    """The stored or returned expression after simplification of statements of ours."""
    marked = [type(s)(*(getattr(s, f) if f != "origin" else origin for f in s.__dataclass_fields__)) for s in stmts]
    fn = eliminate_dead_code(simplify(function((A, X, Y), *marked, ir.Return(A))))
    return "\n".join(line for line in body_of(fn).splitlines() if not line.startswith(("#", "return")))


def temps(n: int, t: Any = FLOAT) -> list[ir.Var]:
    return [var("t", t) for _ in range(n)]


def test_a_minus_becomes_a_difference() -> None:
    (t,) = temps(1)
    assert simplified(ir.Assign(t, op(np.negative, X)), ir.Store(A, ir.Const(0), "+", t)) == "a[0] -= x"


def test_a_minus_moves_through_products() -> None:
    t, u, v = temps(3)
    stmts = (ir.Assign(t, op(np.negative, X)), ir.Assign(u, op(np.multiply, t, Y)),
             ir.Assign(v, op(np.divide, u, ir.Const(2.0))), ir.Store(A, ir.Const(0), "-", v))
    assert simplified(*stmts) == "a[0] += x * y / 2.0"
    assert simplified(*stmts, origin=THEIRS) == "a[0] -= -x * y / 2.0"


def test_a_negative_factor() -> None:
    (t,) = temps(1)
    assert simplified(ir.Assign(t, op(np.multiply, ir.Const(-2.0, "-2.0"), X)),
                      ir.Store(A, ir.Const(0), "+", t)) == "a[0] -= 2.0 * x"
    (t,) = temps(1)
    assert simplified(ir.Assign(t, op(np.multiply, ir.Const(-1.0), X)),
                      ir.Store(A, ir.Const(0), "+", t)) == "a[0] -= x"


def test_a_reciprocal_factor_divides() -> None:
    t, u = temps(2)
    assert simplified(ir.Assign(t, op(np.divide, ONE, X)), ir.Assign(u, op(np.multiply, Y, t)),
                      ir.Store(A, ir.Const(0), "+", u)) == "a[0] += y / x"


def test_factors_and_exponents_of_one_go() -> None:
    t, u = temps(2)
    assert simplified(ir.Assign(t, op(np.multiply, X, ir.Const(1.0))), ir.Assign(u, op(np.power, Y, ONE)),
                      ir.Store(A, ir.Const(0), "+", t), ir.Store(A, ir.Const(1), "+", u)) == "a[0] += x\na[1] += y"


def test_a_factor_of_one_that_changes_the_dtype_stays() -> None:
    n, t = var("n", Num(np.dtype(np.int64))), var("t")
    fn = function((A, n), ir.Assign(t, op(np.multiply, n, ir.Const(1.0)), OURS),
                  ir.Store(A, ir.Const(0), "+", t, OURS), ir.Return(A))
    assert "n * 1.0" in body_of(simplify(fn))


def test_adding_to_what_was_zeroed_sets_it() -> None:
    assert simplified(ir.Store(A, ir.Const(0), "", ir.Const(0.0)), ir.Store(A, ir.Const(0), "+", X)) == "a[0] = x"
    assert simplified(ir.Store(A, ir.Const(0), "", ir.Const(0.0)),
                      ir.Store(A, ir.Const(1), "+", X)) == "a[0] = 0.0\na[1] += x"


def test_signs_do_not_move_across_writes() -> None:
    """The operand of the minus sign changes before the sum."""
    b, (t,) = var("b", VECTOR), temps(1, VECTOR)
    fn = function((A, b), ir.Assign(t, op(np.negative, b), OURS), ir.Store(b, None, "*", ir.Const(2.0), OURS),
                  ir.Store(A, None, "+", t, OURS), ir.Return(A))
    assert np.array_equal(loaded(simplify(fn))(np.zeros(2), np.ones(2)), [-1.0, -1.0])


def test_a_sum_with_a_negative_is_a_difference() -> None:
    t, u = temps(2)
    assert simplified(ir.Assign(t, op(np.negative, X)), ir.Assign(u, op(np.add, t, Y)),
                      ir.Store(A, ir.Const(0), "", u)) == "a[0] = y - x"


def test_signs_of_numbers_move_across_writes() -> None:
    """A number stays what it was, whatever is written in between; a sign that is used twice costs nothing to undo."""
    t, u, v = temps(3)
    assert simplified(ir.Assign(t, op(np.negative, X)), ir.Assign(u, op(np.multiply, t, Y)),
                      ir.Store(A, ir.Const(0), "+", u), ir.Assign(v, op(np.multiply, t, t)),
                      ir.Store(A, ir.Const(1), "+", t)) == "a[0] -= x * y\na[1] -= x"


def test_what_a_branch_computes_is_not_known_after_it() -> None:
    """In the second iteration `t` is still the first one's: it is not `-u` of this iteration."""
    t, u, k, c = var("t"), var("u"), var("k", INT), var("c", BOOL)
    body = block(ir.Assign(u, op(np.add, k, X), OURS), ir.Assign(c, op(np.less, k, ONE), OURS),
                 ir.If(c, block(ir.Assign(t, op(np.negative, u), OURS)), ir.Block(), OURS),
                 ir.Store(A, ir.Const(0), "+", t, OURS))
    fn = ir.Function("f", (A, X), (), block(
        ir.For(k, ir.Const(0), ir.Const(3), ONE, body, OURS), ir.Return(A)))
    assert loaded(simplify(fn))(np.zeros(1), 5.0)[0] == loaded(fn)(np.zeros(1), 5.0)[0] == -15.0
