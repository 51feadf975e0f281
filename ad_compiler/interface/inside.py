"""Derivatives called inside a function that is being compiled: their emitted code is read in place.

    force = -ad.grad(potential)(x)        the emitted gradient of `potential`, differentiated like any helper

`bound` gives the plain function behind what is differentiated and the values of its parameters, `specialized` the
compiled form for their types, `call_emitted` reads that form here.
"""
from __future__ import annotations

import types
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import CompileError
from ..frontend.lower.inlining import call_python
from ..frontend.lower.names import external, function_path, hidden_input
from ..frontend.lower.sequences import items_of
from ..frontend.lowering import Lowering
from ..frontend.signature import Leaf, Signer, Spec, Static, Tree
from ..frontend.values import ExternalV, HeapV, IterV, PartialV, RangeV, ShapeV, TupleV, Value
from ..ir import nodes as ir
from ..ir.types import Array, Dim, Num, Seq, symbol
from .hidden import OWNER, held_path
from .nested import by_kind, expression_function, is_floating_spec, moved, spec_at
from .specialize import Request, Specialization, family_of, to_be_read
from .structure import is_object, path_text
from .target import Target, is_derivative

if TYPE_CHECKING:
    from .derivative import Derivative

_VALUES = (ir.Var, ir.Const, ir.Pack, TupleV, HeapV, ExternalV, ShapeV, IterV, RangeV, PartialV)


def read_derivative(lo: Lowering, derivative: Derivative, args: list[Value], kwargs: dict[str, Value], node: Any,
                    hint: str | None) -> Value:
    """The value of `derivative(*args, **kwargs)` in the program that `lo` reads."""
    function, values = _emitted(lo, derivative, args, kwargs, node)
    return call_python(lo, function, list(values.values()), {}, node, hint)


def _emitted(lo: Lowering, derivative: Any, args: Sequence[Any], kwargs: dict[str, Any], node: Any
             ) -> tuple[types.FunctionType, dict[str, Value]]:
    """A plain function that computes the derivative, and the values of its parameters."""
    if not hasattr(derivative, "wrt"):  # made of other transforms, which are read inside
        return derivative.expand_derivative(tuple(args), kwargs)
    function, values = bound(lo, derivative.target, args, kwargs, node)
    places = [moved(derivative.target, place, values) for place in derivative.wrt.paths]
    paths = tuple(path for place in places for path in floating_paths_in(lo, values, place, node))
    special = specialized(lo, "reverse", derivative.options, function, values, paths, node, derivative.has_aux)
    emitted, extras = expression_function(derivative, special)
    hidden = hidden_values(lo, special, function)
    return emitted, {**values, **{extra: hidden[keyword] for keyword, extra in extras.items()}}


def bound(lo: Lowering, target: Target, args: Sequence[Any], kwargs: dict[str, Any], node: Any
          ) -> tuple[types.FunctionType, dict[str, Value]]:
    """The plain function behind a target, and the values of its parameters in a call."""
    try:
        given = target.arguments(args, kwargs)
    except TypeError as error:
        lo.fail("AD109", node, str(error))
    values = {name: held_value(lo, value, name) for name, value in zip(target.names, given, strict=True)}
    if not is_derivative(target.function):
        return target.function, values
    return _emitted(lo, target.function, *by_kind(target.parameters, opened(target, values)), node)


def specialized(lo: Lowering, kind: Any, options: Any, function: types.FunctionType, values: dict[str, Value],
                paths: tuple[tuple[Any, ...], ...], node: Any, aux: bool = False, **more: Any) -> Specialization:
    """The compiled form of a function for the types of these values. What it refuses is refused here."""
    specs = specs_of(lo, values, node)
    # its text is read here: kernels are made of the whole program, not of a part that it calls
    options = replace(options, on_unsupported="error", backend="numpy", fastmath=False, parallel=False)
    request = Request(kind, aux, options, **more)
    try:
        family = family_of(function)
        return to_be_read(family.get_for_specs(request, function, specs, paths),
                          lambda other: family.get_for_specs(other, function, specs, paths))
    except CompileError as error:
        lo.fail(error.diagnostics[0].code, node, f"`{function.__name__}` is differentiated here, and cannot be: "
                f"{str(error.diagnostics[0]).partition(': ')[2] or error}")


def hidden_values(lo: Lowering, special: Specialization, function: types.FunctionType) -> dict[str, Value]:
    """The numbers that an emitted function takes from outside, by keyword: this program takes them too.

    The specialization may have been made for another function object of the same code: what that one captured is read
    from `function`.
    """
    lowered = special.main.lowered
    lo.members.update(lowered.members)
    lo.guards.update({_path_in(path, lowered.guards, function): function if is_same_code(value, function) else value
                      for path, value in lowered.guards.items()})
    return {keyword: hidden_input(lo, special.accesses[keyword].read(function),
                                  _path_in(path, lowered.guards, function), keyword)
            for keyword, path in special.main.hidden.items()}


def _path_in(path: str, guards: dict[str, Any], function: types.FunctionType) -> str:
    """The path of a captured value, in this function object."""
    found = OWNER.match(path)
    if found is None or not is_same_code(guards.get(found.group()), function):
        return path
    return function_path(function) + path[found.end():]


def is_same_code(value: Any, function: types.FunctionType) -> bool:
    """Whether a value is a function object of the same code."""
    return isinstance(value, types.FunctionType) and value.__code__ is function.__code__


