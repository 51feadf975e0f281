"""Derivatives called inside a function that is being compiled: their emitted code is read in place.

    force = -ad.grad(potential)(x)        the emitted gradient of `potential`, differentiated like any helper
"""
from __future__ import annotations

import types
from typing import TYPE_CHECKING, Any

import numpy as np

from ..frontend.lower.inlining import call_python
from ..frontend.lower.names import external, hidden_input
from ..frontend.lowering import Lowering
from ..frontend.signature import Leaf, Signer, Spec, Static, Tree
from ..frontend.values import ExternalV, HeapV, TupleV, Value
from ..ir import nodes as ir
from ..ir.types import Array, Num
from .nested import by_kind, expression_function, is_floating_spec, spec_at
from .specialize import Request, family_of
from .structure import path_text
from .target import Target, is_derivative

if TYPE_CHECKING:
    from .derivative import Derivative


def read_derivative(lo: Lowering, derivative: Derivative, args: list[Value], kwargs: dict[str, Value], node: Any,
                    hint: str | None) -> Value:
    """The value of `derivative(*args, **kwargs)` in the program that `lo` reads."""
    function, values = _emitted(lo, derivative, args, kwargs, node)
    return call_python(lo, function, list(values.values()), {}, node, hint)


def _emitted(lo: Lowering, derivative: Derivative, args: list[Any], kwargs: dict[str, Any], node: Any
             ) -> tuple[types.FunctionType, dict[str, Value]]:
    """A plain function that computes the derivative, and the values of its parameters."""
    target = derivative.target
    try:
        bound = target.arguments(args, kwargs)
    except TypeError as error:
        lo.fail("AD109", node, str(error))
    values = {name: _as_value(lo, value, f"{target.name}.{name}", name)
              for name, value in zip(target.names, bound, strict=True)}
    function, values = _plain(lo, target, values, node)
    specs = {name: _spec(lo, value, name, node) for name, value in values.items()}
    paths = tuple(path for place in derivative.wrt.paths for path in _floating(lo, specs, place, node))
    request = Request("reverse", derivative.has_aux, derivative.options)
    special = family_of(function).get_for_specs(request, function, specs, paths)
    lowered = special.main.lowered
    lo.guards.update(lowered.guards)
    emitted, extras = expression_function(derivative, special)
    for keyword, extra in extras.items():
        path = special.main.hidden[keyword]
        values[extra] = hidden_input(lo, lowered.hidden[path][1], path, keyword)
    return emitted, values


def _plain(lo: Lowering, target: Target, values: dict[str, Any], node: Any
           ) -> tuple[types.FunctionType, dict[str, Value]]:
    if not is_derivative(target.function):
        return target.function, values
    opened = {name: _opened(value) for name, value in values.items()}
    args, kwargs = by_kind(target.parameters, opened)
    return _emitted(lo, target.function, args, kwargs, node)


def _opened(value: Any) -> Any:
    """The values behind `*args` and `**kwargs`."""
    if isinstance(value, TupleV) and value.cls is tuple:
        return value.items
    return value.slots if isinstance(value, HeapV) and value.cls is dict else value


def _as_value(lo: Lowering, value: Any, path: str, name: str) -> Any:
    """A bound argument as a value: what the binder packed is a tuple or dict of values, what it filled in an object."""
    if isinstance(value, (ir.Var, ir.Const, ir.Pack, TupleV, HeapV, ExternalV)):
        return value
    if isinstance(value, tuple):
        return TupleV([_as_value(lo, v, f"{path}[{i}]", f"{name}_{i}") for i, v in enumerate(value)])
    if isinstance(value, (int, float, complex)):
        return ir.Const(value)
    return external(lo, value, path, name)


def _spec(lo: Lowering, value: Any, name: str, node: Any) -> Spec:
    match value:
        case ir.Var(type=Num() | Array()):
            return Leaf(value.type)
        case ir.Const():
            number = isinstance(value.value, (float, complex, np.generic, np.ndarray))
            return Signer().spec(value.value, name) if number else Static(value.value)
        case TupleV(items, cls):
            return Tree(cls, tuple((i, _spec(lo, v, f"{name}_{i}", node)) for i, v in enumerate(items)))
        case HeapV(cls):
            access = "item" if cls in (list, dict) else "attribute"
            return Tree(cls, tuple((k, _spec(lo, v, f"{name}_{k}", node)) for k, v in value.slots.items()), access)
        case ExternalV(inner, path) if isinstance(inner, (tuple, list)):
            parts = ((i, external(lo, v, f"{path}[{i}]", f"{name}_{i}")) for i, v in enumerate(inner))
            return Tree(type(inner), tuple((i, _spec(lo, v, f"{name}_{i}", node)) for i, v in parts))
        case ExternalV(inner, path) if isinstance(inner, dict):
            named = ((k, external(lo, v, f"{path}[{k!r}]", str(k))) for k, v in inner.items())
            return Tree(dict, tuple((k, _spec(lo, v, str(k), node)) for k, v in named))
    lo.fail("AD144", node, f"the argument `{name}` of a derivative cannot be followed here",
            "pass numbers, arrays, and tuples or dicts of them")


def _floating(lo: Lowering, specs: dict[str, Spec], place: tuple[Any, ...], node: Any) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = []

    def visit(spec: Spec, path: tuple[Any, ...]) -> None:
        if isinstance(spec, Tree):
            for key, child in spec.children:
                visit(child, (*path, key))
        elif is_floating_spec(spec):
            found.append(path)

    visit(spec_at(specs, place), place)
    if not found:
        lo.fail("AD145", node, f"the argument `{path_text(place[0], place[1:])}` holds no floating-point number to "
                f"differentiate by", "convert it to float")
    return found
