"""What a call allocates at its peak, beyond what was there before it.

    python -m benchmarks.memory torch attention 512             bytes, in this process alone
"""
from __future__ import annotations

import gc
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

LEAST = 2**20
_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def peak_allocated(side: Callable[[], Any]) -> float:
    """Bytes by Python's own count, in which NumPy takes part: exact, and the same in every run."""
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        side()
        return float(tracemalloc.get_traced_memory()[1] - before)
    finally:
        tracemalloc.stop()


def peak_resident(side: Callable[[], Any]) -> float | None:
    """Bytes by which the process grew at most, for libraries that allocate by themselves. Only Linux tells, and memory
    that the allocator had kept does not show. None where it is not known, or too little to tell."""
    gc.collect()
    try:
        _CLEAR.write_text("5")  # the peak begins anew
        before = _resident("VmRSS")
        side()
        grown = _resident("VmHWM") - before
    except (OSError, StopIteration):
        return None
    return grown if grown > LEAST else None


def peak_alone(peer: str, program: str, size: int) -> float | None:
    """`peak_resident` of a library's gradient in a process of its own: where much has run, the allocator has kept
    memory, which a call then takes without the process growing."""
    done = subprocess.run([sys.executable, "-m", __name__, peer, program, str(size)], capture_output=True, text=True)
    words = done.stdout.split()
    return float(words[-1]) if done.returncode == 0 and words and words[-1] != "None" else None


def main(peer: str, name: str, size: str) -> None:
    from benchmarks.programs import PROGRAMS

    program = PROGRAMS[name]
    run = import_module(f"benchmarks.peers.{peer}_peer").gradient(program)
    run(*program.arguments(program.sizes[0], np.random.default_rng(0)))  # what a library sets up once
    arguments = program.arguments(int(size), np.random.default_rng(0))
    print(peak_resident(lambda: run(*arguments)))


def _resident(what: str) -> float:
    line = next(line for line in _STATUS.read_text().splitlines() if line.startswith(what))
    return float(line.split()[1]) * 1024.0


if __name__ == "__main__":
    main(*sys.argv[1:])
