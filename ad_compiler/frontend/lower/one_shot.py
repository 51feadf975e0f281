"""Iterators are used up: what is left of one that was begun is not followed, so its second use is refused.

    it = zip(x, w)
    a = sum(p * q for p, q in it)
    b = sum(p * q for p, q in it)      # nothing is left

A name is where a program can meet an iterator again. Reading the name begins the iterator; giving it to another name
(an assignment, an argument of a function that is read in place) only moves it. Which of the two happened on which path
is kept in the journal, as the names of objects are.
"""
from __future__ import annotations

import ast
from typing import Any, TypeVar

from ...ir import nodes as ir
from ..lowering import Lowering
from ..values import GeneratorV, IterV, Value

Iterator = TypeVar("Iterator", IterV, GeneratorV)
_BEGUN = "begun"


def one_shot(lo: Lowering, iterator: Iterator) -> Iterator:
    """A new iterator, which nothing has been taken from."""
    from .joining import new_heap_frame

    iterator.state = new_heap_frame(lo, "")
    iterator.state.env[_BEGUN] = ir.Const(False)
    return iterator


def named(lo: Lowering, value: Value, node: ast.AST) -> Value:
    """A value that was read from where the program keeps it."""
    state: Any = getattr(value, "state", None)
    if isinstance(value, (IterV, GeneratorV)) and state is not None:
        begun = state.get(_BEGUN)
        if not (isinstance(begun, ir.Const) and begun.value is False):
            lo.fail("AD135", node, "this iterator may have been begun before: what is left of it is not followed",
                    "make a list of its items, `list(...)`, and use that")
        state.set(_BEGUN, ir.Const(True))
    return value


def moved(value: Value) -> Value:
    """A value that gets a name: what was read to give it that name is not begun by that."""
    if isinstance(value, (IterV, GeneratorV)) and value.state is not None:
        value.state.set(_BEGUN, ir.Const(False))
    return value


def distinct(lo: Lowering, parts: list[Value], node: ast.AST) -> None:
    """Refuse one iterator in several columns: they would take turns."""
    shared = [p for p in parts if isinstance(p, (IterV, GeneratorV)) and p.state is not None]
    if len(set(map(id, shared))) < len(shared):
        lo.fail("AD135", node, "one iterator in several places takes turns, which is not followed",
                "make a list of its items, `list(...)`, and use slices of it")
