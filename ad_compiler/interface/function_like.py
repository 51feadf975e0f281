"""What Python and its tools ask of a function, answered from the primal."""
from __future__ import annotations

import functools
import inspect
import sys
import types
from collections.abc import Callable
from typing import Any

from .naming import fresh, load_text
from .target import Target


class FunctionLike:
    """Base of the objects that transforms return. They are immutable: copies are the object itself."""

    __slots__ = ()
    target: Target

    def __init_subclass__(cls) -> None:
        # An object's docstring is its primal's; the one in the class body is for readers of the class.
        cls.__doc__ = property(lambda self: getattr(self.primal, "__doc__", None))

    @property
    def primal(self) -> Callable[..., Any]:
        """The function as it was given."""
        return self.target.primal

    @property
    def __name__(self) -> str:
        return getattr(self.primal, "__name__", self.target.name)

    @property
    def __wrapped__(self) -> Callable[..., Any]:
        return self.primal

    @property
    def __signature__(self) -> inspect.Signature:
        return self.target.visible

    def __getattr__(self, name: str) -> Any:
        if name == "__qualname__":  # a class cannot define this one for its objects
            return getattr(self.primal, "__qualname__", self.__name__)
        raise AttributeError(f"{self!r} has no attribute {name!r}")

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None or isinstance(self.primal, staticmethod):
            return self
        return types.MethodType(self, instance)

    def __copy__(self) -> Any:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return self

    def __reduce__(self) -> Any:
        return reduced(self, None)

    def recipe(self) -> tuple[Any, tuple[Any, ...]]:
        """A callable and the arguments that make this object again; each kind has its own."""
        raise NotImplementedError


def not_compiled(made: Any, otherwise: str = "") -> RuntimeError:
    """The error of asking for text or report before anything has been called; `otherwise`: what else would do."""
    from ..errors import spoken

    return RuntimeError(f"{spoken(made.__name__)} has not been compiled yet, because types are known at a call: "
                        f"call it first{otherwise}")


def calling_function(made: Any, name: str, visible: inspect.Signature, args: tuple[Any, ...], kwargs: dict[str, Any],
                     known: dict[Any, types.FunctionType]) -> tuple[types.FunctionType, dict[str, Any]]:
    """A plain function that calls `made` with as many arguments, named as in `visible`, and the values it takes."""
    positional = [p.name for p in visible.parameters.values()
                  if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    names = [*positional[:len(args)], *(f"x{i}" for i in range(len(positional), len(args)))]
    key = (*names, None, *kwargs)
    if key not in known:
        within = fresh("made", {*names, *kwargs})
        head = ", ".join([*names, *(["*"] if kwargs else []), *kwargs])
        given = ", ".join([*names, *(f"{k}={k}" for k in kwargs)])
        known[key] = load_text(f"def {name}({head}):\n    return {within}({given})\n", name, {within: made})
    return known[key], {**dict(zip(names, args, strict=True)), **kwargs}


def reduced(made: Any, recipe: tuple[Any, tuple[Any, ...]] | None) -> tuple[Any, tuple[Any, ...]]:
    """What pickles a function that was made of another: its name, or how it is made (by default its `recipe()`)."""
    module, name = getattr(made.primal, "__module__", ""), made.__qualname__
    try:
        if by_name(module, name) is made:
            return by_name, (module, name)  # a decorated function, which hides its primal
    except (ImportError, AttributeError):
        pass
    return made.recipe() if recipe is None else recipe


def by_name(module: str, name: str) -> Any:
    """The object of a qualified name in a module, imported if need be."""
    __import__(module)
    return functools.reduce(getattr, name.split("."), sys.modules[module])
