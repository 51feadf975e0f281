"""What is written back into expressions, and what must not move."""
from __future__ import annotations

import textwrap

import numpy as np
import pytest

from ad_compiler.backend.load import load
from ad_compiler.backend.python import print_function
from ad_compiler.ir import nodes as ir
from ad_compiler.ir import prims
from ad_compiler.ir.types import BOOL, FLOAT, INT, Array, ListOf, symbol

from .reading import block, body_of, function_of, lowered, reprinted

VECTOR = Array(np.dtype(float), (symbol("@n"),))
A, X = ir.Var("a", VECTOR), ir.Var("x", FLOAT)


def op(function, *args):
    return ir.Call(function, args, (), "op")


def call(function, *args, text=None):
    return ir.Call(function, args, (), "call", text)


def temp(t=FLOAT):
    return ir.Var("t", t)


def item(base, k):
    return ir.Call(prims.item, (base, ir.Const(k)), (), "index")


def text_of(*stmts, params=(A, X)):
    return body_of(ir.Function("f", params, (), block(*stmts)))


SAME = {
    "stencil": ("""
        def f(u, k):
            # the ends are held
            lap = u[2:] - 2.0 * u[1:-1] + u[:-2]
            u[1:-1] += k * lap
            return u
        """, (np.ones(5), 0.5)),
    "loops": ("""
        def f(A, b):
            n = A.shape[0]
            for i in range(n - 1, -1, -1):
                w = b[i]
                for j in range(i + 1, n):
                    w -= A[i, j] * b[j]
                b[i] = w / A[i, i]
            return b @ b
        """, (np.eye(3), np.ones(3))),
    "while": ("""
        def f(x, b):
            while abs(x * x - b) > 1e-10 and x > 0:
                x = x - (x * x - b) / (2 * x)
            return x
        """, (2.0, 3.0)),
    "branches": ("""
        def f(x, y):
            if x > y:
                z = x * 2
            elif x < -y:
                z = -x
            else:
                z = y ** 2
            w = z if z > 1 or x > 0 else 1.0
            return w * z
        """, (2.0, 3.0)),
    "break": ("""
        def f(x, y):
            total = 0.0
            for i in range(9):
                if total > y:
                    break
                total += x[i]
            return total
        """, (np.ones(9), 3.0)),
    "calls": ("""
        def f(x, y):
            z = np.sum(np.exp(x - x.max(axis=0, keepdims=True)), axis=0)
            assert z.size > 0, "empty"
            return (x.T @ x).sum() + np.linalg.norm(z)
        """, (np.ones((3, 2)), 3.0)),
    "swap": ("""
        def f(x, y):
            for i in range(3):
                x, y = y, x + y
            return x
        """, (1.0, 3.0)),
    "aliases": ("""
        def f(x, y):
            x[0], x[1] = x[1], x[0]
            return x
        """, (np.ones(3), 3.0)),
}
CHANGED = {"aliases": "t = x[1]\nt_1 = x[0]\nx[0] = t\nx[1] = t_1\nreturn x\n"}


@pytest.mark.parametrize("name", SAME)
def test_the_users_text_comes_back(name: str) -> None:
    text, args = SAME[name]
    lines = textwrap.dedent(text).strip().splitlines()[1:]
    expected = CHANGED.get(name) or textwrap.dedent("\n".join(lines)) + "\n"
    assert reprinted(text, *args) == expected


def test_a_read_does_not_move_across_a_write() -> None:
    t, out = temp(), ir.Var("out", FLOAT)
    text = text_of(ir.Assign(t, item(A, 0)), ir.Store(A, ir.Const(0), "", ir.Const(1.0)),
                   ir.Assign(out, op(np.add, t, X)), ir.Return(out))
    assert text == "t = a[0]\na[0] = 1.0\nreturn t + x\n"


def test_a_view_may_move_across_a_write() -> None:
    t, total = temp(VECTOR), temp()
    whole = ir.Call(prims.item, (A, ir.Pack("slice", (ir.Const(1), ir.Const(None), ir.Const(None)))), (), "index")
    text = text_of(ir.Assign(t, whole), ir.Store(A, ir.Const(0), "", ir.Const(1.0)),
                   ir.Assign(total, call(np.sum, t)), ir.Return(total))
    assert text == "a[0] = 1.0\nreturn np.sum(a[1:])\n"


def test_what_can_raise_stays_in_order() -> None:
    first, second, out = temp(), temp(), ir.Var("out", FLOAT)
    text = text_of(ir.Assign(first, op(np.divide, X, ir.Const(3))), ir.Assign(second, item(A, 7)),
                   ir.Assign(out, op(np.subtract, second, first)), ir.Return(out))
    assert text == "t = x / 3\nreturn a[7] - t\n"


