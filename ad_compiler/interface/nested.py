"""Derivatives of derivatives: a compiled derivative as a plain function that can be compiled again."""
from __future__ import annotations

import inspect
import types
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from .naming import fresh, load_text
from .specialize import Specialization
from .structure import children, is_floating
from .target import Target, is_derivative

if TYPE_CHECKING:
    from .derivative import Derivative


def expand(target: Target, values: dict[str, Any]) -> tuple[types.FunctionType, dict[str, Any]]:
    """The plain function behind a target and the values of its parameters.

    A derivative is replaced by a function over its emitted code, which takes the captured numbers as well.
    """
    function = target.function
    if not is_derivative(function):
        return function, values
    args, kwargs = by_kind(target.parameters, values)
    return function.expand_derivative(function.target.binder(lambda *arguments: arguments)(*args, **kwargs))


def by_kind(parameters: tuple[inspect.Parameter, ...], values: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """Values by parameter name as positional and keyword arguments."""
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    for p in parameters:
        if p.kind is p.VAR_POSITIONAL:
            args += values[p.name]
        elif p.kind is p.VAR_KEYWORD:
            kwargs.update(values[p.name])
        elif p.kind is p.KEYWORD_ONLY:
            kwargs[p.name] = values[p.name]
        else:
            args.append(values[p.name])
    return args, kwargs


def expression_function(derivative: Derivative, special: Specialization, function: types.FunctionType,
                        values: dict[str, Any], wanted: list[Any]) -> tuple[types.FunctionType, dict[str, Any]]:
    """A function that calls the emitted code of `special` and returns what `derivative` returns."""
    compiled = special.compiled
    hidden = special.hidden(function)
    taken = {*values}
    extras = {keyword: fresh(keyword, taken) for keyword in hidden}
    key = (derivative.with_value, derivative.wrt, derivative.has_aux, tuple(values))
    if key not in special.extra:
        special.extra[key] = _expression_function(derivative, special, list(values), extras, wanted)
    return special.extra[key], {**values, **{extras[k]: v for k, v in hidden.items()}}


def _expression_function(derivative: Derivative, special: Specialization, parameters: list[str],
                         extras: dict[str, str], wanted: list[Any]) -> types.FunctionType:
    compiled = special.compiled
    taken = {*parameters, *extras.values(), compiled.name}
    name, out, bars = (fresh(hint, taken) for hint in (f"{compiled.name}_only", "out", "bars"))
    names: dict[str, Any] = {compiled.name: compiled.call}
    places = (f"{bars}[{i}]" for i in range(len(special.paths)))
    parts = [_expression(argument, places, names, taken) for argument in wanted]
    result = parts[0] if derivative.wrt.single else f"({', '.join(parts)},)"
    value, aux = (f"{out}[0]", f"{out}[1]") if derivative.has_aux else (out, "")
    if derivative.with_value:
        result = f"({value}, {aux}), {result}" if derivative.has_aux else f"{value}, {result}"
    elif derivative.has_aux:
        result = f"{result}, {aux}"
    arguments = [*compiled.params, *(f"{keyword}={extra}" for keyword, extra in extras.items())]
    text = (f"def {name}({', '.join([*parameters, *extras.values()])}):\n"
            f"    {out}, {bars} = {compiled.name}({', '.join(arguments)})\n"
            f"    return {result}\n")
    return load_text(text, name, names)


def _expression(like: Any, places: Iterator[str], names: dict[str, Any], taken: set[str]) -> str:
    """The text that builds a structure like `like` from the cotangents at `places`."""
    parts = children(like)
    if parts is None:
        return next(places) if is_floating(like) else "None"
    texts = [_expression(part, places, names, taken) for _, part in parts]
    kind = type(like)
    if isinstance(like, dict):
        return "{" + ", ".join(f"{key!r}: {text}" for (key, _), text in zip(parts, texts, strict=True)) + "}"
    if kind is tuple:
        return "(" + "".join(f"{text}, " for text in texts) + ")"
    if kind is list:
        return "[" + ", ".join(texts) + "]"
    name = fresh(kind.__name__, taken)
    names[name] = kind
    if isinstance(like, tuple):
        return f"{name}({', '.join(texts)})"
    return f"{name}({', '.join(f'{key}={text}' for (key, _), text in zip(parts, texts, strict=True))})"
