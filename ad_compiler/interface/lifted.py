"""Functions by what they capture, with that as their first argument.

    def loss(x): return model.loss(x)      ==>      def loss(wrt, x): return loss_of(wrt, x)

Where the compiler reads `loss_of`, it reads `loss`, and takes the numbers of `wrt` for those that the paths lead to. So
a transform by a path is the transform by the first argument.
"""
from __future__ import annotations

import inspect
import types
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..errors import Diagnostic, UnsupportedError
from ..frontend.lower.attributes import load_attribute
from ..frontend.lower.calls import call_value
from ..frontend.lower.inlining import call_python
from ..frontend.lower.items import load_item
from ..frontend.lower.names import external, hidden_input
from ..frontend.lowering import Lowering
from ..frontend.values import HeapV, TupleV, Value
from ..ir import nodes as ir
from ..ir.types import Array, Num
from .function_like import calling_function
from .inside import held_value, opened, specs_of
from .inside_directions import structure
from .inside_pullbacks import cotangent
from .naming import fresh
from .nested import by_kind
from .reached import Reached, captured_root, innermost, named_leaves, reach, require_floating, wanted
from .routes import Route
from .signing import sign
from .structure import Path, floating_leaves, leaves, map_floating
from .target import Target, forwarding, is_derivative

KEPT = 128


@dataclass(frozen=True, slots=True, eq=False)
class Substitution:
    """Calls `target.function` with other numbers at the ends of the paths: the first argument has them.

    Called by Python it is the function itself, with the numbers that the paths lead to now; so it is not for the tape.
    """

    target: Target
    routes: tuple[Route, ...]
    single: bool
    groups: tuple[tuple[str, ...] | None, ...]

    def __call__(self, at: Any, *args: Any, **kwargs: Any) -> Any:
        if any(hasattr(type(leaf), "__ad_stop__") for _, leaf in leaves(at)):
            raise UnsupportedError(Diagnostic(
                "AD160", None, f"{self.target.spoken} would run on the tape, where a derivative by a path is not taken",
                "make what it uses an argument"))
        return self.target.function(*args, **kwargs)

    def __ad_transform__(self, lo: Lowering, function: Any, args: list[Value], kwargs: dict[str, Value], node: Any,
                         hint: str | None) -> Value:
        """Called by the front end where it reads the call."""
        at, *rest = args
        given = inspect.Signature(self.target.parameters).bind(*rest, **kwargs)
        groups = iter(self.groups)
        before = lo.replaced
        lo.replaced = dict(before)
        for one, value in zip(self.routes, [at] if self.single else _items(at), strict=True):
            for where, number in _floating(value):
                group = next(groups)
                if group is not None:
                    lo.replaced.update(dict.fromkeys(group, number))
                    continue
                old = given.arguments[one.root]
                given.arguments[one.root] = _with(lo, old, (*one.keys, *where), number, one, node)
        try:
            return _called(lo, self.target.function, list(given.args), given.kwargs, node, hint)
        finally:
            lo.replaced = before


def _items(value: Value) -> list[Value]:
    assert isinstance(value, TupleV)
    return value.items


def _floating(value: Value, path: Path = ()) -> Iterator[tuple[Path, Value]]:
    """The floating-point numbers of a structure, with their places."""
    match value:
        case ir.Var(type=Num() | Array()) if value.type.kind in "fc":
            yield path, value
        case ir.Const() if isinstance(value.value, (float, complex, np.inexact)):
            yield path, value
        case TupleV(items):
            for k, item in enumerate(items):
                yield from _floating(item, (*path, k))
        case HeapV():
            for key, item in value.slots.items():
                yield from _floating(item, (*path, key))


def _called(lo: Lowering, function: Any, args: list[Value], kwargs: dict[str, Value], node: Any, hint: str | None
            ) -> Value:
    if is_derivative(function):
        return call_value(lo, external(lo, function, "", "derivative"), args, kwargs, node, hint)
    return call_python(lo, function, args, kwargs, node, hint)


def _with(lo: Lowering, value: Any, keys: tuple[Any, ...], number: Value, one: Route, node: Any) -> Any:
    """A structure with another number at a place."""
    if not keys:
        return number
    if isinstance(value, (TupleV, tuple)):
        parts = list(value.items if isinstance(value, TupleV) else value)
        parts[keys[0]] = _with(lo, parts[keys[0]], keys[1:], number, one, node)
        return TupleV(parts, value.cls) if isinstance(value, TupleV) else tuple(parts)
    if isinstance(value, dict):  # what a function takes as `**kwargs`
        return {**value, keys[0]: _with(lo, value[keys[0]], keys[1:], number, one, node)}
    if isinstance(value, HeapV):
        parts = [_with(lo, part, keys[1:], number, one, node) if key == keys[0] else part
                 for key, part in value.slots.items()]
        return structure(lo, value.cls, list(value.slots), parts)
    lo.fail("AD144", node, f"wrt={one.text!r}: what the path leads through cannot be followed here",
            "differentiate by the argument as a whole, with argnums")


