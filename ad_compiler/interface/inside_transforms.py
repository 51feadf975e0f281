"""Transforms used inside a function that is being compiled: `ad.grad(lambda z: np.sum(z * q))(x)`.

A function from outside gives an ordinary derivative object. One that is made inside is given its captured variables as
keyword parameters, when the derivative is called, and is then an ordinary function too:

    lambda z: np.sum(z * q)        ==>        lambda z, *, q: np.sum(z * q)
"""
from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ..frontend.frames import MISSING
from ..frontend.lower.calls import call_value
from ..frontend.lowering import Lowering
from ..frontend.values import ExternalV, FunctionV, TupleV, Value
from ..ir import nodes as ir
from .naming import load_text

Reader = Callable[..., Value]


@dataclass(frozen=True, slots=True, eq=False)
class InnerDerivative:
    """A transform of a function that is made inside the program being compiled."""

    transform: Callable[..., Any]
    of: FunctionV | InnerDerivative
    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    def __ad_transform__(self, lo: Lowering, function: Any, args: list[Value], kwargs: dict[str, Value], node: Any,
                         hint: str | None) -> Value:
        derivative, captured = self.outside(lo, node)
        return call_value(lo, ir.Const(derivative), args, {**kwargs, **captured}, node, hint)

    def outside(self, lo: Lowering, node: Any) -> tuple[Any, dict[str, Value]]:
        """The derivative as an object, and the captured values that it takes as keywords."""
        if isinstance(self.of, InnerDerivative):
            function, captured = self.of.outside(lo, node)
        else:
            function, captured = _closed(lo, self.of, node)
        return self.transform(function, *self.args, **self.kwargs), captured


def read_transform(transform: Callable[..., Any]) -> Reader:
    """What the front end calls where a program that is being compiled calls `grad` or `value_and_grad`."""
    def read(lo: Lowering, function: Any, args: list[Value], kwargs: dict[str, Value], node: Any, hint: str | None
             ) -> Value:
        kwargs = dict(kwargs)
        subject = args[0] if args else kwargs.pop("f", None)
        rest = tuple(_constant(lo, value, node) for value in args[1:])
        named = {name: _constant(lo, value, node) for name, value in kwargs.items()}
        if isinstance(subject, ir.Const) and isinstance(subject.value, InnerDerivative):
            return ir.Const(InnerDerivative(transform, subject.value, rest, named), hint)
        if isinstance(subject, FunctionV):
            return ir.Const(InnerDerivative(transform, subject, rest, named), hint)
        return ir.Const(transform(_constant(lo, subject, node), *rest, **named), hint)

    return read


def refuse_transform(name: str) -> Reader:
    """The front end's handler of a transform that cannot be used inside differentiated code."""
    def read(lo: Lowering, function: Any, args: list[Value], kwargs: dict[str, Value], node: Any, hint: str | None
             ) -> Value:
        lo.fail("AD147", node, f"`{name}` cannot be used inside differentiated code", "use `grad` of a function there")

    return read


def _constant(lo: Lowering, value: Value | None, node: Any) -> Any:
    match value:
        case ir.Const() | ExternalV():
            return value.value
        case TupleV(items):
            return tuple(_constant(lo, item, node) for item in items)
    lo.fail("AD146", node, "which function this is the derivative of is not known when compiling",
            "name a function, or write a lambda")


def _closed(lo: Lowering, function: FunctionV, node: Any) -> tuple[Any, dict[str, Value]]:
    """The function with its captured variables as keyword parameters, and their values now."""
    captured: dict[str, Value] = {}
    for name in _free_names(function.node):
        value = _captured_value(lo, function.frame, name)
        if isinstance(value, FunctionV):
            lo.fail("AD146", node, f"the function uses `{name}`, which is made inside the differentiated code as well",
                    "define one of them outside, and pass what it captures as arguments")
        if value is not MISSING:
            captured[name] = value
    tree = copy.deepcopy(function.node)
    for name in captured:
        tree.args.kwonlyargs.append(ast.arg(name))
        tree.args.kw_defaults.append(None)
    if isinstance(tree, ast.Lambda):
        name, text = "inner", f"inner = {ast.unparse(tree)}"
    else:
        name, text = tree.name, ast.unparse(tree)
    return load_text(f"{text}\n", name, function.frame.globals), captured


def _captured_value(lo: Lowering, frame: Any, name: str) -> Any:
    """The value of a name of the functions around; MISSING for a global or builtin."""
    before, where = lo.frame, frame
    while where is not None:
        function = where.function
        cells = getattr(getattr(function, "__code__", None), "co_freevars", ())
        if where.get(name) is not MISSING or name in cells:
            lo.frame = where
            try:
                return lo.lookup(name)
            finally:
                lo.frame = before
        where = where.parent
    return MISSING


def _free_names(node: ast.FunctionDef | ast.Lambda) -> Iterator[str]:
    """Names that a function reads and does not bind, in order."""
    inner = list(ast.walk(node))
    bound = {n.arg for n in inner if isinstance(n, ast.arg)}
    bound |= {n.id for n in inner if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)}
    bound |= {n.name for n in inner if isinstance(n, ast.FunctionDef) and n is not node}
    read = dict.fromkeys(n.id for n in inner if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load))
    return (name for name in read if name not in bound)
