"""Backwards within backwards: a custom function's backward may run the engine again, and so on, to any depth."""
from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from typing import Any

from runtime.grad_mode import LOCAL

DEEPEST = 30  # how many levels may share one thread's stack


def nested(function: Callable[..., Any], *args: Any) -> Any:
    """`function(*args)`, on a thread of its own where many of these run within one another: a fresh stack each time.

    The thread takes over this one's modes, and gives back what the function returned or raised.
    """
    LOCAL.nesting += 1
    try:
        if LOCAL.nesting % DEEPEST:
            return function(*args)
        return _elsewhere(function, args)
    finally:
        LOCAL.nesting -= 1


def _elsewhere(function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    modes = dict(LOCAL.__dict__)
    found: list[Any] = []
    raised: list[BaseException] = []

    def work() -> None:
        LOCAL.__dict__.update(modes)
        try:
            found.append(function(*args))
        except BaseException as error:  # everything a call may raise, handed on
            raised.append(error)

    thread = threading.Thread(target=contextvars.copy_context().run, args=(work,))
    try:
        thread.start()
    except RuntimeError:  # no thread to be had (memory, a limit on processes): Python says so where this stack ends
        return function(*args)
    thread.join()
    if raised:
        raise raised[0]
    return found[0]