@dataclass(slots=True)
class Lifted:
    """A lifted function, what it was made from, and the derivatives made of it, by how they are made."""

    function: Callable[..., Any]
    reached: Reached
    made: dict[Any, Any] = field(default_factory=dict)


_known: OrderedDict[Any, Lifted] = OrderedDict()


def _lift(target: Target, routes: tuple[Route, ...], single: bool, reached: Reached) -> Lifted:
    """The lifted function. Those made last are kept: who makes the same derivative anew gets the same function."""
    key = (target.function, routes, single, reached.groups)
    if key not in _known:
        names = [p.name for p in target.parameters]
        first = inspect.Parameter(fresh("wrt", names), inspect.Parameter.POSITIONAL_ONLY)
        later = [p.replace(default=p.empty, annotation=p.empty) for p in target.parameters]
        signature = inspect.Signature([first, *later])
        made = forwarding(target.name, Substitution(target, routes, single, reached.groups), signature)
        _known[key] = Lifted(made, reached)
        while len(_known) > KEPT:
            _known.popitem(last=False)
    _known.move_to_end(key)
    return _known[key]


_reached: OrderedDict[Any, Reached] = OrderedDict()


def _reach(target: Target, routes: tuple[Route, ...], reading: types.FunctionType, specs: Any, counts: list[int],
           again: bool = False) -> Reached:
    """See `reach`; what it found last is kept."""
    key = (target.function, routes, tuple(specs.items()))
    if again or key not in _reached:
        _reached[key] = reach(reading, specs, target, routes, counts)
        while len(_reached) > KEPT:
            _reached.popitem(last=False)
    _reached.move_to_end(key)
    return _reached[key]


def lifted(target: Target, routes: tuple[Route, ...], single: bool, text: Any, args: Sequence[Any],
           kwargs: dict[str, Any]) -> tuple[Lifted, Any, list[Any], dict[str, Any]]:
    """A function that takes what the paths lead to and then the arguments, and these: `f(at, *rest, **named)` is the
    function called with the arguments given. Raises TypeError and ValueError for paths that do not serve, and
    CompileError for what cannot be compiled."""
    values = dict(zip(target.names, target.arguments(args, kwargs), strict=True))
    found = wanted(target, routes, values)
    rest, named = by_kind(target.parameters, values)
    reading, given = _reading(target, rest, named, values)
    numbers = [leaf for value in found for _, leaf in floating_leaves(value)]
    counts = [sum(1 for _ in floating_leaves(value)) for value in found]
    for again in (False, True):
        reached = _reach(target, routes, reading, sign(given), counts, again)
        if reached.holds(innermost(target.function), numbers, text):
            break
    frames = tuple(map_floating(lambda leaf: leaf, value) for value in found)
    return _lift(target, routes, single, reached), frames[0] if single else frames, rest, named


def _reading(target: Target, rest: list[Any], named: dict[str, Any], values: dict[str, Any]
             ) -> tuple[types.FunctionType, dict[str, Any]]:
    """A plain function that does what the target's does, and its arguments."""
    if not is_derivative(target.function):
        return target.function, values
    visible = inspect.Signature(target.parameters)
    return calling_function(target.function, target.name, visible, tuple(rest), named, {})


def lifted_inside(lo: Lowering, target: Target, routes: tuple[Route, ...], single: bool, args: Sequence[Value],
                  kwargs: dict[str, Value], node: Any) -> tuple[Lifted, Value, list[Value], dict[str, Value]]:
    """The same where a program that is being compiled calls a derivative by paths: the arguments are values of it, and
    the numbers from outside are its inputs too."""
    try:
        given = target.arguments(args, kwargs)
    except TypeError as error:
        lo.fail("AD109", node, str(error))
    values = {name: held_value(lo, value, name) for name, value in zip(target.names, given, strict=True)}
    rest, named = by_kind(target.parameters, opened(target, values))
    reading, own = _reading(target, rest, named, values)
    specs = specs_of(lo, own, node)
    places: list[Value] = []
    counts: list[int] = []
    for one in routes:
        if one.root in target.names:
            places.append(_part(lo, values[one.root], one, node))
            counts.append(len(list(_floating(places[-1]))))
            continue
        root, start = captured_root(target, one)
        require_floating(one, one.follow(root))
        leaves = [hidden_input(lo, leaf, name, one.root) for name, _, leaf in named_leaves(one, root, start)]
        places.append(cotangent(lo, sign({"value": one.follow(root)})["value"], iter(leaves)))
        counts.append(len(leaves))
    reached = _reach(target, routes, reading, specs, counts)
    return _lift(target, routes, single, reached), places[0] if single else TupleV(places), rest, named


def _part(lo: Lowering, value: Value, one: Route, node: Any) -> Value:
    """What a path leads to in an argument."""
    for kind, key in one.steps:
        value = load_attribute(lo, value, key, node) if kind == "." else load_item(lo, value, ir.Const(key), node, None)
    return value


__all__ = ["Lifted", "lifted", "lifted_inside"]
