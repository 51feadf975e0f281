"""What every public name says of itself: a docstring, an example, and examples that are true."""
from __future__ import annotations

import doctest
import inspect
import pkgutil
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import ad_compiler
import runtime
from ad_compiler import testing

MODULES = [found.name for package in (ad_compiler, runtime)
           for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
           if ">>>" in (Path(found.module_finder.path) / (
               found.name.rpartition(".")[2] + ("/__init__.py" if found.ispkg else ".py"))).read_text()]
PUBLIC = [(ad_compiler, name) for name in ad_compiler.__all__ if name not in ("errors", "testing", "LoopFallback")] + [
    (testing, name) for name in dir(testing) if inspect.isfunction(getattr(testing, name))
    and getattr(testing, name).__module__ == testing.__name__ and not name.startswith("_")]


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_are_true(name: str) -> None:
    pytest.importorskip("scipy")
    module = import_module(name)
    # the name is that of a user's module: a function of ours would be what its name says
    space: dict[str, Any] = {**vars(module), "__name__": "examples"}
    assert doctest.testmod(module, globs=space).failed == 0


@pytest.mark.parametrize(("module", "name"), PUBLIC, ids=lambda found: getattr(found, "__name__", found))
def test_a_public_name_has_an_example(module: Any, name: str) -> None:
    assert ">>>" in (inspect.getdoc(getattr(module, name)) or "")


def test_all_that_the_tape_offers_is_described() -> None:
    found = {name: getattr(runtime, name) for name in dir(runtime) if not name.startswith("_")}
    assert [name for name, value in found.items() if callable(value) and not inspect.getdoc(value)] == []
