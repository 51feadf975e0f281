"""Python's operators called by the names of their methods: `a.__add__(b)`, `items.__setitem__(0, v)`, `d.__len__()`."""
from __future__ import annotations

import ast

import numpy as np

from ...ir import nodes as ir
from ...ir.types import Array, ListOf, Num
from ..lowering import Lowering
from ..values import HeapV, RowsV, TupleV, Value
from .snippets import run_snippet

_BINARY = {"add": "+", "sub": "-", "mul": "*", "truediv": "/", "floordiv": "//", "mod": "%", "pow": "**", "matmul": "@",
           "and": "&", "or": "|", "xor": "^", "lshift": "<<", "rshift": ">>"}
_COMPARED = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}

#: What a method computes, by its name and the number of its arguments, as the operator in a few lines.
_LINES = {
    **{(f"__{name}__", 1): f"out = a {op} b" for name, op in (_BINARY | _COMPARED).items()},
    **{(f"__r{name}__", 1): f"out = b {op} a" for name, op in _BINARY.items()},
    **{(f"__{name}__", 0): f"out = {op}a" for name, op in {"neg": "-", "pos": "+", "invert": "~"}.items()},
    **{(f"__{name}__", 0): f"out = {name}(a)" for name in ("abs", "len", "float", "int", "complex", "bool", "iter")},
    ("__contains__", 1): "out = b in a", ("__getitem__", 1): "out = a[b]",
    ("__setitem__", 2): "a[b] = c\nout = None", ("__delitem__", 1): "del a[b]\nout = None"}

#: In place, of what can be changed in place.
_IN_PLACE = {(f"__i{name}__", 1): f"a {op}= b\nout = a" for name, op in _BINARY.items()}


def call_operator(lo: Lowering, receiver: Value, name: str, args: list[Value], node: ast.AST) -> Value | None:
    """The result of an operator's method of an array, a number or a container of Python; None for other methods."""
    text = _LINES.get((name, len(args))) or _IN_PLACE.get((name, len(args)))
    if text is None or not _has(lo, receiver, name) or not _answers(lo, receiver, name, args):
        return None
    return run_snippet(lo, text, dict(zip("abc", [receiver, *args], strict=False)), "out", node)


def _has(lo: Lowering, receiver: Value, name: str) -> bool:
    type_ = lo.type_of(receiver) if isinstance(receiver, (ir.Var, ir.Const)) else None
    if isinstance(type_, Array):
        return True
    if isinstance(type_, Num):
        return hasattr(_class_of(type_), name)
    if isinstance(type_, ListOf) or isinstance(receiver, RowsV):
        return hasattr(list, name)
    if isinstance(receiver, TupleV):
        return receiver.cls in (tuple, list) and hasattr(receiver.cls, name)
    return isinstance(receiver, HeapV) and receiver.cls in (list, dict) and hasattr(receiver.cls, name)


def _answers(lo: Lowering, receiver: Value, name: str, args: list[Value]) -> bool:
    """A number of Python says NotImplemented of one that is of a wider kind, where the operator would ask the other."""
    type_ = lo.type_of(receiver) if isinstance(receiver, (ir.Var, ir.Const)) else None
    if not (isinstance(type_, Num) and type_.weak and args):
        return True
    kinds = "bifc"
    other = lo.type_of(args[0]) if isinstance(args[0], (ir.Var, ir.Const)) else None
    return (isinstance(other, Num) and (other.weak or other.dtype in (np.float64, np.complex128))
            and kinds.index(other.kind) <= max(kinds.index(type_.kind), 1))


def _class_of(type_: Num) -> type:
    return {"b": bool, "i": int, "f": float, "c": complex}[type_.kind] if type_.weak else np.float64