def test_arithmetic_that_cannot_raise_may_change_its_place() -> None:
    first, second, out = temp(), temp(), ir.Var("out", FLOAT)
    text = text_of(ir.Assign(first, op(np.multiply, X, ir.Const(3))), ir.Assign(second, item(A, 7)),
                   ir.Assign(out, op(np.subtract, second, first)), ir.Return(out))
    assert text == "return a[7] - x * 3\n"


def test_effects_are_not_crossed() -> None:
    t, out = temp(), ir.Var("out", FLOAT)
    text = text_of(ir.Assign(t, call(np.sum, A)), ir.Effect(call(print, X, text="print")),
                   ir.Assign(out, op(np.add, t, X)), ir.Return(out))
    assert text == "t = np.sum(a)\nprint(x)\nreturn t + x\n"


def test_random_draws_stay_where_they_are() -> None:
    t, named, out = temp(), ir.Var("y", FLOAT), ir.Var("out", FLOAT)
    text = text_of(ir.Assign(t, call(np.random.normal, text="np.random.normal")),
                   ir.Assign(named, call(np.random.uniform, text="np.random.uniform")),
                   ir.Assign(out, op(np.subtract, named, t)), ir.Return(out))
    assert text == "t = np.random.normal()\ny = np.random.uniform()\nreturn y - t\n"


def test_an_assignment_to_an_operand_is_not_crossed() -> None:
    t, out = temp(), ir.Var("out", FLOAT)
    text = text_of(ir.Assign(t, op(np.multiply, X, X)), ir.Assign(X, op(np.add, X, ir.Const(1))),
                   ir.Assign(out, op(np.add, X, t)), ir.Return(out))
    assert text == "t = x * x\nx += 1\nreturn x + t\n"


def test_nothing_moves_into_a_loop() -> None:
    t, k, s = temp(), ir.Var("k", INT), ir.Var("s", FLOAT)
    body = block(ir.Assign(s, op(np.add, s, t)))
    text = text_of(ir.Assign(t, call(np.sum, A)), ir.Assign(s, ir.Const(0.0)),
                   ir.For(k, ir.Const(0), ir.Const(3), ir.Const(1), body), ir.Return(s))
    assert text == "t = np.sum(a)\ns = 0.0\nfor k in range(3):\n    s += t\nreturn s\n"


def test_a_value_read_twice_has_a_name() -> None:
    t, out = temp(), ir.Var("out", FLOAT)
    text = text_of(ir.Assign(t, call(np.sum, A)), ir.Assign(out, op(np.multiply, t, t)), ir.Return(out))
    assert text == "t = np.sum(a)\nreturn t * t\n"


def test_the_users_names_stay() -> None:
    y, out = ir.Var("y", FLOAT), ir.Var("out", FLOAT)
    text = text_of(ir.Assign(y, call(np.sum, A)), ir.Assign(out, op(np.multiply, y, X)), ir.Return(out))
    assert text == "y = np.sum(a)\nreturn y * x\n"


def test_an_array_is_written_through_its_name() -> None:
    """`t += x` on a view must not become `a[1:] += x` evaluated twice, nor lose its object."""
    t = temp(VECTOR)
    whole = ir.Call(np.reshape, (A, ir.Const(-1)), (), "method", "reshape")
    text = text_of(ir.Assign(t, whole), ir.Store(t, None, "+", X), ir.Return(A))
    assert text == "t = a.reshape(-1)\nt += x\nreturn a\n"


def test_long_lines_are_broken_by_names() -> None:
    value: ir.Arg = X
    stmts: list[ir.Stmt] = []
    for k in range(30):
        t = temp()
        stmts.append(ir.Assign(t, op(np.add, value, ir.Const(1000.0 + k))))
        value = t
    text = text_of(*stmts, ir.Return(value))
    assert max(map(len, text.splitlines())) <= 110
    scope: dict = {}
    exec(print_function(ir.Function("f", (X,), (), block(*stmts, ir.Return(value)))).text, scope)
    assert scope["f"](0.0) == sum(1000.0 + k for k in range(30))


def test_parallel_copies() -> None:
    x, y, z = (ir.Var(n, FLOAT) for n in "xyz")
    fn = ir.Function("f", (x, y, z), (), block(ir.Copy((x, y), (y, z)), ir.Copy((y, z), (z, y)),
                                               ir.Return(ir.Pack("tuple", (x, y, z)))))
    assert body_of(fn) == "x = y\ny = z\ny, z = z, y\nreturn x, y, z\n"
    assert load(print_function(fn))(1, 2, 3) == (2, 3, 3)


