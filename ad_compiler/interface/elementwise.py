"""`elementwise_grad(f)` as an object."""
from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from .function_like import FunctionLike
from .gradients import Settings, gradient_of
from .naming import load_text
from .target import parameter_list, resolve
from .wrt import Argnums


class ElementwiseGradient(FunctionLike):
    """The gradient of the sum of all elements of the result."""

    __slots__ = ("__weakref__", "argnums", "gradient", "options", "target")

    def __init__(self, primal: Callable[..., Any], argnums: Argnums, options: Settings) -> None:
        self.target, self.argnums, self.options = resolve(primal), argnums, options
        self.gradient = gradient_of(_summed(primal, options.get("has_aux", False)), argnums, options)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if "runtime.core" in sys.modules and not kwargs:
            from .tensors import belongs_to_a_run, composed_on_the_tape

            if belongs_to_a_run(self.target, args):
                settings = {"argnums": self.argnums, "has_aux": self.options.get("has_aux", False)}
                return composed_on_the_tape("elementwise_grad", self.target, args, settings)
        return self.gradient(*args, **kwargs)

    def expand_derivative(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return self.gradient.expand_derivative(args, kwargs)

    def __ad_transform__(self, *reading: Any) -> Any:
        return self.gradient.__ad_transform__(*reading)

    def __repr__(self) -> str:
        return f"<elementwise_grad of {self.__qualname__!r}>"

    def recipe(self) -> tuple[Any, tuple[Any, ...]]:
        return ElementwiseGradient, (self.primal, self.argnums, self.options)


def _summed(f: Callable[..., Any], has_aux: bool) -> Callable[..., Any]:
    """A function with the parameters of `f` that returns the sum of its result, with what is auxiliary."""
    if has_aux:
        return made_of(f, "sum_and_aux({})", {"sum_and_aux": _sum_and_aux})
    return made_of(f, "np.sum({})", {"np": np})


def _sum_and_aux(pair: tuple[Any, Any]) -> tuple[Any, Any]:
    out, aux = pair
    return np.sum(out), aux


def made_of(f: Callable[..., Any], result: str, names: dict[str, Any]) -> Callable[..., Any]:
    """A function with the parameters and the name of `f` that returns something made of its result: the text `result`,
    where `{}` stands for the call."""
    target = resolve(f)
    name, given = target.name, []
    for p in target.visible.parameters.values():
        star = {p.VAR_POSITIONAL: "*", p.VAR_KEYWORD: "**"}.get(p.kind, "")
        given.append(f"{p.name}={p.name}" if p.kind is p.KEYWORD_ONLY else star + p.name)
    defaults: dict[str, Any] = {}

    def default(value: Any, hint: str) -> str:
        defaults[key := f"{hint}{len(defaults)}_"] = value
        return key

    head = parameter_list(list(target.visible.parameters.values()), default)
    call = f"{name}_elements({', '.join(given)})"
    return load_text(f"def {name}({head}):\n    return {result.format(call)}\n", name,
                     {**names, f"{name}_elements": f, **defaults})
