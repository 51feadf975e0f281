"""Liveness, coalescing, dead code, verification: on small IR, as text before and after."""
from __future__ import annotations

import numpy as np
import pytest

from ad_compiler.analysis.liveness import liveness
from ad_compiler.errors import InternalError
from ad_compiler.ir import nodes as ir
from ad_compiler.ir import visit
from ad_compiler.ir.show import show
from ad_compiler.ir.types import BOOL, INT, ListOf
from ad_compiler.ir.verify import verify
from ad_compiler.transform.coalesce import coalesce
from ad_compiler.transform.dead_code import eliminate_dead_code

from .building import ONE, VECTOR, A, X, Y, call, function, item, lines, op, var
from .reading import block, body_of, loaded


# --- show -------------------------------------------------------------------------------------------------------------
def test_show() -> None:
    x, t, k, s = var("x", VECTOR), var("t"), var("k", INT), var("s")
    body = block(ir.Assign(t, item(x, k)), ir.Copy((s,), (t,)), ir.If(t, block(ir.Break()), ir.Block()))
    fn = function((x,), ir.Assign(s, ir.Const(0.0)),
                  ir.For(k, ir.Const(0), ir.Const(3), ONE, body, trips=var("trips", INT)),
                  ir.Store(x, ir.Pack("slice", (ONE, ir.Const(None), ir.Const(None))), "+", s), ir.Return(s))
    text = "\n".join(line.rstrip() for line in show(fn).splitlines())
    assert text == lines("""
        def f(x%0: float64[n]):
            s%1 = 0.0                                               : float
            for k%3 in range(0, 3, 1): (trips trips%2)
                t%4 = index getitem(x%0, k%3)                       : float
                s%1 := t%4
                if t%4:
                    break
            store x%0[1:] += s%1
            return s%1""")


# --- verify -----------------------------------------------------------------------------------------------------------
MALFORMED = {
    "read where a path has not assigned": (ir.Return(Y),),
    "`break` outside a loop": (ir.Break(),),
    "follows the end of its path": (ir.Return(X), ir.Return(X)),
    "reaches the end of the function": (ir.If(X, block(ir.Return(X)), ir.Block()),),
    "distinct targets": (ir.Copy((Y, Y), (X, X)), ir.Return(Y)),
    "is a number, which has no memory": (ir.Store(X, None, "+", X), ir.Return(X)),
    "cannot be written in the style": (ir.Assign(Y, ir.Call(np.sin, (X,), (), "prefix")), ir.Return(Y)),
    "has no name": (ir.Assign(Y, ir.Call(np.sum, (X,), (), "method")), ir.Return(Y)),
    "not an operand": (ir.Assign(Y, op(np.add, op(np.add, X, X), X)), ir.Return(Y)),
    "has no type": (ir.Assign(ir.Var("z", None), X), ir.Return(X)),
}


@pytest.mark.parametrize("message", MALFORMED)
def test_verify_refuses(message: str) -> None:
    with pytest.raises(InternalError, match=message):
        verify(ir.Function("f", (X,), (), block(*MALFORMED[message])))


def test_a_variable_of_one_branch_is_not_defined_after_it() -> None:
    fn = ir.Function("f", (X,), (), block(
        ir.If(X, block(ir.Assign(Y, X)), ir.Block()), ir.If(X, block(ir.Effect(call(print, Y))), ir.Block()),
        ir.Return(X)))
    with pytest.raises(InternalError, match="a path has not assigned"):
        verify(fn)
    verify(fn, every_path=False)


def test_a_loop_may_run_no_iteration() -> None:
    k = var("k", INT)
    loop = ir.For(k, ir.Const(0), ir.Const(3), ONE, block(ir.Assign(Y, X)))
    with pytest.raises(InternalError, match="a path has not assigned"):
        verify(ir.Function("f", (X,), (), block(loop, ir.Return(Y))))
    endless = ir.While(ir.Block(), ir.Const(True), block(ir.Assign(Y, X), ir.Break()))
    verify(ir.Function("f", (X,), (), block(endless, ir.Return(Y))))


