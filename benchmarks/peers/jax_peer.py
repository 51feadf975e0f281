"""JAX, jitted, in an interpreter of its own: `JAX_PYTHON` names one.

The parent sends program and size, the child measures by itself (not interleaved with the others, which is said) and
sends back times and gradient. Every number that is not differentiated is a static argument.
"""
from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

NAME = "jax jit"
SECONDS = 60.0  # for one program and size, compiling included
ROOT = Path(__file__).resolve().parents[2]


def measure(name: str, size: int, rounds: int) -> dict[str, Any]:
    """`{"seconds", "compile", "bars"}` for a program, or `{"cannot": reason}`."""
    return asked(["benchmarks.peers.jax_peer"], {"name": name, "size": size, "rounds": rounds}, SECONDS)


def asked(module: list[str], request: Any, seconds: float) -> dict[str, Any]:
    """What a module (with its arguments) answers to a request in JAX's interpreter, or `{"cannot": reason}`."""
    interpreter = os.environ.get("JAX_PYTHON")
    if not interpreter:
        return {"cannot": "JAX_PYTHON is not set"}
    environment = os.environ | {
        "PYTHONPATH": str(ROOT), "JAX_PLATFORMS": "cpu",
        "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    }
    try:
        done = subprocess.run([interpreter, "-m", *module], input=json.dumps(request), text=True, cwd=ROOT,
                              capture_output=True, env=environment, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        return {"cannot": f"not compiled and run within {seconds:.0f} s (loops are unrolled)"}
    lines = done.stdout.splitlines()
    if done.returncode or not lines:
        return {"cannot": (done.stderr.strip().splitlines() or ["no answer"])[-1][:150]}
    return json.loads(lines[-1])


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """What the child finds out."""
    from benchmarks.harness import best_times  # before NumPy: it limits the threads

    jax: Any = import_module("jax")
    jax.config.update("jax_enable_x64", True)
    import_module("jax.numpy")
    import numpy as np

    from benchmarks.peers import adapted, why
    from benchmarks.programs import PROGRAMS

    program = PROGRAMS[request["name"]]
    arguments = program.arguments(request["size"], np.random.default_rng(0))
    static = tuple(i for i, a in enumerate(arguments) if i not in program.wrt and not isinstance(a, np.ndarray))
    primal = adapted(program, jax.numpy)
    run = jax.jit(jax.value_and_grad(primal, argnums=program.wrt), static_argnums=static)
    start = time.perf_counter()
    try:
        _, bars = jax.block_until_ready(run(*arguments))
    except Exception as error:
        return {"cannot": why(error)}
    compiled = time.perf_counter() - start
    on_device = [a if i in static else jax.numpy.asarray(a) for i, a in enumerate(arguments)]
    times = best_times({"jax": lambda: jax.block_until_ready(run(*on_device))}, request["rounds"])
    return {"seconds": times["jax"], "compile": compiled, "bars": [np.asarray(bar).tolist() for bar in bars]}


if __name__ == "__main__":
    print(json.dumps(answer(json.loads(sys.stdin.read()))))
