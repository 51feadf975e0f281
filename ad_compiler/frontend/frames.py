"""Frames and the journal: the names in scope while a function is read, and which of them a path has written.

Every write to a frame is noted in the journal, so that the names a branch or a loop body changes are known exactly,
also where a nested function writes a variable of the function around it.
"""
from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

from ..ir import nodes as ir
from .values import Value

Key = tuple["Frame", str]
_serials = itertools.count()


def next_serial() -> int:
    """A number larger than that of every frame so far."""
    return next(_serials)


class _Missing:
    def __repr__(self) -> str:
        return "MISSING"


MISSING: Any = _Missing()


@dataclass(eq=False, slots=True)
class PathEnd:
    """A path that leaves its block: the block to append to, and the values of all names written since."""

    block: ir.Block
    kind: str  # "fall", "break", "return"
    state: dict[Key, Value] = field(default_factory=dict)
    value: Value | None = None
    origin: ir.Origin | None = None


@dataclass(eq=False, slots=True)
class Frame:
    """One call being read: its names, the text it comes from, and where its free names are found."""

    source: Any
    journal: Journal
    globals: dict[str, Any]
    parent: Frame | None = None
    function: Any = None
    env: dict[str, Value] = field(default_factory=dict)
    nonlocals: set[str] = field(default_factory=set)
    global_names: set[str] = field(default_factory=set)
    returns: list[PathEnd] = field(default_factory=list)
    file: str = ""
    line_offset: int = 0
    col_offset: int = 0
    name: str = ""
    receiver_class: type | None = None
    guessed: dict[str, Value] = field(default_factory=dict)
    serial: int = field(default_factory=lambda: next(_serials))

    def get(self, name: str) -> Value:
        found: Any = self.env.get(name, MISSING)
        return found

    def set(self, name: str, value: Value) -> None:
        self.journal.note(self, name)
        self.guessed[name] = value
        if value is MISSING:
            self.env.pop(name, None)
        else:
            self.env[name] = value


@dataclass(eq=False, slots=True)
class Journal:
    """A stack of open regions; each has the value that every name written in it had before."""

    regions: list[dict[Key, Value]] = field(default_factory=list)

    def note(self, frame: Frame, name: str) -> None:
        key = (frame, name)
        for region in reversed(self.regions):
            if key in region:
                break
            region[key] = frame.get(name)

    def open(self) -> dict[Key, Value]:
        region: dict[Key, Value] = {}
        self.regions.append(region)
        return region

    def close(self) -> dict[Key, Value]:
        return self.regions.pop()

    def current(self, region: dict[Key, Value]) -> dict[Key, Value]:
        """Values, now, of all names written in the region."""
        return {key: key[0].get(key[1]) for key in region}

    def restore(self, region: dict[Key, Value]) -> None:
        """Give every name written in the region the value that it had before."""
        for (frame, name), value in region.items():
            if value is MISSING:
                frame.env.pop(name, None)
            else:
                frame.env[name] = value
