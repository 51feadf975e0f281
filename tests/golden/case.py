"""Golden files: reading and writing them, and running what they hold.

A file is one case: a header, a program in full, and what the compiler makes of it.

    # case: grad wrt=x args=x=f64[4],rate=0.3
    import numpy as np


    def loss(x, rate): ...

    # output
    import numpy as np


    def loss_vjp(x, rate): ...

`grad` is the value and its gradient, `gradient` the gradient alone. `args` are Python, with `f64[2, 3]`, `f32[4]` and `c128[3]` for fixed arrays of that shape and with the names of the
program at hand. A header may go on over several comment lines. The last function of the program is meant.
What is not Python (printed IR, diagnostics) stands in comments.
"""
from __future__ import annotations

import importlib.util
import re
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

FOLDER = Path(__file__).parent
MARK = "\n# output\n"
_HEADER = re.compile(r"((?:#.*\n)+)")


class _Arrays:
    """`f64[2, 3]`: an array of this shape, with the same numbers in every run, between 0.2 and 1.2."""

    def __init__(self, dtype: type) -> None:
        self.dtype = dtype

    def __getitem__(self, shape: int | tuple[int, ...]) -> np.ndarray:
        places = np.arange(1, np.prod(shape) + 1).reshape(shape)
        numbers = 0.7 + 0.5 * np.sin(1.7 * places**1.5)  # irregular: symmetry would hide errors
        return (numbers + 0.5j * np.cos(places) if self.dtype is complex else numbers).astype(self.dtype)


@dataclass(frozen=True)
class Case:
    """What a golden file says: the kind of case, its settings, the program, and the expected text."""

    path: Path
    kind: str
    settings: dict[str, str]
    program: str
    expected: str

    @property
    def wrt(self) -> tuple[str, ...]:
        return tuple(self.settings["wrt"].split(","))

    def load(self, folder: Path) -> tuple[FunctionType, dict[str, Any]]:
        """The function (from a file in `folder`, so that it has a source) and its arguments, made anew."""
        file = folder / self.path.name
        file.write_text(self.program)
        spec = importlib.util.spec_from_file_location(f"golden_{self.path.stem}", file)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return last_function(module), self.arguments(module)

    def arguments(self, module: ModuleType) -> dict[str, Any]:
        names = {"f64": _Arrays(float), "f32": _Arrays(np.float32), "c128": _Arrays(complex), "np": np}
        return eval(f"dict({self.settings['args']})", {**vars(module), **names})

    def rewrite(self, expected: str) -> None:
        self.path.write_text(f"{self.program.rstrip()}\n{MARK}{expected}")


def read(path: Path) -> Case:
    """The case in a file; a file without an output yet expects an empty one."""
    program, _, expected = path.read_text().partition(MARK)
    found = _HEADER.match(program)
    assert found is not None, f"{path}: a golden file starts with `# case:`"
    header = " ".join(line.lstrip("# ").strip() for line in found.group(1).splitlines())
    head, _, args = header.partition(" args=")
    first, *settings = head.removeprefix("case:").split()
    pairs = dict(setting.split("=", 1) for setting in settings)
    return Case(path, first, {**pairs, "args": args}, program.rstrip() + "\n", expected)


def last_function(module: ModuleType) -> FunctionType:
    own = [f for f in vars(module).values() if isinstance(f, FunctionType) and f.__module__ == module.__name__]
    return max(own, key=lambda f: f.__code__.co_firstlineno)


def cases(*families: str) -> list[Path]:
    """The files of these families, or of all that hold emitted functions."""
    special = {"ir", "errors"}
    return [path for path in sorted(FOLDER.glob("*/*.py"))
            if (path.parent.name in families if families else path.parent.name not in special)]


def name(path: Path) -> str:
    return path.relative_to(FOLDER).with_suffix("").as_posix()


def commented(text: str) -> str:
    return "".join(f"# {line}".rstrip() + "\n" for line in text.rstrip().splitlines())
