"""What a compiled function relied on besides its arguments, and whether that is still so.

Numbers and arrays from outside are hidden arguments, read anew at each call; everything else (which function a name
means, a flag, the keys of a captured dict, the class of a captured object) was used while compiling. `relied_on`
notes it when compiling, `still_holds` compares it at a call.
"""
from __future__ import annotations

import sys
import types
from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from .structure import is_number, is_object

_MISSING = object()
_DEPTH = 8
_UNCHANGED = (__name__.partition(".")[0], "numpy", "scipy", "functools", "contextlib")  # whose functions nobody reloads


class Same:
    """An object that counts by identity. It is kept alive: the identity of an object that is gone is given again."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other.value is self.value

    def __hash__(self) -> int:
        return id(self.value)


class Note(NamedTuple):
    """A name that a function reads: from a namespace (`where`), or from the cell `where` (an index) of the primal."""

    where: Any
    name: str
    form: Hashable
    attributes: frozenset[str]

    def holds(self, function: types.FunctionType) -> bool:
        if isinstance(self.where, int):
            value = _content((function.__closure__ or ())[self.where])
        else:
            value = self.where.get(self.name, _MISSING)
        return form(value, self.attributes) == self.form


class Text(NamedTuple):
    """A function whose text was read: what it says is as it was, and, if it is found in a class, it still is."""

    function: types.FunctionType
    code: types.CodeType
    defaults: tuple[Any, ...] | None
    kwdefaults: dict[str, Any] | None
    cls: type | None
    name: str
    found: Any

    def holds(self, function: types.FunctionType) -> bool:
        f = self.function
        return (f.__code__ is self.code and f.__defaults__ is self.defaults and f.__kwdefaults__ is self.kwdefaults
                and (self.cls is None or vars(self.cls).get(self.name) is self.found))


def text_of(function: types.FunctionType) -> Text:
    """The note of a function that is read: someone may give it other code (tools that reload modules), or put
    another one into its class."""
    place: Any = sys.modules.get(function.__module__)
    *around, name = function.__qualname__.split(".")
    for part in around:
        place = getattr(place, part, None)
    found = vars(place).get(name) if around and isinstance(place, type) else None
    held = found is not None and function in (found, getattr(found, "fget", None), getattr(found, "__func__", None))
    return Text(function, function.__code__, function.__defaults__, function.__kwdefaults__, place if held else None,
                name, found)


class Member(NamedTuple):
    """A function, property or method that was found in a module or class under a name: it still is."""

    owner: Any
    name: str
    found: Any

    def holds(self, function: types.FunctionType) -> bool:
        return in_its_place(getattr(self.owner, self.name, None)) is self.found


def in_its_place(found: Any) -> Any:
    """What tells a member from another: of a bound method its function, which is bound anew each time."""
    return getattr(found, "__func__", found)


def relied_on(function: types.FunctionType, owners: Iterable[Any], members: Mapping[tuple[Any, str], Any] | None = None
              ) -> tuple[Note | Text | Member, ...]:
    """Notes of every captured and global name that `function` and the functions it calls read, of what these
    functions say, and of the other objects with which paths of captured numbers begin. `members` are known to those
    who have read the text."""
    owners = list(owners)
    functions = [function, *(f for f in owners if isinstance(f, types.FunctionType)
                             and f.__code__ is not function.__code__)]
    attributes = frozenset(name for f in functions for code in _codes(f.__code__) for name in code.co_names)
    notes: dict[Any, Note] = {}
    for f in functions:
        for place, where, name, value in _outside(f, f is function):
            notes.setdefault((place, name), Note(where, name, form(value, attributes), attributes))
    for owner in owners:
        if not isinstance(owner, types.FunctionType):
            held = _Held(owner, attributes)
            notes[id(owner), ""] = Note(held, "", form(held.get(), attributes), attributes)
    texts = [text_of(f) for f in functions[1:] if (f.__module__ or "").partition(".")[0] not in _UNCHANGED]
    if members is None:
        return (*notes.values(), *texts)
    found = [Member(owner, name, in_its_place(value)) for (owner, name), value in members.items()]
    return (*notes.values(), *(t._replace(cls=None) for t in texts), *found)


def _outside(function: types.FunctionType, primal: bool) -> Iterator[tuple[int, Any, str, Any]]:
    names = {name for code in _codes(function.__code__) for name in code.co_names}
    for name in sorted(names & function.__globals__.keys()):
        yield id(function.__globals__), function.__globals__, name, function.__globals__[name]
    for index, cell in enumerate(function.__closure__ or ()):
        name = function.__code__.co_freevars[index]
        yield id(cell), index if primal else _Cell(cell), name, _content(cell)


class _Cell:
    """A cell of a callee, read like a namespace."""

    def __init__(self, cell: types.CellType) -> None:
        self.cell = cell

    def get(self, name: str, default: Any) -> Any:
        return _content(self.cell)


class _Held:
    """An object that a note is about, read like a namespace; of a class, what the program may read there."""

    def __init__(self, value: Any, attributes: frozenset[str]) -> None:
        self.value, self.attributes = value, attributes

    def get(self, name: str = "", default: Any = None) -> Any:
        if not isinstance(self.value, type):
            return self.value
        return {k: v for base in self.value.__mro__ for k, v in vars(base).items() if k in self.attributes}


def _content(cell: types.CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return _MISSING


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _codes(constant)


def form(value: Any, attributes: frozenset[str], depth: int = _DEPTH) -> Hashable:
    """What of a value compiling can have relied on: types of numbers, structure, identity of everything else."""
    kind = type(value)
    if kind is np.ndarray:
        return np.ndarray, value.dtype, tuple(n == 1 for n in value.shape)
    if is_number(value):
        return kind
    if (depth == 0 or isinstance(value, (type, types.ModuleType, types.FunctionType))
            or hasattr(kind, "__ad_transform__")):
        return Same(value)
    if isinstance(value, dict):
        return kind, tuple((k, form(v, attributes, depth - 1)) for k, v in value.items())
    if isinstance(value, (tuple, list)):
        return kind, tuple(form(v, attributes, depth - 1) for v in value)
    if isinstance(value, (bool, str, bytes, type(None))):
        return kind, value
    if is_object(value):
        own = vars(value)
        return kind, tuple((k, form(own[k], attributes, depth - 1)) for k in own if k in attributes)
    return Same(value)
