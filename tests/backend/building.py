"""Small IR functions, built by hand."""
from __future__ import annotations

import textwrap
from typing import Any

import numpy as np

from ad_compiler.ir import nodes as ir
from ad_compiler.ir import prims
from ad_compiler.ir.types import FLOAT, Array, symbol
from ad_compiler.ir.verify import verify

from .reading import block

VECTOR = Array(np.dtype(float), (symbol("@n"),))
OURS = ir.Origin("f.py", 1, "y = x", adjoint=True)
THEIRS = ir.Origin("f.py", 1, "y = x")


def var(name: str, t: Any = FLOAT) -> ir.Var:
    return ir.Var(name, t)


def op(function: Any, *args: Any) -> ir.Call:
    return ir.Call(function, args, (), "op")


def call(function: Any, *args: Any, text: str | None = None) -> ir.Call:
    return ir.Call(function, args, (), "call", text)


def item(base: ir.Var, index: Any) -> ir.Call:
    return ir.Call(prims.item, (base, index), (), "index")


def function(params: tuple[ir.Var, ...], *stmts: ir.Stmt) -> ir.Function:
    fn = ir.Function("f", params, (), block(*stmts))
    verify(fn)
    return fn


def lines(text: str) -> str:
    return textwrap.dedent(text).lstrip("\n")


ONE = ir.Const(1)
X, Y = var("x"), var("y")
A = var("a", VECTOR)
