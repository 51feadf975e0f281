"""Turn the text of a program into a module with a real file behind it, as a user's program has."""
from __future__ import annotations

import itertools
import linecache
import os
import sys
import tempfile
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_serial = itertools.count()
_folder = tempfile.TemporaryDirectory(prefix="programs-")


@dataclass(frozen=True)
class Loaded:
    module: types.ModuleType

    @property
    def function(self) -> Callable[..., Any]:
        return self.named("f")

    def named(self, name: str) -> Callable[..., Any]:
        return self.module.__dict__[name]


@contextmanager
def loaded(text: str) -> Iterator[Loaded]:
    """The module of this text, imported; its file and its place in `sys.modules` go with the block."""
    name = f"random_program_{os.getpid()}_{next(_serial)}"  # campaigns fork
    path = Path(_folder.name, f"{name}.py")
    path.write_text(text)
    module = types.ModuleType(name)
    module.__file__ = str(path)
    sys.modules[name] = module
    try:
        exec(compile(text, str(path), "exec"), module.__dict__)
        yield Loaded(module)
    finally:
        del sys.modules[name]
        linecache.cache.pop(str(path), None)
        path.unlink()
