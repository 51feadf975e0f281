"""Frames and the journal: the names in scope while a function is read, and which of them a path has written.

Every write to a frame is noted in the journal, so that the names a branch or a loop body changes are known exactly,
also where a nested function writes a variable of the function around it.
"""
from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from ..ir import nodes as ir
from .key_order import in_order, of_dict, order_at
from .values import Value, where_it_is

Key = tuple["Frame", Any]
_serials = itertools.count()


def next_serial() -> int:
    """A number larger than that of every frame so far."""
    return next(_serials)


class _Missing:
    def __repr__(self) -> str:
        return "MISSING"


MISSING: Any = _Missing()


class Region(dict["Key", Value]):
    """Names written since the region was opened, each with the value that it had before."""

    __slots__ = ("orders", "serial")

    def __init__(self) -> None:
        super().__init__()
        self.serial = next_serial()
        self.orders: dict[Frame, list[Any]] = {}  # the keys of dicts that are written in it, as they were before

    def made(self, frame: Frame) -> bool:
        """Whether a frame was made since: no other path has it."""
        return frame.serial > self.serial


@dataclass(eq=False, slots=True)
class Seen:
    """What a name holds at the end of a path. `state` has what the path wrote: where the value is an object, what it
    holds there is found in it, for the object itself is as it was before the path."""

    block: ir.Block | None
    value: Value
    state: Mapping[Key, Value] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        self.value = where_it_is(self.value)

    def slots(self) -> dict[Any, Value]:
        """The items or attributes of an object at the end of the path."""
        heap: Any = self.value
        found = dict(heap.slots)
        for (frame, name), value in self.state.items():
            if frame is heap.frame:
                if value is MISSING:
                    found.pop(name, None)
                else:
                    found[name] = value
        if heap.cls is list:
            found = {k: found[k] for k in sorted(found)}
        if heap.cls is dict:
            found = {k: found[k] for k in order_at(heap.frame, self.state, MISSING)}
        return found

    def part(self, value: Value) -> Seen:
        """A part of the value, on the same path."""
        return Seen(self.block, value, self.state)


@dataclass(eq=False, slots=True)
class PathEnd:
    """A path that leaves its block: the block to append to, and the values of all names written since."""

    block: ir.Block
    kind: str  # "fall", "break", "return"
    state: dict[Key, Value] = field(default_factory=dict)
    value: Value | None = None
    origin: ir.Origin | None = None


@dataclass(eq=False, slots=True)
class Meeting:
    """A path that meets another one again: at the `if` at `site`, or, for None, in an expression. Errors that the
    program catches and that leave an expression are `thrown`, each with the number of its handler."""

    site: Any
    region: Region
    thrown: list[tuple[PathEnd, int]] = field(default_factory=list)


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
    col_offset: int = 0
    name: str = ""
    tree: Any = None  # the definition whose call this is
    guessed: dict[str, Value] = field(default_factory=dict)
    serial: int = field(default_factory=lambda: next(_serials))
    region: Region | None = None  # of the reading of its body
    called_at: Any = None  # the place of the call
    is_call: bool = False  # not the names of a comprehension or of an object
    meetings: int = 0  # how many paths that meet again it was called in
    thrown: list[tuple[PathEnd, int]] = field(default_factory=list)  # paths that leave the call by an error
    errors: dict[int, Value] = field(default_factory=dict)  # what they give to each handler
    captured: bool = False  # a function or generator made in it may read its names later
    body_of: Frame | None = None  # of a loop's body that is read as a function: the frame its names belong to
    identity: Any = None  # the code of the function, where it may call itself,
    form: Any = None  # what it was called with,
    depth: int = 0  # and how many conditions of the run are around the call
    holder: Any = None  # of the parts of an object: that object
    partial: set[str] = field(default_factory=set)  # of an object: slots that only some of the paths to here have
    reordered: bool = False  # of a dict: its keys are in another order on some of the paths to here

    def get(self, name: str) -> Value:
        found: Any = self.env.get(name, MISSING)
        return found

    def set(self, name: str, value: Value) -> None:
        if value is not MISSING and name not in self.env and of_dict(self):
            self.journal.put_back(self, name)
        self.journal.note(self, name)
        self.guessed[name] = value
        if value is MISSING:
            self.env.pop(name, None)
        else:
            self.env[name] = value


@dataclass(eq=False, slots=True)
class Journal:
    """A stack of open regions; each has the value that every name written in it had before."""

    regions: list[Region] = field(default_factory=list)

    def note(self, frame: Frame, name: str) -> None:
        key = (frame, name)
        for region in reversed(self.regions):
            if key in region:
                break
            if frame not in region.orders and of_dict(frame):
                region.orders[frame] = list(frame.env)
            region[key] = frame.get(name)

    def put_back(self, frame: Frame, name: Any) -> None:
        """A key is put into a dict. Where it was there before, the order of all keys has changed."""
        if any(region.get((frame, name), MISSING) is not MISSING for region in self.regions):
            for other in frame.env:
                self.note(frame, other)

    def open(self) -> Region:
        region = Region()
        self.regions.append(region)
        return region

    def close(self, region: Region) -> None:
        """Close a region, with those inside it that an error has left open."""
        del self.regions[next(i for i, r in enumerate(self.regions) if r is region):]

    def drop(self, region: Region) -> None:
        """Close a region alone: it only watches, and ends where regions inside it may still be open."""
        self.regions[:] = [r for r in self.regions if r is not region]

    def forget(self, serial: int) -> None:
        """Forget what was written in frames that are younger than `serial`: they do not go on where paths meet."""
        for region in self.regions:
            for key in [key for key in region if key[0].serial > serial]:
                del region[key]

    def current(self, region: Region) -> dict[Key, Value]:
        """Values, now, of all names written in the region."""
        return in_order({key: key[0].get(key[1]) for key in region})

    def restore(self, region: Region) -> None:
        """Give every name written in the region the value that it had before. What the path has made is forgotten:
        the ends of the path hold it, and no other path has it."""
        for (frame, name), value in region.items():
            if value is MISSING:
                frame.env.pop(name, None)
            else:
                frame.env[name] = value
        for frame, names in region.orders.items():
            found = dict(frame.env)
            frame.env.clear()
            frame.env.update({name: found.pop(name) for name in names if name in found} | found)
        self.forget(region.serial)
