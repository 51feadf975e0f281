"""What a call allocates at its peak, beyond what was there before it."""
from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

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


def _resident(what: str) -> float:
    line = next(line for line in _STATUS.read_text().splitlines() if line.startswith(what))
    return float(line.split()[1]) * 1024.0
