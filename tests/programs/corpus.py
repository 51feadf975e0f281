"""The list of programs that the compiler is judged by.

A program is an ordinary function of a scalar result, written without regard to any tool. Its module, the
family, registers it with `program`, right below its text.
"""

import importlib
import pkgutil
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tests.oracle import Curvature, Reference, reference_curvature, reference_gradient

#: Not families of programs.
_OTHER_MODULES = {"agreement", "checks", "corpus", "judge", "run", "toolbox"}
_programs: dict[str, "Program"] = {}


@dataclass(frozen=True)
class Program:
    """One function, example arguments, and what is true of it.

    `argnums` are the differentiated arguments. `analytic` programs run on complex arguments as they
    are and compute an analytic function of them. `mutates` are the positions of the arguments that the
    program writes into. `tolerance` is the allowed max-norm error relative to max(1, max-norm of the
    gradient).
    """

    name: str
    function: Callable[..., Any]
    make_args: Callable[[np.random.Generator], tuple]
    argnums: int | tuple[int, ...] = 0
    analytic: bool = False
    tags: frozenset[str] = frozenset()
    mutates: tuple[int, ...] = ()
    tolerance: float = 1e-6
    _cache: dict = field(default_factory=dict, repr=False, compare=False)

    def args(self, point: int = 0) -> tuple:
        """Fresh arguments, the same at each call. What is said of the program holds at point 0 only."""
        return self.make_args(np.random.default_rng(zlib.crc32(self.name.encode()) + point))

    def reference(self, point: int = 0) -> Reference:
        """The gradient without the compiler, computed once per process."""
        if ("reference", point) not in self._cache:
            self._cache["reference", point] = self.compute_reference(analytic=self.analytic, point=point)
        return self._cache["reference", point]

    def curvature(self) -> Curvature:
        """A second derivative without the compiler, computed once per process."""
        if "curvature" not in self._cache:
            self._cache["curvature"] = reference_curvature(self.function, self.args(), self.argnums,
                                                           analytic=self.analytic)
        return self._cache["curvature"]

    def compute_reference(self, *, analytic: bool, point: int = 0) -> Reference:
        return reference_gradient(self.function, self.args(point), self.argnums, analytic=analytic)


def program(function: Callable[..., Any], args: Callable[[np.random.Generator], tuple], *,
            argnums: int | tuple[int, ...] = 0, analytic: bool = False, tags: str = "",
            mutates: tuple[int, ...] = (), tolerance: float = 1e-6, name: str | None = None) -> None:
    """Register `function`; `args(rng)` makes its arguments, `tags` are separated by spaces.

    Raises ValueError if the name (by default the function's) is taken within the family.
    """
    family = function.__module__.rpartition(".")[2]
    full = f"{family}.{name or function.__name__}"
    if full in _programs:
        raise ValueError(f"two programs are called {full}")
    _programs[full] = Program(full, function, args, argnums, analytic, frozenset(tags.split()), mutates,
                              tolerance)


def all_programs() -> list[Program]:
    """Every program of every family, sorted by name."""
    for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
        if module.name not in _OTHER_MODULES and not module.name.startswith("test_"):
            importlib.import_module(f"tests.programs.{module.name}")
    return [_programs[name] for name in sorted(_programs)]
