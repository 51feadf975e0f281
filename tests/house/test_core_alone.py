"""With NumPy and platformdirs alone everything works but what the extras bring, and that says which extra it needs."""
from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.house.tree import ROOT

PROGRAM = '''
import importlib.abc, json, math, sys, warnings

class AllBut(importlib.abc.MetaPathFinder):
    """Finds what the others find, but the extras."""

    others = list(sys.meta_path)

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("scipy", "numba", "llvmlite", "optree", "libcst", "torch"):
            return None
        return next((spec for f in self.others if (spec := f.find_spec(name, path, target)) is not None), None)

sys.meta_path[:] = [AllBut()]
import numpy as np
import ad_compiler as ad
import runtime as torch

def energy(x, k):
    total = 0.0
    for i in range(len(x)):
        total += k * math.sin(x[i])
    return total

def on_the_tape(x):
    global seen
    seen = math.sin(x[0]) + math.log(x[1])
    return seen

def gamma_on_the_tape(x):
    global seen
    seen = math.gamma(x[0])
    return seen

def backward():
    t = torch.tensor([1.0, 2.0], requires_grad=True)
    (t * torch.sin(t)).sum().backward()
    return t.grad.numpy()

def saved():
    gradient = ad.grad(energy)
    gradient(X, 2.0)
    gradient.save(sys.argv[1])
    space = {}
    exec(open(sys.argv[1]).read(), space)
    return space["energy_grad"](X, 2.0)

X = np.array([1.0, 2.0])
found = {}
def note(name, call):
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            found[name] = np.asarray(call()).tolist()
        except ModuleNotFoundError as error:
            found[name] = str(error)
    found[name, "said"] = [str(w.message) for w in said]

note("grad", lambda: ad.grad(energy)(X, 2.0))
note("again", lambda: ad.grad(energy)(X, 2.0))
note("jvp", lambda: ad.jvp(energy, (X, 2.0), (X, 0.0))[1])
note("saved", saved)
note("tape", lambda: ad.grad(on_the_tape)(X))
note("backward", backward)
note("native", lambda: ad.grad(energy, backend="native")(X, 2.0))
note("check", lambda: len(ad.check(energy, X, 2.0).slopes))
note("gamma", lambda: ad.grad(gamma_on_the_tape, on_unsupported="tape")(X))
note("sparse", lambda: ad.sparse_jacobian(lambda x: x**2)(X))
note("erfcx", lambda: torch.special.erfcx(torch.ones(2)).numpy())
note("matrix_exp", lambda: torch.linalg.matrix_exp(torch.eye(2)).numpy())
print(json.dumps({name if isinstance(name, str) else "said by " + name[0]: value for name, value in found.items()}))
'''


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What each call gave or raised in a process that cannot import the extras."""
    folder: Path = tmp_path_factory.mktemp("alone")
    (folder / "program.py").write_text(PROGRAM)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "AD_COMPILER_CACHE": str(folder / "cache")}
    environment.pop("NUMBA_DISABLE_JIT", None)
    output = subprocess.check_output([sys.executable, str(folder / "program.py"), str(folder / "saved.py")],
                                     text=True, env=environment)
    return json.loads(output.splitlines()[-1])


def test_all_of_the_core_works(found: dict[str, Any]) -> None:
    gradient = [1.0806046117362795, -0.8322936730942848]
    for name in ("grad", "again", "saved", "native"):
        assert found[name] == pytest.approx(gradient), name
    assert found["jvp"] == pytest.approx(gradient[0] + 2.0 * gradient[1])
    assert found["tape"] == pytest.approx([0.5403023058681398, 0.5])
    assert found["backward"] == pytest.approx([1.3817732, 0.0770038])
    assert found["check"] == 4


def test_what_is_missing_is_named(found: dict[str, Any]) -> None:
    assert "pip install ad-compiler[native]" in " ".join(found["said by native"])
    for name in ("sparse", "erfcx", "matrix_exp", "gamma"):
        assert "needs SciPy, which is not installed: `pip install ad-compiler[scipy]`" in str(found[name]), name