def call_emitted(lo: Lowering, special: Specialization, function: types.FunctionType, values: dict[str, Value],
                 node: Any, hint: str | None = None, more: Sequence[Value] = ()) -> Value:
    """The result of the emitted function that takes the arguments, and `more` behind them."""
    given = [*(values[name] for name in special.main.params), *more]
    return call_python(lo, special.main.call, given, hidden_values(lo, special, function), node, hint)


def opened(target: Target, values: dict[str, Value]) -> dict[str, Any]:
    """The values of a target's parameters: those behind `*args` as a list, those behind `**kwargs` as a dict."""
    stars = {p.name for p in target.parameters if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD)}

    def open_(value: Any) -> Any:
        if isinstance(value, TupleV) and value.cls is tuple:
            return value.items
        return value.slots if isinstance(value, HeapV) and value.cls is dict else value

    return {name: open_(value) if name in stars else value for name, value in values.items()}


def held_value(lo: Lowering, value: Any, name: str) -> Any:
    """A bound argument as a value. What is held by the derivative that is called, and is no value of the program (the
    object of a bound method, a default), is found by itself when the emitted code runs."""
    path = held_path(name, value)
    inner = [value, *(value if isinstance(value, tuple) else value.values() if isinstance(value, dict) else ())]
    if not any(isinstance(part, _VALUES) for part in inner):
        lo.guards[path] = value
    return as_value(lo, value, path, name)


def as_value(lo: Lowering, value: Any, path: str, name: str) -> Any:
    """A bound argument as a value: what the binder packed is a tuple or dict of values, what it filled in an object.
    Tuples that are made at run time (shapes) are taken apart."""
    if isinstance(value, TupleV) and value.whole is None:
        return TupleV([as_value(lo, v, path, name) for v in value.items], value.cls)
    if isinstance(value, ShapeV) or (isinstance(value, ir.Var) and isinstance(value.type, Seq)):
        return TupleV([as_value(lo, v, path, name) for v in items_of(lo, value, None)],
                      value.type.cls if isinstance(value, ir.Var) else tuple)
    if isinstance(value, _VALUES):
        return value
    if isinstance(value, tuple):
        return TupleV([as_value(lo, v, f"{path}[{i}]", f"{name}_{i}") for i, v in enumerate(value)])
    if isinstance(value, (int, float, complex)):
        return ir.Const(value)
    return external(lo, value, path, name)


# --- the types of values ----------------------------------------------------------------------------------------------
def specs_of(lo: Lowering, values: dict[str, Value], node: Any) -> dict[str, Spec]:
    """The signature of values, its sizes named after the parameters that have them."""
    names: dict[str, str] = {}
    return {name: _renamed(_spec(lo, value, name, node), name, names) for name, value in values.items()}


def _renamed(spec: Spec, place: str, names: dict[str, str]) -> Spec:
    """Sizes by the place where they are met first: one function read twice has one signature."""
    if isinstance(spec, Tree):
        parts = tuple((key, _renamed(part, f"{place}[{key!r}]", names)) for key, part in spec.children)
        return Tree(spec.cls, parts, spec.access)
    if isinstance(spec, Static):
        return spec
    if isinstance(spec.type, Num):
        dim = spec.type.dim
        return spec if dim is None else Leaf(replace(spec.type, dim=_renamed_dim(dim, f"{place}#", names)))
    dims = tuple(_renamed_dim(dim, f"{place}.{axis}", names) for axis, dim in enumerate(spec.type.dims))
    return Leaf(replace(spec.type, dims=dims), spec.contiguous)


def _renamed_dim(dim: Dim, place: str, names: dict[str, str]) -> Dim:
    new = Dim((), dim.const)
    for old, count in dim.terms:
        if old not in names:
            more = f"~{len(names)}" if len(dim.terms) > 1 else ""
            names[old] = f"{'@' if old.startswith('@') else ''}{place}{more}"
        new = new + symbol(names[old]).scaled(count)
    return new


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
        case ExternalV(inner, path) if is_object(inner):
            named = ((k, external(lo, v, f"{path}.{k}", k)) for k, v in vars(inner).items())
            return Tree(type(inner), tuple((k, _spec(lo, v, k, node)) for k, v in named), "attribute")
    lo.fail("AD144", node, f"the argument `{name}` of a derivative cannot be followed here",
            "pass numbers, arrays, and tuples or dicts of them")


def floating_paths_in(lo: Lowering, values: dict[str, Value], place: tuple[Any, ...], node: Any
                      ) -> list[tuple[Any, ...]]:
    """The paths of the floating-point numbers of the argument at `place`; refused if there are none."""
    found = floating_in(specs_of(lo, values, node), place)
    if not found:
        lo.fail("AD145", node, f"the argument `{path_text(place[0], place[1:])}` holds no floating-point number to "
                f"differentiate by", "convert it to float")
    return found


def floating_in(specs: dict[str, Spec], place: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    """The paths of the floating-point numbers of an argument."""
    found: list[tuple[Any, ...]] = []

    def visit(spec: Spec, path: tuple[Any, ...]) -> None:
        if isinstance(spec, Tree):
            for key, child in spec.children:
                visit(child, (*path, key))
        elif is_floating_spec(spec):
            found.append(path)

    visit(spec_at(specs, place), place)
    return found
