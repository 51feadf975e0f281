"""Who may import whom: the layers of the product, read from the text of every module.

The flow has one direction (text -> IR -> facts -> transformed IR -> text), and heavy libraries belong to one
layer each. `LAYERS` is the whole rule; `docs/architecture.md` says why.
"""
from __future__ import annotations

import sys

import pytest

from tests.house.tree import Import, imports, modules

# What every stage of the compiler may build on.
BASE = {
    "ad_compiler.errors", "ad_compiler.extras", "ad_compiler.ir", "ad_compiler.naming", "ad_compiler.parameters",
    "ad_compiler.rules", "ad_compiler.support",
}
# A layer and the layers of our own that it may import. A module belongs to the longest prefix listed here.
LAYERS: dict[str, set[str]] = {
    "ad_compiler.errors": set(),
    "ad_compiler.extras": set(),
    "ad_compiler.parameters": set(),
    "ad_compiler.support": set(),
    "ad_compiler.rules": {"ad_compiler.support"},
    "ad_compiler.ir": {"ad_compiler.errors"},
    "ad_compiler.naming": {"ad_compiler.errors", "ad_compiler.ir"},
    "ad_compiler.analysis": BASE,
    # reading a program and finding its types go hand in hand: the types decide what a name means
    "ad_compiler.frontend": BASE | {"ad_compiler.analysis"},
    "ad_compiler.transform": BASE | {"ad_compiler.analysis"},
    "ad_compiler.backend": BASE | {"ad_compiler.analysis"},
    "ad_compiler.native": BASE | {"ad_compiler.analysis", "ad_compiler.transform", "ad_compiler.backend"},
    "runtime": {
        "ad_compiler.errors", "ad_compiler.extras", "ad_compiler.parameters", "ad_compiler.rules",
        "ad_compiler.support",
    },
    # running on the tape what cannot be compiled: the one way from the compiler to the tape
    "ad_compiler.bridge": BASE | {"ad_compiler.frontend", "runtime"},
    "ad_compiler.pipeline": BASE | {
        "ad_compiler.frontend", "ad_compiler.analysis", "ad_compiler.transform", "ad_compiler.backend",
        "ad_compiler.native", "ad_compiler.bridge",
    },
    # calls: arguments and signatures, dispatch to compiled code, results, reports, saved modules; kernels of an earlier
    # process are called without the pipeline
    "ad_compiler.interface": BASE | {
        "ad_compiler.frontend", "ad_compiler.analysis", "ad_compiler.backend", "ad_compiler.pipeline",
        "ad_compiler.bridge", "ad_compiler.native",
    },
    "ad_compiler.api": {"ad_compiler.errors", "ad_compiler.support", "ad_compiler.interface"},
    "ad_compiler.testing": {"ad_compiler.errors", "ad_compiler.interface", "ad_compiler.api"},
    "ad_compiler": {"ad_compiler.api", "ad_compiler.errors", "ad_compiler.testing"},
}

# Modules that belong to another layer and stand beside it; `recording` stands for `recording_numpy` too.
PART_OF = {
    "ad_compiler.report": "ad_compiler.interface",
    "ad_compiler.saving_module": "ad_compiler.interface",
    "ad_compiler.recording": "ad_compiler.bridge",
    "ad_compiler.bridge": "ad_compiler.bridge",
    "ad_compiler.pipeline_batched": "ad_compiler.pipeline",
    "ad_compiler.pipeline_callees": "ad_compiler.pipeline",
    "ad_compiler.pipeline_forward": "ad_compiler.pipeline",
    "ad_compiler.pipeline_loops": "ad_compiler.pipeline",
    "ad_compiler.pipeline_pullback": "ad_compiler.pipeline",
    "ad_compiler.pipeline_results": "ad_compiler.pipeline",
    "ad_compiler.pipeline_tape": "ad_compiler.pipeline",
}

# Libraries from outside, and the layers that may use them, those in `LAZY` inside functions only. Families of
# rules about SciPy may import it at once, because the table joins them when the program has imported SciPy.
OUTSIDE: dict[str, set[str]] = {
    "numpy": set(LAYERS) - {"ad_compiler", "ad_compiler.errors"},
    "scipy": {"ad_compiler.rules", "ad_compiler.bridge", "ad_compiler.analysis", "ad_compiler.interface", "runtime"},
    "numba": {"ad_compiler.native"},
    "llvmlite": {"ad_compiler.native"},
    "platformdirs": {"ad_compiler.backend", "ad_compiler.native"},
}
NEWER = {"annotationlib"}  # in the standard library of a later Python than the oldest that is supported
LAZY = {"numba", "llvmlite", "platformdirs"}


