"""Errors by which a recorded array refuses to lose its record, remembered: a program may catch them and go on.

A program on the tape that catches such an error takes a branch that it does not take on plain arrays. Whoever runs it
asks `refusals()` afterwards.
"""
from __future__ import annotations

import threading
from typing import TypeVar

E = TypeVar("E", bound=Exception)


class _Seen(threading.local):
    def __init__(self) -> None:
        self.errors: list[str] = []


_SEEN = _Seen()


def refused(error: E) -> E:
    """Remember `error`, which is about to be raised."""
    _SEEN.errors.append(f"{type(error).__name__}: {error}")  # not the error: it would keep its frames alive
    del _SEEN.errors[:-100]
    return error


def refusals() -> list[str]:
    """The errors, as text, since the last call, in this thread."""
    found, _SEEN.errors = _SEEN.errors, []
    return found
