"""How everything here is measured: process time, the sides interleaved, best of N, one thread.

Only ratios of one run are worth comparing; a busy machine is stated beside the figures.
"""
from __future__ import annotations

import gc
import json
import math
import os
import platform
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks import ONE_THREAD

RESULTS = Path(__file__).parent / "results"

Side = Callable[[], Any]


def best_times(sides: Mapping[str, Side], rounds: int = 20, sample: float = 0.002, seconds: float = math.inf
               ) -> dict[str, float]:
    """Seconds of process time per call of each side: the best of `rounds`, taken in turns.

    Every side runs once first, so compiling and caches are not counted. A fast side is repeated until one
    measurement takes `sample` seconds, and the garbage collector rests meanwhile. After `seconds` no further round is
    begun, but three are run in any case.
    """
    repeats = {name: _repeats(side, sample) for name, side in sides.items()}
    best = dict.fromkeys(sides, math.inf)
    was_enabled = gc.isenabled()
    gc.disable()
    began = time.perf_counter()
    try:
        for done in range(rounds):
            if done >= 3 and time.perf_counter() - began > seconds:
                break
            for name, side in sides.items():
                best[name] = min(best[name], _time(side, repeats[name]))
            gc.collect()
    finally:
        if was_enabled:
            gc.enable()
    return best


def _repeats(side: Side, sample: float) -> int:
    side()
    repeats = 1
    while (taken := _time(side, repeats) * repeats) < sample:
        repeats = max(2 * repeats, math.ceil(repeats * sample / max(taken, 1e-7)))
    return repeats


def _time(side: Side, repeats: int) -> float:
    start = time.process_time()
    for _ in range(repeats):
        side()
    return (time.process_time() - start) / repeats


def machine() -> dict[str, Any]:
    """What the figures were taken on, and how busy it was."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "platform": platform.platform(terse=True),
        "processor": processor(),
        "cores": os.cpu_count(),
        "threads": 1 if ONE_THREAD else "not limited",
        "load": round(load, 2),
        "busy": load > 0.75 * (os.cpu_count() or 1),
        "date": time.strftime("%Y-%m-%d %H:%M"),
    }


def processor() -> str:
    """The processor's own name where the system tells it."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def table(rows: Iterable[Mapping[str, Any]]) -> str:
    """Rows of equal keys as aligned columns; times in readable units, ratios with two digits."""
    rows = list(rows)
    head = list(rows[0]) if rows else []
    cells = [head, *([_cell(key, row[key]) for key in head] for row in rows)]
    widths = [max(len(line[i]) for line in cells) for i in range(len(head))]
    lines = ["  ".join(_pad(text, width, i) for i, (text, width) in enumerate(zip(line, widths, strict=True)))
             for line in cells]
    return "\n".join(line.rstrip() for line in lines)


def _cell(key: str, value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.2f}" if "/" in key or key.startswith("MB") else readable_time(value)
    return str(value)


def _pad(text: str, width: int, column: int) -> str:
    return text.ljust(width) if column == 0 else text.rjust(width)


def readable_time(seconds: float) -> str:
    """`0.00123` as `1.23 ms`."""
    for factor, unit in ((1.0, "s"), (1e-3, "ms"), (1e-6, "us")):
        if seconds >= factor:
            return f"{seconds / factor:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def summary(rows: Iterable[Mapping[str, Any]], key: str) -> str:
    """Median and largest value of a ratio column."""
    values = [row[key] for row in rows if row[key] is not None]
    return f"{key}: median {median(values):.2f}, largest {max(values):.2f}"


def publish(name: str, rows: list[dict[str, Any]], notes: Iterable[str] = (),
            apart: Mapping[str, Sequence[str]] | None = None) -> None:
    """Print the table and write it, with the machine's facts, to `results/<name>.json`, and to a file of this run.

    `apart`: columns that are printed as tables of their own, under a heading, beside the first two columns.
    """
    apart = apart or {}
    facts = machine()
    notes = list(notes)
    busy = " (BUSY: take the figures with care)" if facts["busy"] else ""
    print(f"\n{name}: process time, interleaved, best of N, threads: {facts['threads']}")
    print(f"NumPy {facts['numpy']}, Python {facts['python']}, {facts['processor']}, {facts['cores']} cores, "
          f"load {facts['load']}{busy}")
    elsewhere = {key for keys in apart.values() for key in keys}
    print(table([{key: value for key, value in row.items() if key not in elsewhere} for row in rows]))
    for heading, keys in apart.items():
        print(f"\n{heading}")
        print(table([{key: row[key] for key in (*list(row)[:2], *keys)} for row in rows]))
    for note in notes:
        print(note)
    RESULTS.mkdir(exist_ok=True)
    record = {"benchmark": name, "machine": facts, "rows": rows, "notes": notes}
    text = json.dumps(record, indent=2) + "\n"
    (RESULTS / f"{name}.json").write_text(text)
    stamp = facts["date"].replace(" ", "-").replace(":", "")
    (RESULTS / f"{name}-{stamp}.json").write_text(text)
