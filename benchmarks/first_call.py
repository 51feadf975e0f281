"""What the first gradient of a fifty-line function costs in a fresh process, imports excluded.

Median of five processes, process time; target 50 ms. With JAX_PYTHON set to an interpreter that has JAX, its
tracing and compiling of the same text stands beside it.
"""
from __future__ import annotations

import importlib
import os
import pkgutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import fifty_lines
from benchmarks.harness import publish

PROCESSES = 5
WRT = (0, 1, 2)
LIBRARIES = ("libcst", "optree", "tokenize")
NOT_NEEDED = ("ad_compiler.native", "ad_compiler.bridge")


def ours() -> float:
    """Seconds of the first call of a compiled gradient, every module it may need being loaded already."""
    import ad_compiler

    for library in LIBRARIES:
        importlib.import_module(library)
    for module in pkgutil.walk_packages(ad_compiler.__path__, "ad_compiler."):
        if not module.name.startswith(NOT_NEEDED):
            importlib.import_module(module.name)
    arguments = fifty_lines.arguments()
    start = time.process_time()
    gradient = ad_compiler.value_and_grad(fifty_lines.epidemic_misfit, argnums=WRT)
    gradient(*arguments)
    return time.process_time() - start


def jax() -> float:
    """Seconds of JAX's trace and compile of the same text, its backend being awake already."""
    import jax as jax_library

    jax_library.config.update("jax_enable_x64", True)
    jax_library.jit(lambda x: x + 1.0)(1.0)
    text = Path(fifty_lines.__file__).read_text()
    namespace: dict[str, Any] = {}
    exec(text.replace("import numpy as np", "import jax.numpy as np"), namespace)
    arguments = fifty_lines.arguments()
    start = time.process_time()
    gradient = jax_library.jit(jax_library.value_and_grad(namespace["epidemic_misfit"], argnums=WRT))
    gradient.lower(*arguments).compile()
    return time.process_time() - start


CHILDREN: dict[str, Callable[[], float]] = {"ours": ours, "jax": jax}


def in_fresh_processes(interpreter: str, child: str) -> list[float]:
    """The child's seconds in five new processes, each with an empty cache directory."""
    seconds = []
    for _ in range(PROCESSES):
        with tempfile.TemporaryDirectory() as cache:
            environment = os.environ | {"XDG_CACHE_HOME": cache, "JAX_PLATFORMS": "cpu"}
            command = [interpreter, "-m", "benchmarks.first_call", child]
            seconds.append(float(subprocess.check_output(command, env=environment, text=True).split()[-1]))
    return seconds


def main() -> None:
    interpreters = {"ours": sys.executable, "jax": os.environ.get("JAX_PYTHON")}
    notes = ["JAX: not measured, JAX_PYTHON is not set" if interpreters["jax"] is None
             else "JAX unrolls the loops (8 laps); its figure is trace and compile only"]
    rows = []
    for name, interpreter in interpreters.items():
        if interpreter:
            seconds = in_fresh_processes(interpreter, name)
            rows.append({"first call of": name, "median": median(seconds), "least": min(seconds),
                         "most": max(seconds)})
    publish("first_call", rows, notes)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(CHILDREN[sys.argv[1]]())
    else:
        main()
