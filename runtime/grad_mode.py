"""Which mode this thread records in: grad mode, inference mode, and the other rare states.

The hot path asks one question, `MODE.special`: how many threads or contexts are in a state that is not the
default. While there is none everything is recorded in the plain way; otherwise the slow path looks into `LOCAL`.
"""
from __future__ import annotations

import functools
import inspect
import threading
import warnings
from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


class _Mode:
    """Process-wide: one entry for each non-default state in force, over all threads."""

    __slots__ = ("special",)

    def __init__(self) -> None:
        self.special: list[None] = []  # a list, since threads may append to it and pop from it without a lock


class _Local(threading.local):
    """Per thread. The class attributes are the defaults of a new thread."""

    enabled = True
    simple = True  # nothing but grad mode may differ from the default
    inference = False
    dual_level = -1
    saved_hooks: tuple[Any, ...] = ()
    saved_disabled: str | None = None
    anomaly = False
    check_nan = True
    limited = False  # the engine that runs was asked for the gradients of some inputs only
    randomness: str | None = None  # inside `vmap`: what random draws do there
    evaluating: Any = None  # the node that this thread's engine is running
    nesting = 0  # how many custom functions' backwards run within one another
    task: Any = None  # the backward that runs: its roots, and which edges it follows


MODE = _Mode()
LOCAL = _Local()


def count_special(change: int) -> None:
    """Enter (+1) or leave (-1) a state that the hot path must not overlook."""
    if change > 0:
        MODE.special.append(None)
    else:
        MODE.special.pop()


def set_enabled(enabled: bool) -> None:
    """Set this thread's grad mode."""
    if enabled != LOCAL.enabled:
        LOCAL.enabled = enabled
        count_special(-1 if enabled else 1)


def refresh() -> None:
    """Work out `LOCAL.simple` after one of the rarer states was entered or left."""
    LOCAL.simple = not (LOCAL.inference or LOCAL.dual_level >= 0 or LOCAL.saved_hooks or LOCAL.anomaly
                        or LOCAL.saved_disabled is not None)


def recording() -> bool:
    """Whether operations of this thread are recorded."""
    return not MODE.special or (LOCAL.enabled and not LOCAL.inference)


def is_grad_enabled() -> bool:
    """Whether grad mode is on in this thread."""
    return LOCAL.enabled


def is_inference_mode_enabled() -> bool:
    """Whether inference mode is on in this thread."""
    return LOCAL.inference


class _Decorates:
    """A context manager that also decorates functions and generator functions."""

    def __enter__(self) -> Any:
        raise NotImplementedError

    def __exit__(self, *exc: object) -> None:
        raise NotImplementedError

    def clone(self) -> Any:
        """A fresh context of the same kind; one is made per call of a decorated function."""
        return type(self)()

    def __call__(self, function: F) -> F:
        if inspect.isclass(function):
            warnings.warn("Decorating classes is deprecated and will be disabled in future versions. You should only "
                          "decorate functions or methods. To preserve the current behavior of class decoration, you "
                          "can directly decorate the `__init__` method and nothing else.", FutureWarning, stacklevel=2)
        if inspect.isgeneratorfunction(function):
            return self._generator(function)  # type: ignore[return-value]  # same signature, no F

        @functools.wraps(function)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            with self.clone():
                return function(*args, **kwargs)
        return wrapped  # type: ignore[return-value]  # same signature, no F

    def _generator(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The mode holds while the generator runs and is left at each `yield`."""
        @functools.wraps(function)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            with self.clone():
                generator = function(*args, **kwargs)
                step: Callable[..., Any] = functools.partial(next, generator)
            while True:
                try:
                    with self.clone():
                        item = step()
                except StopIteration as stop:
                    return stop.value
                try:
                    sent = yield item
                except GeneratorExit:
                    with self.clone():
                        generator.close()
                    raise
                except BaseException as error:
                    step = functools.partial(generator.throw, error)
                else:
                    step = functools.partial(generator.send, sent)
        return wrapped


class _GradMode(_Decorates):
    """Sets grad mode on entry and restores it on exit."""

    _mode = True
    prev = True

    def __enter__(self) -> None:
        self.prev = before = LOCAL.enabled
        if before is not self._mode:  # `set_enabled`, written out: training loops come by here at each step
            LOCAL.enabled = self._mode
            if before:
                MODE.special.append(None)
            else:
                MODE.special.pop()

    def __exit__(self, *exc: object) -> None:
        now = LOCAL.enabled
        if self.prev is not now:
            LOCAL.enabled = self.prev
            if now:
                MODE.special.append(None)
            else:
                MODE.special.pop()


class no_grad(_GradMode):
    """Nothing is recorded inside: results have `requires_grad=False`.

    >>> import runtime as torch
    >>> x = torch.ones(1, requires_grad=True)
    >>> with torch.no_grad():
    ...     y = x * 2
    >>> y.requires_grad
    False
    """

    _mode = False

    def __new__(cls, function: Any = None) -> Any:
        """`@no_grad` without parentheses decorates as well."""
        self = object.__new__(cls)
        return self if function is None else self(function)


class enable_grad(_GradMode):
    """Records inside, also within `no_grad`."""

    _mode = True

    def __new__(cls, function: Any = None) -> Any:
        self = object.__new__(cls)
        return self if function is None else self(function)


class set_grad_enabled(_Decorates):
    """Sets grad mode at once when called; as a context manager it restores it on exit."""

    def __init__(self, mode: bool) -> None:
        self.prev = LOCAL.enabled
        self.mode = mode
        set_enabled(mode)

    def __call__(self, function: F) -> F:
        set_enabled(self.prev)
        return super().__call__(function)

    def __enter__(self) -> None:
        set_enabled(self.mode)

    def __exit__(self, *exc: object) -> None:
        set_enabled(self.prev)

    def __str__(self) -> str:
        return f"torch.autograd.grad_mode.{self.__class__.__name__}(mode={self.mode})"

    def __repr__(self) -> str:
        return str(self)

    def clone(self) -> Any:
        return type(self)(self.mode)


class inference_mode(_Decorates):
    """Like `no_grad`, and tensors made inside can never be recorded later."""

    def __new__(cls, mode: Any = True) -> Any:
        self = super().__new__(cls)
        if isinstance(mode, bool):
            return self
        self.__init__()
        return self(mode)

    def __init__(self, mode: bool = True) -> None:
        self.mode = mode
        self._before: list[tuple[bool, bool]] = []

    def __enter__(self) -> None:
        self._before.append((LOCAL.enabled, LOCAL.inference))
        _set_inference(self.mode)
        set_enabled(not self.mode)

    def __exit__(self, *exc: object) -> None:
        enabled, inference = self._before.pop()
        _set_inference(inference)
        set_enabled(enabled)

    def clone(self) -> Any:
        return type(self)(self.mode)


for _mode in (no_grad, enable_grad, set_grad_enabled, inference_mode):
    _mode.__module__ = "torch.autograd.grad_mode"  # printed as torch prints them


def _set_inference(inference: bool) -> None:
    if inference != LOCAL.inference:
        LOCAL.inference = inference
        refresh()
        count_special(1 if inference else -1)
