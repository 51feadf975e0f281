"""Everything that compiling a function can depend on, as one digest: equal digests, equal emitted code.

The walk goes from the function to what its code names: globals, captured variables, defaults, attributes of modules
and objects, classes with their methods, and on from the functions among them. A function counts by its code
(bytecode, constants, names) and its source lines, whose comments go into the text; numbers and arrays, which are
read anew at each call, by their types; strings, flags and structure by value; members of enumerations with all that
they hold, numbers too, since these are constants of the program; NumPy and other libraries by name and
version. It takes in more than the compiler reads, never less: what it cannot judge (an object of a library, a
function without source) raises `Doubt`, and then nothing is kept or taken from the cache.
"""
from __future__ import annotations

import builtins
import enum
import functools
import sys
import types
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ..backend.store import digest
from .code_texts import Doubt, code_text, imported_in, names_in, source_lines
from .libraries import is_library, of_library, root_of
from .structure import is_number, is_object

MOST = 5000  # parts looked at before a program counts as too large to judge
_ALL_ATTRIBUTES = frozenset({"getattr", "vars", "__dict__", "hasattr", "setattr", "dir", "attrgetter"})
_UNJUDGED = frozenset({"eval", "exec", "globals", "locals", "__import__", "import_module", "_getframe"})
_PLAIN = (bool, str, bytes, type(None), type(Ellipsis), range, slice)
_BUILTIN = (types.BuiltinFunctionType, types.MethodDescriptorType, types.WrapperDescriptorType, types.MethodWrapperType,
            types.ClassMethodDescriptorType, types.GetSetDescriptorType, types.MemberDescriptorType)
# Helpers of named tuples and dataclasses in the standard library, and what there is to know of them.
_TRANSPARENT = {"_tuplegetter": repr, "_HAS_DEFAULT_FACTORY_CLASS": lambda value: ""}
# What is made of other things and nothing else, with these.
_WRAPPERS: dict[type, Callable[[Any], tuple[str, tuple[Any, ...]]]] = {
    staticmethod: lambda value: ("staticmethod", (value.__func__,)),
    classmethod: lambda value: ("classmethod", (value.__func__,)),
    property: lambda value: ("property", (value.fget, value.fset, value.fdel)),
    types.MethodType: lambda value: ("method", (value.__func__, value.__self__)),
    functools.partial: lambda value: ("partial", (value.func, value.args, value.keywords)),
    functools._lru_cache_wrapper: lambda value: ("cached", (value.__wrapped__,)),
}
_CLASS_NOISE = frozenset({
    "__module__", "__dict__", "__weakref__", "__doc__", "__annotations__", "__qualname__", "__firstlineno__",
    "__static_attributes__", "__dataclass_params__", "__abstractmethods__", "_abc_impl", "__parameters__",
    "__orig_bases__", "__annotate__", "__annotate_func__", "__annotations_cache__", "__match_args__",
    "_value2member_map_",  # of an enumeration: follows from its members, and grows as flags are combined
})


class Fingerprint:
    """`digest` of a function; `functions`: all Python functions that were met, in an order that is the same for equal
    digests."""

    __slots__ = ("digest", "functions")

    def __init__(self, digest: str, functions: tuple[types.FunctionType, ...]) -> None:
        self.digest, self.functions = digest, functions


def fingerprint(function: types.FunctionType, classes: Iterable[type] = ()) -> Fingerprint:
    """The fingerprint of a function that is called with structures of these classes. Raises Doubt."""
    classes = tuple(classes)
    names: frozenset[str] = names_in(function.__code__)
    while True:
        walk = _Walk(names)
        walk.value(function)
        for cls in classes:
            walk.value(cls)
        if walk.names <= names:
            return Fingerprint(digest("\n".join(walk.parts)), tuple(walk.functions))
        names = names | walk.names


