"""A function that a program being compiled knows, closed over what it captures, as a function from outside.

    lambda x: a * x - b        ==>        def of(params, fixed): return f(x, a=params[0], b=params[1])

`params` can carry derivatives, `fixed` cannot. With a rule for `of` (of an equation, of a checkpointed call) it is
called, and differentiated, like any function with a rule.
"""
from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, get_args

from ..frontend.lower.custom import lower_ruled
from ..frontend.lower.trees import floating, opened
from ..frontend.lowering import Lowering
from ..frontend.values import FunctionV, HeapV, MethodV, PartialV, Value
from ..ir import nodes as ir
from .function_like import FunctionLike
from .inside_functions import InnerDerivative, outside
from .naming import load_text


@dataclass(slots=True)
class Closed:
    """A function with what it captures; `call` is the text of a call of it, with `{x}` for its arguments."""

    lo: Lowering
    node: Any
    params: list[Value] = field(default_factory=list)
    fixed: list[Value] = field(default_factory=list)
    function: Any = None
    call: str = ""

    @property
    def name(self) -> str:
        name = getattr(self.function, "__name__", "f")
        return name if name.isidentifier() else "f"

    def take(self, name: str, value: Value) -> None:
        """Close over what the function captures."""
        inner, transforms = _without_transforms(value)
        made = outside(self.lo, inner if transforms else value, self.node)
        before: list[str] = []
        after: dict[str, str] = {}
        while isinstance(made, functools.partial):
            before[:0] = [self.parameter(opened(self.lo, _value(a))) for a in made.args]
            after |= {k: self.parameter(opened(self.lo, _value(a))) for k, a in made.keywords.items()}
            made = made.func
        self.function = made
        self.call = f"{name}({', '.join([*before, '{x}', *(f'{k}={text}' for k, text in after.items())])})"
        if transforms:
            self.function = _TransformOf(made, transforms, len(before), tuple(after))
            self.call = f"{name}({', '.join([*before, *after.values(), '{x}'])})"

    def parameter(self, value: Value) -> str:
        """How the text reads a value."""
        kind, values = ("params", self.params) if floating(value) else ("fixed", self.fixed)
        values.append(value)
        return f"{kind}[{len(values) - 1}]"

    def constant(self, value: Any) -> str:
        """How the text reads a value by which nothing is differentiated."""
        self.fixed.append(opened(self.lo, _value(value)))
        return f"fixed[{len(self.fixed) - 1}]"

    def functions(self, args: list[str]) -> tuple[Any, Any]:
        """`call(*params, *fixed)` and `of(params, fixed)`: the function on these arguments."""
        return _calling(self.call.format(x=", ".join(args)), len(self.params))(self.function)

    def names(self) -> list[str]:
        return [*(f"p{i}" for i in range(len(self.params))), *(f"c{i}" for i in range(len(self.fixed)))]

    def signature(self, *first: str) -> inspect.Signature:
        """The signature of a function of `first`, the params and the fixed values."""
        return inspect.Signature([inspect.Parameter(n, inspect.Parameter.POSITIONAL_ONLY)
                                  for n in (*first, *self.names())])

    def nondiff(self, first: int = 0) -> tuple[int, ...]:
        """The places of the fixed values in that signature, behind `first` others."""
        return tuple(range(first + len(self.params), first + len(self.params) + len(self.fixed)))


def _without_transforms(value: Any) -> tuple[Any, tuple[_Transform, ...]]:
    """The function made inside the program that a derivative is taken of, and how, the first transform first."""
    transforms: list[_Transform] = []
    while True:
        inner = value.value if isinstance(value, ir.Const) else value
        if isinstance(inner, InnerDerivative):
            transforms.insert(0, _Transform(inner.transform, (), inner.args, inner.kwargs))
            value = inner.of
        elif isinstance(inner, FunctionLike) and not isinstance(inner.primal, types.FunctionType):
            make, parts = inner.recipe()
            place = next(k for k, part in enumerate(parts) if part is inner.primal)
            transforms.insert(0, _Transform(make, parts[:place], parts[place + 1:], {}))
            value = ir.Const(inner.primal)
        else:
            break
    bound = isinstance(value, FunctionV | PartialV | MethodV | HeapV) or isinstance(
        getattr(value, "value", None), functools.partial)
    return value, tuple(transforms) if bound else ()


@dataclass(frozen=True, slots=True)
class _Transform:
    """`make(*before, function, *after, **named)`."""

    make: Callable[..., Any]
    before: tuple[Any, ...]
    after: tuple[Any, ...]
    named: dict[str, Any]

    def __call__(self, function: Any) -> Any:
        return self.make(*self.before, function, *self.after, **self.named)


@dataclass(frozen=True, slots=True)
class _TransformOf:
    """A derivative of a function made inside the program, which takes what that captures as its first arguments:
    `count` positional ones, and those called `names`."""

    function: Any
    transforms: tuple[_Transform, ...]
    count: int
    names: tuple[str, ...]

    @property
    def __name__(self) -> str:
        return getattr(self.function, "__name__", "f")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        bound, named, rest = self._split(args)
        made = functools.partial(self.function, *bound, **named)
        for one in self.transforms:
            made = one(made)
        return made(*rest, **kwargs)

    def _split(self, args: Any) -> tuple[list[Any], dict[str, Any], list[Any]]:
        cut = self.count + len(self.names)
        return list(args[:self.count]), dict(zip(self.names, args[self.count:cut], strict=True)), list(args[cut:])

    def __ad_transform__(self, lo: Lowering, function: Any, args: list[Value], kwargs: dict[str, Value], node: Any,
                         hint: str | None) -> Value:
        bound, named, rest = self._split(args)
        made: Any = PartialV(ir.Const(self.function), bound, named)
        for one in self.transforms:
            made = InnerDerivative(one, made, (), {})
        return made.__ad_transform__(lo, function, rest, kwargs, node, hint)


def _value(given: Any) -> Value:
    """What a function made inside is bound to: a value of the front end, or an object from outside."""
    return given if isinstance(given, get_args(Value)) else ir.Const(given)


@functools.lru_cache(maxsize=256)
def _calling(call: str, count: int) -> Callable[..., Any]:
    """A factory of the two functions; one object for one text."""
    text = (f"def made(f_):\n"
            f"    f = f_\n"
            f"    def call(*args):\n"
            f"        params, fixed = args[:{count}], args[{count}:]\n"
            f"        return {call}\n"
            f"    def of(params, fixed):\n"
            f"        return {call}\n"
            f"    return call, of\n")
    return load_text(text, "made", {})


class Solution:
    """A function with a rule that exists for one compilation. Called by emitted code. `plain`: a program that computes
    the same, if there is one that `vmap` may read."""

    __slots__ = ("__weakref__", "call", "name", "plain", "rule")

    def __init__(self, name: str, call: Callable[..., Any], plain: Callable[..., Any] | None = None) -> None:
        self.name, self.call, self.plain = name, call, plain
        self.rule: Any = None

    @property
    def __name__(self) -> str:
        return self.name

    def __call__(self, *args: Any) -> Any:
        return self.call(*args)

    def batched_form(self, axes: tuple[Any, ...]) -> Any:
        """What a batched program calls instead: for arguments with the batch on these axes. None if there is none."""
        from .batched_rules import batched_form

        return None if self.plain is None else batched_form(self, self.plain, axes)

    def __ad_transform__(self, lo: Lowering, function: Any, args: list[Value], kwargs: dict[str, Value], node: Any,
                         hint: str | None) -> Value:
        return lower_ruled(lo, self.rule, args, kwargs, node, hint)