# --- liveness ---------------------------------------------------------------------------------------------------------
def live_names(fn: ir.Function) -> list[str]:
    found = liveness(fn)
    return [f"{show_line(s)}  ->  {' '.join(sorted(v.hint for v in found.live_after(s)))}".rstrip()
            for s in visit.walk(fn.body)]


def show_line(stmt: ir.Stmt) -> str:
    names = [v.hint for v in visit.defines(stmt)]
    return f"{type(stmt).__name__} {' '.join(names)}".strip()


def test_liveness_of_straight_lines() -> None:
    a, b = var("a"), var("b")
    fn = function((X,), ir.Assign(a, op(np.add, X, ONE)), ir.Assign(b, op(np.add, a, X)), ir.Return(b))
    assert live_names(fn) == ["Assign a  ->  a x", "Assign b  ->  b", "Return  ->"]


def test_what_a_loop_carries_is_live_through_it() -> None:
    """`s` is read by the next iteration, `x` by every one; `t` only within one."""
    s, t, k = var("s"), var("t"), var("k", INT)
    body = block(ir.Assign(t, op(np.add, s, X)), ir.Copy((s,), (t,)))
    fn = function((X,), ir.Assign(s, ir.Const(0.0)), ir.For(k, ir.Const(0), ir.Const(3), ONE, body), ir.Return(s))
    assert live_names(fn) == [
        "Assign s  ->  s x", "For k  ->  s", "Assign t  ->  t x", "Copy s  ->  s x", "Return  ->"]


def test_break_jumps_past_the_rest_of_the_body() -> None:
    """What only the rest of the body reads is dead at the break; what follows the loop reads is live."""
    s, t, k = var("s"), var("t"), var("k", INT)
    leave = ir.If(X, block(ir.Break()), ir.Block())
    body = block(ir.Assign(t, op(np.add, X, ONE)), leave, ir.Copy((s,), (t,)))
    fn = function((X,), ir.Assign(s, ir.Const(0.0)), ir.For(k, ir.Const(0), ir.Const(3), ONE, body), ir.Return(s))
    found = liveness(fn)
    stop = leave.then.stmts[0]
    assert {v.hint for v in found.live_after(body.stmts[0])} == {"s", "t", "x"}
    assert found.bit[t] & found.at_body[fn.body.stmts[1]] == 0
    assert stop in found.after


def test_a_while_reads_its_condition_in_every_iteration() -> None:
    s, c = var("s"), var("c", BOOL)
    loop = ir.While(block(ir.Assign(c, op(np.less, s, X))), c, block(ir.Assign(s, op(np.add, s, ONE))))
    fn = function((X,), ir.Assign(s, ir.Const(0.0)), loop, ir.Return(s))
    assert live_names(fn) == [
        "Assign s  ->  s x", "While  ->  s", "Assign c  ->  c s x", "Assign s  ->  s x", "Return  ->"]


# --- coalesce ---------------------------------------------------------------------------------------------------------
def coalesced(fn: ir.Function) -> str:
    return body_of(coalesce(fn))


def test_a_copy_to_the_same_name_goes() -> None:
    later = var("x")
    fn = function((X,), ir.Assign(later, call(np.sin, X)), ir.Assign(Y, op(np.add, later, later)), ir.Return(Y))
    assert coalesced(fn) == "x = np.sin(x)\ny = x + x\nreturn y\n"


def test_a_name_that_is_still_read_keeps_its_variable() -> None:
    later = var("x")
    fn = function((X,), ir.Assign(later, call(np.sin, X)), ir.Assign(Y, op(np.add, later, X)), ir.Return(Y))
    assert coalesced(fn) == "x_1 = np.sin(x)\ny = x_1 + x\nreturn y\n"


