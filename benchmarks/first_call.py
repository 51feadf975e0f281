"""What the first gradient of a fifty-line function costs in a fresh process, imports excluded.

Median of five processes, process time; target 50 ms. With JAX_PYTHON set to an interpreter that has JAX, its
tracing and compiling of the same text stands beside it.
"""
from __future__ import annotations

import importlib
import os
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


def loaded() -> str:
    """The modules that a first call loads: what a timed process imports before it looks at the clock.

    What is loaded may depend on what is loaded already, so a process is given what the one before it found."""
    for name in sys.stdin.read().split():
        importlib.import_module(name)
    import ad_compiler

    gradient = ad_compiler.value_and_grad(fifty_lines.epidemic_misfit, argnums=WRT, on_unsupported="error")
    gradient(*fifty_lines.arguments())
    return " ".join(name for name, module in sys.modules.items() if getattr(module, "__spec__", None))


def ours() -> float:
    """Seconds of the first call of a compiled gradient."""
    for name in sys.stdin.read().split():
        importlib.import_module(name)
    import ad_compiler

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


CHILDREN: dict[str, Callable[[], Any]] = {"loaded": loaded, "ours": ours, "jax": jax}


def in_fresh_process(interpreter: str, child: str, given: str = "") -> str:
    """What a child prints in a new process with an empty cache directory."""
    with tempfile.TemporaryDirectory() as cache:
        environment = os.environ | {"XDG_CACHE_HOME": cache, "JAX_PLATFORMS": "cpu"}
        command = [interpreter, "-m", "benchmarks.first_call", child]
        return subprocess.check_output(command, env=environment, input=given, text=True).splitlines()[-1]


def row(interpreter: str, child: str, given: str = "") -> dict[str, Any]:
    """Median and range of the child's seconds."""
    seconds = [float(in_fresh_process(interpreter, child, given)) for _ in range(PROCESSES)]
    return {"first call of": child, "median": median(seconds), "least": min(seconds), "most": max(seconds)}


def main() -> None:
    names = in_fresh_process(sys.executable, "loaded", in_fresh_process(sys.executable, "loaded"))
    rows = [row(sys.executable, "ours", names)]
    if interpreter := os.environ.get("JAX_PYTHON"):
        rows.append(row(interpreter, "jax"))
        note = "JAX unrolls the loops (8 laps); its figure is trace and compile only"
    else:
        note = "JAX: not measured, JAX_PYTHON is not set"
    publish("first_call", rows, [note])


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(CHILDREN[sys.argv[1]]())
    else:
        main()
