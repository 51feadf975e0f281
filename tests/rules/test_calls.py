"""Every call listed in `tests/rules/calls`, as a user writes it: compiled, forward, slow, and on the tape.

A line is an expression over `x` (3 by 4, positive, distinct), `v` (5 numbers of both signs), `s` (a float) and `A` (4
by 4, symmetric, positive definite). A section `## tape` holds calls that run on the tape only, since the type of their
result is not known when compiling; `## compiled only` what the tape does not take; `## refused` calls that neither way
takes, which must raise.
"""
from __future__ import annotations

import importlib.util
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler import pipeline
from ad_compiler.errors import Diagnostic, UnsupportedError

HERE = Path(__file__).parent / "calls"
HEADS = {
    "numpy": "import cmath\nimport math\nimport operator\n\nimport numpy as np\n",
    "scipy": "import numpy as np\n",
}


def listed(library: str) -> Iterator[tuple[str, str]]:
    """The calls of a file with the section that they are in."""
    section = "compiled"
    for line in (HERE / f"{library}.txt").read_text().splitlines():
        if line.startswith("## "):
            section = line[3:].strip()
        elif line and not line.startswith("#"):
            yield section, line


def arguments() -> tuple[np.ndarray, np.ndarray, float, np.ndarray]:
    rng = np.random.default_rng(3)
    x = rng.permutation(np.linspace(0.4, 1.9, 12)).reshape(3, 4) + rng.uniform(-0.03, 0.03, (3, 4))
    v = np.array([0.8, -1.3, 2.1, 0.37, -0.4])
    matrix = np.array([[4.0, 1, 0.3, 0.2], [1, 5, 0.5, 0.4], [0.3, 0.5, 6, 1], [0.2, 0.4, 1, 4.5]])
    return x, v, 0.9, matrix


def directions() -> tuple[np.ndarray, np.ndarray, float, np.ndarray]:
    rng = np.random.default_rng(4)
    square = rng.normal(size=(4, 4))
    return rng.normal(size=(3, 4)), rng.normal(size=5), 0.7, square + square.T


def program(library: str, call: str, folder: Path) -> Callable[..., Any]:
    """`def program(x, v, s, A): return np.sum(np.sin(0.7 * (call) + 0.3))`, read from a file."""
    text = f"def program(x, v, s, A):\n    r = {call}\n    return np.sum(np.sin(0.7 * r + 0.3))\n"
    return load_module(library, text, folder / "called.py")


def load_module(library: str, text: str, path: Path) -> Callable[..., Any]:
    """The function `program` of a file with this text below what the calls of a library need."""
    if library == "scipy":
        pytest.importorskip("scipy")
    setup = HERE / f"{library}_setup.txt"
    path.write_text(f"{HEADS[library]}{setup.read_text() if setup.exists() else ''}\n\n{text}")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.program


def along(function: Callable[..., Any]) -> float:
    """The derivative along `directions`, by differences of fourth order."""
    def at(amount: float) -> float:
        return float(function(*(a + amount * u for a, u in zip(arguments(), directions(), strict=True))))
    step = 1e-4
    return (8 * (at(step) - at(-step)) - (at(2 * step) - at(-2 * step))) / (12 * step)


def gradient(function: Callable[..., Any], **options: Any) -> float:
    """The derivative along `directions`, from the gradient; the value must be the function's own."""
    value, bars = ad.value_and_grad(function, argnums=(0, 1, 2, 3), **options)(*arguments())
    assert np.allclose(value, function(*arguments()), rtol=1e-8, atol=1e-8)
    return sum(float(np.sum(np.asarray(bar) * u)) for bar, u in zip(bars, directions(), strict=True))


def agrees(one: float, two: float) -> bool:
    return math.isclose(one, two, rel_tol=5e-6, abs_tol=5e-6)


def cases(*sections: str) -> list[Any]:
    return [pytest.param(library, call, id=call) for library in HEADS if (HERE / f"{library}.txt").exists()
            for section, call in listed(library) if section in sections]


def _load(library: str, call: str, tmp_path: Path) -> Callable[..., Any]:
    function = program(library, call, tmp_path)
    try:
        with np.errstate(all="ignore"):
            function(*arguments())
    except (AttributeError, TypeError) as error:
        if isinstance(error, TypeError) and np.lib.NumpyVersion(np.__version__) >= "2.2.0":
            raise
        pytest.skip(f"not in this version: {error}")
    return function


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("library", "call"), cases("compiled", "compiled only"))
def test_compiled(library: str, call: str, tmp_path: Path) -> None:
    function = _load(library, call, tmp_path)
    with np.errstate(all="ignore"):
        expected = along(function)
        for mode in ("fast", "slow"):
            assert agrees(gradient(function, on_unsupported="error", mode=mode), expected), mode
        _, tangent = ad.jvp(function, arguments(), directions(), on_unsupported="error")
        assert agrees(float(tangent), expected), "jvp"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("library", "call"), cases("compiled", "tape"))
def test_on_the_tape(library: str, call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    function = _load(library, call, tmp_path)

    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise UnsupportedError([Diagnostic("AD100", None, "the tape is asked for", "")])
    monkeypatch.setattr(pipeline, "lower_function", refuse)
    with np.errstate(all="ignore"):
        expected = along(function)
        assert agrees(gradient(function), expected)
        _, tangent = ad.jvp(function, arguments(), directions())
        assert agrees(float(tangent), expected), "jvp"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("library", "call"), cases("refused"))
def test_refused(library: str, call: str, tmp_path: Path) -> None:
    function = _load(library, call, tmp_path)
    with pytest.raises((UnsupportedError, TypeError, NotImplementedError)):
        gradient(function)