def test_a_copy_that_reads_a_nested_target_is_parallel() -> None:
    x, y, t = ir.Var("x", FLOAT), ir.Var("y", FLOAT), temp()
    fn = ir.Function("f", (x, y), (), block(ir.Assign(t, op(np.add, x, y)), ir.Copy((x, y), (y, t)),
                                            ir.Return(ir.Pack("tuple", (x, y)))))
    assert body_of(fn) == "x, y = y, x + y\nreturn x, y\n"


def test_while_with_a_header_that_does_not_fit() -> None:
    s, stack = ir.Var("s", FLOAT), ir.Var("stack", ListOf(FLOAT))
    top, cond = ir.Var("top", FLOAT), ir.Var("t", BOOL)
    header = block(ir.Pop(top, stack), ir.Assign(cond, op(np.less, top, ir.Const(5.0))))
    fn = ir.Function("f", (stack,), (), block(
        ir.Assign(s, ir.Const(0.0)), ir.While(header, cond, block(ir.Assign(s, op(np.add, s, top)))), ir.Return(s)))
    assert body_of(fn) == textwrap.dedent("""\
        s = 0.0
        while True:
            top = stack.pop()
            if not top < 5.0:
                break
            s += top
        return s
        """)
    assert load(print_function(fn))([9.0, 1.0, 2.0]) == 3.0


@pytest.mark.parametrize(("backward", "limited", "expected"), [
    (False, False, [1, 3, 5, 7]), (True, False, [7, 5, 3, 1]), (False, True, [1, 3]), (True, True, [3, 1]),
])
def test_numbers_of_a_loop(backward: bool, limited: bool, expected: list[int]) -> None:
    seen, k, n = ir.Var("seen", ListOf(INT)), ir.Var("k", INT), ir.Var("n", INT)
    loop = ir.For(k, ir.Const(1), n, ir.Const(2), block(ir.Push(seen, k)), backward=backward,
                  limit=ir.Const(2) if limited else None)
    fn = ir.Function("f", (n, seen), (), block(loop, ir.Return(seen)))
    assert load(print_function(fn))(8, []) == expected


def test_trips_count_the_iterations_that_begin() -> None:
    k, n, trips = ir.Var("k", INT), ir.Var("n", INT), ir.Var("trips", INT)
    cond = temp(BOOL)
    body = block(ir.Assign(cond, op(np.greater, k, ir.Const(2))), ir.If(cond, block(ir.Break()), ir.Block()))
    fn = ir.Function("f", (n,), (), block(
        ir.For(k, ir.Const(0), n, ir.Const(1), body, trips=trips), ir.Return(trips)))
    assert [load(print_function(fn))(n) for n in (0, 2, 3, 9)] == [0, 2, 3, 4]


def test_comments_come_once_and_adjoints_say_of_what() -> None:
    read = lowered(function_of("""
        def f(x):
            # doubled
            y = x * 2
            return y
        """), 1.0).function
    first = read.body.stmts[0]
    assert isinstance(first, ir.Assign) and first.origin is not None
    o = first.origin
    adjoint = ir.Origin(o.file, o.line, o.text, o.function, o.col, o.end_col, o.comments, adjoint=True)
    bar, other = ir.Var("x_bar", FLOAT), ir.Var("z_bar", FLOAT)
    body = block(first, ir.Comment("--- reverse ---"), ir.Assign(bar, op(np.multiply, X, X), adjoint),
                 ir.Assign(other, op(np.add, bar, X), adjoint), ir.Return(other))
    assert body_of(ir.Function("f", (*read.params, X), (), body)) == textwrap.dedent("""\
        # doubled
        y = x * 2

        # --- reverse ---
        # adjoint of: y = x * 2
        x_bar = x_1 * x_1
        z_bar = x_bar + x_1
        return z_bar
        """)


def test_an_else_after_a_chain_stays_an_else() -> None:
    """The last branch of a chain leaves; what follows it must not run after the first branch."""
    y, z = ir.Var("y", FLOAT), ir.Var("z", FLOAT)
    big, small = temp(BOOL), temp(BOOL)
    error = ir.Call(ValueError, (ir.Const("small"),), (), "call", "ValueError")
    inner = block(ir.Assign(small, op(np.less, X, ir.Const(1.0))),
                  ir.If(small, block(ir.Raise(error)), block(ir.Copy((z,), (y,)))))
    fn = ir.Function("f", (X, y), (), block(
        ir.Assign(big, op(np.greater, X, ir.Const(2.0))), ir.If(big, block(ir.Copy((z,), (X,))), inner),
        ir.Return(z)))
    assert body_of(fn) == textwrap.dedent("""\
        if x > 2.0:
            z = x
        elif x < 1.0:
            raise ValueError("small")
        else:
            z = y
        return z
        """)
    call_ = load(print_function(fn))
    assert [call_(3.0, 7.0), call_(1.5, 7.0)] == [3.0, 7.0]
    with pytest.raises(ValueError, match="small"):
        call_(0.0, 1.0)
