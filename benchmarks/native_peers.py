"""The native backend beside JAX and beside adjoints written by hand as numba loops.

    JAX_PYTHON=/an/interpreter/with/jax python -m benchmarks.native_peers [--kernels a b] [--size 1]

A kernel that is not native, or whose gradient differs from the NumPy backend's, is an error. The sides native, primal
and by hand are taken in turns; JAX is measured in a process of its own, right after them. Values of `compile` are first
calls, disk cache off; what numba takes to be imported and to compile its first function is left out, on both sides.
"""
from __future__ import annotations

import argparse
import json
import math
import os
import sys
import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any

from benchmarks.harness import best_times, publish  # first: it limits the threads
from benchmarks.peers.jax_peer import asked

os.environ["AD_COMPILER_CACHE"] = "off"

import numpy as np

SECONDS = 120.0  # for one kernel under JAX, compiling included


def measure(name: str, which: int, rounds: int, seconds: float) -> dict[str, Any]:
    """One row. Raises AssertionError for a kernel that is not native or not right."""
    import ad_compiler
    from benchmarks.native_kernels import KERNELS

    kernel = KERNELS[name]
    arguments = kernel.arguments(kernel.sizes[which], np.random.default_rng(0))
    value, expected = ad_compiler.value_and_grad(kernel.primal, argnums=kernel.wrt)(*arguments)
    native = ad_compiler.value_and_grad(kernel.primal, argnums=kernel.wrt, backend="native")
    began = time.process_time()
    found = native(*arguments)
    first = time.process_time() - began
    (special,) = native.used
    assert special.main.backend == "native", f"{name}: {special.main.fallbacks}"
    assert not any(k.given_up for k in special.main.native.kernels), f"{name}: NumPy did the work of a kernel"
    agree(name, (value, expected), found)
    sides: dict[str, Callable[[], Any]] = {"native": lambda: native(*arguments)}
    primal = ad_compiler.jit(kernel.primal)
    np.testing.assert_allclose(primal(*arguments), value, rtol=1e-10)
    sides["primal"] = lambda: primal(*arguments)
    by_hand_first = None
    if kernel.adjoint is not None:
        import numba

        by_hand = numba.njit(error_model="numpy")(kernel.adjoint)
        began = time.process_time()
        agree(f"{name} by hand", (value, expected), by_hand(*arguments))
        by_hand_first = time.process_time() - began
        sides["by hand"] = lambda: by_hand(*arguments)
    times = best_times(sides, rounds, seconds=seconds)
    jax = by_jax(name, which, rounds)
    if "bars" in jax:
        agree(f"{name} by JAX", (value, expected), (jax["value"], [np.asarray(b) for b in jax["bars"]]), 1e-6)
    return {
        "kernel": name, "kind": kernel.kind, "size": kernel.sizes[which], "native": times["native"],
        "native/primal": times["native"] / times["primal"],
        "native/by hand": times["native"] / times["by hand"] if "by hand" in times else None,
        "JAX/native": jax["seconds"] / times["native"] if "seconds" in jax else None,
        "compile": first, "compile by hand": by_hand_first,
        "compile/by hand": first / by_hand_first if by_hand_first else None, "compile JAX": jax.get("compile"),
        "note": jax.get("cannot", ""),
    }


def start_numba() -> None:
    """Import numba, and let it compile something: its first function takes a second, whoever asks for it."""
    import numba

    numba.njit(lambda x: x[0] + x.sum())(np.ones(3))


def agree(what: str, expected: tuple[Any, Any], found: tuple[Any, Any], rtol: float = 1e-9) -> None:
    """Raise AssertionError unless a value with its gradients is the expected one up to rounding."""
    for a, b in zip([expected[0], *expected[1]], [found[0], *found[1]], strict=True):
        scale = max(1.0, float(np.max(np.abs(a))))
        np.testing.assert_allclose(np.asarray(b), np.asarray(a), rtol=rtol, atol=rtol * scale, err_msg=what)


def by_jax(name: str, which: int, rounds: int) -> dict[str, Any]:
    """`{"seconds", "compile", "value", "bars"}` from a process of its own, or `{"cannot": reason}`."""
    return asked(["benchmarks.native_peers", "--child"], [name, which, rounds], SECONDS)


def child() -> None:
    """JAX's side of one kernel."""
    import jax  # pyright: ignore[reportMissingImports]

    jax.config.update("jax_enable_x64", True)
    from benchmarks.native_kernels import KERNELS, for_jax

    name, which, rounds = json.loads(sys.stdin.read())
    kernel = KERNELS[name]
    arguments = kernel.arguments(kernel.sizes[which], np.random.default_rng(0))
    static = for_jax.STATIC.get(name, ())
    run = jax.jit(jax.value_and_grad(getattr(for_jax, name), argnums=kernel.wrt), static_argnums=static)
    on_device = [a if i in static else jax.numpy.asarray(a) for i, a in enumerate(arguments)]
    began = time.process_time()
    value, bars = jax.block_until_ready(run(*on_device))
    compiled = time.process_time() - began
    times = best_times({"jax": lambda: jax.block_until_ready(run(*on_device))}, rounds, seconds=5.0)
    print(json.dumps({"seconds": times["jax"], "compile": compiled, "value": float(value),
                      "bars": [np.asarray(b).tolist() for b in bars]}))


def geometric(rows: Sequence[dict[str, Any]], column: str) -> str:
    """Geometric mean, median and extremes of a column."""
    values = [row[column] for row in rows if row.get(column)]
    if not values:
        return f"{column}: none"
    mean = math.exp(sum(map(math.log, values)) / len(values))
    return (f"{column}: {len(values)} kernels, geometric mean {mean:.2f}, median {median(values):.2f}, "
            f"{min(values):.2f} to {max(values):.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kernels", nargs="*")
    parser.add_argument("--size", type=int, choices=(0, 1), default=1)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=3.0, help="per kernel")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.child:
        return child()
    from benchmarks.native_kernels import KERNELS

    start_numba()
    rows, failed = [], []
    for name in chosen.kernels or KERNELS:
        try:
            rows.append(measure(name, chosen.size, chosen.rounds, chosen.seconds))
            print({k: round(v, 6) if isinstance(v, float) else v for k, v in rows[-1].items()}, flush=True)
        except AssertionError as error:
            failed.append(f"FAILED: {' '.join(str(error).split())[:200]}")
            print(failed[-1], flush=True)
    loops, arrays = ([r for r in rows if r["kind"] == kind] for kind in ("loop", "array"))
    publish("native_peers", rows, [
        f"loops: {geometric(loops, 'JAX/native')}", f"arrays: {geometric(arrays, 'JAX/native')}",
        geometric(rows, "native/by hand"), geometric(rows, "native/primal"), geometric(rows, "compile"),
        geometric(rows, "compile/by hand"), *failed])
    return None


if __name__ == "__main__":
    main()
