"""A program whose gradient is kept on disk, and runs of it as if each were a process of its own."""
from __future__ import annotations

import linecache
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler.interface import kept

PROGRAM = '''
import enum
import functools
from dataclasses import dataclass

import numpy as np
import kept_helpers as helpers
from kept_helpers import halve

SCALE = 3.0
AXIS = 0
KIND = "smooth"
ROUGH = False
WEIGHTS = np.array([1.0, 2.0, 3.0])
TABLE = {"a": 1.0, "b": 2.0}
LAYERS = (1.0, 2.0)


class Mode(enum.Enum):
    SINGLE = 1
    DOUBLE = 2


MODE = Mode.SINGLE


class Base:
    power = 2

    def bend(self, x):
        return x * x


class Model(Base):
    def __init__(self, rate):
        self.rate = rate

    @property
    def doubled(self):
        return 2.0 * self.rate

    def __call__(self, x):
        return self.rate * self.bend(x) + self.doubled


@dataclass
class Config:
    rate: float = 1.0
    flag: bool = True


MODEL = Model(0.5)
CONFIG = Config()


def shift(x, by=1.0, up=True):
    return x + by if up else x - by


def inner(x):
    return x * 2.0


def outer(x):
    # what inner does, and more
    return inner(x) + SCALE


def unrelated(x):
    return x


@functools.lru_cache
def cached(n):
    return n


def make(flag, factor):
    def closed(x):
        return np.sum(factor * x * x) if flag else np.sum(factor * x)
    return closed


closed = make(True, 2.0)
bound = functools.partial(shift, up=True)


def loss(x):
    y = outer(x) * WEIGHTS
    z = np.sum(y, axis=AXIS)
    if KIND == "smooth" and not ROUGH:
        z = z * z
    for value in LAYERS:
        z = z + value * TABLE["a"]
    z = z + helpers.twice(halve(z))
    if MODE is Mode.DOUBLE:
        z = z * 2.0
    z = z + np.sum(MODEL(x)) + np.sum(shift(x)) * (1.0 if CONFIG.flag else 2.0)
    return z + closed(x) + np.sum(bound(x)) + np.sum(x ** MODEL.power)
'''

HELPERS = '''
import numpy as np

FACTOR = 2.0


def thrice(z):
    return 3.0 * z


def twice(z):
    return FACTOR * np.sin(thrice(z))


def halve(z):
    return 0.5 * z
'''

X = np.array([0.1, 0.2, 0.3])


class Processes:
    """Runs programs as if each run were a process of its own: nothing is left in memory but the cache on disk."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.folder, self.patch = folder, patch

    def load(self, text: str, name: str = "kept_program") -> types.ModuleType:
        """The module of a text."""
        path = self.folder / f"{name}.py"
        path.write_text(text)
        linecache.cache.pop(str(path), None)
        module = types.ModuleType(name)
        self.patch.setitem(sys.modules, name, module)
        exec(compile(text, str(path), "exec"), vars(module))
        return module

    def program(self, text: str = PROGRAM, helpers: str = HELPERS) -> types.ModuleType:
        kept._known.clear()
        self.load(helpers, "kept_helpers")
        return self.load(text)

    def run(self, text: str = PROGRAM, helpers: str = HELPERS, x: Any = X, **options: Any) -> tuple[Any, bool]:
        """The gradient of `loss`, and whether it came from the cache."""
        return gradient(self.program(text, helpers).loss, x, **options)


def gradient(function: Callable[..., Any], *args: Any, **options: Any) -> tuple[Any, bool]:
    """The value and gradient, checked against one that never sees the cache, and whether it came from there."""
    g = ad.value_and_grad(function, **options)
    found = g(*args)
    fresh = ad.value_and_grad(function, **options)
    fresh.keeps = False
    expected = fresh(*args)
    np.testing.assert_equal(found, expected)
    return found, bool(g.kept_used)


def entries(processes: Processes) -> list[Path]:
    return [path for path in (processes.folder / "cache").rglob("*") if path.is_file()]