def test_loop_carried_values_become_one_variable() -> None:
    start, s, new, k = var("s"), var("s"), var("s"), var("k", INT)
    body = block(ir.Assign(new, op(np.multiply, s, X)), ir.Copy((s,), (new,)))
    fn = function((X,), ir.Assign(start, ir.Const(1.0)), ir.Copy((s,), (start,)),
                  ir.For(k, ir.Const(0), ir.Const(3), ONE, body), ir.Return(s))
    assert coalesced(fn) == "s = 1.0\nfor k in range(3):\n    s *= x\nreturn s\n"
    assert loaded(coalesce(fn))(2.0) == 8.0


def test_a_swap_stays_a_swap() -> None:
    a, b, k = var("a"), var("b"), var("k", INT)
    fn = function((a, b), ir.For(k, ir.Const(0), ir.Const(3), ONE, block(ir.Copy((a, b), (b, a)))),
                  ir.Return(ir.Pack("tuple", (a, b))))
    assert coalesced(fn) == "for k in range(3):\n    a, b = b, a\nreturn a, b\n"


def test_the_users_names_are_not_merged_with_each_other() -> None:
    old, new = var("old"), var("new")
    fn = function((X,), ir.Assign(new, call(np.sin, X)), ir.Copy((old,), (new,)), ir.Return(old))
    assert coalesced(fn) == "new = np.sin(x)\nold = new\nreturn old\n"


def test_a_loop_variable_is_not_overwritten_while_it_is_needed() -> None:
    """`k` after the loop is the last number, but inside the loop an earlier `k` is still read."""
    before, k, last = var("k", INT), var("k", INT), var("k", INT)
    s = var("s")
    body = block(ir.Assign(s, op(np.add, s, before)), ir.Copy((last,), (k,)))
    fn = function((X,), ir.Assign(before, op(np.add, ONE, ONE)), ir.Assign(s, ir.Const(0.0)),
                  ir.Assign(last, ir.Const(9)), ir.For(k, ir.Const(0), ir.Const(3), ONE, body),
                  ir.Return(ir.Pack("tuple", (s, last))))
    assert loaded(coalesce(fn))(0.0) == (6.0, 2)


def test_a_counter_of_iterations_is_a_variable_of_its_own() -> None:
    n, k, trips = var("trips", INT), var("trips", INT), var("trips", INT)
    fn = function((n,), ir.For(k, ir.Const(0), n, ONE, block(ir.Effect(call(abs, k))), trips=trips),
                  ir.Return(trips))
    assert loaded(coalesce(fn))(3) == 3


def test_one_condition_serves_two_readings() -> None:
    """`and` needs its condition after its value is known on the other path."""
    c, both, other = var("t", BOOL), var("t", BOOL), var("t", BOOL)
    fn = function((X,), ir.Assign(c, op(np.less, X, ir.Const(3.0))),
                  ir.If(c, block(ir.Assign(other, op(np.less, ONE, X)), ir.Copy((both,), (other,))),
                        block(ir.Copy((both,), (c,)))),
                  ir.Return(both))
    assert coalesced(fn) == "return x < 3.0 and 1 < x\n"


# --- dead code --------------------------------------------------------------------------------------------------------
def cleaned(fn: ir.Function) -> str:
    return body_of(eliminate_dead_code(fn))




def test_unread_values_go() -> None:
    fn = function((X,), ir.Assign(Y, op(np.add, X, ONE)), ir.Return(X))
    assert cleaned(fn) == "return x\n"


def test_values_that_only_feed_themselves_go() -> None:
    s, t, k = var("s"), var("t"), var("k", INT)
    body = block(ir.Assign(t, op(np.add, s, ONE)), ir.Copy((s,), (t,)))
    fn = function((X,), ir.Assign(s, ir.Const(0.0)), ir.For(k, ir.Const(0), ir.Const(3), ONE, body), ir.Return(X))
    assert cleaned(fn) == "return x\n"


