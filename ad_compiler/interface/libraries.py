"""Which modules belong to a library, so that their version says all about them, whatever others are called.

A user's module may have the name of one of the standard library (`profile.py` beside the program): it is the user's,
because of the folder that it is in.
"""
from __future__ import annotations

import functools
import os
import sys
import types
from typing import Any

_STANDARD = os.path.join(os.path.dirname(os.path.realpath(os.__file__)), "")
_OURS = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__)))), "")
_NAMES = frozenset({"numpy", "scipy", "ad_compiler", "runtime", *sys.stdlib_module_names})
_MADE = ("<frozen ", "<string>", "<__array_function__ internals>")  # what functions of libraries have for a file


def root_of(module: str) -> str:
    """The package that a module belongs to."""
    return module.partition(".")[0]


def is_library(module: str) -> bool:
    """Whether a module of this name, or an object that says it is of one, belongs to a library."""
    root = root_of(module)
    if root not in _NAMES or root in ("numpy", "scipy", "ad_compiler"):
        return root in _NAMES
    package = sys.modules.get(root)
    spec = getattr(package, "__spec__", None) if package is not None else _spec_of(root)
    if getattr(spec, "origin", None) in ("built-in", "frozen"):
        return True
    file = getattr(package, "__file__", None) or getattr(spec, "origin", None)
    return isinstance(file, str) and _in_place(file, root)


def of_library(function: types.FunctionType) -> bool:
    """Whether a Python function belongs to a library, and is what its version says."""
    module = function.__globals__.get("__name__", "")
    if not is_library(module):
        return False
    file = function.__code__.co_filename
    if file.startswith("<"):
        return file.startswith(_MADE)
    home = getattr(sys.modules.get(root_of(module)), "__file__", None)
    return home is not None and _real(file).startswith(os.path.dirname(_real(home)))


def _spec_of(root: str) -> Any:
    """Where a module that has not been loaded would come from."""
    from importlib.util import find_spec

    try:
        return find_spec(root)
    except ValueError:
        return None


@functools.lru_cache(maxsize=1024)
def _in_place(file: str, root: str) -> bool:
    """Whether a module of a library's name is in the library's place."""
    path = _real(file)
    if root == "runtime":
        return path.startswith(os.path.join(_OURS, "runtime", ""))
    rest = path.removeprefix(_STANDARD)
    return rest != path and not rest.startswith(("site-packages", "dist-packages"))


@functools.lru_cache(maxsize=1024)
def _real(file: str) -> str:
    return os.path.realpath(file)