def layer_of(module: str) -> str:
    """The longest listed prefix of a module's name."""
    for beside, layer in PART_OF.items():
        if module == beside or module.startswith((f"{beside}_", f"{beside}.")):
            return layer
    parts = module.split(".")
    for length in range(len(parts), 0, -1):
        if (prefix := ".".join(parts[:length])) in LAYERS:
            return prefix
    raise AssertionError(f"{module} belongs to no layer: add it to LAYERS")


def trespasses(module: str) -> list[str]:
    """What a module imports and may not."""
    judged = [(found.line, judge(module, found)) for found in imports(module)]
    return [f"{module}:{line}: {problem}" for line, problem in judged if problem]


def judge(module: str, found: Import) -> str:
    """Why this import is not allowed, or an empty string."""
    top = found.target.partition(".")[0]
    layer = layer_of(module)
    if top in {"ad_compiler", "runtime"}:
        return judge_own(layer, found)
    if top in sys.stdlib_module_names | NEWER:
        return ""
    if layer not in OUTSIDE.get(top, set()):
        return f"{layer} may not use {top}"
    if top in LAZY and not (found.lazy or found.typing_only):
        return f"{top} must be imported inside the function that needs it"
    return ""


def judge_own(layer: str, found: Import) -> str:
    target = layer_of(found.target)
    if target != layer and target not in LAYERS[layer]:
        return f"{layer} may not import {target}"
    if target == "runtime" and layer != "runtime" and not (found.lazy or found.typing_only):
        return "runtime must be imported inside the function that needs it"
    return ""


@pytest.mark.parametrize("module", sorted(modules()))
def test_imports_stay_in_their_layer(module: str) -> None:
    assert trespasses(module) == []


def test_layers_have_no_cycle() -> None:
    assert find_cycle({layer: sorted(below) for layer, below in LAYERS.items()}) == []


def test_modules_have_no_cycle() -> None:
    """Imports that run when a module is loaded form no cycle."""
    assert find_cycle({module: loaded_first(module) for module in modules()}) == []


def loaded_first(module: str) -> list[str]:
    """Modules of ours that importing this one loads."""
    eager = [found.target for found in imports(module) if not found.lazy and not found.typing_only]
    return sorted({target for target in eager if target in modules() and target != module})


def find_cycle(graph: dict[str, list[str]]) -> list[str]:
    """A path that returns to its start, or an empty list."""
    done: set[str] = set()

    def search(node: str, path: list[str]) -> list[str]:
        if node in path:
            return [*path[path.index(node):], node]
        if node in done:
            return []
        for following in graph.get(node, ()):
            if cycle := search(following, [*path, node]):
                return cycle
        done.add(node)
        return []

    for start in graph:
        if cycle := search(start, []):
            return cycle
    return []


@pytest.mark.parametrize(("module", "target", "lazy", "allowed"), [
    ("ad_compiler.rules.row", "ad_compiler.ir.nodes", False, False),
    ("ad_compiler.rules.row", "ad_compiler.support", False, True),
    ("ad_compiler.transform.reverse", "numba", True, False),
    ("ad_compiler.transform.reverse", "ad_compiler.frontend.source", True, False),
    ("ad_compiler.frontend.source", "numpy", False, True),
    ("ad_compiler.native.jit", "numba", False, False),
    ("ad_compiler.native.jit", "numba", True, True),
    ("ad_compiler.bridge", "runtime.tape", False, False),
    ("ad_compiler.bridge", "runtime.tape", True, True),
    ("ad_compiler.api", "runtime.tape", True, False),
    ("runtime.tape", "ad_compiler.pipeline", True, False),
    ("runtime.tape", "torch", True, False),
])
def test_the_judge_itself(module: str, target: str, lazy: bool, allowed: bool) -> None:
    assert (judge(module, Import(target, 1, lazy, typing_only=False)) == "") is allowed


def test_cycles_are_found() -> None:
    assert find_cycle({"a": ["b"], "b": ["c"], "c": ["b"]}) == ["b", "c", "b"]
    assert find_cycle({"a": ["b", "c"], "b": ["c"], "c": []}) == []