def test_draws_and_calls_of_unknown_functions_stay() -> None:
    fn = function((X,), ir.Assign(Y, call(np.random.normal, text="np.random.normal")), ir.Return(X))
    assert cleaned(fn) == "y = np.random.normal()\nreturn x\n"


def test_an_array_that_is_only_written_goes() -> None:
    z = var("z", VECTOR)
    fn = function((A, X), ir.Assign(z, call(np.zeros_like, A)), ir.Store(z, ir.Const(0), "+", X), ir.Return(X))
    assert cleaned(fn) == "return x\n"


def test_a_write_through_a_view_of_what_is_returned_stays() -> None:
    z, v = var("z", VECTOR), var("v", VECTOR)
    fn = function((A, X), ir.Assign(z, call(np.zeros_like, A)),
                  ir.Assign(v, item(z, ir.Pack("slice", (ONE, ir.Const(None), ir.Const(None))))),
                  ir.Store(v, ir.Const(0), "+", X), ir.Return(z))
    assert cleaned(fn) == "z = np.zeros_like(a)\nv = z[1:]\nv[0] += x\nreturn z\n"


def test_writes_to_arguments_and_their_items_stay() -> None:
    items, row = var("items", ListOf(VECTOR)), var("row", VECTOR)
    fn = function((A, items), ir.Store(A, ir.Const(0), "", ONE), ir.Assign(row, item(items, ir.Const(0))),
                  ir.Store(row, ir.Const(0), "", ONE), ir.Return(ONE))
    assert cleaned(fn) == "a[0] = 1\nrow = items[0]\nrow[0] = 1\nreturn 1\n"


def record(read: bool) -> ir.Function:
    stack, taken, k, out = var("stack", ListOf(VECTOR)), var("taken", VECTOR), var("k", INT), var("out", VECTOR)
    push = block(ir.Assign(out, op(np.multiply, A, A)), ir.Push(stack, out))
    pop = block(ir.Pop(taken, stack), *([ir.Store(A, None, "+", taken)] if read else []))
    empty = ir.Call(list, (ir.Pack("list", ()),), (), "display")
    return function((A,), ir.Assign(stack, empty), ir.For(k, ir.Const(0), ir.Const(3), ONE, push),
                    ir.For(var("k", INT), ir.Const(0), ir.Const(3), ONE, pop), ir.Return(A))


def test_records_that_are_never_taken_go() -> None:
    assert cleaned(record(read=False)) == "return a\n"


def test_records_that_are_taken_stay() -> None:
    fn = record(read=True)
    assert cleaned(fn) == body_of(fn)


def test_breaks_of_a_needed_loop_stay() -> None:
    s, c, k = var("s"), var("t", BOOL), var("k", INT)
    body = block(ir.Assign(c, op(np.greater, s, X)), ir.If(c, block(ir.Break()), ir.Block()),
                 ir.Assign(s, op(np.add, s, ONE)))
    fn = function((X,), ir.Assign(s, ir.Const(0.0)),
                  ir.For(k, ir.Const(0), ir.Const(9), ONE, body, trips=var("trips", INT)), ir.Return(s))
    assert cleaned(fn) == lines("""
        s = 0.0
        for k in range(9):
            if s > x:
                break
            s = s + 1
        return s
        """).replace("s = s + 1", "s += 1")


def test_unread_targets_of_a_copy_go() -> None:
    a, b = var("a"), var("b")
    fn = function((X, Y), ir.Copy((a, b), (Y, X)), ir.Return(a))
    assert cleaned(fn) == "a = y\nreturn a\n"


def test_errors_that_the_function_raises_stay() -> None:
    c = var("t", BOOL)
    fn = function((X,), ir.Assign(c, op(np.less, X, ONE)), ir.Raise(ir.Const("small"), c), ir.Return(ONE))
    assert cleaned(fn) == 'assert x < 1, "small"\nreturn 1\n'
