"""Functions with some of their arguments: `functools.partial`, `functools.partialmethod`.

From 3.14 on `functools.Placeholder` leaves a place among the arguments open, and a partial function in a class
is a method; how the running Python has it, so it is here.
"""
from __future__ import annotations

import ast
import functools
import types
from typing import Any

from ...ir import nodes as ir
from ..lowering import Lowering
from ..values import ExternalV, PartialV, Value
from .names import class_path, external

OPEN = getattr(functools, "Placeholder", None)  # an argument that is given at the call
ARE_METHODS = hasattr(functools.partial, "__get__")


def is_open(value: Any) -> bool:
    """Whether an argument of a partial function is a place left open."""
    return OPEN is not None and isinstance(value, (ir.Const, ExternalV)) and value.value is OPEN


def partial_(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
             hint: str | None) -> Value:
    """`functools.partial(f, ...)`"""
    if is_open(args[-1]) or any(map(is_open, kwargs.values())):
        lo.fail("AD109", node, "`Placeholder` leaves open an argument before others that are given in order")
    return PartialV(args[0], args[1:], dict(kwargs))


def completed(lo: Lowering, first: list[Value], args: list[Value], node: ast.AST) -> list[Value]:
    """The arguments that a function gets: those it was given first, places left open among them filled by the next."""
    given = iter(args)
    count = sum(map(is_open, first))
    if count > len(args):
        lo.fail("AD109", node, f"a partial function with {count} places left open is called with {len(args)} arguments")
    return [next(given) if is_open(value) else value for value in first] + list(given)


def parts_outside(lo: Lowering, value: Any, path: str) -> tuple[Any, list[Value], dict[str, Value]]:
    """The function, and the arguments, of a partial function from outside; numbers among them are read anew at each
    call."""
    first = [external(lo, a, f"{path}.args[{i}]", f"arg{i}") for i, a in enumerate(value.args)]
    named = {k: external(lo, v, f"{path}.keywords[{k!r}]", k) for k, v in value.keywords.items()}
    return value.func, first, named


def as_method(lo: Lowering, found: Any, receiver: Value, cls: type, name: str) -> Value | None:
    """A partial function that a class has as an attribute, as a method of `receiver`. None if it is none."""
    path = f"{class_path(lo, cls)}.{name}"
    if isinstance(found, functools.partialmethod) and isinstance(found.func, types.FunctionType):
        owner = next(k for k in cls.__mro__ if k.__dict__.get(name) is found)  # of which `name` itself is a function
        function, first, named = parts_outside(lo, found, f"{class_path(lo, owner)}.__dict__[{name!r}]")
        return PartialV(ir.Const(function, name), [receiver, *first], named)
    if isinstance(found, functools.partial) and ARE_METHODS:
        return PartialV(external(lo, found, path, name), [receiver], {})
    return None
