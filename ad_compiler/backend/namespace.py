"""How generated code refers to the objects it uses: `np.sin`, `math.pi`, `len`, an imported helper.

A name is found by looking the object up in the modules people import it from, never by trusting the spelling of the
user's file (`from numpy import sin as s` is printed as `np.sin`). An object that no module offers is put into the
namespace that the text is run in, under a name of its own.
"""
from __future__ import annotations

import builtins
import math
import sys
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import numpy as np

from ..naming import Names

SUPPORT = "ad_compiler.support"
_MODULES: tuple[tuple[str, ModuleType], ...] = (
    ("np", np), ("np.linalg", np.linalg), ("np.fft", np.fft), ("np.random", np.random), ("math", math))
_IMPORTS = {"np": "import numpy as {}", "math": "import math as {}", "random": "import random as {}",
            "time": "import time as {}"}
_SPELLED: dict[tuple[int, str | None], tuple[Any, tuple[str, str]]] = {}


def spell(obj: Any, text: str | None) -> tuple[str, str] | None:
    """Where an object is found: a module (`np`, `math`, "" for builtins, or an import path) and a path in it."""
    key = (id(obj), text)
    found = _SPELLED.get(key)
    if found is not None:  # the entry keeps its object alive, so the id is still its own
        return found[1]
    place = _spell(obj, text)
    if place is not None:
        _SPELLED[key] = (obj, place)
    return place


def _spell(obj: Any, text: str | None) -> tuple[str, str] | None:
    if text and text.startswith("np.") and _walk(np, text[3:]) is obj:
        return "np", text[3:]
    own = getattr(obj, "__name__", None)
    owner = getattr(obj, "__self__", None)
    if isinstance(owner, (np.ufunc, type)):  # np.add.reduce, dict.fromkeys
        place = spell(owner, None)
        return None if place is None else (place[0], f"{place[1]}.{own}")
    names = [n for n in ((text or "").rpartition(".")[2], own) if isinstance(n, str) and n.isidentifier()]
    for name in names:
        if getattr(builtins, name, None) is obj:
            return "", name
        for prefix, module in _MODULES:
            if getattr(module, name, None) is obj:
                root, _, rest = prefix.partition(".")
                return root, f"{rest}.{name}" if rest else name
        for module_name in ("random", "time"):
            if getattr(sys.modules.get(module_name), name, None) is obj:
                return module_name, name
    for name in names:
        for path in _candidates(obj):
            if getattr(sys.modules.get(path), name, None) is obj:
                return path, name
    return None


def _candidates(obj: Any) -> list[str]:
    """Modules that may offer an object: a public package above its own module first, then SciPy's namespaces."""
    own = getattr(obj, "__module__", None) or ""
    parts = own.split(".")
    if parts[0] in ("__main__", "builtins", ""):
        own = ""
    paths = [".".join(parts[:n]) for n in range(1, len(parts) + 1)] if own else []
    if own.startswith(SUPPORT):
        return [SUPPORT, own]
    return paths + (sorted(m for m in sys.modules if m.startswith("scipy.") and "._" not in m)
                    if parts[0] in ("scipy", "") else [])


def _walk(obj: Any, path: str) -> Any:
    for part in path.split("."):
        obj = getattr(obj, part, None)
    return obj


@dataclass(frozen=True, slots=True)
class Beside:
    """What the functions of one module have in common: the names of `functions` that it defines, and the objects that
    names of the module stand for so far."""

    functions: dict[Any, str]
    scope: dict[str, Any] = field(default_factory=dict)


class Namespace:
    """The objects that one printed function uses, by name, and the imports that provide them."""

    def __init__(self, names: Names, beside: Beside | None = None) -> None:
        self.names = names
        self.beside = beside or Beside({})
        self.objects: dict[str, Any] = {}
        self.imports: dict[str, None] = {}
        self.injected: dict[str, Any] = {}
        self._aliases = {"np": self._free("np", np), "math": self._free("math", math)}
        self._known: dict[tuple[str, str] | int, str] = {}

    def _free(self, wish: str, obj: Any) -> str:
        """A name for an object that stands for no other one in the module."""
        scope = self.beside.scope
        name = self.names.fresh(wish)
        while name in scope and scope[name] is not obj:
            name = self.names.fresh(wish)
        return name

    def reference(self, obj: Any, text: str | None = None, hint: str = "constant") -> str:
        """The expression by which the text refers to `obj`; `text` is how the user's file spells it."""
        functions = self.beside.functions
        if functions and obj.__hash__ is not None and obj in functions:
            return functions[obj]
        place = spell(obj, text)
        if place is None:
            return self._inject(obj, text or getattr(obj, "__name__", None) or hint)
        known = self._known.get(place)
        if known is None:
            known = self._known[place] = self._provide(obj, *place)
        return known

    def builtin(self, name: str) -> str:
        return self.reference(getattr(builtins, name))

    def numpy(self, path: str) -> str:
        """`np.path`, the import noted."""
        return self._attribute("np", path)

    def _provide(self, obj: Any, module: str, path: str) -> str:
        if module in _IMPORTS:
            return self._attribute(module, path)
        root, dot, rest = path.partition(".")
        known = self._known.get((module, root))
        if known is None:
            found = getattr(sys.modules[module or "builtins"], root)
            known = self._known[module, root] = self._import(found, module, root)
        return f"{known}{dot}{rest}"

    def _import(self, obj: Any, module: str, name: str) -> str:
        """A name for an object of a module; builtins need no import while their name is free."""
        own = self._free(name, obj)
        if module or own != name:
            self.imports[f"from {module or 'builtins'} import {name}{'' if own == name else f' as {own}'}"] = None
            self.objects[own] = obj
        return own

    def _attribute(self, module: str, path: str) -> str:
        found = np if module == "np" else sys.modules[module]
        alias = self._aliases.get(module)
        if alias is None:
            alias = self._aliases[module] = self._free(module, found)
        if alias not in self.objects:
            self.objects[alias] = found
            line = _IMPORTS[module].format(alias)
            self.imports[line.removesuffix(f" as {module}") if module == alias != "np" else line] = None
        return f"{alias}.{path}"

    def _inject(self, obj: Any, wish: str) -> str:
        known = self._known.get(id(obj))
        if known is None:
            known = self._known[id(obj)] = self._free(wish.rpartition(".")[2], obj)
            self.objects[known] = self.injected[known] = obj
        return known
