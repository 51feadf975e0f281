"""Text of expressions: the parentheses that are needed and no others; constants exactly."""
from __future__ import annotations

import ast
import math
import operator
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ad_compiler.backend.constants import constant
from ad_compiler.backend.expressions import Expressions
from ad_compiler.backend.namespace import Namespace
from ad_compiler.backend.operators import BINARY, UNARIES
from ad_compiler.errors import InternalError
from ad_compiler.ir import nodes as ir
from ad_compiler.ir import prims
from ad_compiler.ir.types import FLOAT, INT
from ad_compiler.naming import Names

BINARY_OPERATORS = [f for f in BINARY if f not in (prims.in_, prims.not_in)]


def writer() -> Expressions:
    names = Names()
    return Expressions(names, Namespace(names), {}, {})


def variable(name: str) -> ir.Var:
    return ir.Var(name, FLOAT)


def op(function: Any, *args: Any) -> ir.Call:
    return ir.Call(function, args, (), "op")


X, Y, Z = variable("x"), variable("y"), variable("z")


@pytest.mark.parametrize(("expression", "text"), [
    (op(np.subtract, X, op(np.subtract, Y, Z)), "x - (y - z)"),
    (op(np.subtract, op(np.subtract, X, Y), Z), "x - y - z"),
    (op(np.add, X, op(np.add, Y, Z)), "x + (y + z)"),
    (op(np.multiply, op(np.add, X, Y), Z), "(x + y) * z"),
    (op(np.power, op(np.negative, X), Y), "(-x) ** y"),
    (op(np.negative, op(np.power, X, Y)), "-x ** y"),
    (op(np.power, X, op(np.negative, Y)), "x ** -y"),
    (op(np.power, X, op(np.power, Y, Z)), "x ** y ** z"),
    (op(np.power, op(np.power, X, Y), Z), "(x ** y) ** z"),
    (op(np.power, ir.Const(-2.0), X), "(-2.0) ** x"),
    (op(np.negative, op(np.negative, X)), "--x"),
    (op(prims.not_, op(prims.and_, X, Y)), "not (x and y)"),
    (op(prims.and_, op(prims.or_, X, Y), op(prims.not_, Z)), "(x or y) and not z"),
    (op(np.less, op(np.less, X, Y), Z), "(x < y) < z"),
    (op(np.equal, X, op(prims.not_, Y)), "x == (not y)"),
    (op(np.bitwise_or, X, op(np.bitwise_and, Y, Z)), "x | y & z"),
    (op(np.left_shift, op(np.add, X, Y), Z), "x + y << z"),
    (ir.Call(np.sum, (op(np.add, X, Y),), (), "method", "sum"), "(x + y).sum()"),
    (ir.Call(np.transpose, (X,), (), "attribute", "T"), "x.T"),
    (ir.Call(np.real, (ir.Const(2),), (), "attribute", "real"), "(2).real"),
    (ir.Call(prims.dim, (X, ir.Const(0)), (), "dim"), "x.shape[0]"),
    (ir.Call(np.sum, (X,), (("axis", ir.Pack("tuple", (ir.Const(0), ir.Const(1)))),), "call", "np.sum"),
     "np.sum(x, axis=(0, 1))"),
])
def test_text(expression: ir.Expr, text: str) -> None:
    assert writer().text(expression) == text


NONE = ir.Const(None)


@pytest.mark.parametrize(("index", "text"), [
    (ir.Pack("slice", (NONE, NONE, NONE)), "x[:]"),
    (ir.Pack("slice", (ir.Const(1), ir.Const(-1), NONE)), "x[1:-1]"),
    (ir.Pack("slice", (NONE, NONE, ir.Const(-1))), "x[::-1]"),
    (ir.Pack("slice", (op(np.add, Y, ir.Const(1)), NONE, NONE)), "x[y + 1:]"),
    (ir.Pack("tuple", (Y, ir.Pack("slice", (ir.Const(1), NONE, NONE)))), "x[y, 1:]"),
    (ir.Pack("tuple", (Y,)), "x[y,]"),
    (ir.Pack("tuple", ()), "x[()]"),
    (ir.Pack("list", (ir.Const(0), Y)), "x[[0, y]]"),
    (ir.Const(Ellipsis), "x[...]"),
    (ir.Const((0, slice(1, None))), "x[0, 1:]"),
    (ir.Pack("tuple", (ir.Const(None), ir.Const(Ellipsis))), "x[None, ...]"),
])
def test_index(index: ir.Arg, text: str) -> None:
    assert writer().text(ir.Call(prims.item, (X, index), (), "index")) == text


def test_a_slice_outside_brackets_is_a_call() -> None:
    pack = ir.Pack("tuple", (ir.Pack("slice", (NONE, Y, NONE)),))
    assert writer().text(pack) == "(slice(None, y, None),)"


def test_an_unknown_operator_is_an_internal_error() -> None:
    with pytest.raises(InternalError, match="not an operator"):
        writer().text(op(np.hypot, X, Y))


# --- any nesting reads back as it was -------------------------------------------------------------------------------
LEAVES = st.one_of(
    st.sampled_from([X, Y, Z]), st.integers(-3, 3).map(ir.Const),
    st.sampled_from([-1.5, 0.0, -0.0, 2.5e-9, 1e22]).map(ir.Const))


