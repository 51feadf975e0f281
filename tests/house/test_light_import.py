"""`import ad_compiler` costs next to nothing: what a call needs is loaded by the first call that needs it."""
from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.house.tree import ROOT

HEAVY = ("libcst", "numba", "llvmlite", "scipy", "optree", "platformdirs", "torch", "matplotlib", "rich")


def loaded_by(statement: str) -> set[str]:
    """Top-level modules that a fresh process has loaded after a statement."""
    code = f"{statement}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    output = subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True)
    return set(json.loads(output.splitlines()[-1]))


@pytest.mark.parametrize("module", ["ad_compiler", "ad_compiler.rules", "ad_compiler.testing"])
def test_nothing_heavy_is_loaded(module: str) -> None:
    loaded = loaded_by(f"import {module}")
    assert "ad_compiler" in loaded
    assert loaded.isdisjoint(HEAVY)
    assert "runtime" not in loaded


def test_looking_up_a_rule_loads_numpy_only() -> None:
    loaded = loaded_by("import numpy\nfrom ad_compiler import rules\nassert rules.find(numpy.sin)")
    assert loaded.isdisjoint(HEAVY)


def test_the_package_alone_does_not_load_numpy() -> None:
    assert "numpy" not in loaded_by("import ad_compiler")


def test_runtime_loads_neither_parser_nor_compiler() -> None:
    loaded = loaded_by("import runtime")
    assert loaded.isdisjoint(HEAVY)
    assert not {name for name in loaded if name.startswith(("ad_compiler.frontend", "ad_compiler.transform"))}


def test_every_public_name_is_found() -> None:
    import ad_compiler

    public = [name for name in dir(ad_compiler) if not name.startswith("_")]
    assert {"grad", "value_and_grad", "vjp", "jvp", "hvp", "source"} <= set(public)
    assert all(getattr(ad_compiler, name) is not None for name in public)
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = ad_compiler.no_such_name
