"""Derivatives of derivatives: a compiled derivative as a plain function that can be compiled again."""
from __future__ import annotations

import inspect
import types
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from ..frontend.signature import Leaf, Spec, Static, Tree
from ..support import instance
from .naming import fresh, load_text
from .specialize import Specialization
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
    return function.expand_derivative(tuple(args), kwargs)


def moved(target: Target, path: tuple[Any, ...], names: Iterable[str]) -> tuple[Any, ...]:
    """The place of an argument of `target` in the plain function that `expand` gives, whose parameters are `names`.

    What `target` takes as `*args` or `**kwargs` may have a parameter of its own there.
    """
    names = list(names)
    if path[0] in names:
        return path
    if isinstance(path[1], str):
        return path[1:]
    positional = [p for p in target.parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return (names[len(positional) + path[1]], *path[2:])


def by_kind(parameters: Iterable[inspect.Parameter], values: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
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


def expression_function(derivative: Derivative, special: Specialization) -> tuple[types.FunctionType, dict[str, str]]:
    """A function that calls the emitted code of `special` and returns what `derivative` returns.

    Its parameters are those of the signature and one for each hidden keyword; the second result names these.
    """
    key = (derivative.with_value, derivative.wrt, derivative.has_aux)
    if key not in special.extra:
        special.extra[key] = _expression_function(derivative, special)
    return special.extra[key]


def _expression_function(derivative: Derivative, special: Specialization
                         ) -> tuple[types.FunctionType, dict[str, str]]:
    compiled, parameters = special.main, list(special.specs)
    taken = {*parameters, compiled.name}
    extras: dict[str, str] = {}
    for keyword in compiled.hidden:
        extras[keyword] = fresh(keyword, taken)
        taken.add(extras[keyword])
    name, out, bars = (fresh(hint, taken) for hint in (f"{compiled.name}_only", "out", "bars"))
    call = OnTape(compiled.name, compiled.call, special.main.fallbacks[0]) if special.on_tape else compiled.call
    names: dict[str, Any] = {compiled.name: call}
    places = (f"{bars}[{i}]" for i in range(len(special.paths)))
    own = [moved(derivative.target, path, special.specs) for path in derivative.wrt.paths]
    parts = [_expression(spec_at(special.specs, path), places, names, taken) for path in own]
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
    return load_text(text, name, names), extras


class OnTape:
    """A derivative that runs on the tape, where it is differentiated once more: that runs on the tape, too."""

    def __init__(self, name: str, call: Any, reason: str) -> None:
        self.__name__, self.call, self.reason = name, call, reason

    def __call__(self, *args: Any) -> Any:
        return self.call(*args)

    def __ad_transform__(self, lo: Any, function: Any, args: list[Any], kwargs: dict[str, Any], node: Any,
                         hint: str | None) -> Any:
        lo.fail("AD148", node, f"`{self.__name__}` runs on the tape and cannot be compiled again: {self.reason}")


def spec_at(specs: dict[str, Spec], path: tuple[Any, ...]) -> Spec:
    """The part of a signature at a path."""
    spec = specs[path[0]]
    for key in path[1:]:
        assert isinstance(spec, Tree)
        spec = dict(spec.children)[key]
    return spec


def is_floating_spec(spec: Spec) -> bool:
    """Whether a part of a signature carries a derivative itself."""
    if isinstance(spec, Static):
        return isinstance(spec.value, np.generic) and spec.value.dtype.kind in "fc"
    return isinstance(spec, Leaf) and spec.type.kind in "fc"


def _expression(spec: Spec, places: Iterator[str], names: dict[str, Any], taken: set[str]) -> str:
    """The text that builds a structure like the argument's from the cotangents at `places`."""
    if not isinstance(spec, Tree):
        return next(places) if is_floating_spec(spec) else "None"
    keys = [key for key, _ in spec.children]
    texts = [_expression(part, places, names, taken) for _, part in spec.children]
    if issubclass(spec.cls, dict):
        return "{" + ", ".join(f"{key!r}: {text}" for key, text in zip(keys, texts, strict=True)) + "}"
    if spec.cls is tuple:
        return "(" + "".join(f"{text}, " for text in texts) + ")"
    if issubclass(spec.cls, list):
        return "[" + ", ".join(texts) + "]"
    name = fresh(spec.cls.__name__, taken)
    names[name] = spec.cls
    if issubclass(spec.cls, tuple):
        return f"{name}({', '.join(texts)})"
    given = [f"{key}={text}" for key, text in zip(keys, texts, strict=True)]
    if not getattr(spec.cls, "__dictoffset__", 0):
        return f"{name}({', '.join(given)})"
    maker = fresh("instance", taken)
    names[maker] = instance
    return f"{maker}({', '.join([name, *given])})"
