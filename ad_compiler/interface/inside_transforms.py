"""Transforms used inside a function that is being compiled: `ad.grad(lambda z: np.sum(z * q))(x)`.

What makes a function of a function (`grad`, `jacrev`, `vmap`) gives the derivative object that it gives outside, which
is read where it is called; `vjp`, `jvp` and `linearize` are read at once.
"""
from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from ..frontend.lower.calls import call_value
from ..frontend.lowering import Lowering
from ..frontend.values import FunctionV, HeapV, MethodV, PartialV, TupleV, Value
from ..ir import nodes as ir
from .inside_directions import inner_jvp
from .inside_functions import InnerDerivative, constant, outside
from .inside_linear import inner_linearize
from .inside_pullbacks import inner_vjp
from .target import resolve

Reader = Callable[..., Value]


def read_transform(transform: Callable[..., Any], at_once: bool = False) -> Reader:
    """What the front end calls where a program that is being compiled calls `transform(f, ...)`.

    `at_once`: the transform may also be given the values, and is then called (`hvp(f, primals, tangents)`).
    """
    def read(lo: Lowering, function: Any, args: list[Value], kwargs: dict[str, Value], node: Any, hint: str | None
             ) -> Value:
        kwargs = dict(kwargs)
        subject = args[0] if args else kwargs.pop("f", None)
        if at_once and (len(args) > 1 or "primals" in kwargs):
            primals, tangents = [*args[1:], *(kwargs.pop(k) for k in ("primals", "tangents") if k in kwargs)]
            made = read(lo, function, [subject], kwargs, node, hint)
            return call_value(lo, made, [*_items(lo, primals, node), *_direction(lo, tangents, kwargs, node)], {}, node,
                              hint)
        rest = tuple(constant(lo, value, node) for value in args[1:])
        named = {name: constant(lo, value, node) for name, value in kwargs.items()}
        if _inside(subject):
            return ir.Const(InnerDerivative(transform, subject, rest, named), hint)
        return ir.Const(transform(outside(lo, subject, node), *rest, **named), hint)

    return read


def _inside(subject: Any) -> bool:
    """Whether a function is made by the program, so that it is put together where it is called."""
    if isinstance(subject, ir.Const):
        return isinstance(subject.value, InnerDerivative)
    return isinstance(subject, (FunctionV, MethodV, PartialV, HeapV))


def _items(lo: Lowering, value: Value, node: Any) -> list[Value]:
    from ..frontend.lower.sequences import items_of

    return items_of(lo, value, node)


def _direction(lo: Lowering, tangents: Value, kwargs: dict[str, Value], node: Any) -> list[Value]:
    """The tangents as the last argument of `hvp(f)(*args, v)`: a tuple for several argnums, else the one itself."""
    several = isinstance(constant(lo, kwargs["argnums"], node), (tuple, list)) if "argnums" in kwargs else False
    items = _items(lo, tangents, node)
    return [TupleV(items)] if several else items


def read_at_once(reading: Callable[..., Value], by_path: Callable[..., Value]) -> Reader:
    """What the front end calls for a transform that computes: `reading(lo, f, args, options, node, hint)`; with `wrt`
    `by_path(lo, f, wrt, args, options, node, hint)`."""
    def read(lo: Lowering, function: Any, args: list[Value], kwargs: dict[str, Value], node: Any, hint: str | None
             ) -> Value:
        kwargs = dict(kwargs)
        positional = list(args)
        subject = positional.pop(0) if positional else kwargs.pop("f", None)
        if "wrt" in kwargs:
            wrt = constant(lo, kwargs.pop("wrt"), node)
            return by_path(lo, outside(lo, subject, node), wrt, positional, kwargs, node, hint)
        return reading(lo, outside(lo, subject, node), positional, kwargs, node, hint)

    return read


def _by_first(lo: Lowering, f: Any, wrt: Any, args: list[Value], node: Any) -> tuple[Any, list[Value]]:
    """A function that takes what the paths lead to and then the arguments, and these."""
    from .lifted import lifted_inside
    from .routes import routes_of

    lift, at, rest, named = lifted_inside(lo, resolve(f), *routes_of(wrt), args, {}, node)
    return functools.partial(lift.function, **named) if named else lift.function, [at, *rest]


def _vjp_by_path(lo: Lowering, f: Any, wrt: Any, args: list[Value], kwargs: dict[str, Value], node: Any,
                 hint: str | None) -> Value:
    function, given = _by_first(lo, f, wrt, args, node)
    return inner_vjp(lo, function, given, {**kwargs, "argnums": ir.Const(0)}, node, hint)


def _jvp_by_path(lo: Lowering, f: Any, wrt: Any, args: list[Value], kwargs: dict[str, Value], node: Any,
                 hint: str | None) -> Value:
    primals, tangent = [*args, *(kwargs.pop(name) for name in ("args", "tangents") if name in kwargs)]
    function, given = _by_first(lo, f, wrt, _items(lo, primals, node), node)
    tangents = TupleV([tangent, *(ir.Const(None) for _ in given[1:])])
    return inner_jvp(lo, function, [TupleV(given), tangents], kwargs, node, hint)


def _linearize_by_path(lo: Lowering, f: Any, wrt: Any, args: list[Value], kwargs: dict[str, Value], node: Any,
                       hint: str | None) -> Value:
    function, given = _by_first(lo, f, wrt, args, node)
    return inner_linearize(lo, function, given, kwargs, node, hint, taken=1)


read_vjp, read_jvp, read_linearize = map(read_at_once, (inner_vjp, inner_jvp, inner_linearize), (
    _vjp_by_path, _jvp_by_path, _linearize_by_path))

__all__ = ["read_jvp", "read_linearize", "read_transform", "read_vjp"]
