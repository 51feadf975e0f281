"""Every call of `tests/rules/calls` between writes: into the arrays that it was given, and into its result.

What an adjoint or a tangent reads after a write, and what shares memory with what, shows in programs only:

    r = np.linalg.qr(A)[1]
    A[1] = 0.5 * A[2] + s
    r *= 1.5

A tenth, drawn with a fixed seed, is tested always; the others with `make test-long`.
"""
from __future__ import annotations

import math
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler import pipeline
from ad_compiler.errors import CompileError, Diagnostic, UnsupportedError
from tests.rules.test_calls import HEADS, along, directions, gradient, listed, load_module
from tests.rules.test_calls import arguments as given

PROGRAM = """\
def program(x, v, s, A):
    x, v, A = x * 1.0, 1.0 * v, 1.0 * A
    r = {call}
    x *= 1.25
    v[1] = v[0] * x[1, 2]
    v += 0.125
    A[1] = 0.5 * A[2] + s
    x[2] = 0.25
    {written}
    return np.sum(np.sin(0.7 * r + 0.3)) + np.sum(np.cos(x)) * np.sum(np.sin(v)) + np.sum(np.sin(A))
"""
WRITTEN = "r *= 1.5\n    r[1:] = np.sin(r[1:]) + 0.1"
# Written into by the call itself; solved to a tolerance; values so large that differences say little.
LEFT_OUT = ("overwrite", "so.", "si.", "grid3d", "hermmul", "lagmul", "lagfromroots",
            "matrix_power(A, 3)", "cotdg")
# Always: each was wrong once.
ALWAYS = ("np.modf(v)[0]", "np.polydiv(v, v[:2])[0]", "np.linalg.qr(x.T)[1]", "x.conj()", "np.ix_(v, v)[0]",
          "np.linalg.lstsq(x.T, v[:4], rcond=None)[0]",
          "np.lib.stride_tricks.as_strided(v, shape=(3, 3), strides=(8, 8))", "sl.cho_factor(A)[0]")


def cases() -> list[Any]:
    found = [(library, call) for library in HEADS for section, call in listed(library)
             if section == "compiled" and not any(word in call for word in LEFT_OUT)]
    always = set(random.Random(4).sample(range(len(found)), len(found) // 10))
    return [pytest.param(*case, id=case[1], marks=[] if k in always or case[1] in ALWAYS else [pytest.mark.slow])
            for k, case in enumerate(found)]


def agrees(one: float, two: float) -> bool:
    return math.isclose(one, two, rel_tol=5e-5, abs_tol=5e-5)  # sines of sines: differences say no more


def program(library: str, call: str, path: Path, *, written: bool) -> Callable[..., Any]:
    """The program of a call, which also writes into the result if that is an array that can be written."""
    return load_module(library, PROGRAM.format(call=call, written=WRITTEN if written else "pass"), path)


def is_written(library: str, call: str, path: Path) -> bool:
    found = load_module(library, f"def program(x, v, s, A):\n    return {call}\n", path)(*given())
    return isinstance(found, np.ndarray) and found.ndim > 0 and found.dtype.kind in "fc" and found.flags.writeable


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("library", "call"), cases())
def test_between_writes(library: str, call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with np.errstate(all="ignore"):
        for written in (False, True)[:1 + is_written(library, call, tmp_path / "plain.py")]:
            function = program(library, call, tmp_path / f"written_{written}.py", written=written)
            expected = along(function)
            try:
                assert agrees(gradient(function, on_unsupported="error"), expected)
                assert agrees(float(ad.jvp(function, given(), directions(), on_unsupported="error")[1]), expected)
            except CompileError as error:
                assert "both written" in str(error) or "elements share memory" in str(error), error
            check_tape(program(library, call, tmp_path / f"tape_{written}.py", written=written), expected, monkeypatch)


def check_tape(function: Callable[..., Any], expected: float, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise UnsupportedError([Diagnostic("AD100", None, "the tape is asked for", "")])

    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "lower_function", refuse)
        try:
            assert agrees(gradient(function), expected)
        except UnsupportedError as error:  # a view whose elements share memory
            assert "read-only" in str(error), error
