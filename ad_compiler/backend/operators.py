"""How operators are written: their symbols and how tightly they bind."""
from __future__ import annotations

from typing import Any

import numpy as np

from ..ir import prims

ATOM, POWER, UNARY, PRODUCT, SUM, SHIFT, BIT_AND, BIT_XOR, BIT_OR, COMPARE, NOT, AND, OR, CHOICE, LOWEST = (
    20, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0)

# function: (symbol, own level, level the left operand needs, level the right operand needs)
BINARY: dict[Any, tuple[str, int, int, int]] = {
    np.power: (" ** ", POWER, POWER + 1, UNARY),
    **{f: (f" {s} ", PRODUCT, PRODUCT, PRODUCT + 1) for f, s in (
        (np.multiply, "*"), (np.divide, "/"), (np.floor_divide, "//"), (np.remainder, "%"), (np.matmul, "@"))},
    **{f: (f" {s} ", SUM, SUM, SUM + 1) for f, s in ((np.add, "+"), (np.subtract, "-"))},
    **{f: (f" {s} ", SHIFT, SHIFT, SHIFT + 1) for f, s in ((np.left_shift, "<<"), (np.right_shift, ">>"))},
    np.bitwise_and: (" & ", BIT_AND, BIT_AND, BIT_AND + 1),
    np.bitwise_xor: (" ^ ", BIT_XOR, BIT_XOR, BIT_XOR + 1),
    np.bitwise_or: (" | ", BIT_OR, BIT_OR, BIT_OR + 1),
    **{f: (f" {s} ", COMPARE, COMPARE + 1, COMPARE + 1) for f, s in (
        (np.less, "<"), (np.less_equal, "<="), (np.greater, ">"), (np.greater_equal, ">="), (np.equal, "=="),
        (np.not_equal, "!="), (prims.is_, "is"), (prims.is_not, "is not"), (prims.in_, "in"),
        (prims.not_in, "not in"))},
    prims.and_: (" and ", AND, AND, AND + 1),
    prims.or_: (" or ", OR, OR, OR + 1),
}
# function: (symbol, own level, level the operand needs)
UNARIES: dict[Any, tuple[str, int, int]] = {
    np.negative: ("-", UNARY, UNARY), np.positive: ("+", UNARY, UNARY), np.invert: ("~", UNARY, UNARY),
    prims.not_: ("not ", NOT, NOT),
}
# How `x = x + e` is written shorter.
AUGMENTED: dict[Any, str] = {
    np.add: "+=", np.subtract: "-=", np.multiply: "*=", np.divide: "/=", np.floor_divide: "//=", np.remainder: "%=",
    np.power: "**=",
}
