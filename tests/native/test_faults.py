"""What goes wrong outside of a program: no numba, a numba that is broken or refuses, an installation that changes."""
from __future__ import annotations

import importlib.util
import warnings
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler.errors import NumpyFallback
from ad_compiler.native import compile as backend
from ad_compiler.native import launch, machine, machine_numba


def settle(x: Any) -> Any:
    y = x.copy()
    for i in range(1, len(y)):
        y[i] = np.sin(y[i - 1]) * x[i] + y[i]
    return np.sum(y)


X = np.linspace(0.2, 1.4, 7)


@pytest.fixture(autouse=True)
def _as_machine_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NUMBA_DISABLE_JIT", raising=False)
    monkeypatch.setenv("AD_COMPILER_CACHE", "off")
    monkeypatch.setattr(launch, "_said", set())


def test_without_numba_numpy_does_the_work_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def recurrence(x: Any) -> Any:
        y = x.copy()
        for i in range(1, len(y)):
            y[i] = np.cos(y[i - 1]) * x[i] + y[i]
        return np.sum(y)

    monkeypatch.setattr(backend, "find_spec", lambda name: None)
    gradient = ad.grad(recurrence, backend="native")
    with pytest.warns(NumpyFallback, match=r"pip install ad-compiler\[native\]"):
        found = gradient(X)
    assert np.array_equal(found, ad.grad(recurrence)(X))
    assert gradient.report().backend == "numpy"
    assert gradient.report().fallbacks == (backend.MISSING,)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ad.grad(recurrence, backend="auto")(X)  # nobody asked for kernels


@pytest.mark.skipif(importlib.util.find_spec("numba") is None, reason="numba is not installed")
def test_a_numba_that_fails_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> Any:
        raise ImportError("Numba needs NumPy 2.2 or less")

    monkeypatch.setattr(machine, "_kernels", {})
    monkeypatch.setattr(machine_numba, "object_code", fail)
    gradient = ad.grad(settle, backend="native")
    with pytest.warns(NumpyFallback, match=r"Numba needs NumPy 2\.2 or less"):
        found = gradient(X)
    assert np.array_equal(found, ad.grad(settle)(X))
    report = gradient.report()
    assert report.backend == "numpy"
    assert any("Numba needs NumPy" in reason for reason in report.fallbacks)


def test_the_key_of_machine_code_knows_an_installation_that_is_not_whole(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = machine.versions()
    (tmp_path / "numba").mkdir()
    (tmp_path / "numba" / "__init__.py").write_text("")
    monkeypatch.setattr(machine, "_versions", {})
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: importlib.util.spec_from_file_location(
        name, tmp_path / "numba" / "__init__.py", submodule_search_locations=[str(tmp_path / "numba")]))
    assert machine.versions() != whole