def _calls(children: Any) -> Any:
    return st.one_of(
        st.tuples(st.sampled_from(BINARY_OPERATORS), children, children).map(lambda t: op(*t)),
        st.tuples(st.sampled_from(list(UNARIES)), children).map(lambda t: op(*t)),
        children.map(lambda c: ir.Call(np.sin, (c,), (), "call", "np.sin")),
        st.tuples(children, children).map(lambda t: ir.Call(prims.item, t, (), "index")))


def structure(expression: Any) -> str:
    """The expression with every parenthesis written."""
    match expression:
        case ir.Var():
            return expression.hint
        case ir.Const():
            return f"({constant(expression, Namespace(Names()))[0]})"
        case ir.Call(function, (a, b), _, "op"):
            left = structure(a)
            if function in (prims.and_, prims.or_) and isinstance(a, ir.Call) and a.function is function:
                left = left[1:-1]  # Python reads `a and b and c` as one node
            return f"({left}{BINARY[function][0]}{structure(b)})"
        case ir.Call(function, (a,), _, "op"):
            return f"({UNARIES[function][0]}{structure(a)})"
        case ir.Call(_, (a,), _, "call"):
            return f"np.sin({structure(a)})"
        case ir.Call(_, (a, b)):
            return f"{structure(a)}[{structure(b)}]"
    raise AssertionError


@given(st.recursive(LEAVES, _calls, max_leaves=12))
@settings(max_examples=300, deadline=None)
def test_parentheses_keep_the_structure(expression: ir.Expr) -> None:
    text = writer().text(expression)
    assert ast.dump(ast.parse(text, mode="eval")) == ast.dump(ast.parse(structure(expression), mode="eval"))


@given(st.recursive(LEAVES, _calls, max_leaves=6))
@settings(max_examples=150, deadline=None)
def test_no_parenthesis_is_spare(expression: ir.Expr) -> None:
    """Taking any pair of parentheses away changes the meaning (or is no Python)."""
    text = writer().text(expression)
    whole = ast.dump(ast.parse(text, mode="eval"))
    for shorter in _without_one_pair(text):
        try:
            assert ast.dump(ast.parse(shorter, mode="eval")) != whole, (text, shorter)
        except SyntaxError:
            continue


def _without_one_pair(text: str) -> list[str]:
    found, opened = [], []
    for i, c in enumerate(text):
        if c == "(":
            opened.append(i)
        elif c == ")":
            start = opened.pop()
            number = re.fullmatch(r"-?[\d.e+-]+", text[start + 1: i])  # kept apart for the reader's sake
            if not number and (start == 0 or not (text[start - 1].isalnum() or text[start - 1] in "_])")):
                found.append(text[:start] + text[start + 1: i] + text[i + 1:])
    return found


# --- constants ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("value", [
    0, -1, 2**62, 0.1, -0.0, 1e-300, math.inf, -math.inf, 2j, -2j, 1 - 2j, complex(-0.0, 1.0), complex(0.0, -1.0),
    complex(math.inf, 0.0), True, False, None, "text", "it's", 'a "quote"', "line\nbreak", b"bytes", (), (1,),
    (1, (2.5, None)), [1, [2]], {"a": 1, 2: (3,)}, slice(1, None, 2), np.float32(1.5), np.float64(-2.5),
    np.int8(-3), np.complex64(1 + 2j), np.True_, np.False_, np.float64("inf"), np.dtype(np.float32), np.dtype(bool),
], ids=repr)
def test_constants_evaluate_to_themselves(value: Any) -> None:
    names = Names()
    space = Namespace(names)
    text, level = constant(ir.Const(value), space)
    back = eval(text, dict(space.objects))
    if isinstance(value, np.dtype):
        assert np.dtype(back) == value
        return
    assert type(back) is type(value)
    assert repr(back) == repr(value)
    assert level >= 11


def test_nan() -> None:
    space = Namespace(Names())
    assert math.isnan(eval(constant(ir.Const(math.nan), space)[0], dict(space.objects)))


@pytest.mark.parametrize(("value", "spelled", "text"), [
    (1e-6, "1e-6", "1e-6"), (-0.5, "-.5", "-.5"), (0.5, "0.25", "0.5"), (2.0, "two", "2.0"), (2, "2.0", "2"),
])
def test_a_number_is_spelled_as_the_user_did_if_that_is_the_number(value: Any, spelled: str, text: str) -> None:
    assert constant(ir.Const(value, spelled), Namespace(Names()))[0] == text


# --- f-strings ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("parts", [
    ("x is ", 1.5), ("braces {} ", 2), ("quotes \" and '", 3), ("tab\tback\\slash\n", 4), (0, " first"), ("π ", 1),
])
def test_fstring(parts: tuple[Any, ...]) -> None:
    v = ir.Var("v", INT)
    args = tuple(ir.Const(p) if isinstance(p, str) else v for p in parts)
    text = writer().text(ir.Call(prims.fstring, args, (), "fstring"))
    value = next(p for p in parts if not isinstance(p, str))
    assert text.startswith('f"')
    assert eval(text, {"v": value}) == "".join(str(p) for p in parts)


def test_fstring_of_a_value_with_quotes_is_a_join() -> None:
    item = ir.Call(operator.getitem, (X, ir.Const("key")), (), "index")
    text = writer().text(ir.Call(prims.fstring, (ir.Const("v: "), item), (), "fstring"))
    assert eval(text, {"x": {"key": "w"}}) == "v: w"
