"""What a transform is applied to, reduced to one plain Python function and the values that are bound already.

A bound method becomes the function of its class with the object as first value, `functools.partial` its function
with the arguments given, a cached or jitted function the Python function behind it.
"""
from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable, Iterable
from typing import Any

from ..parameters import signature_of
from .naming import fresh, load_text
from .structure import class_attribute

#: What a function that is tried first returns where it does not apply.
MISS = object()
#: Functions of these modules are called by their own derivative rules, although some are written in Python.
_OF_NUMPY = ("numpy", "scipy", "math", "cmath")
_BEHIND = ("__wrapped__", "py_func")
_OPEN = getattr(functools, "Placeholder", MISS)  # an argument of a partial function that is given at the call


class Target:
    """`function` is a plain function or another derivative; `leading` and `keywords` are bound to its parameters.

    `visible` is the signature that callers see, `parameters` those of `function`, in order.
    """

    __slots__ = ("bind", "function", "keywords", "leading", "parameters", "primal", "visible")

    def __init__(self, primal: Callable[..., Any], function: Any, leading: tuple[Any, ...], keywords: dict[str, Any],
                 visible: inspect.Signature, parameters: tuple[inspect.Parameter, ...]) -> None:
        self.primal, self.function, self.leading, self.keywords = primal, function, leading, keywords
        self.visible, self.parameters = visible, parameters
        self.bind: Callable[..., tuple[Any, ...]] | None = None

    @property
    def name(self) -> str:
        name = getattr(self.function, "__name__", "f")
        return name if name.isidentifier() else "f"

    @property
    def spoken(self) -> str:
        """The function in a message: its name, or that it is a lambda."""
        from ..errors import spoken

        return spoken(getattr(self.function, "__name__", self.name))

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(p.name for p in self.parameters)

    def binder(self, run: Callable[..., Any], fast: list[Callable[..., Any]] | None = None) -> Callable[..., Any]:
        """A function with the visible signature that calls `run` with a value for every parameter of `function`.

        Functions in the list `fast` are tried before; they return MISS where they do not apply. Wrong arguments raise
        the TypeError that the user's own function would raise.
        """
        text, constants = _binder_text(self)
        factory = _factory(text)
        bind = factory(run, () if fast is None else fast, MISS, *constants)
        bind.__name__ = getattr(self.primal, "__name__", self.name)
        bind.__qualname__ = getattr(self.primal, "__qualname__", bind.__name__)
        return bind

    def arguments(self, args: Iterable[Any], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        """A value for every parameter of `function`, defaults filled in. Raises TypeError as the function would."""
        if self.bind is None:
            self.bind = self.binder(lambda *bound: bound)
        return self.bind(*args, **kwargs)


def resolve(primal: Any) -> Target:
    """The target behind a callable (a target is its own). Raises TypeError if it is none, or a class."""
    if isinstance(primal, Target):
        return primal
    primal = getattr(primal, "__dict__", {}).get("__ad_behind__", primal)  # of NumPy, as a function on the tape sees it
    if isinstance(primal, classmethod):
        raise TypeError(f"{primal.__name__!r} is a classmethod already: put @classmethod above the transform")
    if inspect.iscoroutinefunction(primal) or inspect.isasyncgenfunction(primal):
        raise TypeError(f"{primal.__name__!r} is an `async def`, which returns no numbers but something to await: "
                        f"differentiate a plain function and call that")
    if isinstance(primal, type) or not callable(primal):
        raise TypeError(f"a function is needed, not {'the class' if isinstance(primal, type) else 'the value'} "
                        f"{getattr(primal, '__name__', primal)!r}")
    found = _unwrap(primal)
    if found is None:
        function = _calling(primal)
        found, visible = (function, (), {}), signature_of(function)
    else:
        visible = signature_of(primal, follow_wrapped=found[0] is not primal)
    function, leading, keywords = found
    own = visible if function is primal else signature_of(function, follow_wrapped=False)
    if visible.return_annotation is not inspect.Signature.empty:
        visible = visible.replace(return_annotation=inspect.Signature.empty)
    parameters = tuple(own.parameters.values())
    return Target(primal, function, leading, keywords, visible, parameters)


def _unwrap(primal: Any) -> tuple[Any, tuple[Any, ...], dict[str, Any]] | None:
    """The Python function behind a callable, with the arguments bound on the way; None if there is none."""
    leading: tuple[Any, ...] = ()
    keywords: dict[str, Any] = {}
    function = primal
    if isinstance(primal, types.FunctionType) and hasattr(primal.__globals__, "behind"):
        function = primal.__globals__.behind(primal)  # it was handed to a transform by a function on the tape
    while not _is_plain(function) and not is_derivative(function):
        if _root(function) in _OF_NUMPY or _has_rule(function):
            return None
        if isinstance(function, functools.partial):
            if any(a is _OPEN for a in function.args):
                return None
            leading, keywords = function.args + leading, {**function.keywords, **keywords}
            function = function.func
        elif isinstance(function, types.MethodType):
            leading, function = (function.__self__, *leading), function.__func__
        else:
            inner = next((f for name in _BEHIND if callable(f := getattr(function, name, None))), None)
            call = class_attribute(type(function), "__call__")
            if inner is not None:
                function = inner
            elif isinstance(call, types.FunctionType):
                leading, function = (function, *leading), call
            else:
                return None
    return function, leading, keywords


def is_within(target: Target) -> bool:
    """Whether a target's function was made by a function while that was recorded."""
    function = target.function
    while is_derivative(function) and hasattr(function, "target"):
        function = function.target.function
    return hasattr(getattr(function, "__globals__", None), "behind")


def _has_rule(function: Any) -> bool:
    """Whether a function has a derivative rule of the user's, so that it is called, not read."""
    return hasattr(type(function), "rule") and hasattr(type(function), "__ad_transform__")


def _is_plain(function: Any) -> bool:
    return isinstance(function, types.FunctionType) and _root(function) not in _OF_NUMPY


def _root(function: Any) -> str:
    return (getattr(function, "__module__", None) or "").partition(".")[0]


def is_derivative(function: Any) -> bool:
    """Whether a function is a derivative made by this package, to be differentiated by its emitted text."""
    return hasattr(type(function), "expand_derivative")


@functools.lru_cache(maxsize=256)
def _calling(function: Any) -> types.FunctionType:
    """A Python function that calls a function without Python source (a ufunc, a C function)."""
    name = getattr(function, "__name__", "f")
    name = name if name.isidentifier() else "f"
    if _has_rule(function) or isinstance(function, functools.partial):
        return forwarding(name, function, signature_of(function))
    inputs = _inputs(function)
    text = f"def {name}({inputs}):\n    return {name}_of({inputs})\n"
    return load_text(text, name, {f"{name}_of": function})


def forwarding(name: str, function: Any, signature: inspect.Signature, results: tuple[str, ...] = ()
               ) -> types.FunctionType:
    """A Python function with this signature that calls `function`; it returns what that does, or these parameters."""
    given: list[str] = []
    parameters = list(signature.parameters.values())
    for p in parameters:
        star = {p.VAR_POSITIONAL: "*", p.VAR_KEYWORD: "**"}.get(p.kind, "")
        given.append(f"{p.name}={p.name}" if p.kind is p.KEYWORD_ONLY else star + p.name)
    callee = fresh(f"{name}_of", signature.parameters)
    # not a function of this package: the disk cache has to look at what it calls
    names: dict[str, Any] = {"__name__": "calls", callee: function}

    def default(value: Any, hint: str) -> str:
        names[key := fresh(f"{hint}{len(names)}_", signature.parameters)] = value
        return key

    call = f"{callee}({', '.join(given)})"
    body = f"{call}\n    return {', '.join(results)}" if results else f"return {call}"
    return load_text(f"def {name}({parameter_list(parameters, default)}):\n    {body}\n", name, names)


def _inputs(function: Any) -> str:
    count = getattr(function, "nin", None)
    if count is not None:
        return "x" if count == 1 else ", ".join(f"x{i + 1}" for i in range(count))
    try:
        parameters = signature_of(function).parameters.values()
    except ValueError:
        return "*args"
    positional = [p.name for p in parameters if p.default is p.empty
                  and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return ", ".join(positional) or "*args"


# --- binding ----------------------------------------------------------------------------------------------------------
def _binder_text(target: Target) -> tuple[str, list[Any]]:
    """The text of a factory of binders, and the values that it is called with besides `run`."""
    taken = {*target.names, *target.visible.parameters}
    run, fast, found, miss = (fresh(hint, taken) for hint in ("run", "fast", "found", "miss"))
    constants: list[Any] = []
    names: list[str] = []

    def constant(value: Any, hint: str) -> str:
        names.append(fresh(f"{hint}{len(constants)}", taken))
        constants.append(value)
        return names[-1]

    head = parameter_list(list(target.visible.parameters.values()), constant)
    values = ", ".join(_values(target, constant))
    text = (f"def factory({', '.join([run, f'{fast}s', miss, *names])}):\n"
            f"    def bind({head}):\n"
            f"        for {fast} in {fast}s:\n"
            f"            {found} = {fast}({values})\n"
            f"            if {found} is not {miss}:\n"
            f"                return {found}\n"
            f"        return {run}({values})\n"
            f"    return bind\n")
    return text, constants


def parameter_list(parameters: list[inspect.Parameter], constant: Callable[[Any, str], str]) -> str:
    """The parameters as text; `constant` gives a name to the value of a default."""
    parts: list[str] = []
    last = None
    for p in parameters:
        if last is p.POSITIONAL_ONLY and p.kind is not p.POSITIONAL_ONLY:
            parts.append("/")
        if p.kind is p.KEYWORD_ONLY and last not in (p.KEYWORD_ONLY, p.VAR_POSITIONAL):
            parts.append("*")
        star = {p.VAR_POSITIONAL: "*", p.VAR_KEYWORD: "**"}.get(p.kind, "")
        default = "" if p.default is p.empty else f"={constant(p.default, 'default')}"
        parts.append(f"{star}{p.name}{default}")
        last = p.kind
    if last is inspect.Parameter.POSITIONAL_ONLY:
        parts.append("/")
    return ", ".join(parts)


def _values(target: Target, constant: Callable[[Any, str], str]) -> list[str]:
    """For every parameter of the function, the expression of its value."""
    visible = target.visible.parameters
    leading = list(target.leading)
    values: list[str] = []
    for p in target.parameters:
        positional = p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
        if p.kind is p.VAR_POSITIONAL and leading:
            values.append(f"({constant(tuple(leading), 'leading')} + {p.name})")
        elif positional and leading:
            values.append(constant(leading.pop(0), "leading"))
        elif p.kind is p.VAR_KEYWORD:
            given = {k: v for k, v in target.keywords.items() if k not in target.names}
            values.append(f"{{**{constant(given, 'given')}, **{p.name}}}" if given else p.name)
        elif p.name in visible:
            values.append(p.name)
        elif p.name in target.keywords:
            values.append(constant(target.keywords[p.name], "given"))
        elif p.kind is p.VAR_POSITIONAL:
            values.append("()")
        else:
            values.append(constant(p.default, "default"))
    return values


@functools.lru_cache(maxsize=1024)
def _factory(text: str) -> Callable[..., Any]:
    namespace: dict[str, Any] = {}
    exec(compile(text, "<arguments>", "exec"), namespace)
    return namespace["factory"]