class _Walk:
    """One way through everything, for attributes of given names."""

    def __init__(self, names: frozenset[str]) -> None:
        self.wanted = names
        self.everything = not names.isdisjoint(_ALL_ATTRIBUTES)
        if not names.isdisjoint(_UNJUDGED):
            raise Doubt
        self.names: frozenset[str] = frozenset()
        self.parts: list[str] = []
        self.functions: list[types.FunctionType] = []
        self.seen: dict[int, int] = {}
        self.alive: list[Any] = []  # an id is an object's own only while it lives
        self.around = 0

    def value(self, value: Any) -> None:
        """Add a value to the parts."""
        kind = type(value)
        if kind in _PLAIN:
            self.parts.append(repr(value))
        elif kind is np.ndarray:
            if value.dtype.kind not in "biufc":
                raise Doubt
            self.parts.append(f"{value.dtype.str}{[n == 1 for n in value.shape]}")
        elif is_number(value) and not isinstance(value, enum.Enum):
            self.parts.append(f"{kind.__module__}.{kind.__qualname__}")
        elif isinstance(value, (np.bool_, np.dtype)):
            self.parts.append(repr(value))
        elif id(value) in self.seen:
            self.parts.append(f"again {self.seen[id(value)]}")
        else:
            self.seen[id(value)] = len(self.alive)
            self.alive.append(value)
            if len(self.alive) > MOST or self.around > 200:
                raise Doubt
            self.around += 1
            self.compound(value, kind)
            self.around -= 1

    def compound(self, value: Any, kind: type) -> None:
        """Add what is made of parts."""
        if kind is types.ModuleType:
            self.module(value)
        elif kind is types.FunctionType:
            self.function(value)
        elif isinstance(value, type):
            self.cls(value)
        elif isinstance(value, enum.Enum):
            self.member(value, kind)
        elif kind in (tuple, list, dict):
            self.container(value, kind)
        elif isinstance(value, (np.ufunc, *_BUILTIN)):
            self.builtin(value)
        elif kind in _WRAPPERS:
            self.several(*_WRAPPERS[kind](value))
        elif isinstance(value, (tuple, list, dict)):
            self.value(kind)
            self.container(value, kind)
        elif isinstance(getattr(value, "py_func", None), types.FunctionType):
            self.several("compiled by numba", (value.py_func,))
        elif is_library(kind.__module__):
            self.part_of_library(value, kind)
        elif is_object(value):
            self.object(value, kind)
        else:
            raise Doubt

    def part_of_library(self, value: Any, kind: type) -> None:
        """An object of a library: what is known of it, or a function by where it is found."""
        if kind.__qualname__ in _TRANSPARENT:
            self.parts.append(f"{kind.__qualname__} {_TRANSPARENT[kind.__qualname__](value)}")
        elif callable(value) and hasattr(value, "__name__"):
            self.builtin(value)
        else:
            raise Doubt

    def object(self, value: Any, kind: type) -> None:
        """An object of the user's: its class, and the attributes that are asked for."""
        self.value(kind)
        own = vars(value)
        everything = self.everything or _inherits_code(kind)
        for name in own:
            if everything or name in self.wanted:
                self.parts.append(f".{name}")
                self.value(own[name])

    def several(self, what: str, values: Iterable[Any]) -> None:
        self.parts.append(what)
        for value in values:
            self.value(value)

    def container(self, value: Any, kind: type) -> None:
        self.parts.append(f"{kind.__name__} of {len(value)}")
        for part in value.items() if isinstance(value, dict) else value:
            if isinstance(value, dict):
                self.value(part[0] if type(part[0]) is not int else str(part[0]))
                self.value(part[1])
            else:
                self.value(part)

    def member(self, value: enum.Enum, kind: type) -> None:
        """A member of an enumeration: what it holds is in the emitted code."""
        self.value(kind)
        for name, held in vars(value).items():
            self.parts.append(f".{name}")
            self.constant(held)

    def constant(self, value: Any) -> None:
        """Add a value with its numbers. Raises Doubt for what can hold numbers elsewhere."""
        kind = type(value)
        if kind in (int, float, complex) or isinstance(value, np.generic):
            self.parts.append(f"{kind.__qualname__} {value!r}")
        elif kind is tuple:
            self.parts.append(f"tuple of {len(value)}")
            for part in value:
                self.constant(part)
        elif kind in _PLAIN or isinstance(value, (type, types.FunctionType, np.ufunc, *_BUILTIN)):
            self.value(value)
        else:
            raise Doubt

    # --- by name ------------------------------------------------------------------------------------------------------
    def library(self, module: str, name: str) -> None:
        """A part of a library: it is what its name says in this version."""
        version = getattr(sys.modules.get(root_of(module)), "__version__", "")
        self.parts.append(f"{module}.{name} {version}")

    def builtin(self, value: Any) -> None:
        """A function in C: counts by where it is found."""
        owner = getattr(value, "__self__", None)
        if owner is None or isinstance(owner, types.ModuleType):
            owner = getattr(value, "__objclass__", owner)
        name = getattr(value, "__name__", "")
        if isinstance(owner, type):
            self.value(owner)
            self.parts.append(name)
            return
        if owner is not None and not isinstance(owner, types.ModuleType):
            raise Doubt
        for module in (getattr(value, "__module__", None), getattr(owner, "__name__", None), "numpy", "math"):
            if is_library(module or "") and getattr(sys.modules.get(module or ""), name, None) is value:
                return self.library(module, name)
        raise Doubt

    def module(self, module: types.ModuleType) -> None:
        if is_library(module.__name__):
            return self.library(module.__name__, "")
        self.parts.append(f"module {module.__name__}")
        own = vars(module)
        for name in sorted(own.keys() & self.wanted):
            self.parts.append(f".{name}")
            self.value(own[name])

    # --- functions ----------------------------------------------------------------------------------------------------
    def function(self, function: types.FunctionType) -> None:
        if of_library(function):
            return self.library(function.__globals__["__name__"], function.__qualname__)
        code = function.__code__
        self.functions.append(function)
        self.parts.append(code_text(code))
        self.parts.append(source_lines(function))
        self.names |= names_in(code)
        self.value(function.__defaults__)
        self.value(function.__kwdefaults__)
        for cell in function.__closure__ or ():
            try:
                self.value(cell.cell_contents)
            except ValueError:
                self.parts.append("empty")
        for name, found in sorted(function.__dict__.items()):
            self.parts.append(f".{name}")
            self.value(found)
        self.globals(function, code)

    def globals(self, function: types.FunctionType, code: types.CodeType) -> None:
        space = function.__globals__
        for name in sorted(names_in(code)):
            if name in space:
                self.parts.append(f"global {name}")
                self.value(space[name])
            elif hasattr(builtins, name):
                found = getattr(builtins, name)
                if getattr(found, "__module__", "builtins") != "builtins":
                    raise Doubt
        for name in imported_in(code):
            if not is_library(name):
                if name.startswith(".") or name not in sys.modules:
                    raise Doubt
                self.value(sys.modules[name])

    def cls(self, cls: type) -> None:
        if is_library(cls.__module__) or cls.__module__ == "builtins":
            return self.library(cls.__module__, cls.__qualname__)
        self.parts.append(f"class {cls.__module__}.{cls.__qualname__}")
        for base in (*cls.__bases__, type(cls)):
            self.value(base)
        own = vars(cls)
        everything = self.everything or issubclass(cls, enum.Enum)  # whose members are found by going through it
        for name in sorted(own):
            if name == "__dataclass_fields__":
                for field in own[name].values():
                    self.parts.append(f"field {field.name}")
                    for default in (field.default, field.default_factory):
                        if type(default).__name__ != "_MISSING_TYPE":
                            self.value(default)
            elif name not in _CLASS_NOISE and (name in self.wanted or everything or name.startswith("__")):
                self.parts.append(f".{name}")
                self.value(own[name])


def _inherits_code(cls: type) -> bool:
    """Whether methods of a library may read attributes of an object under names that are not seen here."""
    return any(is_library(base.__module__) for base in cls.__mro__
               if base is not object and base.__module__ not in ("abc", "typing"))
